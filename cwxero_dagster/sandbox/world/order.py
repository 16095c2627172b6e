"""A purchase order while it is being made up: who ordered what, and what became of each line.

What belongs here: the mutable story of one PO and its lines. What does not: how ConnectWise writes it down
(documents.py), which stories are told (desk.py and shapes/).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from cwxero_dagster.sandbox.world import firm
from cwxero_dagster.sandbox.world.catalog import Item
from cwxero_dagster.sandbox.world.companies import Vendor

CENT = Decimal("0.01")
WAITING, FULLY, CANCEL_REST, CLONE_REST = (
    "Waiting",
    "FullyReceived",
    "PartiallyReceiveCancelRest",
    "PartiallyReceiveCloneRest",
)


def cents(amount: Decimal) -> Decimal:
    """An amount to the cent, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass
class Line:
    """One line. ``packing_slip`` None means ConnectWise's default, the PO number, once something arrived."""

    item: Item
    quantity: Decimal
    unit_cost: Decimal
    description: str
    taxed: bool = True
    tax_off_by: Decimal = Decimal(0)
    received: int = 0
    received_at: datetime | None = None
    received_status: str = WAITING
    packing_slip: str | None = None
    closed: bool = False
    cancelled_at: datetime | None = None
    batched: bool = False
    serial_numbers: str = ""
    sparse: bool = False
    """True where ConnectWise leaves out every flag that is not set, and the receiving status."""
    clone: bool = False
    """True for a line that came into being when another was received in part; it gets a later id."""

    @property
    def extended(self) -> Decimal:
        """Quantity times unit cost, exactly."""
        return self.quantity * self.unit_cost

    @property
    def net(self) -> Decimal:
        """Quantity times unit cost, to the cent."""
        return cents(self.extended)

    def receive(self, moment: datetime | None, quantity: int | None = None, *, slip: str | None = None) -> None:
        """Goods arrive: the whole line in full, or ``quantity`` of it (which leaves the line waiting for the rest)."""
        whole = int(self.quantity)
        self.received = whole if quantity is None else quantity
        self.received_at = moment
        self.packing_slip = slip or self.packing_slip
        if self.received >= whole:
            self.received_status = FULLY
            self.closed = True


@dataclass
class Order:
    """One PO. ``placed`` and ``arrival`` are days; everything else happens relative to them."""

    vendor: Vendor
    placed: date
    arrival: date
    entered_at: datetime
    location: int
    department: int
    lines: list[Line]
    status: int = firm.SENT
    number: str | None = None
    """None: the next number of the firm's own series."""
    same_number_as: Order | None = None
    terms: str = ""
    tax_code: str | None = ""
    """Blank: the vendor's; None: no tax code at all."""
    freight: Decimal = Decimal(0)
    freight_taxed: bool = False
    freight_slip: str | None = None
    invoice_number: str | None = None
    invoice_date: date | None = None
    closed_at: datetime | None = None
    closed_by: str = "buyer1"
    cancel_reason: str | None = None
    customer: int | None = None
    last_event: datetime | None = None
    outcome: str = "bill"
    tags: set[str] = field(default_factory=set)
    facets: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.terms = self.terms or self.vendor.terms
        self.tax_code = self.vendor.tax_code if self.tax_code == "" else self.tax_code

    @property
    def tax_percent(self) -> Decimal:
        """The rate of the PO's tax code; a PO without one is taxed at the firm's default."""
        return firm.TAX_CODES[self.tax_code or "GST"][2]

    @property
    def freight_tax(self) -> Decimal:
        """Tax on freight."""
        return cents(self.freight * self.tax_percent / 100) if self.freight_taxed else Decimal(0)

    @property
    def countable(self) -> list[Line]:
        """Lines that the header totals count: all but cancelled ones."""
        return [line for line in self.lines if line.cancelled_at is None]

    @property
    def sub_total(self) -> Decimal:
        """Net of the goods ordered."""
        return cents(sum((line.extended for line in self.countable), Decimal(0)))

    @property
    def sales_tax(self) -> Decimal:
        """Tax of the goods ordered."""
        return sum((self.tax_of(line) for line in self.countable), Decimal(0))

    @property
    def total(self) -> Decimal:
        """What ConnectWise shows as the PO's total: goods, tax, freight and the tax on it."""
        return self.sub_total + self.sales_tax + self.freight + self.freight_tax

    @property
    def last_moment(self) -> datetime:
        """When the PO last changed."""
        moments = [self.entered_at, self.closed_at, self.last_event]
        moments += [line.received_at for line in self.lines] + [line.cancelled_at for line in self.lines]
        return max(moment for moment in moments if moment is not None)

    def tax_of(self, line: Line) -> Decimal:
        """Tax of a line, on its whole quantity."""
        return cents(line.net * self.tax_percent / 100) + line.tax_off_by if line.taxed else Decimal(0)

    def close(self, moment: datetime, status: int = firm.RECEIVED) -> None:
        """A person closes the PO by giving it a closed status."""
        self.status = status
        self.closed_at = moment

    def reopen(self, status: int = firm.ON_ORDER) -> None:
        """Undo ``close`` as if it had never happened."""
        self.status = status
        self.closed_at = None
