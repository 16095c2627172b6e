"""What follows from a change of a purchase order or a line.

What belongs here: the consequences that the system draws by itself (prices and tax, closing, cancelling, numbering),
for changes from the API and from the buyer alike. What does not: keeping the records (``order_records.py``), receiving
(``receiving.py``), how a change is worded in HTTP (``writing.py``), and what a buyer does (``buyer.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cwxero_dagster.sandbox.connectwise import receiving
from cwxero_dagster.sandbox.connectwise.errors import invalid
from cwxero_dagster.sandbox.connectwise.order_records import ZERO, OrderRecords, cents, stamp
from cwxero_dagster.sandbox.connectwise.tables import LINES, ORDERS, STATUSES
from cwxero_dagster.sandbox.store import Document


class Orders(OrderRecords):
    """The purchase orders of a store, changed as ConnectWise lets them be. Callers hold the store's lock."""

    # --- changing ----------------------------------------------------------------------------------------------------

    def change_line(self, line: Document, changes: Mapping[str, Any], *, by: str) -> Document:
        """Change fields of a line (None clears one) and draw the consequences. Raises ``ApiError``."""
        if line.get("batchedFlag") and "unitCost" in changes and not self.switches.batched_cost_is_editable:
            raise invalid(LINES.resource, "unitCost", "The line item has been batched and cannot be edited.")
        before = dict(line)
        _assign(line, changes)
        self._reprice(line, before, keep_tax="tax" in changes)
        receiving.follow(self, line, before, changes, by=by)
        if bool(line.get("canceledFlag")) != bool(before.get("canceledFlag")):
            now = stamp(self.clock.now())
            cancelled = {"dateCanceled": now, "dateCanceledUtc": now, "canceledBy": by}
            _assign(line, {**cancelled, **changes} if line.get("canceledFlag") else dict.fromkeys(cancelled))
        self.keep_line(line, by=by)
        self._close_when_done(line["purchaseOrderId"], by=by)
        return line

    def create_line(self, po_id: int, fields: Mapping[str, Any], *, by: str) -> Document:
        """Add a line to a PO."""
        order = self.order(po_id)
        line: Document = {
            "id": self.next_id(LINES.kind),
            "purchaseOrderId": po_id,
            "purchaseOrderNumber": order.get("poNumber"),
            "receivedQuantity": 0,
            "receivedStatus": receiving.WAITING,
            "unitCost": ZERO,
            "tax": ZERO,
            "backorderedFlag": False,
            "canceledFlag": False,
            "closedFlag": False,
            "batchedFlag": False,
        }
        blank = {**line, "quantity": fields["quantity"]}
        _assign(line, fields)
        receiving.follow(self, line, blank, fields, by=by)
        self.keep_line(line, by=by)
        return line

    def delete_line(self, line: Document, *, by: str) -> None:
        """Delete a line for good. Raises ``ApiError`` for a batched one."""
        if line.get("batchedFlag"):
            raise invalid(LINES.resource, "batchedFlag", "The line item has been batched and cannot be deleted.")
        self.store.delete(LINES.kind, line["id"])
        self._line_was_touched(line["purchaseOrderId"], by=by)

    def create_order(self, fields: Mapping[str, Any], *, by: str) -> Document:
        """Add a PO without lines; without a number it gets the tenant's next one."""
        po_id = self.next_id(ORDERS.kind)
        order: Document = {
            "id": po_id,
            "poNumber": self._next_number(),
            "poDate": f"{self.clock.now():%Y-%m-%dT00:00:00Z}",
            "enteredBy": by,
            "dropShipCustomerFlag": False,
            "taxPoFlag": bool(self.setting("taxPurchaseOrderFlag")),
            "taxFreightFlag": bool(self.setting("taxFreightFlag")),
            "freightCost": ZERO,
            "freightTaxTotal": ZERO,
            "closedFlag": False,
        }
        vendor = self.store.get("cw.companies", (fields.get("vendorCompany") or {}).get("id")) or {}
        _assign(order, {"currency": vendor.get("currency"), "terms": vendor.get("billingTerms")})
        if self.setting("useVendorTaxCodeFlag"):
            _assign(order, {"taxCode": vendor.get("taxCode")})
        return self.change_order(order, fields, by=by)

    def change_order(self, order: Document, changes: Mapping[str, Any], *, by: str) -> Document:
        """Change fields of a header (None clears one) and draw the consequences. Raises ``ApiError``."""
        was_closed = bool(order.get("closedFlag"))
        _assign(order, changes)
        status = self.store.get(STATUSES.kind, order["status"]["id"]) or {}
        order["closedFlag"] = bool(status.get("closedFlag"))
        if order["closedFlag"] and not was_closed:
            order.setdefault("dateClosed", self.day_stamp())
            order["closedBy"] = by
            if self.switches.closing_po_closes_lines:
                for line in self.lines(order["id"]):
                    line["closedFlag"] = True
                    self.sign(line, by)
                    self.store.put(LINES.kind, line["id"], line)
        elif was_closed and not order["closedFlag"]:
            order.pop("closedBy", None)
            if self.switches.reopening_clears_date_closed:
                order.pop("dateClosed", None)
        for line in self.lines(order["id"]):
            if line.get("purchaseOrderNumber") != order.get("poNumber"):
                line["purchaseOrderNumber"] = order.get("poNumber")
                self.store.put(LINES.kind, line["id"], line)
        return self.keep_order(order, by=by)

    def delete_order(self, order: Document) -> None:
        """Delete a PO and its lines for good: nothing is left to find. Raises ``ApiError`` for a batched one."""
        lines = self.lines(order["id"])
        if any(line.get("batchedFlag") for line in lines):
            raise invalid(ORDERS.resource, "id", "The purchase order has batched line items and cannot be deleted.")
        for line in lines:
            self.store.delete(LINES.kind, line["id"])
        self.store.delete(ORDERS.kind, order["id"])

    def batch(self, po_id: int, *, batched: bool, by: str) -> None:
        """Mark the PO's closed lines as posted to accounting, or take the mark back."""
        for line in self.lines(po_id):
            if line.get("closedFlag") or not batched:
                line["batchedFlag"] = batched
                self.keep_line(line, by=by)

    def _next_number(self) -> str:
        prefix = self.setting("purchaseOrderPrefix") or ""
        numbers = (str(order.get("poNumber")).removeprefix(prefix) for order in self.store.all(ORDERS.kind))
        used = [int(number) for number in numbers if number.isascii() and number.isdigit()]
        return f"{prefix}{max([*used, (self.setting('startingPurchaseOrderNum') or 1) - 1]) + 1}"

    # --- consequences ------------------------------------------------------------------------------------------------

    def _reprice(self, line: Document, before: Document, *, keep_tax: bool) -> None:
        """Tax follows the line's amount in proportion, unless it was given."""
        was = before["quantity"] * (before.get("unitCost") or ZERO)
        now = line["quantity"] * (line.get("unitCost") or ZERO)
        if not keep_tax and was != now and line.get("tax") is not None:
            line["tax"] = cents(line["tax"] * now / was) if was else ZERO

    def _close_when_done(self, po_id: int, *, by: str) -> None:
        order = self.store.get(ORDERS.kind, po_id)
        if order is None or order.get("closedFlag") or not self.setting("autoClosePurchaseOrderFlag"):
            return
        lines = [line for line in self.lines(po_id) if not line.get("canceledFlag")]
        closed = self.status(closedFlag=True, defaultClosedFlag=True)
        if closed is not None and lines and all(line.get("closedFlag") for line in lines):
            self.change_order(order, {"status": {"id": closed["id"], "name": closed["name"]}}, by=by)


def _assign(document: Document, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            document.pop(name, None)
        else:
            document[name] = value
