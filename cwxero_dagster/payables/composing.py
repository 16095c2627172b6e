"""From POs to would-be bills of a cycle, each with everything that holds it.

What belongs here: which units are due, putting a unit together with mapping, tax, dates and number, and asking each rule
whether the bill may go. What does not: the rules themselves, and what Xero already holds of the bill (planning).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from cwxero_dagster.payables import dating, matching, preflight
from cwxero_dagster.payables.bills import (
    FREIGHT_LINE,
    Bill,
    BillLine,
    Slice,
    facts_of,
    freight_line,
    goods_line,
    negated,
    with_tax,
)
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.calendar import cycle_of
from cwxero_dagster.payables.holds import Hold, by_gravity, hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.numbering import link, number
from cwxero_dagster.payables.records import ZERO, CatalogItem, Line, PurchaseOrder, Receipt, Reference
from cwxero_dagster.payables.seeds import Seeds
from cwxero_dagster.payables.states import PurchaseOrderState
from cwxero_dagster.payables.twins import Twins


@dataclass(frozen=True)
class Purchasing:
    """ConnectWise as it stands, and what its history says."""

    pos: Mapping[int, PurchaseOrder]
    lines: Mapping[int, Sequence[Line]]
    receipts: Mapping[int, Sequence[Receipt]]
    states: Mapping[int, PurchaseOrderState]
    catalog: Mapping[int, CatalogItem]
    reference: Reference
    first_staged_at: datetime | None
    """When the first complete staging ended: what it found is history, what came later was seen to happen."""
    ordered_costs: Mapping[int, Decimal] = field(default_factory=dict)
    zone: str = "UTC"


@dataclass(frozen=True)
class Agreement:
    """What the firm agreed on: the decision, the mapping seeds, the calendar and the link to a PO."""

    seeds: Seeds
    cycle_start_day: int
    po_link: str
    company: str
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """Decisions by digest that earlier bills were planned under; a bill keeps its first one."""
    live: bool = False

    @property
    def decision(self) -> Decision:
        """The decision in force."""
        return self.seeds.decision

    def decision_for(self, known: KnownBill | None) -> Decision:
        """The decision of a bill's first planning, else the one in force."""
        return self.decisions.get(known.policy_digest, self.decision) if known else self.decision


@dataclass(frozen=True)
class Assessed:
    """A would-be bill and everything that holds it, released or not."""

    bill: Bill
    holds: tuple[Hold, ...]


@dataclass(frozen=True)
class Unit:
    """What becomes one bill."""

    key: str
    po: PurchaseOrder
    slices: tuple[Slice, ...]
    due_on: date
    cycle: str


def due_units(purchasing: Purchasing, agreement: Agreement, ledger: LedgerView) -> list[Unit]:
    """Every bill unit that is due under the decision, in the order of PO ids.

    One bill a PO, at fully received: the cycle is that of the completing event, and stays what it was when the bill was
    first planned. A new bill takes quantity that no other bill holds (DESIGN.md, "Allocation").
    """
    units = []
    for po_id in sorted(purchasing.states):
        key = unit_key(po_id, ledger)
        known = ledger.live(key)
        unit = _known_unit(known, purchasing) if known else None
        if unit is None:
            unit = _due_unit(po_id, key, known, purchasing, agreement, ledger)
        if unit:
            units.append(unit)
    return units


def _due_unit(
    po_id: int,
    key: str,
    known: KnownBill | None,
    purchasing: Purchasing,
    agreement: Agreement,
    ledger: LedgerView,
) -> Unit | None:
    state = purchasing.states[po_id]
    due_on = state.fully_received_on
    if state.state != "fully_received" or due_on is None:
        return None
    if known is None and agreement.decision.events.fully_received != "draft_bill":
        return None
    po = purchasing.pos[po_id]
    slices = unbilled(po, purchasing.lines.get(po_id, ()), ledger.allocated(po_id, except_key=key))
    cycle = known.cycle if known else cycle_of(due_on, agreement.cycle_start_day)
    return Unit(key, po, slices, due_on, cycle) if slices else None


