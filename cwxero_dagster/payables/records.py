"""What ConnectWise holds, as values: the nouns that every rule speaks of.

What belongs here: frozen records of purchasing, with the field names of ``frames``, and the one constructor from
frame rows. What does not: any decision about them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

ZERO = Decimal(0)

R = TypeVar("R")


def records(record: type[R], rows: Iterable[Mapping[str, Any]]) -> list[R]:
    """One ``record`` a row, from the columns that it names; other columns are left behind."""
    names = [field.name for field in dataclasses.fields(record)]  # type: ignore[arg-type]
    return [record(**{name: row[name] for name in names}) for row in rows]


@dataclass(frozen=True)
class PurchaseOrder:
    """A purchase order header as it was last observed."""

    po_id: int
    po_number: str
    po_date: date | None
    status_id: int | None
    status_name: str | None
    closed: bool
    closed_at: datetime | None
    vendor_id: int | None
    vendor_name: str | None
    vendor_invoice_number: str | None
    vendor_invoice_date: date | None
    terms_id: int | None
    terms_name: str | None
    currency_code: str | None
    tax_code: str | None
    tax_freight: bool
    freight_cost: Decimal | None
    freight_tax: Decimal | None
    freight_packing_slip: str | None
    sales_tax: Decimal | None
    total: Decimal | None
    location_name: str | None
    business_unit_name: str | None
    customer_id: int | None
    customer_name: str | None
    drop_ship: bool
    shipment_date: date | None
    shipment_method: str | None
    present: bool
    observed_at: datetime

    @property
    def freight(self) -> Decimal:
        """Freight of the whole PO, net; zero where there is none."""
        return self.freight_cost or ZERO


@dataclass(frozen=True)
class Line:
    """A purchase order line as it was observed once."""

    line_id: int
    po_id: int
    line_number: int | None
    description: str | None
    product_id: int | None
    product_identifier: str | None
    quantity: Decimal
    unit_cost: Decimal
    tax: Decimal | None
    received_quantity: Decimal
    received_status: str | None
    received_at: datetime | None
    packing_slip: str | None
    closed: bool
    cancelled: bool
    cancelled_at: datetime | None
    batched: bool
    expected_ship_date: date | None
    expected_arrival_date: date | None
    last_updated: datetime | None
    present: bool
    observed_at: datetime

    @property
    def received(self) -> Decimal:
        """Received quantity, with the fraction that ConnectWise's integer column cannot hold.

        ``receivedQuantity`` is an integer while ``quantity`` is not: a line that says FullyReceived counts as the
        whole quantity where the two differ by less than one (DESIGN.md, "Billed quantity").
        """
        if not self.present:
            return ZERO
        whole = self.received_status == "FullyReceived" and abs(self.quantity - self.received_quantity) < 1
        return self.quantity if whole else self.received_quantity

    @property
    def was_cloned(self) -> bool:
        """True where the rest of the order lives on as another line."""
        return self.received_status == "PartiallyReceiveCloneRest"


@dataclass(frozen=True)
class Receipt:
    """A change of a line's received quantity between two observations.

    ``quantity`` is signed: negative where goods went back, and where a credit arrives on a line of negative quantity.
    """

    po_id: int
    line_id: int
    sequence: int
    quantity: Decimal
    received_on: date
    day_is_observed: bool
    packing_slip: str | None
    unit_cost: Decimal
    observed_at: datetime
    batched_before: bool
    """The line was already batched when this change was first seen: another tool has probably posted it."""
    reversal: bool = False
    """The received quantity shrank: goods went back, or the line is gone."""


@dataclass(frozen=True)
class CatalogItem:
    """What ConnectWise's catalog says of a product."""

    product_id: int
    identifier: str
    category: str | None
    subcategory: str | None
    product_type: str | None
    product_class: str | None
    taxable: bool


@dataclass(frozen=True)
class Reference:
    """ConnectWise reference data that rules need beside the catalog."""

    draft_status_ids: frozenset[int] = frozenset()
    """Statuses a new PO is in (``defaultFlag``): not yet sent to the vendor."""
    closing_status_ids: frozenset[int] = frozenset()
    """Statuses that a PO is usually closed with (``defaultClosedFlag``); other closed ones are for cancelled POs."""
    terms_days: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Billing terms by lower-case name to due days."""
