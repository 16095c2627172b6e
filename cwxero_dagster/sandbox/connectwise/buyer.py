"""What a buyer does in ConnectWise's own screens: raise, receive, take back, cancel, close, attach an invoice.

What belongs here: these actions as plain methods, for the sandbox's page and for tests. What does not: their
consequences (``orders.py``, ``receiving.py``): a buyer is under the same rules as the API.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NoReturn

from cwxero_dagster.sandbox.connectwise import receiving
from cwxero_dagster.sandbox.connectwise.api import ConnectWise
from cwxero_dagster.sandbox.connectwise.errors import ApiError
from cwxero_dagster.sandbox.connectwise.order_records import CANCEL_REST, cents, stamp
from cwxero_dagster.sandbox.connectwise.tables import LINES, ORDERS, Table
from cwxero_dagster.sandbox.connectwise.writing import accepted, with_twins
from cwxero_dagster.sandbox.store import Document

Style = Literal["cumulative", "clone", "cancel_rest"]


class BuyerError(ValueError):
    """An action that ConnectWise's screens would not offer; the message says why."""


def _refuse(message: str) -> NoReturn:
    raise BuyerError(message) from None


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """A line of a PO to raise."""

    product_id: int
    quantity: Decimal
    unit_cost: Decimal
    tax_rate: Decimal = Decimal("0.10")
    """Share of the line's amount; 0 for an untaxed line."""
    description: str | None = None
    """The catalog item's own where it is not given."""