def _known_unit(known: KnownBill, purchasing: Purchasing) -> Unit | None:
    """A planned bill of a PO that grew lines again: while all its goods are still received, it bills what it billed."""
    po_id = known.po_ids[0]
    state = purchasing.states[po_id]
    if state.state != "partially_received" or state.last_received_on is None:
        return None
    received = {line.line_id: line.received for line in purchasing.lines.get(po_id, ()) if line.present}
    received[FREIGHT_LINE] = Decimal(1)
    if any(received.get(part.line_id, ZERO) < part.end for part in known.slices):
        return None
    return Unit(known.key, purchasing.pos[po_id], known.slices, state.last_received_on, known.cycle)


def unit_key(po_id: int, ledger: LedgerView) -> str:
    """The key of a PO's bill; a bill that replaces withdrawn ones is numbered after them (``/g:{n}``)."""
    base, generation = f"po:{po_id}", 0
    key = base
    while key in ledger.bills and ledger.bills[key].state == "withdrawn":
        generation += 1
        key = f"{base}/g:{generation}"
    return key


def unbilled(po: PurchaseOrder, lines: Iterable[Line], taken: Mapping[int, Decimal]) -> tuple[Slice, ...]:
    """Received quantity of each line beyond what is allocated already, and the freight while no bill holds it."""
    slices = []
    for line in sorted(lines, key=lambda item: (item.line_number or 0, item.line_id)):
        start = taken.get(line.line_id, ZERO)
        if line.present and line.received > start:
            slices.append(Slice(po.po_id, line.line_id, start, line.received))
    if po.freight and FREIGHT_LINE not in taken:
        slices.append(Slice(po.po_id, FREIGHT_LINE, ZERO, Decimal(1)))
    return tuple(slices)


def assess(
    unit: Unit,
    purchasing: Purchasing,
    agreement: Agreement,
    books: Books,
    resolver: Resolver,
    ledger: LedgerView,
    twins: Twins,
) -> Assessed:
    """The would-be bill of a unit and its holds, gravest first."""
    known = ledger.live(unit.key)
    decision = agreement.decision_for(known)
    bill, holds = compose(unit, purchasing, agreement, books, resolver, decision)
    if known is None and billed_elsewhere(unit, purchasing, decision.go_live):
        reason = f"Received before go-live ({decision.go_live}), so it was billed elsewhere."
        return Assessed(replace(bill, excluded=reason), ())
    lines = {line.line_id: line for line in purchasing.lines.get(unit.po.po_id, ())}
    holds += matching.mismatches(
        bill,
        lines,
        match=decision.match,
        ordered_costs=purchasing.ordered_costs,
        invoices=agreement.seeds.vendor_invoices,
    )
    holds += matching.tax_difference(bill, limit=decision.tax_difference.limit)
    holds += preflight.refusals(bill, books, lock_date=decision.lock_date)
    if known is None or known.xero_id is None:
        holds += twins.holds(bill)
        holds += _began_before(unit, purchasing, decision)
        holds += _batched(unit, purchasing, live=agreement.live)
    return Assessed(bill, tuple(by_gravity(dict.fromkeys(holds))))


