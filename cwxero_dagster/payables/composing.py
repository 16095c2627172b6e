"""From a bill unit to a would-be bill, with everything that holds it.

What belongs here: putting a unit together with mapping, tax, dates and number, and asking each rule whether the bill
may go. What does not: which units there are (units), the rules themselves, what Xero holds of the bill (planning).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables import carrying, cutover, dating, invoices, keys, matching, preflight
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
from cwxero_dagster.payables.connectwise_tax import tax_per_line
from cwxero_dagster.payables.due import due_units
from cwxero_dagster.payables.holds import Hold, by_gravity, hold
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.mapping import Coding, Resolver, folded
from cwxero_dagster.payables.money import total
from cwxero_dagster.payables.numbering import link, number
from cwxero_dagster.payables.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.records import ZERO, CatalogItem, Line, PurchaseOrder
from cwxero_dagster.payables.twins import Twins
from cwxero_dagster.payables.units import Unit, billed_elsewhere

__all__ = [
    "Agreement",
    "Assessed",
    "Purchasing",
    "Unit",
    "assess",
    "billed_elsewhere",
    "compose",
    "due_units",
    "unit_facts",
    "with_invoices",
]


@dataclass(frozen=True)
class Assessed:
    """A would-be bill and everything that holds it, released or not."""

    bill: Bill
    holds: tuple[Hold, ...]


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
    feed = agreement.seeds.vendor_invoices
    bill, holds = compose(unit, purchasing, agreement, books, resolver, decision)
    if known is None and billed_elsewhere(unit, purchasing, decision.go_live):
        reason = f"Received before go-live ({decision.go_live}), so it was billed elsewhere."
        return Assessed(replace(bill, excluded=reason), ())
    lines = {line.line_id: line for po in unit.pos for line in purchasing.lines.get(po.po_id, ())}
    if not keys.is_credit(unit.key):
        holds += matching.mismatches(
            bill, lines, match=decision.match, ordered_costs=purchasing.ordered_costs, invoices=feed
        )
        holds += matching.tax_difference(bill, limit=decision.tax_difference.limit)
    if unit.twice:
        holds.append(invoices.used_twice(bill, bill.pos[0], bill.invoice_number, unit.twice))
    if unit.missing_invoice:
        cause = f"purchase order {', '.join(bill.po_numbers)}"
        holds.append(hold("missing_vendor_invoice", cause, unit.missing_invoice, bill.facts))
    if unit.doubt and (known is None or known.xero_id is None):
        holds.append(hold("changed_after_authorised", f"bill {unit.key}", unit.doubt, bill.facts))
    holds += invoices.duplicates(bill, purchasing, books, ledger, source=decision.vendor_invoice_from, feed=feed)
    holds += preflight.refusals(bill, books, lock_date=decision.lock_date)
    if known is None or known.xero_id is None:
        holds += twins.holds(bill)
        if not (keys.is_credit(unit.key) or keys.is_supplement(unit.key)):
            holds += _each(unit, lambda po: cutover.began_before(unit.key, po, purchasing, decision.go_live))
        if agreement.live:
            ids = {part.line_id for part in unit.slices}
            holds += _each(unit, lambda po: cutover.already_batched(unit.key, po, ids, purchasing, decision.go_live))
    return Assessed(bill, tuple(by_gravity(dict.fromkeys(holds))))


def _each(unit: Unit, rule: Callable[[PurchaseOrder], list[Hold]]) -> list[Hold]:
    return [found for po in unit.pos for found in rule(po)]


def compose(
    unit: Unit, purchasing: Purchasing, agreement: Agreement, books: Books, resolver: Resolver, decision: Decision
) -> tuple[Bill, list[Hold]]:
    """The bill of a unit, and what of it no mapping covers."""
    facts, ordered = unit_facts(unit, purchasing, books), unit.pos
    pos = with_invoices(unit, purchasing, agreement, decision)
    unit = replace(unit, pos=pos)
    po = pos[0]
    po_lines = [line for each in pos for line in purchasing.lines.get(each.po_id, ()) if line.present]
    contact = resolver.contact(po.vendor_id)
    lines, holds = _lines(unit, purchasing, books, resolver, decision)
    if keys.is_carrier(unit.key) and po.vendor_id is None:
        holds.append(carrying.unresolved(po))
    elif contact is None:
        detail = f'Vendor "{po.vendor_name}" (ConnectWise id {po.vendor_id}) has no Xero contact.'
        if po.vendor_id is None:
            detail = f"Purchase order {po.po_number} names no vendor in ConnectWise."
        holds.append(hold("unmapped_vendor", f"vendor {po.vendor_id}", detail, po.vendor_id))
    # A credit carries the day on which the goods went back.
    source = "credited" if keys.is_credit(unit.key) else decision.bill.date
    day, notes = dating.bill_date(source, pos, unit.receipts, due_on=unit.due_on)
    due, more_notes = dating.due_date(
        decision.bill.due_date,
        day,
        po,
        po_lines,
        resolver=resolver,
        reference=purchasing.reference,
        contact=contact,
    )
    credit = total(line.net + line.tax for line in lines) < 0
    returned = keys.is_credit(unit.key)
    heeds = decision.events.vendor_invoice_received != "nothing" or keys.is_invoice(unit.key)
    invoice = po.vendor_invoice_number if heeds and not returned else None
    bill = Bill(
        key=unit.key,
        cycle=unit.cycle,
        document_type="ACCPAYCREDIT" if credit else "ACCPAY",
        pos=pos,
        contact_id=contact.contact_id if contact else None,
        number=number(
            decision.bill.number,
            vendor_invoice=invoice,
            po_numbers=[each.po_number.strip() or f"#{each.po_id}" for each in pos],
            suffix=keys.suffix(unit.key) or ("/C1" if credit else ""),
        ),
        dated=day,
        due_date=due,
        due_on=unit.due_on,
        currency_code=_currency(po, books),
        line_amounts=decision.bill.line_amounts,
        lines=tuple(negated(line) for line in lines) if credit else tuple(lines),
        url=link(agreement.po_link, po_id=po.po_id, company=agreement.company, key=unit.key),
        invoice_number=invoice or "",
        invoice_date=po.vendor_invoice_date if invoice else None,
        slices=unit.slices,
        notes=(*notes, *more_notes),
        facts=facts,
    )
    return replace(bill, excluded=_excluded(bill, ordered, resolver)), holds


def with_invoices(
    unit: Unit, purchasing: Purchasing, agreement: Agreement, decision: Decision
) -> tuple[PurchaseOrder, ...]:
    """The unit's POs, with the vendor invoice that its bill stands for."""
    return tuple(_with_invoice(unit, po, purchasing, agreement, decision) for po in unit.pos)


