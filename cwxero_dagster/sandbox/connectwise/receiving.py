"""Receiving: what a change of receivedQuantity or receivedStatus does to a line and, with CloneRest, to its PO.

What belongs here: the three ways in which ConnectWise receives (cumulative, CloneRest, CancelRest) and un-receiving.
What does not: a record of a receipt, because ConnectWise has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from cwxero_dagster.sandbox.connectwise.order_records import CANCEL_REST, OrderRecords
from cwxero_dagster.sandbox.connectwise.tables import LINES
from cwxero_dagster.sandbox.store import Document

WAITING = "Waiting"
FULL = "FullyReceived"
CLONE_REST = "PartiallyReceiveCloneRest"

_OF_THE_RECEIPT = (
    "closedFlag",
    "dateReceived",
    "packingSlip",
    "serialNumbers",
    "canceledFlag",
    "batchedFlag",
    "unbatchedRecId",
    "_info",
)
"""What a line that takes over the rest does not inherit."""


def whole(quantity: Decimal, *, up: bool) -> int:
    """A received quantity as the line can hold it: a whole number."""
    return int(Decimal(quantity).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR))


def follow(orders: OrderRecords, line: Document, before: Document, changes: Mapping[str, Any], *, by: str) -> None:
    """Bring a line into line with what was just received or taken back; ``changes`` are the fields that were given."""
    status = changes.get("receivedStatus")
    if status == FULL and "receivedQuantity" not in changes:
        line["receivedQuantity"] = whole(line["quantity"], up=orders.switches.received_rounds_up)
    was, now = before.get("receivedQuantity") or 0, line.get("receivedQuantity") or 0
    if was == now and status is None:
        return
    if now > was:
        _arrived(orders, line, changes)
    elif now < was:
        _taken_back(line, now, changes)
    if status is None and now != was:
        line["receivedStatus"] = FULL if now and now >= line["quantity"] else WAITING
    if status == CLONE_REST:
        _clone_rest(orders, line, now, by=by)
    elif status == CANCEL_REST:
        _cancel_rest(orders, line, now)
    complete = line.get("receivedStatus") in (FULL, CLONE_REST, CANCEL_REST)
    if complete and "closedFlag" not in changes and orders.setting("autoClosePurchaseOrderItemFlag"):
        line["closedFlag"] = True


def _arrived(orders: OrderRecords, line: Document, changes: Mapping[str, Any]) -> None:
    if "dateReceived" not in changes:
        line["dateReceived"] = orders.day_stamp()
    if not line.get("packingSlip"):
        line["packingSlip"] = orders.order(line["purchaseOrderId"]).get("poNumber")


def _taken_back(line: Document, now: int, changes: Mapping[str, Any]) -> None:
    if not now and "dateReceived" not in changes:
        line.pop("dateReceived", None)
    if "closedFlag" not in changes:
        line["closedFlag"] = False


def _clone_rest(orders: OrderRecords, line: Document, received: int, *, by: str) -> None:
    """The rest becomes a line of its own; receiving everything leaves a line with quantity 0."""
    ordered, cost = line["quantity"], line.get("unitCost") or Decimal(0)
    rest = max(ordered - received, Decimal(0))
    numbers = [found.get("lineNumber") or 0 for found in orders.lines(line["purchaseOrderId"])]
    clone = {key: value for key, value in line.items() if key not in _OF_THE_RECEIPT}
    clone |= {
        "id": orders.next_id(LINES.kind),
        "lineNumber": line.get("lineNumber") if orders.switches.clone_repeats_line_number else max(numbers) + 1,
        "quantity": rest,
        "receivedQuantity": 0,
        "receivedStatus": WAITING,
        "closedFlag": False,
        "canceledFlag": False,
        "batchedFlag": False,
    }
    if line.get("tax") is not None and orders.switches.clone_tax != "repeated":
        shared = orders.switches.clone_tax == "split" and ordered and cost
        clone["tax"] = (line["tax"] * rest / ordered).quantize(Decimal("0.01")) if shared else Decimal(0)
    line["receivedStatus"] = FULL if orders.switches.clone_marks_original_received else CLONE_REST
    if orders.switches.clone_cuts_original_quantity:
        line["quantity"] = ordered - rest
        if line.get("tax") is not None and orders.switches.clone_tax == "split":
            line["tax"] -= clone["tax"]
    if orders.switches.clone_closes_original:
        line["closedFlag"] = True
    orders.keep_line(clone, by=by)


def _cancel_rest(orders: OrderRecords, line: Document, received: int) -> None:
    if not orders.switches.cancel_rest_keeps_quantity:
        ordered = line["quantity"]
        line["quantity"] = min(ordered, Decimal(received))
        if line.get("tax") is not None and ordered:
            line["tax"] = (line["tax"] * line["quantity"] / ordered).quantize(Decimal("0.01"))
    line["closedFlag"] = True
    if orders.switches.cancel_rest_sets_canceled:
        line["canceledFlag"] = True