class Buyer:
    """A buyer at a simulated ConnectWise. Every method returns the record as it stands afterwards."""

    def __init__(self, connectwise: ConnectWise, *, name: str = "buyer1") -> None:
        self._orders = connectwise.orders
        self._store = connectwise.store
        self._clock = connectwise.clock
        self._name = name

    # --- receiving ---------------------------------------------------------------------------------------------------

    def receive(
        self,
        line_id: int,
        quantity: Decimal | int,
        *,
        style: Style = "cumulative",
        packing_slip: str | None = None,
        on: date | datetime | None = None,
    ) -> Document:
        """Receive so many more of a line.

        ``cumulative`` raises the received quantity of the line; ``clone`` moves the rest to a new line;
        ``cancel_rest`` drops it. ``on`` is the day or moment of arrival, now by default. Raises ``BuyerError``.
        """
        with self._store.lock:
            line = self._line(line_id)
            if line.get("canceledFlag"):
                _refuse(f"Line {line_id} is cancelled: nothing can be received on it.")
            if quantity <= 0:
                _refuse(f"{quantity} cannot be received: give a quantity above 0.")
            arrived = (line.get("receivedQuantity") or 0) + Decimal(quantity)
            up = self._orders.switches.received_rounds_up
            changes: dict[str, Any] = {"receivedQuantity": receiving.whole(arrived, up=up)}
            if style == "clone":
                changes["receivedStatus"] = receiving.CLONE_REST
            elif style == "cancel_rest":
                changes["receivedStatus"] = CANCEL_REST
            elif arrived >= line["quantity"]:
                changes["receivedStatus"] = receiving.FULL
            if packing_slip is not None:
                changes["packingSlip"] = packing_slip
            if on is not None:
                changes["dateReceived"] = stamp(on) if isinstance(on, datetime) else f"{on:%Y-%m-%d}T00:00:00Z"
            return self._orders.change_line(line, changes, by=self._name)

    def unreceive(self, line_id: int, quantity: Decimal | int | None = None) -> Document:
        """Take back so many of what was received, or all of it. Raises ``BuyerError``."""
        with self._store.lock:
            line = self._line(line_id)
            received = line.get("receivedQuantity") or 0
            taken = received if quantity is None else int(quantity)
            if not 0 < taken <= received:
                _refuse(f"{taken} cannot be taken back: line {line_id} has {received} received.")
            return self._orders.change_line(line, {"receivedQuantity": received - taken}, by=self._name)

    # --- lines -------------------------------------------------------------------------------------------------------

    def edit_line(self, line_id: int, **fields: Any) -> Document:
        """Change fields of a line by their API names; None clears one. Raises ``BuyerError``."""
        with self._store.lock:
            line = self._line(line_id)
            return self._orders.change_line(line, self._accepted(LINES, fields), by=self._name)

    def change_cost(self, line_id: int, cost: Decimal) -> Document:
        """Change the unit cost; tax follows in proportion."""
        return self.edit_line(line_id, unitCost=cost)

    def cancel_line(self, line_id: int, reason: str = "Not needed any more") -> Document:
        """Cancel a line."""
        return self.edit_line(line_id, canceledFlag=True, canceledReason=reason)

    def delete_line(self, line_id: int) -> None:
        """Delete a line for good."""
        with self._store.lock:
            self._orders.delete_line(self._line(line_id), by=self._name)

    # --- purchase orders ---------------------------------------------------------------------------------------------

    def raise_po(
        self,
        vendor_id: int,
        lines: Sequence[NewLine],
        *,
        number: str | None = None,
        on: date | None = None,
        status_id: int | None = None,
        **fields: Any,
    ) -> Document:
        """Raise a PO with its lines; other header fields by their API names.

        Location and department are the tenant's first ones, terms and currency the vendor's, unless they are given.
        Without ``status_id`` it has the first open status that is not the default one: it has been sent.
        """
        with self._store.lock:
            sent = self._orders.status(closedFlag=False, defaultFlag=False, inactiveFlag=False)
            if status_id is None and sent is None:
                _refuse("There is no open status to send a PO in: name one with status_id.")
            header = {
                "status": {"id": sent["id"] if status_id is None and sent else status_id},
                "vendorCompany": {"id": vendor_id},
                **self._usual("location", "cw.locations"),
                **self._usual("businessUnit", "cw.departments"),
                **({"poNumber": number} if number is not None else {}),
                **({"poDate": f"{on:%Y-%m-%d}T00:00:00Z"} if on else {}),
                **fields,
            }
            order = self._orders.create_order(self._accepted(ORDERS, header), by=self._name)
            for position, new in enumerate(lines, 1):
                self._orders.create_line(order["id"], self._new_line(new, position), by=self._name)
            return order

    def add_line(self, po_id: int, new: NewLine) -> Document:
        """Add a line to a PO."""
        with self._store.lock:
            position = max((line.get("lineNumber") or 0 for line in self._orders.lines(po_id)), default=0) + 1
            return self._orders.create_line(po_id, self._new_line(new, position), by=self._name)

    def edit_po(self, po_id: int, **fields: Any) -> Document:
        """Change header fields by their API names; None clears one. Raises ``BuyerError``."""
        with self._store.lock:
            order = self._order(po_id)
            return self._orders.change_order(order, self._accepted(ORDERS, fields), by=self._name)

    def attach_invoice(self, po_id: int, number: str, on: date) -> Document:
        """Type in the vendor's invoice number and date: a PO has room for one."""
        return self.edit_po(po_id, vendorInvoiceNumber=number, vendorInvoiceDate=f"{on:%Y-%m-%d}T00:00:00Z")

    def set_freight(
        self, po_id: int, cost: Decimal, *, tax: Decimal = Decimal(0), packing_slip: str | None = None
    ) -> Document:
        """Type in the freight of a PO."""
        return self.edit_po(po_id, freightCost=cost, freightTaxTotal=tax, freightPackingSlip=packing_slip)

    def close_po(self, po_id: int) -> Document:
        """Give a PO the tenant's default closed status."""
        return self._move(po_id, "default closed", closedFlag=True, defaultClosedFlag=True)

    def cancel_po(self, po_id: int, reason: str = "Not needed any more") -> Document:
        """Give a PO a closed status that is not the default one, as tenants mark cancelled POs."""
        with self._store.lock:
            self._move(po_id, "cancelled", closedFlag=True, defaultClosedFlag=False)
            return self.edit_po(po_id, cancelReason=reason)

    def reopen_po(self, po_id: int) -> Document:
        """Give a closed PO an open status again."""
        return self._move(po_id, "open", closedFlag=False, defaultFlag=False)

    def delete_po(self, po_id: int) -> None:
        """Delete a PO and its lines for good."""
        with self._store.lock:
            self._orders.delete_order(self._order(po_id))

    def batch_po(self, po_id: int) -> Document:
        """Post the PO's closed lines to accounting, as another tool's batch does."""
        with self._store.lock:
            self._orders.batch(po_id, batched=True, by=self._name)
            return self._order(po_id)

    # --- in between --------------------------------------------------------------------------------------------------

    def _move(self, po_id: int, wanted: str, **flags: bool) -> Document:
        status = self._orders.status(**flags, inactiveFlag=False)
        if status is None:
            _refuse(f"There is no {wanted} status among the PO statuses.")
        return self.edit_po(po_id, status={"id": status["id"]})

    def _usual(self, name: str, kind: str) -> dict[str, Any]:
        first = next(self._store.all(kind), None)
        return {f"{name}Id": first["id"]} if first else {}

    def _order(self, po_id: int) -> Document:
        try:
            return self._orders.order(po_id)
        except ApiError:
            _refuse(f"There is no PO with id {po_id}.")

    def _line(self, line_id: int) -> Document:
        try:
            return self._orders.line(line_id)
        except ApiError:
            _refuse(f"There is no PO line with id {line_id}.")

    def _accepted(self, table: Table, fields: dict[str, Any]) -> dict[str, Any]:
        unknown = [name for name in fields if name not in table.fields]
        if unknown:
            _refuse(f"A {table.resource} has no field {unknown[0]}.")
        try:
            kept = {name: accepted(self._store, table, name, value) for name, value in fields.items()}
            return with_twins(self._store, table, kept)
        except ApiError as refusal:
            _refuse((refusal.errors or [{}])[0].get("message", refusal.message))

    def _new_line(self, new: NewLine, position: int) -> dict[str, Any]:
        item = self._store.get("cw.catalog", new.product_id)
        if item is None:
            _refuse(f"There is no catalog item with id {new.product_id}.")
        unit = item.get("unitOfMeasure") or next(self._store.all("cw.unitofmeasures"), None)
        return {
            "lineNumber": position,
            "description": new.description or item.get("description") or item["identifier"],
            "product": {"id": item["id"], "identifier": item["identifier"]},
            "quantity": Decimal(new.quantity),
            "unitOfMeasure": {key: unit[key] for key in ("id", "name") if key in unit} if unit else None,
            "unitCost": new.unit_cost,
            "tax": cents(new.quantity * new.unit_cost * new.tax_rate),
        }
