"""Combinations of a lifecycle decision that contradict themselves, each with the reason.

What belongs here: what a decision must not say in two places at once. What does not: what a single key may hold
(decision, reading).
"""

from __future__ import annotations

from collections.abc import Iterator

from cwxero_dagster.payables.lifecycle.decision import Decision

BILLING_EVENTS = ("raised", "partially_received", "fully_received", "vendor_invoice_received")
"""The states that may draft a bill, in the order in which a PO passes them."""

_BILLED_TWICE = (
    "raised already drafts a bill for the whole order, so this would bill the same goods again; "
    "set it to nothing, or do not bill at raised"
)
_WHOLE_ORDER = (
    "raised drafts one bill for the whole order, before there is a receipt or an invoice; "
    "with raised: draft_bill it has to be purchase_order"
)
_FIRST_RECEIPT = (
    "one bill per receipt has to start at the first receipt; "
    "set it to draft_bill, or bill.one_per to purchase_order or vendor_invoice"
)
_LAST_RECEIPT = (
    "partially_received drafts a bill, so the last receipt of a PO would never be billed; set it to draft_bill"
)
_NONE_LEFT = (
    "the receipt already drafts the bill, so the vendor invoice has none left to draft; "
    "set it to update_bill, or bill.one_per to vendor_invoice"
)
_NONE_TO_UPDATE = "no state drafts a bill, so there is none to update; set it to nothing or draft_bill"


def contradictions(decision: Decision) -> Iterator[tuple[str, str]]:
    """(key to change, why) of every combination that makes no sense."""
    events, one_per = decision.events, decision.bill.one_per
    drafting = [name for name in BILLING_EVENTS if getattr(events, name) == "draft_bill"]
    at_receipt = "partially_received" in drafting or "fully_received" in drafting

    if events.raised == "draft_bill":
        for name in drafting[1:]:
            yield f"events.{name}", _BILLED_TWICE
        if one_per != "purchase_order":
            yield "bill.one_per", _WHOLE_ORDER
    elif one_per == "receipt" and events.partially_received == "nothing":
        yield "events.partially_received", _FIRST_RECEIPT
    elif events.vendor_invoice_received == "draft_bill" and at_receipt and one_per != "vendor_invoice":
        yield "events.vendor_invoice_received", _NONE_LEFT

    if events.partially_received == "draft_bill" and events.fully_received == "nothing" and drafting[0] != "raised":
        yield "events.fully_received", _LAST_RECEIPT
    if not drafting and events.vendor_invoice_received == "update_bill":
        yield "events.vendor_invoice_received", _NONE_TO_UPDATE
