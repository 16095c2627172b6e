"""Combinations of a lifecycle decision that contradict themselves, each with the reason.

What belongs here: what a decision must not say in two places at once. What does not: what a single key may hold
(decision, reading).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cwxero_dagster.payables.lifecycle.decision import Decision

BILLING_EVENTS = ("raised", "partially_received", "fully_received", "vendor_invoice_received")
"""The states that may draft a bill, in the order in which a PO passes them."""

NAMES_ORDER = "{po_number}"


@dataclass(frozen=True)
class Contradiction:
    """Two keys that do not go together."""

    key: str
    """The one to change, dotted."""
    other: str
    """The one that it does not go with."""
    why: str
    allowed: str
    """What ``key`` may be beside the other one, or what else would do."""


_BILLED_TWICE = "one bill for the whole order is drafted when it is raised, so this would bill the same goods again"
_WHOLE_ORDER = (
    "one bill for the whole order is drafted when it is raised, before there is a receipt or an invoice, so this has "
    "to be purchase_order"
)
_FIRST_RECEIPT = "one bill per receipt has to start at the first receipt"
_LAST_RECEIPT = "bills start at the first receipt, so the last receipt of a PO would never be billed"
_NONE_LEFT = "the receipt already drafts the bill, so the vendor invoice has none left to draft"
_NONE_TO_UPDATE = "no state drafts a bill, so there is none to update"
_ORDER_UNNAMED = "no field in Xero ties a bill to its purchase order but the PO number that both carry"
_INVOICE_UNKNOWN = "no bill takes a vendor invoice's number, so there is nothing to stand in its place"


def contradictions(decision: Decision) -> Iterator[Contradiction]:
    """Every combination that makes no sense."""
    events, bill = decision.events, decision.bill
    drafting = [name for name in BILLING_EVENTS if getattr(events, name) == "draft_bill"]
    at_receipt = "partially_received" in drafting or "fully_received" in drafting

    if events.raised == "draft_bill":
        for name in drafting[1:]:
            quiet = "nothing or update_bill" if name == "vendor_invoice_received" else "nothing"
            allowed = f"{quiet}, or no bill at events.raised"
            yield Contradiction(f"events.{name}", "events.raised", _BILLED_TWICE, allowed)
        if bill.one_per != "purchase_order":
            allowed = "purchase_order, or no bill at events.raised"
            yield Contradiction("bill.one_per", "events.raised", _WHOLE_ORDER, allowed)
    elif drafting and bill.one_per == "receipt" and events.partially_received == "nothing":
        allowed = "draft_bill, or bill.one_per: purchase_order or vendor_invoice"
        yield Contradiction("events.partially_received", "bill.one_per", _FIRST_RECEIPT, allowed)
    elif events.vendor_invoice_received == "draft_bill" and at_receipt and bill.one_per != "vendor_invoice":
        other = next(name for name in drafting if name != "vendor_invoice_received")
        allowed = "nothing or update_bill, or bill.one_per: vendor_invoice"
        yield Contradiction("events.vendor_invoice_received", f"events.{other}", _NONE_LEFT, allowed)

    if events.partially_received == "draft_bill" and events.fully_received == "nothing" and drafting[0] != "raised":
        yield Contradiction("events.fully_received", "events.partially_received", _LAST_RECEIPT, "draft_bill")
    if not drafting and events.vendor_invoice_received == "update_bill":
        allowed = "nothing or draft_bill"
        yield Contradiction("events.vendor_invoice_received", "events.fully_received", _NONE_TO_UPDATE, allowed)
    yield from _unnamed(decision)


def _unnamed(decision: Decision) -> Iterator[Contradiction]:
    """Numbers that leave out what a bill has to be known by."""
    events, bill = decision.events, decision.bill
    if NAMES_ORDER in bill.number:
        return
    if events.raised == "draft_purchase_order":
        yield Contradiction("bill.number", "events.raised", _ORDER_UNNAMED, f"a number with {NAMES_ORDER}")
    elif events.vendor_invoice_received == "nothing" and bill.one_per != "vendor_invoice":
        allowed = f"a number with {NAMES_ORDER}, or another events.vendor_invoice_received"
        yield Contradiction("bill.number", "events.vendor_invoice_received", _INVOICE_UNKNOWN, allowed)