def _with_invoice(
    unit: Unit, po: PurchaseOrder, purchasing: Purchasing, agreement: Agreement, decision: Decision
) -> PurchaseOrder:
    """The PO with the vendor invoice that the unit stands for, else the one that the decision's source shows.

    A carrier's bill stands for the carrier's own invoice, which only the feed can tell.
    """
    if keys.is_carrier(unit.key):
        carriers = carrying.Carriers(agreement.seeds.landed_costs)
        lines_by_id = {line.line_id: line for line in purchasing.lines.get(po.po_id, ())}
        carrier = carrying.carrier_of(unit.slices, po, lines_by_id, carriers)
        seen = carrying.seen_by_carrier(po, carrier, purchasing.vendors)
        feed = decision.vendor_invoice_from == "feed"
        return invoices.with_invoice(seen, decision, agreement.seeds.vendor_invoices) if feed else seen
    if unit.invoice:
        return replace(po, vendor_invoice_number=unit.invoice.number or None, vendor_invoice_date=unit.invoice.dated)
    slips: list[str] = []
    if decision.vendor_invoice_from == "packing_slip":
        lines, receipts = purchasing.lines.get(po.po_id, ()), purchasing.receipts.get(po.po_id, ())
        slips = invoices.slips_of(unit.receipts, invoices.slips_behind(po, lines, receipts))
    return invoices.with_invoice(po, decision, agreement.seeds.vendor_invoices, slips)