def compose(
    unit: Unit, purchasing: Purchasing, agreement: Agreement, books: Books, resolver: Resolver, decision: Decision
) -> tuple[Bill, list[Hold]]:
    """The bill of a unit, and what of it no mapping covers."""
    po = unit.po
    po_lines = {line.line_id: line for line in purchasing.lines.get(po.po_id, ())}
    contact = resolver.contact(po.vendor_id)
    lines, holds = _lines(unit, po_lines, purchasing, books, resolver, decision)
    if contact is None:
        detail = f'Vendor "{po.vendor_name}" (ConnectWise id {po.vendor_id}) has no Xero contact.'
        holds.append(hold("unmapped_vendor", f"vendor {po.vendor_id}", detail, po.vendor_id))
    receipts = purchasing.receipts.get(po.po_id, ())
    day, notes = dating.bill_date(decision.bill.date, [po], receipts, due_on=unit.due_on)
    due, more_notes = dating.due_date(
        decision.bill.due_date,
        day,
        po,
        list(po_lines.values()),
        resolver=resolver,
        reference=purchasing.reference,
        contact=contact,
    )
    base_currency = books.organisation.base_currency if books.organisation else ""
    currency = po.currency_code or base_currency
    credit = sum((line.net + line.tax for line in lines), ZERO) < 0
    costs = [(part, po_lines[part.line_id].unit_cost if part.line_id else po.freight) for part in unit.slices]
    bill = Bill(
        key=unit.key,
        cycle=unit.cycle,
        document_type="ACCPAYCREDIT" if credit else "ACCPAY",
        pos=(po,),
        contact_id=contact.contact_id if contact else None,
        number=number(
            decision.bill.number,
            vendor_invoice=po.vendor_invoice_number if decision.events.vendor_invoice_received != "nothing" else None,
            po_numbers=[po.po_number],
        ),
        dated=day,
        due_date=due,
        due_on=unit.due_on,
        currency_code=currency,
        line_amounts=decision.bill.line_amounts,
        lines=tuple(negated(line) for line in lines) if credit else tuple(lines),
        url=link(agreement.po_link, po_id=po.po_id, company=agreement.company, key=unit.key),
        notes=tuple([*notes, *more_notes]),
        facts=facts_of([po], costs, currency),
    )
    return replace(bill, excluded=_excluded(bill, resolver)), holds


def _lines(
    unit: Unit,
    po_lines: Mapping[int, Line],
    purchasing: Purchasing,
    books: Books,
    resolver: Resolver,
    decision: Decision,
) -> tuple[list[BillLine], list[Hold]]:
    po = unit.po
    taxed = _tax_per_line(po, list(po_lines.values()))
    tracking, untracked = resolver.tracking(po)
    holds = [
        hold("unmapped_tracking", f"{source} {value}", f'tracking.csv has no row for {source} "{value}".', value)
        for source, value in untracked
    ]
    lines: list[BillLine] = []
    for part in unit.slices:
        if part.line_id == FREIGHT_LINE:
            line: BillLine | None = freight_line(po, part=part)
            taxable = po.tax_freight or bool(po.freight_tax)
            coding = resolver.freight_coding(po.vendor_id, tax_code=po.tax_code, taxable=taxable)
            what = "freight"
        else:
            source = replace(po_lines[part.line_id], tax=taxed.get(part.line_id))
            product = purchasing.catalog.get(source.product_id or 0)
            line = goods_line(source, part, zero_value_lines=decision.bill.zero_value_lines)
            taxable = is_taxable(source, product, any_tax=any(taxed.values()))
            coding = resolver.coding(
                product, po.vendor_id, identifier=source.product_identifier, tax_code=po.tax_code, taxable=taxable
            )
            category = product.category if product else None
            what = f"category {category}" if category else f"product {source.product_identifier}"
        if line is None:
            continue
        if line.priced:
            line = replace(
                line,
                account_code=coding.account_code,
                tax_type=coding.tax_type,
                item_code=coding.item_code,
                tracking=tracking,
            )
            rate = books.tax_rates.get(coding.tax_type or "")
            line = with_tax(line, rate.rate if rate else ZERO, line_amounts=decision.bill.line_amounts)
            holds += _uncoded(line, po, what, taxable=taxable, taxed=decision.bill.line_amounts != "NoTax")
        lines.append(line)
    return lines, holds


def _uncoded(line: BillLine, po: PurchaseOrder, what: str, *, taxable: bool, taxed: bool) -> list[Hold]:
    holds = []
    if line.account_code is None:
        detail = f'accounts.csv gives no account for {what} ("{line.description[:80]}").'
        holds.append(hold("unmapped_account", what, detail, what))
    if line.tax_type is None and taxed:
        code = f'tax code "{po.tax_code}"' if po.tax_code else "purchase orders without a tax code"
        cause = f"{code}, {'taxable' if taxable else 'not taxable'}"
        holds.append(hold("unmapped_tax", cause, f"tax_codes.csv has no row for {cause}.", cause))
    return holds


