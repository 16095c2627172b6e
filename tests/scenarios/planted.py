"""A month that the bookkeeper and the sync both worked on: forty bills of hers, with one of every difference planted.

What belongs here: planting. What does not: what must come of it (test_parallel_run). The bookkeeper keys what the sync
would bill, but for what is planted: each purchase order has one matter, and ``expected`` says what it has to be called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from story import CYCLE, VENDOR, Story

from cwxero_dagster.payables.comparison.result import Row
from cwxero_dagster.payables.comparison.sides import BillSide, LineSide
from cwxero_dagster.payables.reports.pack import ReviewPack
from cwxero_dagster.pipeline import answering, comparing, deriving, reading, reporting
from cwxero_dagster.pipeline.answering import Taken
from cwxero_dagster.pipeline.comparing import Compared
from cwxero_dagster.review.files import workbook_path
from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.sandbox.world.contacts import ENERGY, LANDLORD, TELCO, contact_named
from cwxero_dagster.sandbox.xero.desk import BookLine

DAY = date(2026, 10, 12)
HOSTILE, AMERICAN = 824, 808
TABLES = (
    "cw.purchaseorders",
    "cw.lineitems",
    "xero.invoices",
    "xero.creditnotes",
    "xero.purchaseorders",
    "xero.contacts",
)
Expected = tuple[str, tuple[tuple[str, str], ...]]
"""Status of the row, kind and field of each difference."""


@dataclass
class Planted(Story):
    """The story of that month."""

    folder: Path
    taken: Taken = field(default_factory=Taken)
    pack: ReviewPack | None = None
    expected: dict[str, Expected] = field(default_factory=dict)
    """By what the row is called in the plan: the PO's number, or hers where only she has it."""

    def __post_init__(self) -> None:
        Story.__init__(self, self.folder, without_po={"accounts": ["469", "489"]})

    def snapshot(self) -> dict[str, list[Any]]:
        """Everything that either system holds."""
        return {table: list(self.store.all(table)) for table in TABLES}

    def stage(self) -> None:
        """Read both systems, in live mode and with the decision signed by both roles."""
        session = self.session("live")
        try:
            reading.read_connectwise(session, night=None)
            reading.read_xero(session, night=None)
            deriving.derive_receipts(session)
            deriving.derive_states(session)
        finally:
            session.close()

    def compare(self, cycle: str = CYCLE) -> Compared:
        """The parallel run as its job does it: verdicts are taken, both sides compared, the pack written."""
        self.stage()
        session = self.session("live")
        try:
            self.taken = answering.take_all(session)
            compared = comparing.run_comparison(session, cycle)
            self.pack = reporting.write_pack(session, cycle).pack
        finally:
            session.close()
        return compared

    @property
    def workbook(self) -> Path:
        """The workbook that people decide in."""
        return self.workbook_of(CYCLE)

    def workbook_of(self, cycle: str) -> Path:
        """The workbook of another cycle."""
        return workbook_path(self.home / "review" / cycle, cycle)

    def delivered(
        self,
        name: str,
        cost: str,
        *,
        invoice: bool = True,
        vendor: int = VENDOR,
        quantity: int = 2,
        day: date = DAY,
        **fields: Any,
    ) -> None:
        """A purchase order that arrived in full."""
        hardware = [item["id"] for item in self.store.all("cw.catalog") if item["category"]["name"] == "Hardware"]
        line = NewLine(product_id=hardware[0], quantity=Decimal(quantity), unit_cost=Decimal(cost))
        order = self.buyer.raise_po(vendor, [line], number=name, on=day - timedelta(days=6), **fields)
        if invoice:
            self.buyer.attach_invoice(order["id"], f"INV-{name[3:]}", day)
        for each in self.lines(order):
            self.buyer.receive(each["id"], quantity, on=day) if quantity > 0 else self.buyer.close_po(order["id"])

    def would_be(self) -> dict[str, BillSide]:
        """The sync's bills by PO number."""
        known = self.session().known(live=False)
        return {bill.po_numbers[0]: bill for bill in comparing.sides_of(known, ()).sync}

    def key(self, bill: BillSide, *lines: LineSide, **changes: Any) -> str:
        """Key a bill as she does; returns its id."""
        kept = lines or bill.lines
        given = {"number": bill.number, "on": bill.dated, "currency": bill.currency, "status": "AUTHORISED"}
        settings = {**given, **changes}
        sign = -1 if settings.get("credit") else 1
        document = self.bookkeeper.key_bill(
            settings.pop("contact", bill.vendor),
            settings.pop("number"),
            [
                BookLine(
                    description=line.description,
                    quantity=line.quantity or Decimal(1),
                    unit_amount=sign * (line.unit_amount or line.net),
                    account_code=line.account,
                    tax_type=line.tax_type,
                    tracking=line.tracking or (),
                )
                for line in kept
            ],
            **settings,
        )
        return str(document.get("InvoiceID") or document.get("CreditNoteID"))

    def without_order(self, name: str, number: str, amount: str, account: str) -> None:
        """A bill that belongs to no purchase order."""
        line = BookLine(description=name, unit_amount=Decimal(amount), account_code=account, tax_type="INPUT")
        self.bookkeeper.key_bill(contact_named(name)["ContactID"], number, [line], on=DAY, status="AUTHORISED")


def named(row: Row) -> str:
    """What the plan calls a row."""
    if row.sync:
        return " ".join(sorted(number for bill in row.sync for number in bill.po_numbers))
    return " ".join(sorted(bill.number for bill in row.keyed))