def unit_facts(unit: Unit, purchasing: Purchasing, books: Books) -> str:
    """Digest of what ConnectWise says of a unit: who is owed, currency, quantities, unit costs, freight."""
    costs: dict[tuple[int, int], Decimal] = {}
    for po in unit.pos:
        costs |= {(po.po_id, key): line.unit_cost for key, line in _lines_of(unit, po, purchasing).items()}
    goods = [part for part in unit.slices if part.line_id != FREIGHT_LINE]
    priced = [(part, costs[part.po_id, part.line_id]) for part in goods]
    priced += [_freight_facts(part) for part in unit.slices if part.line_id == FREIGHT_LINE]
    carried = keys.is_carrier(unit.key)
    owed_to = [folded(po.shipment_method) if carried else po.vendor_id for po in unit.pos]
    return facts_of(owed_to, priced, _currency(unit.pos[0], books))


def _freight_facts(part: Slice) -> tuple[Slice, Decimal]:
    """Freight is one piece at its price; only what changes after an approval begins elsewhere than at zero."""
    return (part, Decimal(1)) if part.start else (replace(part, end=Decimal(1)), part.end)


def _lines_of(unit: Unit, po: PurchaseOrder, purchasing: Purchasing) -> dict[int, Line]:
    """A PO's lines, gone ones included, at the unit costs that the unit goes by."""
    return {
        line.line_id: replace(line, unit_cost=unit.unit_costs.get(line.line_id, line.unit_cost))
        for line in purchasing.lines.get(po.po_id, ())
    }


def _in_order(unit: Unit, po: PurchaseOrder, po_lines: Mapping[int, Line]) -> list[Slice]:
    """As the PO lists its lines, freight last: a bill reads the same whether it is new or long in the ledger."""

    def place(part: Slice) -> tuple[bool, int, int, Decimal]:
        line = po_lines.get(part.line_id)
        number = line.line_number if line and line.line_number is not None else 0
        return part.line_id == FREIGHT_LINE, number, part.line_id, part.start

    return sorted((part for part in unit.slices if part.po_id == po.po_id), key=place)


def _currency(po: PurchaseOrder, books: Books) -> str:
    """A PO without a currency is in the organisation's own."""
    return po.currency_code or (books.organisation.base_currency if books.organisation else "")


def _lines(
    unit: Unit, purchasing: Purchasing, books: Books, resolver: Resolver, decision: Decision
) -> tuple[list[BillLine], list[Hold]]:
    found = [_lines_of_po(unit, po, purchasing, books, resolver, decision) for po in unit.pos]
    return [line for lines, _ in found for line in lines], [one for _, holds in found for one in holds]


def _lines_of_po(
    unit: Unit, po: PurchaseOrder, purchasing: Purchasing, books: Books, resolver: Resolver, decision: Decision
) -> tuple[list[BillLine], list[Hold]]:
    po_lines = _lines_of(unit, po, purchasing)
    taxed = tax_per_line(po, list(po_lines.values()))
    any_tax = any(taxed.values())
    tracking, untracked = resolver.tracking(po)
    holds = [
        hold("unmapped_tracking", f"{source} {value}", f'tracking.csv has no row for {source} "{value}".', value)
        for source, value in untracked
    ]
    lines: list[BillLine] = []
    for part in _in_order(unit, po, po_lines):
        if part.line_id == FREIGHT_LINE:
            line: BillLine | None = freight_line(po, part=part)
            taxable = freight_is_taxable(po, any_tax=any_tax)
            coding = resolver.freight_coding(po.vendor_id, tax_code=po.tax_code, taxable=taxable)
            what = "freight"
        else:
            source = replace(po_lines[part.line_id], tax=taxed.get(part.line_id))
            item = purchasing.catalog.get(source.product_id or 0)
            line = goods_line(
                _of_order(source, po) if len(unit.pos) > 1 else source,
                part,
                zero_value_lines=decision.bill.zero_value_lines,
            )
            taxable = is_taxable(source, item, any_tax=any_tax)
            coding = resolver.coding(
                item, po.vendor_id, identifier=source.product_identifier, tax_code=po.tax_code, taxable=taxable
            )
            what = _kind_of_goods(source, item)
        if line is not None and line.priced:
            no_tax = decision.bill.line_amounts == "NoTax"
            line = _coded(line, coding, tracking, part, books, no_tax=no_tax)
            holds += _uncoded(line, po, what, taxable=taxable, no_tax=no_tax)
        if line is not None:
            lines.append(line)
    return lines, holds