def is_taxable(line: Line, product: CatalogItem | None, *, any_tax: bool) -> bool:
    """A line whose ConnectWise tax is not zero; where the PO carries no tax at all, one whose product is taxable."""
    return bool(line.tax) if any_tax else bool(product and product.taxable)


def _tax_per_line(po: PurchaseOrder, lines: Sequence[Line]) -> dict[int, Decimal | None]:
    """Each line's whole tax amount.

    Whether ``tax`` is the line's or a unit's is not documented (connectwise_api, section 11); the header's ``salesTax``
    tells which of the two readings adds up.
    """
    by_line = sum((line.tax or ZERO for line in lines), ZERO)
    by_unit = sum(((line.tax or ZERO) * line.quantity for line in lines), ZERO)
    header = po.sales_tax
    per_unit = header is not None and abs(by_unit - header) < abs(by_line - header)
    return {line.line_id: line.tax * line.quantity if per_unit and line.tax is not None else line.tax for line in lines}


def _excluded(bill: Bill, resolver: Resolver) -> str | None:
    reasons = [reason for po in bill.pos if (reason := resolver.exclusion(po))]
    if reasons:
        return f"Kept out by exclusions.csv: {reasons[0]}."
    if not bill.total and not any(line.net for line in bill.lines):
        return "The total is zero, so there is nothing to pay; it is reported and not sent."
    if not bill.total:
        return "Charges and credits on the purchase order cancel out to zero; it is reported and not sent."
    return None


def received_before(unit: Unit, purchasing: Purchasing, go_live: date) -> tuple[list[Receipt], list[Receipt]]:
    """Receipts of the unit's PO before go-live and from it on."""
    grown = [receipt for receipt in purchasing.receipts.get(unit.po.po_id, ()) if receipt.quantity > 0]
    early = [receipt for receipt in grown if receipt.received_on < go_live]
    return early, [receipt for receipt in grown if receipt.received_on >= go_live]


def billed_elsewhere(unit: Unit, purchasing: Purchasing, go_live: date) -> bool:
    """True where every receipt was before go-live and was already there when staging began."""
    early, later = received_before(unit, purchasing, go_live)
    if not early or later:
        return False
    return all(_is_history(receipt, purchasing) for receipt in early)


def _is_history(receipt: Receipt, purchasing: Purchasing) -> bool:
    return purchasing.first_staged_at is None or receipt.observed_at <= purchasing.first_staged_at


def _began_before(unit: Unit, purchasing: Purchasing, decision: Decision) -> list[Hold]:
    early, _ = received_before(unit, purchasing, decision.go_live)
    if not early or billed_elsewhere(unit, purchasing, decision.go_live):
        return []
    quantity = sum((receipt.quantity for receipt in early), ZERO)
    detail = (
        f"Purchase order {unit.po.po_number} began before go-live: {quantity:f} of its goods came before "
        f"{decision.go_live}, so a bill for them may already have been keyed."
    )
    return [hold("possible_duplicate", "began before go-live", detail, unit.key, decision.go_live, quantity)]


def _batched(unit: Unit, purchasing: Purchasing, *, live: bool) -> list[Hold]:
    posted = {r.line_id for r in purchasing.receipts.get(unit.po.po_id, ()) if r.batched_before and r.quantity > 0}
    mine = [part.line_id for part in unit.slices if part.line_id in posted]
    if not live or not mine:
        return []
    detail = (
        f"{len(mine)} line(s) of purchase order {unit.po.po_number} were already batched in ConnectWise when their "
        "receipt was first seen: another tool has probably posted them."
    )
    return [hold("possible_duplicate", "already batched in ConnectWise", detail, unit.key, sorted(mine))]
