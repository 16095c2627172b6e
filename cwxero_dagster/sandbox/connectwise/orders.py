"""Purchase orders and lines as ConnectWise keeps them: what follows from a change.

What belongs here: the consequences that the system draws by itself (totals, closing, cancelling, who and when), for
changes from the API and from the buyer alike. What does not: receiving (``receiving.py``), how a change is worded in
HTTP (``writing.py``), and what a buyer does (``buyer.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cwxero_dagster.sandbox.connectwise import receiving
from cwxero_dagster.sandbox.connectwise.errors import invalid, not_found
from cwxero_dagster.sandbox.connectwise.switches import ConnectWiseSwitches
from cwxero_dagster.sandbox.connectwise.tables import LINES, ORDERS, STATUSES, TENANT_SETTINGS
from cwxero_dagster.sandbox.store import Document, Store
from cwxero_dagster.sandbox.wire import Clock

ZERO = Decimal(0)
SERVER_ZONE = ZoneInfo("Australia/Sydney")
"""What ``/system/info`` of the simulated tenant calls AUS Eastern Standard Time."""


def cents(value: Decimal) -> Decimal:
    """Half away from zero to two places."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def stamp(moment: datetime) -> str:
    """A moment as ConnectWise sends it: UTC, whole seconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Orders:
    """The purchase orders of a store. Callers hold the store's lock."""

    def __init__(self, store: Store, clock: Clock, switches: ConnectWiseSwitches) -> None:
        self.store = store
        self.clock = clock
        self.switches = switches
        self._lines: dict[int, list[int]] = {}
        self._indexed: tuple[int, int] = (-1, -1)

    # --- finding -----------------------------------------------------------------------------------------------------

    def order(self, po_id: int) -> Document:
        """The header. Raises ``ApiError`` 404."""
        found = self.store.get(ORDERS.kind, po_id)
        if found is None:
            raise not_found(ORDERS.resource, po_id)
        return found

    def line(self, line_id: int, po_id: int | None = None) -> Document:
        """The line, where it belongs to the PO. Raises ``ApiError`` 404."""
        found = self.store.get(LINES.kind, line_id)
        if found is None or po_id not in (None, found["purchaseOrderId"]):
            raise not_found(LINES.resource, line_id)
        return found

    def lines(self, po_id: int) -> list[Document]:
        """The PO's lines by id."""
        documents = list(self.store.all(LINES.kind))
        state = (len(documents), documents[-1]["id"] if documents else 0)
        if state != self._indexed:
            self._lines = {}
            for document in documents:
                self._lines.setdefault(document["purchaseOrderId"], []).append(document["id"])
            self._indexed = state
        found = (self.store.get(LINES.kind, line_id) for line_id in sorted(self._lines.get(po_id, ())))
        return [line for line in found if line is not None]

    def setting(self, name: str) -> Any:
        """A tenant setting of ``/procurement/settings``; None where there is none."""
        return next((found.get(name) for found in self.store.all(TENANT_SETTINGS.kind)), None)

    def status(self, **wanted: bool) -> Document | None:
        """The first status whose flags are as given, in the tenant's order."""
        statuses = sorted(self.store.all(STATUSES.kind), key=lambda found: (found.get("sortOrder") or 0, found["id"]))
        return next((s for s in statuses if all(bool(s.get(flag)) == value for flag, value in wanted.items())), None)

    def day_stamp(self) -> str:
        """Now, as fields that hold a day of work show it (``dateReceived``, ``dateClosed``)."""
        now, local = self.clock.now(), self.clock.now().astimezone(SERVER_ZONE)
        forms = {
            "moment": stamp(now),
            "midnight": f"{local:%Y-%m-%d}T00:00:00Z",
            "server": f"{local:%Y-%m-%dT%H:%M:%S}Z",
        }
        return forms[self.switches.day_stamps]

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

    def keep_line(self, line: Document, *, by: str) -> None:
        """Store a line, new or changed, and bring its header up to date."""
        line["extCost"] = line["quantity"] * (line.get("unitCost") or ZERO)
        self._sign(line, by)
        self.store.put(LINES.kind, line["id"], line)
        self._line_was_touched(line["purchaseOrderId"], by=by)

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
                    self._sign(line, by)
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

    def keep_order(self, order: Document, *, by: str) -> Document:
        """Store a header, new or changed, with its totals."""
        self._total(order)
        self._sign(order, by)
        return self.store.put(ORDERS.kind, order["id"], order)

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

    def next_id(self, kind: str) -> int:
        """A new id, beyond every id in the table; an id is never given twice."""
        highest = max((document["id"] for document in self.store.all(kind)), default=0)
        return self.store.next_id(kind, highest + 1)

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

    def _line_was_touched(self, po_id: int, *, by: str) -> None:
        order = self.store.get(ORDERS.kind, po_id)
        if order is None:
            return
        self._total(order)
        if self.switches.line_patch_moves_header:
            self._sign(order, by)
        self.store.put(ORDERS.kind, po_id, order)

    def _total(self, order: Document) -> None:
        sub_total = tax = ZERO
        for line in self.lines(order["id"]):
            amount, line_tax = line["quantity"] * (line.get("unitCost") or ZERO), line.get("tax") or ZERO
            share = self._share_that_counts(line)
            sub_total += amount * share
            tax += line_tax if share == 1 else cents(line_tax * share)
        freight = (order.get("freightCost") or ZERO) + (order.get("freightTaxTotal") or ZERO)
        order["subTotal"], order["salesTax"] = cents(sub_total), tax
        order["total"] = order["subTotal"] + tax + freight

    def _share_that_counts(self, line: Document) -> Decimal:
        """The part of a line that the header's totals hold: of a cancelled one what was received, unless a switch
        says all of it."""
        if self.switches.totals_include_cancelled or not line.get("canceledFlag") or not line["quantity"]:
            return Decimal(1)
        return Decimal(line.get("receivedQuantity") or 0) / Decimal(line["quantity"])

    def _close_when_done(self, po_id: int, *, by: str) -> None:
        order = self.store.get(ORDERS.kind, po_id)
        if order is None or order.get("closedFlag") or not self.setting("autoClosePurchaseOrderFlag"):
            return
        lines = [line for line in self.lines(po_id) if not line.get("canceledFlag")]
        closed = self.status(closedFlag=True, defaultClosedFlag=True)
        if closed is not None and lines and all(line.get("closedFlag") for line in lines):
            self.change_order(order, {"status": {"id": closed["id"], "name": closed["name"]}}, by=by)

    def _sign(self, document: Document, by: str) -> None:
        now = stamp(self.clock.now())
        info = document.setdefault("_info", {"dateEntered": now, "enteredBy": by})
        info["lastUpdated"], info["updatedBy"] = now, by


def _assign(document: Document, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            document.pop(name, None)
        else:
            document[name] = value
