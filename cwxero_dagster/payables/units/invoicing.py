"""Which vendor invoice covers which received quantity of one PO.

What belongs here: the three sources of CONTRACT section 2 (``vendor_invoice_from``), each as a split of unbilled goods.
What does not: which bill an invoice becomes (due), what an invoice is (invoices). docs/decisions/vendor-invoices.md
says why the feed is spread as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import product, rounded
from cwxero_dagster.payables.records import ZERO, PurchaseOrder, Receipt
from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units.allocation import adjoined
from cwxero_dagster.payables.units.deliveries import arrived
from cwxero_dagster.payables.units.invoices import Behind, VendorInvoice, dated_by_header, on_header

Piece = tuple[Receipt, Slice]


@dataclass(frozen=True)
class Share:
    """Goods of one PO that one vendor invoice covers; without an invoice the vendor's is missing."""

    invoice: VendorInvoice | None
    slices: tuple[Slice, ...]


def pieces_of(goods: Sequence[Slice], receipts: Sequence[Receipt], there: Mapping[int, Decimal]) -> list[Piece]:
    """The goods by receipt, in order of arrival. ``there``: see ``deliveries.arrived``."""
    pieces = [piece for part in goods for piece in arrived(part, receipts, there)]
    return sorted(pieces, key=lambda piece: (piece[0].received_on, piece[0].sequence))


def by_header(po: PurchaseOrder, goods: Sequence[Slice]) -> list[Share]:
    """Everything belongs to the number that the header shows now; without one it stays open."""
    invoice = on_header(po)
    return [Share(invoice, tuple(goods))] if goods and invoice.number else []


def by_slip(po: PurchaseOrder, pieces: Sequence[Piece], slips: Mapping[Behind, str]) -> list[Share]:
    """Each receipt's slip is the vendor's invoice number; goods without one stay open."""
    groups: dict[str, tuple[VendorInvoice, list[Slice]]] = {}
    for receipt, piece in pieces:
        slip = slips.get((receipt.line_id, receipt.sequence), "")
        if slip:
            invoice = VendorInvoice(slip, dated_by_header(po, slip))
            groups.setdefault(folded(slip), (invoice, []))[1].append(piece)
    return [Share(invoice, tuple(adjoined(parts))) for invoice, parts in groups.values()]


def by_feed(
    pieces: Sequence[Piece],
    rows: Sequence[VendorInvoiceRow],
    *,
    costs: Mapping[int, Decimal],
    billed: Mapping[str, Decimal],
) -> list[Share]:
    """The rows of one PO, oldest invoice first, each filled with goods up to its net amount.

    ``costs``: unit cost by line id; ``billed``: net amount by folded invoice number that bills hold already. A receipt
    whose slip names an invoice belongs to it; the others follow in order of arrival, and the one in which an invoice's
    amount ends is cut at the nearest whole unit. What no invoice pays for stays open.
    """
    if not rows:
        return [Share(None, tuple(adjoined(piece for _, piece in pieces)))] if pieces else []
    invoices = _Filling(rows, costs, billed)
    rest = [piece for receipt, piece in pieces if not invoices.named(receipt, piece)]
    return invoices.filled(rest)


class _Filling:
    """Invoices of one PO while goods are laid into them."""

    def __init__(
        self, rows: Sequence[VendorInvoiceRow], costs: Mapping[int, Decimal], billed: Mapping[str, Decimal]
    ) -> None:
        self._rows: dict[str, list[VendorInvoiceRow]] = {}
        for row in sorted(rows, key=lambda row: (row.invoice_date or date.max, row.line)):
            self._rows.setdefault(folded(row.invoice_number), []).append(row)
        self._costs = costs
        self._amounts = {name: billed.get(name, ZERO) for name in self._rows}
        self._goods: dict[str, list[Slice]] = {name: [] for name in self._rows}

    def named(self, receipt: Receipt, piece: Slice) -> bool:
        """Lay a piece into the invoice that its packing slip names; False where it names none."""
        name = folded(receipt.packing_slip)
        if name in self._rows:
            self._lay(name, piece)
        return name in self._rows

    def filled(self, pieces: Sequence[Slice]) -> list[Share]:
        """The shares once the other pieces are laid in too."""
        rest = list(pieces)
        for name, rows in self._rows.items():
            nets = [net_of(row) for row in rows]
            rest = self._fill(name, rest, None if None in nets else sum((net for net in nets if net is not None), ZERO))
        return [
            Share(
                VendorInvoice(rows[0].invoice_number.strip(), rows[0].invoice_date), tuple(adjoined(self._goods[name]))
            )
            for name, rows in self._rows.items()
            if self._goods[name]
        ]

    def _fill(self, name: str, pieces: Sequence[Slice], net: Decimal | None) -> list[Slice]:
        """Lay pieces into an invoice up to its net amount (None: not known, so all of them); what is left over."""
        left: list[Slice] = []
        sign = -1 if net is not None and net < 0 else 1
        for piece in pieces:
            worth = sign * self._worth(piece)
            room = None if net is None else sign * (net - self._amounts[name])
            if room is None or (worth <= room and (room > 0 or (not worth and self._goods[name]))):
                taken = piece if worth >= 0 or sign > 0 else None
            else:
                taken = self._part(piece, room, first=not self._amounts[name])
            if taken is not None:
                self._lay(name, taken)
            end = taken.end if taken else piece.start
            left += [Slice(piece.po_id, piece.line_id, end, piece.end)] if end != piece.end else []
        return left

    def _part(self, piece: Slice, room: Decimal, *, first: bool) -> Slice | None:
        """As many whole units as come nearest to the room; of an invoice's first goods never nothing."""
        cost = abs(self._costs[piece.line_id])
        units = rounded(room / cost, 0) if room > 0 and cost else ZERO
        units = min(max(units, Decimal(1)) if first and room > 0 else units, abs(piece.quantity))
        end = piece.start + (units if piece.quantity > 0 else -units)
        return Slice(piece.po_id, piece.line_id, piece.start, end) if units > 0 else None

    def _worth(self, piece: Slice) -> Decimal:
        return product(piece.quantity, self._costs[piece.line_id])

    def _lay(self, name: str, piece: Slice) -> None:
        self._goods[name].append(piece)
        self._amounts[name] += self._worth(piece)


def net_of(row: VendorInvoiceRow) -> Decimal | None:
    """An invoice's amount before tax, as far as the feed tells."""
    if row.net is not None or row.total is None:
        return row.net
    return row.total - (row.tax or ZERO)
