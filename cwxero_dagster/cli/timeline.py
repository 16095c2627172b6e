"""What happened to a purchase order, in order: in ConnectWise, in the ledger, in Xero.

What belongs here: turning observations and ledger events into events in words. What does not: deciding.
A calendar day stands where the system gives one; otherwise the moment at which a change was first seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.cli.answers import moment_text
from cwxero_dagster.payables.keys import is_order, noun
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import money_text, plain, price_text
from cwxero_dagster.payables.records import ZERO, PurchaseOrder
from cwxero_dagster.payables.states import ordered_quantity
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.publishing.looking_up import NOT_TAKEN, NOT_THERE

Event = dict[str, str]
INVOICE_CAME = "vendor invoice attached"

_CONFIRMED = {
    "create": "bill created",
    "credit": "supplier credit created",
    "update": "bill updated",
    "withdraw": "bill withdrawn",
}
_CONFIRMED_ORDER = {
    "create": "purchase order created in Xero",
    "update": "purchase order updated in Xero",
    "approve": "purchase order approved in Xero, to be closed",
    "close": "purchase order closed in Xero",
    "withdraw": "purchase order withdrawn in Xero",
}
_IN_XERO = {
    "DRAFT": "draft again in Xero",
    "SUBMITTED": "waits for approval in Xero",
    "AUTHORISED": "approved in Xero",
    "BILLED": "marked as billed in Xero",
    "PAID": "paid in Xero",
    "DELETED": "deleted in Xero",
    "VOIDED": "voided in Xero",
}


def timeline(session: Session, purchasing: Purchasing, po: PurchaseOrder, bills: Mapping[str, str]) -> list[Event]:
    """Events of the order and of its bills (number by key), oldest first: ``at``, ``event``, ``detail``."""
    ordered = [*_header(session, purchasing, po), *_lines(session, po)]
    told = [
        event
        for key, number in bills.items()
        for event in _ledger(session, key, f"{number}: " if len(bills) > 1 else "")
    ]
    placed = [
        *((event["at"], event) for event in ordered),
        *in_their_order(_receipts(purchasing, po)),
        *((event["at"], event) for event in (*told, *_in_xero(session, list(bills)))),
    ]
    return [event for _, event in sorted(placed, key=lambda one: one[0])]


def in_their_order(events: Iterable[Event]) -> Iterator[tuple[str, Event]]:
    """Events that were seen one after the other, each with where it stands among others.

    A day without a time stands at its beginning, but not before what was seen earlier on that day.
    """
    last = ""
    for event in events:
        same_day = event["at"][:10] == last[:10]
        last = max(last, event["at"]) if same_day else event["at"]
        yield last, event


def _header(session: Session, purchasing: Purchasing, po: PurchaseOrder) -> Iterator[Event]:
    history = _history(session, frames.PurchaseOrders, "po_id = ?", po.po_id)
    for first in history[:1]:
        lines = len([line for line in purchasing.lines.get(po.po_id, ()) if line.present])
        total = f" for {money_text(first['total'], first['currency_code'] or '')}" if first["total"] else ""
        vendor = first["vendor_name"] or "no vendor"
        detail = f"Purchase order {first['po_number']} to {vendor}{total}, {counted(lines, 'line')}."
        at = first["po_date"].isoformat() if first["po_date"] else moment_text(first["observed_at"])
        yield _event(at, "raised", detail)
        if first["vendor_invoice_number"]:
            yield _event(moment_text(first["observed_at"]), INVOICE_CAME, _invoice(first))
        if first["closed"]:
            yield _event(moment_text(first["closed_at"] or first["observed_at"]), "closed", "Closed in ConnectWise.")
    for before, after in pairwise(history):
        seen = moment_text(after["observed_at"])
        if after["vendor_invoice_number"] and _invoice(after) != _invoice(before):
            yield _event(seen, INVOICE_CAME, _invoice(after))
        if after["vendor_id"] != before["vendor_id"]:
            yield _event(seen, "vendor changed", f"{before['vendor_name']} -> {after['vendor_name']}.")
        if after["closed"] and not before["closed"]:
            yield _event(moment_text(after["closed_at"] or after["observed_at"]), "closed", "Closed in ConnectWise.")
        if before["closed"] and not after["closed"]:
            yield _event(seen, "reopened", "Opened again in ConnectWise.")
        if before["present"] and not after["present"]:
            yield _event(seen, "deleted", "The purchase order is no longer in ConnectWise.")
        if after["present"] and not before["present"]:
            yield _event(seen, "back", "The purchase order is in ConnectWise again.")


def _invoice(row: Mapping[str, Any]) -> str:
    dated = f" dated {row['vendor_invoice_date']}" if row["vendor_invoice_date"] else ""
    return f"Vendor invoice {row['vendor_invoice_number']}{dated}."


def _lines(session: Session, po: PurchaseOrder) -> Iterator[Event]:
    history: dict[int, list[dict[str, Any]]] = {}
    for row in _history(session, frames.PurchaseOrderLines, "po_id = ?", po.po_id):
        history.setdefault(row["line_id"], []).append(row)
    for rows in history.values():
        for before, after in pairwise(rows):
            seen, name = moment_text(after["observed_at"]), _named(after)
            if after["unit_cost"] != before["unit_cost"]:
                detail = f"{name}: {price_text(before['unit_cost'])} -> {price_text(after['unit_cost'])}."
                yield _event(seen, "price changed", detail)
            if after["quantity"] != before["quantity"]:
                detail = f"{name}: {plain(before['quantity'])} -> {plain(after['quantity'])} ordered."
                yield _event(seen, "quantity changed", detail)
            if after["cancelled"] and not before["cancelled"]:
                yield _event(moment_text(after["cancelled_at"] or after["observed_at"]), "line cancelled", f"{name}.")
            if before["present"] and not after["present"]:
                yield _event(seen, "line deleted", f"{name}.")


def _receipts(purchasing: Purchasing, po: PurchaseOrder) -> Iterator[Event]:
    lines = {line.line_id: line for line in purchasing.lines.get(po.po_id, ())}
    so_far = dict.fromkeys(lines, ZERO)
    for receipt in purchasing.receipts.get(po.po_id, ()):
        line = lines[receipt.line_id]
        so_far[line.line_id] += receipt.quantity
        slip = f", packing slip {receipt.packing_slip}" if receipt.packing_slip else ""
        name = _goods(line.product_identifier, line.description, line.line_number)
        sums = f"{plain(so_far[line.line_id])} of {plain(ordered_quantity(line))} are here now"
        if receipt.reversal:
            yield _event(moment_text(receipt.observed_at), "went back", f"{plain(-receipt.quantity)} {name}; {sums}.")
        else:
            at = moment_text(receipt.observed_at) if receipt.day_is_observed else receipt.received_on.isoformat()
            yield _event(at, "received", f"{plain(receipt.quantity)} {name}{slip}; {sums}.")


def _ledger(session: Session, key: str, named: str) -> Iterator[Event]:
    """Events of one bill, each text after ``named``; what was written down several times in a row is told once."""
    last = ("", "")
    for row in session.ledger.story(key):
        event, detail = _in_words(row["event"], row["detail"], _CONFIRMED_ORDER if is_order(key) else _CONFIRMED)
        if (event, detail) != last:
            last = (event, detail)
            yield _event(moment_text(row["happened_at"]), event, f"{named}{detail}")


def _in_words(event: str, detail: str, confirmed: Mapping[str, str]) -> tuple[str, str]:
    action, _, result = event.partition(": ")
    if event.startswith("planned to "):
        return "written down", detail or f"To {event.removeprefix('planned to ')}, before anything was sent to Xero."
    match result:
        case "confirmed":
            return confirmed[action], detail
        case "refused":
            return "looked up" if detail in {NOT_THERE, NOT_TAKEN} else "refused by Xero", detail
        case "unknown":
            return "answer lost", detail
        case _:
            return event, detail


def _in_xero(session: Session, keys: Sequence[str]) -> Iterator[Event]:
    view = session.ledger.view()
    known = {**view.bills, **view.orders}
    written = {known[key].xero_id: key for key in keys if key in known and known[key].xero_id}
    for document_id, key in written.items():
        model = frames.XeroPurchaseOrders if is_order(key) else frames.XeroDocuments
        for before, after in pairwise(_history(session, model, "document_id = ?", document_id)):
            if after["status"] != before["status"]:
                total = money_text(after["total"] or ZERO, after["currency_code"])
                detail = f"{after['number'] or f'The {noun(key)}'} for {total}."
                at = moment_text(after["updated_at"] or after["observed_at"])
                yield _event(at, _IN_XERO.get(after["status"], after["status"].lower()), detail)


def _history(
    session: Session, model: type[frames.Observation], where: str, value: int | str | None
) -> list[dict[str, Any]]:
    rows = model.rows(session.warehouse.read(model, where=where, parameters=[value]))
    return sorted(rows, key=lambda row: row["observed_at"])


def _named(row: Mapping[str, Any]) -> str:
    return _goods(row["product_identifier"], row["description"], row["line_number"])


def _goods(product: str | None, description: str | None, line_number: int | None) -> str:
    """What people call the goods of a line: its description, and the product's number behind it."""
    if description and product and folded(product) != folded(description):
        return f"{' '.join(description.split())} ({product})"
    return description or product or f"line {line_number}"


def _event(at: str, event: str, detail: str) -> Event:
    return {"at": at, "event": event, "detail": detail}
