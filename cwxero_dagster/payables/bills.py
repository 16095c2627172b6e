"""A would-be bill or supplier credit as a whole: its lines, totals, dates and number.

What belongs here: what is true of a bill whatever composed it. What does not: its lines (bill_lines), the quantities
that it takes (slices), composing it (composing), whether it may be written (holds), how it is sent (publishing).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.bill_lines import BillLine
from cwxero_dagster.payables.money import plain, rounded
from cwxero_dagster.payables.records import ZERO, PurchaseOrder
from cwxero_dagster.payables.slices import Slice, overlap

CREDIT = "ACCPAYCREDIT"


def owed(document_type: str, amount: Decimal) -> Decimal:
    """What a document adds to what the vendor is owed: a supplier credit takes its amount off."""
    return -amount if document_type == CREDIT else amount


@dataclass(frozen=True)
class Bill:
    """A would-be bill or supplier credit, complete but for Xero's own ids."""

    key: str
    cycle: str
    document_type: str
    pos: tuple[PurchaseOrder, ...]
    contact_id: str | None
    number: str
    dated: date
    due_date: date | None
    due_on: date
    currency_code: str
    line_amounts: str
    lines: tuple[BillLine, ...]
    url: str
    invoice_number: str = ""
    """The vendor invoice that it stands for; blank where none is known or the decision heeds none."""
    invoice_date: date | None = None
    slices: tuple[Slice, ...] = ()
    """The quantities that the bill allocates, those of lines that it does not show included."""
    notes: tuple[str, ...] = ()
    """What a person is told of it when it is made."""
    untested: tuple[str, ...] = ()
    """What of it there was nothing to compare with; it is beside the notes on the plan's row, and is not told again."""
    excluded: str | None = None
    """Why the bill is kept out for good (exclusions.csv, zero total), or None."""
    facts: str = field(default="")
    """Digest of what ConnectWise says: vendor, currency, slices, unit costs, freight. Mappings do not move it."""
    repriced: Decimal = ZERO
    """What the PO's prices now make of a final bill's goods beyond what is billed of them, net; below zero for less."""
    gone: tuple[Slice, ...] = ()
    """What of a final bill went back and is on no credit, and no person dealt with."""
    dealt: tuple[Slice, ...] = ()
    """What went back and a person dealt with herself, on a bill that stays what it was."""
    on_bills: tuple[str, ...] = ()
    """Keys of the bills that may have its goods already, where a person put something on those."""
    ahead: bool = False
    """True where it bills goods before they arrive; a credit then may be for goods that never did."""
    contact_rule: str = field(default="", compare=False)
    """What chose the contact, in words; blank where nothing did."""
    date_rule: str = field(default="", compare=False)
    due_rule: str = field(default="", compare=False)

    @property
    def po_numbers(self) -> tuple[str, ...]:
        """Numbers of the POs on the bill."""
        return tuple(po.po_number for po in self.pos)

    @property
    def reprices(self) -> bool:
        """True for a change of price after an approval, which bills no goods."""
        return any(line.cost_before is not None for line in self.lines)

    @property
    def vendor_id(self) -> int | None:
        """The vendor of the bill's POs."""
        return self.pos[0].vendor_id

    @property
    def vendor_name(self) -> str | None:
        """The vendor's name in ConnectWise."""
        return self.pos[0].vendor_name

    @property
    def net(self) -> Decimal:
        """Sum of the lines before tax."""
        return sum((line.net for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        """Sum of the tax of each line, each rounded by itself, as Xero does."""
        return sum((line.tax for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        """What the vendor is owed."""
        return self.net + self.tax

    @property
    def total_left(self) -> Decimal:
        """The same without what a person dealt with."""
        return self.total - self.worth(self.dealt)

    def worth(self, slices: Iterable[Slice]) -> Decimal:
        """What some of its goods and freight come to with tax, each line's share rounded."""
        parts = list(slices)
        shares = (
            (line, overlap(line.slice, part) / abs(line.slice.quantity))
            for line in self.lines
            if line.slice is not None and line.slice.quantity
            for part in parts
        )
        return sum((rounded(line.net * share) + rounded(line.tax * share) for line, share in shares), ZERO)


def facts_of(owed_to: Sequence[object], priced: Sequence[tuple[Slice, Decimal]], currency: str) -> str:
    """Digest of the ConnectWise facts of a bill: who is owed, in what, for which quantities at which unit cost."""
    meaning = {
        "vendor": list(owed_to),
        "currency": currency,
        "lines": sorted([s.po_id, s.line_id, plain(s.start), plain(s.end), plain(cost)] for s, cost in priced),
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:16]
