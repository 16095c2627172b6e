"""Purchase orders and lines as records: found, numbered, totalled, signed and stored.

What belongs here: what is true of a record however it was changed. What does not: what follows from a change
(``orders.py``), and receiving (``receiving.py``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cwxero_dagster.sandbox.connectwise.errors import not_found
from cwxero_dagster.sandbox.connectwise.switches import ConnectWiseSwitches
from cwxero_dagster.sandbox.connectwise.tables import LINES, ORDERS, STATUSES, TENANT_SETTINGS
from cwxero_dagster.sandbox.store import Document, Store
from cwxero_dagster.sandbox.wire import Clock

ZERO = Decimal(0)
SERVER_ZONE = ZoneInfo("Australia/Sydney")
"""What ``/system/info`` of the simulated tenant calls AUS Eastern Standard Time."""
CANCEL_REST = "PartiallyReceiveCancelRest"
"""``receivedStatus`` of a line whose rest was dropped."""


def cents(value: Decimal) -> Decimal:
    """Half away from zero to two places."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def stamp(moment: datetime) -> str:
    """A moment as ConnectWise sends it: UTC, whole seconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class OrderRecords:
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

    # --- storing -----------------------------------------------------------------------------------------------------

    def next_id(self, kind: str) -> int:
        """A new id, beyond every id in the table; an id is never given twice."""
        highest = max((document["id"] for document in self.store.all(kind)), default=0)
        return self.store.next_id(kind, highest + 1)

    def keep_line(self, line: Document, *, by: str) -> None:
        """Store a line, new or changed, and bring its header up to date."""
        line["extCost"] = line["quantity"] * (line.get("unitCost") or ZERO)
        self.sign(line, by)
        self.store.put(LINES.kind, line["id"], line)
        self._line_was_touched(line["purchaseOrderId"], by=by)

    def keep_order(self, order: Document, *, by: str) -> Document:
        """Store a header, new or changed, with its totals."""
        self._total(order)
        self.sign(order, by)
        return self.store.put(ORDERS.kind, order["id"], order)

    def sign(self, document: Document, by: str) -> None:
        """Note who changed a record, and when."""
        now = stamp(self.clock.now())
        info = document.setdefault("_info", {"dateEntered": now, "enteredBy": by})
        info["lastUpdated"], info["updatedBy"] = now, by

    def _line_was_touched(self, po_id: int, *, by: str) -> None:
        order = self.store.get(ORDERS.kind, po_id)
        if order is None:
            return
        self._total(order)
        if self.switches.line_patch_moves_header:
            self.sign(order, by)
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
        """The part of a line that the header's totals hold: of a cancelled one, or a dropped rest, what was received,
        unless a switch says all of it."""
        cancelled = line.get("canceledFlag") and not self.switches.totals_include_cancelled
        dropped = line.get("receivedStatus") == CANCEL_REST and not self.switches.totals_include_dropped_rest
        if not (cancelled or dropped) or not line["quantity"]:
            return Decimal(1)
        return Decimal(line.get("receivedQuantity") or 0) / Decimal(line["quantity"])