def plant(folder: Path) -> Planted:
    """The month, before anybody compared it."""
    made = Planted(folder)
    orders = [f"PO-{number}" for number in range(5001, 5033)]
    alike = {"PO-5026", "PO-5027"}
    unnumbered = {*alike, "PO-5028", "PO-5029", "PO-5030"}
    for place, name in enumerate(orders):
        made.delivered(name, "88.00" if name in alike else f"{31 + 7 * place}.10", invoice=name not in unnumbered)
    made.delivered("PO-5040", "19.50", vendor=HOSTILE)
    made.delivered("PO-5041", "140.00", vendor=AMERICAN)
    made.delivered("PO-5042", "-61.00")
    made.delivered("PO-5043", "-35.00")
    for name in ("PO-5018", "PO-5019"):
        order = next(one for one in made.store.all("cw.purchaseorders") if one["poNumber"] == name)
        made.buyer.set_freight(order["id"], Decimal("25.00"), tax=Decimal("2.50"))
    made.later(10)
    made.stage()
    bills = made.would_be()
    for name, (changed, expected) in _matters().items():
        made.expected[name] = expected
        changed(made, bills[name])
    for name in [*orders[:8], "PO-5040", "PO-5041"]:
        made.key(bills[name])
        made.expected[name] = ("agrees", ())
    made.key(bills["PO-5042"], credit=True)
    made.expected["PO-5042"] = ("agrees", ())
    _several(made, bills)
    for month in ("Oct", "Nov"):
        made.without_order(LANDLORD, f"RENT {month}", "6850.00", "469")
    made.without_order(TELCO, "PT88", "612.73", "489")
    made.without_order(ENERGY, "EG-4471", "1944.18", "445")
    made.expected["EG-4471"] = ("only_keyed", (("missing", "bill"),))
    return made


Matter = tuple[Callable[[Planted, BillSide], Any], Expected]


def _matters() -> dict[str, Matter]:
    def line(**changes: Any) -> Callable[[Planted, BillSide], Any]:
        return lambda made, bill: made.key(bill, replace(bill.lines[0], **changes), *bill.lines[1:])

    def bill(**changes: Any) -> Callable[[Planted, BillSide], Any]:
        return lambda made, bill: made.key(bill, **changes)

    def differs(kind: str, name: str) -> Expected:
        return ("differs", ((kind, name),))

    dock = LineSide(
        description="Dock", net=Decimal(40), tax=Decimal(4), quantity=Decimal(1), unit_amount=Decimal(40),
        account="310", tax_type="INPUT", tracking=(),
    )  # fmt: skip
    mapping = (line(account="453"), differs("mapping", "account_code"))
    return {
        "PO-5009": (bill(contact=contact_named(TELCO)["ContactID"]), differs("mapping", "contact")),
        "PO-5010": (bill(currency="USD"), ("differs", (("mapping", "currency"),) * 2)),
        "PO-5011": mapping,
        "PO-5012": mapping,
        "PO-5013": mapping,
        "PO-5014": (line(tax_type="EXEMPTEXPENSES"), differs("tax", "tax_type")),
        "PO-5015": (line(tracking=(("Location", "Brisbane Office"),)), differs("tracking", "tracking")),
        "PO-5016": (lambda made, one: made.key(one, _dearer(one, "0.01")), differs("rounding", "net")),
        "PO-5017": (lambda made, one: made.key(one, _dearer(one, "10.00")), differs("price", "unit_amount")),
        "PO-5018": (lambda made, one: made.key(one, one.lines[0]), differs("freight", "freight")),
        "PO-5019": (
            lambda made, one: made.key(one, one.lines[0], replace(one.lines[1], account="310")),
            differs("mapping", "account_code"),
        ),
        "PO-5020": (line(quantity=Decimal(1)), differs("quantity", "quantity")),
        "PO-5021": (bill(on=date(2026, 10, 14)), differs("date", "date")),
        "PO-5022": (bill(number="INV-5202 | PO-5022"), differs("number", "number")),
        "PO-5023": (
            lambda made, one: made.key(one, *one.lines, dock),
            differs("missing", "line"),
        ),
        "PO-5024": (bill(on=date(2026, 9, 30)), differs("timing", "date")),
        "PO-5031": (lambda made, one: None, ("only_sync", (("extra", "bill"),))),
        "PO-5043": (
            lambda made, one: made.key(one, _dearer(one, "-2.00"), credit=True),
            differs("price", "unit_amount"),
        ),
    }


def _dearer(bill: BillSide, amount: str) -> LineSide:
    line = bill.lines[0]
    return replace(line, unit_amount=(line.unit_amount or Decimal(0)) + Decimal(amount))


def _several(made: Planted, bills: dict[str, BillSide]) -> None:
    """Twins, a bill keyed twice, a statement bill, and one bill keyed as two."""
    made.key(bills["PO-5025"])
    made.key(bills["PO-5025"], on=date(2026, 10, 15))
    made.expected["PO-5025"] = ("ambiguous", (("extra", "bill"), ("missing", "bill"), ("missing", "bill")))
    for number in ("7001", "7002"):
        made.key(bills["PO-5026"], number=number)
    made.expected["PO-5026 PO-5027"] = ("ambiguous", (("extra", "bill"),) * 2 + (("missing", "bill"),) * 2)
    both = [*bills["PO-5028"].lines, *bills["PO-5029"].lines]
    made.key(bills["PO-5028"], *both, number="STATEMENT 10")
    made.expected["PO-5028 PO-5029"] = ("agrees", ())
    whole = bills["PO-5030"].lines[0]
    for number, text in (("8001", "First box"), ("8002", "Second box")):
        made.key(bills["PO-5030"], replace(whole, quantity=Decimal(1), description=text), number=number)
    made.expected["PO-5030"] = ("agrees", ())
    made.key(bills["PO-5032"], number="INV-5032")
    made.expected["PO-5032"] = ("agrees", ())
