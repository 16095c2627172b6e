"""Which of a PO's vendor invoices in the feed each of its bills stands for, where a bill is a part of the PO.

What belongs here: telling the invoices of one PO apart by number, slip and amount. What does not: one bill a vendor
invoice, whose goods the invoice itself names (invoicing); a bill that takes all of a PO and stands for all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.invoices import VendorInvoice
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.seeds import VendorInvoiceRow

NONE_KNOWN = VendorInvoice("")


@dataclass(frozen=True)
class Part:
    """A bill of a part of a PO, as far as its invoice can be told by it."""

    written: str
    """The invoice number that it was written with; blank for none."""
    slips: frozenset[str]
    """Packing slips of its receipts, folded."""
    net: Decimal


def told_apart(parts: Mapping[str, Part], rows: Sequence[VendorInvoiceRow]) -> dict[str, VendorInvoice]:
    """The invoice of each bill by its key; one without a number where none can be told.

    In this order: the number that it was written with, a slip that is the number, the same amount before tax, and what
    is left where one bill and one invoice are.
    """
    left = {folded(row.invoice_number): row for row in rows}
    found: dict[str, VendorInvoice] = {}

    def take(key: str, names: Collection[str]) -> None:
        if key not in found and len(names) == 1:
            row = left.pop(next(iter(names)))
            found[key] = VendorInvoice(row.invoice_number, row.invoice_date)

    for key, part in parts.items():
        take(key, {folded(part.written)} & left.keys())
    for key, part in parts.items():
        take(key, part.slips & left.keys())
    for key, part in parts.items():
        alike = [other for other in parts if other not in found and parts[other].net == part.net]
        take(key, {name for name, row in left.items() if row.net == part.net} if alike == [key] else ())
    open_ones = [key for key in parts if key not in found]
    if len(open_ones) == 1:
        take(open_ones[0], left.keys())
    return {key: found.get(key, NONE_KNOWN) for key in parts}
