"""Which of a PO's vendor invoices in the feed each of its bills stands for, where a bill is a part of the PO.

What belongs here: telling the invoices of one PO apart by number, slip and amount. What does not: one bill a vendor
invoice, whose goods the invoice itself names (invoicing); a bill that takes all of a PO and stands for all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables.bill_lines import slice_net
from cwxero_dagster.payables.keys import is_carrier, is_credit, is_invoice
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import total
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.invoices import VendorInvoice, written_invoice
from cwxero_dagster.payables.units.unit import Unit

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

    In this order: the number that it was written with, a slip that is the number, the same amount before tax, what is
    left where one bill and one invoice are, and the one invoice that what is left fits on beside its other bills.
    """
    named = {folded(row.invoice_number): row for row in rows}
    left = dict(named)
    found: dict[str, VendorInvoice] = {}

    def take(key: str, names: Collection[str]) -> None:
        if key not in found and len(names) == 1:
            row = named[next(iter(names))]
            left.pop(folded(row.invoice_number), None)
            found[key] = VendorInvoice(row.invoice_number, row.invoice_date)

    for key, part in parts.items():
        take(key, {folded(part.written)} & named.keys())
    for key, part in parts.items():
        take(key, part.slips & named.keys())
    for key, part in parts.items():
        alike = [other for other in parts if other not in found and parts[other].net == part.net]
        take(key, {name for name, row in left.items() if row.net == part.net} if alike == [key] else ())
    open_ones = [key for key in parts if key not in found]
    if len(open_ones) == 1:
        take(open_ones[0], left.keys())
    rest = [key for key in parts if key not in found]
    wide = [name for name, row in named.items() if _takes(name, row, rest, parts, found, alone=len(named) == 1)]
    for key in rest:
        take(key, wide)
    return {key: found.get(key, NONE_KNOWN) for key in parts}


def _takes(
    name: str,
    row: VendorInvoiceRow,
    rest: Sequence[str],
    parts: Mapping[str, Part],
    found: Mapping[str, VendorInvoice],
    *,
    alone: bool,
) -> bool:
    """True for an invoice that at least half of ``rest`` fits on beside the bills that stand for it.

    The only invoice of a PO (``alone``) that does not tell its net amount takes all.
    """
    if row.net is None:
        return alone
    room = row.net - total(parts[key].net for key, invoice in found.items() if invoice.name == name)
    more = total(parts[key].net for key in rest)
    return more > 0 and 2 * room >= more


def told_by_feed(
    units: Sequence[Unit],
    rows: Sequence[VendorInvoiceRow],
    bills: Sequence[KnownBill],
    lines: Mapping[int, Line],
    *,
    in_parts: bool,
) -> list[Unit]:
    """The units of a PO, those of a part of its goods with the invoice of the feed that each stands for.

    ``rows``: the PO's rows of the feed; ``bills``: its bills in the ledger; ``lines``: its lines by id. ``in_parts``:
    also a single bill is a part of the PO.
    """
    others = (is_carrier, is_credit, is_invoice)
    goods = [unit for unit in units if not any(other(unit.key) for other in others)]
    if not in_parts and len(goods) < 2:
        return list(units)
    meant = {bill.key: written_invoice(bill.meant) for bill in bills}
    parts = {
        unit.key: Part(
            was.number if (was := meant.get(unit.key)) else "",
            frozenset(folded(receipt.packing_slip) for receipt in unit.receipts) - {""},
            _net(unit.slices, lines),
        )
        for unit in goods
    }
    told = told_apart(parts, rows)
    return [replace(unit, invoice=told[unit.key]) if unit.key in told else unit for unit in units]


def _net(slices: Sequence[Slice], lines: Mapping[int, Line]) -> Decimal:
    """What the PO's lines and freight make of slices, before tax."""
    freight = [part.quantity for part in slices if part.line_id == FREIGHT_LINE]
    goods = [slice_net(part, lines[part.line_id].unit_cost) for part in slices if part.line_id in lines]
    return total([*freight, *goods])