def _of_order(line: Line, po: PurchaseOrder) -> Line:
    """The line, saying of which PO it is: for a bill over several."""
    return replace(line, description=f"{po.po_number}: {line.description or line.product_identifier or ''}")


def _coded(
    line: BillLine, coding: Coding, tracking: tuple[tuple[str, str], ...], part: Slice, books: Books, *, no_tax: bool
) -> BillLine:
    coded = replace(
        line,
        account_code=coding.account_code,
        tax_type=None if no_tax else coding.tax_type,
        item_code=coding.item_code,
        tracking=tracking,
        slice=part,
    )
    rate = books.tax_rates.get(coding.tax_type or "")
    return with_tax(coded, rate.rate if rate else ZERO, line_amounts="NoTax" if no_tax else "Exclusive")


def _kind_of_goods(line: Line, item: CatalogItem | None) -> str:
    """What accounts.csv would need a row for."""
    if item and item.category:
        return f"category {item.category}"
    if line.product_identifier:
        return f"product {line.product_identifier}"
    return "goods without a product"


def _uncoded(line: BillLine, po: PurchaseOrder, what: str, *, taxable: bool, no_tax: bool) -> list[Hold]:
    holds = []
    if line.account_code is None:
        detail = f'accounts.csv gives no account for {what} ("{line.description[:80]}").'
        holds.append(hold("unmapped_account", what, detail, what))
    if line.tax_type is None and not no_tax:
        code = f'tax code "{po.tax_code}"' if po.tax_code else "purchase orders without a tax code"
        cause = f"{code}, {'taxable' if taxable else 'not taxable'}"
        holds.append(hold("unmapped_tax", cause, f"tax_codes.csv has no row for {cause}.", cause))
    return holds


def is_taxable(line: Line, item: CatalogItem | None, *, any_tax: bool) -> bool:
    """A line whose ConnectWise tax is not zero; where the PO carries no tax at all, one whose product is taxable."""
    return bool(line.tax) if any_tax else bool(item and item.taxable)


def freight_is_taxable(po: PurchaseOrder, *, any_tax: bool) -> bool:
    """Freight whose ConnectWise tax is not zero; where the PO carries no tax amounts, as the PO's flag says."""
    known = po.freight_tax is not None and (any_tax or bool(po.freight_tax))
    return bool(po.freight_tax) if known else po.tax_freight


def _excluded(bill: Bill, ordered: Sequence[PurchaseOrder], resolver: Resolver) -> str | None:
    """Why a bill is kept out. ``ordered``: its POs as they were ordered, which on a carrier's bill differ."""
    reasons = [reason for po in (*ordered, *bill.pos) if (reason := resolver.exclusion(po))]
    if reasons:
        return f"Kept out by exclusions.csv: {reasons[0]}."
    if not bill.total and not any(line.net for line in bill.lines):
        return "The total is zero, so there is nothing to pay; it is reported and not sent."
    if not bill.total:
        return "Charges and credits on the purchase order cancel out to zero; it is reported and not sent."
    return None
