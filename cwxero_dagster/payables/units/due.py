"""Every bill unit that is due under the decision: the units of each PO, and those of vendor invoices over several.

What belongs here: bills where one stands for a vendor invoice, and putting parts of one bill together. What does not:
bills that are a PO or a delivery (order_units), which invoice covers which goods (invoicing).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.mapping import Resolver, folded
from cwxero_dagster.payables.money import product
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.states import RECEIVED
from cwxero_dagster.payables.units import cutover, invoicing
from cwxero_dagster.payables.units.adjusting import Adjusting
from cwxero_dagster.payables.units.deliveries import receipts_in
from cwxero_dagster.payables.units.invoice_bills import Debt, InvoiceBills, Reading
from cwxero_dagster.payables.units.invoices import VendorInvoice, apart
from cwxero_dagster.payables.units.invoicing import Share
from cwxero_dagster.payables.units.order_units import OrderUnits
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit


def due_units(purchasing: Purchasing, agreement: Agreement, ledger: LedgerView, books: Books) -> list[Unit]:
    """Every bill unit that is due under the decision, in the order of PO ids.

    A unit's cycle is that of the event that made it due, and stays what it was when the bill was first planned.
    """
    adjusting = Adjusting(purchasing, agreement, ledger, books)
    units = _units(purchasing, agreement, ledger, books, crediting=frozenset())
    if crediting := adjusting.to_credit(units):
        units = _units(purchasing, agreement, ledger, books, crediting=crediting)
    return [
        replace(unit, cycle=ledger.cycle_of(unit.key) or unit.cycle) for unit in adjusting.with_price_changes(units)
    ]


def _units(
    purchasing: Purchasing, agreement: Agreement, ledger: LedgerView, books: Books, *, crediting: frozenset[str]
) -> list[Unit]:
    """Every unit but those of changes of price. ``crediting``: bills whose missing goods a person wants credited."""
    bills = InvoiceBills(ledger, books)
    by_invoice = agreement.decision.bill.one_per == "vendor_invoice"
    resolver = Resolver(agreement.seeds, books) if by_invoice else None
    orders = {
        po_id: _InvoiceUnits(po_id, purchasing, agreement, ledger, books, bills, crediting)
        if resolver and not _apart(po_id, purchasing, agreement, resolver)
        else OrderUnits(po_id, purchasing, agreement, ledger, books, bills, crediting)
        for po_id in sorted(purchasing.states)
    }
    readings: dict[str, dict[int, Reading]] = {
        bill.key: {
            po_id: Reading(purchasing.pos[po_id].vendor_id, orders[po_id].shown(bill))
            for po_id in sorted({part.po_id for part in bill.slices})
            if po_id in orders
        }
        for bill in bills.known()
    }
    own = books.organisation.base_currency if books.organisation else ""
    bills.read(readings, {po_id: purchasing.pos[po_id].currency_code or own for po_id in orders})
    units = _together(unit for order in orders.values() for unit in order.units())
    return _told_apart(units, own) if agreement.decision.vendor_invoice_from != "header" else units


def _apart(po_id: int, purchasing: Purchasing, agreement: Agreement, resolver: Resolver) -> bool:
    """True for a PO that must not share a bill: it is kept out, or all its goods came before go-live."""
    po = purchasing.pos[po_id]
    elsewhere = cutover.all_elsewhere(po, purchasing, agreement.decision.go_live)
    return elsewhere or resolver.exclusion(po) is not None


def _together(units: Iterable[Unit]) -> list[Unit]:
    """One unit a key, whatever number of POs it has parts of; none where nothing is left on any."""
    whole: dict[str, Unit] = {}
    for unit in units:
        first = whole.get(unit.key)
        whole[unit.key] = _joined(first, unit) if first else unit
    return [unit for unit in whole.values() if unit.slices]


def _joined(first: Unit, other: Unit) -> Unit:
    """Both parts as one; a part that bills nothing any more is on it only as far as it stood."""
    first_or_other = first if first.slices else other
    both = replace(
        first_or_other,
        stands=(*first.stands, *other.stands),
        as_left=(*first.as_left, *other.as_left),
        dealt=(*first.dealt, *other.dealt),
    )
    if not (first.slices and other.slices):
        return both
    return replace(
        both,
        pos=(*first.pos, *other.pos),
        slices=(*first.slices, *other.slices),
        receipts=(*first.receipts, *other.receipts),
        due_on=max(first.due_on, other.due_on),
        cycle=max(first.cycle, other.cycle),
        unit_costs={**first.unit_costs, **other.unit_costs},
        invoice=_later(first.invoice, other.invoice),
        doubts=tuple(dict.fromkeys([*first.doubts, *other.doubts])),
    )


def _later(first: VendorInvoice | None, other: VendorInvoice | None) -> VendorInvoice | None:
    if first is None or other is None:
        return first or other
    return replace(first, dated=max((one.dated for one in (first, other) if one.dated), default=None))


def _told_apart(units: Sequence[Unit], own: str) -> list[Unit]:
    """The units, saying so where one number of a vendor stands for what seem to be two invoices."""
    groups: dict[tuple[int | None, str], list[Unit]] = {}
    for unit in units:
        if unit.invoice and unit.invoice.number and keys.is_invoice(unit.key) and not keys.steps(unit.key):
            groups.setdefault((unit.pos[0].vendor_id, unit.invoice.name), []).append(unit)
    twice = {
        unit.key: difference
        for group in groups.values()
        for unit in group
        if (difference := next((words for other in group if (words := _different(unit, other, own))), ""))
    }
    return [replace(unit, twice=twice.get(unit.key, "")) for unit in units]


def _different(unit: Unit, other: Unit, own: str) -> str:
    here, there = (", ".join(po.po_number for po in one.pos) for one in (unit, other))
    currencies = [one.pos[0].currency_code or own for one in (unit, other)]
    days = [one.invoice.dated if one.invoice else None for one in (unit, other)]
    if currencies[0] != currencies[1]:
        return apart("in", (currencies[0], here), (currencies[1], there))
    if None not in days and days[0] != days[1]:
        return apart("dated", (str(days[0]), here), (str(days[1]), there))
    return ""


class _InvoiceUnits(OrderUnits):
    """The parts of vendor invoices that bill one PO."""

    def _bill(self, free: Sequence[Slice], known: dict[str, Unit], fresh: list[Unit]) -> None:
        if self._decision.events.raised == "draft_bill":
            super()._bill(free, known, fresh)
        elif self._state.state in RECEIVED and self._may_be_billed:
            shares = self._with_freight(free, self._shares([part for part in free if part.line_id != FREIGHT_LINE]))
            for share in shares:
                self._bill_share(share, known, fresh)

    @property
    def _may_be_billed(self) -> bool:
        """True where the decision bills what was received so far, once its invoice is there."""
        events = self._agreement.decision.events
        early = "draft_bill" in {events.partially_received, events.vendor_invoice_received}
        return early or (self._state.state == "fully_received" and events.fully_received == "draft_bill")

    def _shares(self, goods: Sequence[Slice]) -> list[Share]:
        pieces = invoicing.pieces_of(goods, self._receipts, self._goods.there)
        match self._agreement.decision.vendor_invoice_from:
            case "packing_slip":
                return invoicing.by_slip(self._po, pieces, self._shows.slips)
            case "feed":
                costs = {line.line_id: line.unit_cost for line in self._lines}
                return invoicing.by_feed(pieces, self._shows.rows, costs=costs, billed=self._billed_net())
            case _:
                return invoicing.by_header(self._po, goods)

    def _billed_net(self) -> dict[str, Decimal]:
        """What bills hold of the PO already, by folded invoice number, at the present cost."""
        costs = {line.line_id: line.unit_cost for line in self._lines}
        billed: dict[str, Decimal] = {}
        for bill in self._goods.bills:
            invoice = self._invoices.invoice_of(bill.key)
            if invoice and not keys.is_credit(bill.key):
                worth = (product(part.quantity, costs.get(part.line_id, ZERO)) for part in bill.slices)
                billed[invoice.name] = billed.get(invoice.name, ZERO) + sum(worth, ZERO)
        return billed

    def _with_freight(self, free: Sequence[Slice], shares: Sequence[Share]) -> list[Share]:
        """Freight goes with the invoice of its packing slip, else with the one that completes the PO."""
        freight = tuple(part for part in free if part.line_id == FREIGHT_LINE)
        if not freight:
            return list(shares)
        slip = folded(self._po.freight_packing_slip)
        named = [share for share in shares if slip and slip in self._names(share)]
        home = named[0] if named else (shares[-1] if shares and self._state.state == "fully_received" else None)
        if home is None:
            alone = self._freight_alone_on() if self._state.state == "fully_received" and not shares else None
            return [*shares, Share(alone, freight)] if alone else list(shares)
        return [replace(one, slices=(*one.slices, *freight)) if one is home else one for one in shares]

    def _names(self, share: Share) -> set[str]:
        slips = {folded(receipt.packing_slip) for receipt in receipts_in(share.slices, self._receipts)}
        return slips | ({share.invoice.name} if share.invoice else set())

    def _freight_alone_on(self) -> VendorInvoice | None:
        """The invoice of the PO's last bill, once everything else of the PO is billed."""
        mine = [bill.key for bill in self._goods.bills if keys.is_invoice(bill.key) and not keys.is_credit(bill.key)]
        known = [self._invoices.invoice_of(key) for key in mine]
        return known[-1] if known else None

    def _bill_share(self, share: Share, known: dict[str, Unit], fresh: list[Unit]) -> None:
        invoice = share.invoice
        debt = Debt(
            self._po.vendor_id, invoice.name if invoice else "", self._currency, invoice.dated if invoice else None
        )
        home = self._invoices.home_of(debt) if invoice else None
        earlier = self._invoices.earlier(debt) if invoice else None
        mine = {bill.key for bill in self._goods.bills}
        if home and (home in known or not self._invoices.leaves(home, self._po.po_id)):
            invoice = self._invoices.invoice_of(home)
            if self._doubts.in_doubt(home, share.slices):
                fresh.append(replace(self._supplement(home, share.slices), invoice=invoice))
            elif home in known:
                known[home] = self._form.extended(known[home], share.slices)
            else:
                unit = self._form.unit(home, share.slices, self._invoices.cycle_of(home))
                known[home] = replace(unit, invoice=invoice)
        elif home:
            return
        elif earlier and (earlier in mine or self._agreement.decision.vendor_invoice_from != "header"):
            fresh.append(replace(self._supplement(earlier, share.slices), invoice=invoice))
        else:
            key = self._known.issued(self._invoices.issue(debt, alone=invoice is None))
            due_on = self._due.invoiced_on(receipts_in(share.slices, self._receipts), debt.dated)
            unit = self._form.unit(key, share.slices, self._due.cycle_of(due_on), due_on=due_on)
            fresh.append(replace(unit, invoice=invoice or VendorInvoice(""), missing_invoice=self._missing(invoice)))

    def _missing(self, invoice: VendorInvoice | None) -> str:
        if invoice:
            return ""
        return (
            f"Goods of purchase order {self._po.po_number} were received, and vendor_invoices.csv has no row for it "
            f"from {self._po.vendor_name or 'its vendor'}."
        )

    @property
    def _currency(self) -> str:
        own = self._books.organisation.base_currency if self._books.organisation else ""
        return self._po.currency_code or own
