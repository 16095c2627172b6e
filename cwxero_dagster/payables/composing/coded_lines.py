"""The lines of a would-be bill, with account, tax and tracking; and what of them no mapping covers.

What belongs here: from the quantities of a unit to coded lines. What does not: what a line of goods or freight is
(``bills``), the mappings (``mapping``), header fields (``composing``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.bill_lines import BillLine, freight_line, goods_line, price_line, with_tax
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.composing.as_billed import CORRECTED, AsBilled, Tracking
from cwxero_dagster.payables.composing.connectwise_tax import on_the_order, tax_per_line
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.mapping import Coding, Resolver
from cwxero_dagster.payables.records import ZERO, CatalogItem, Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.units.unit import Unit
from cwxero_dagster.payables.units.unit_facts import lines_of


def _in_order(unit: Unit, po: PurchaseOrder, po_lines: Mapping[int, Line]) -> list[Slice]:
    """As the PO lists its lines, freight last: a bill reads the same whether it is new or long in the ledger."""

    def place(part: Slice) -> tuple[bool, int, int, Decimal]:
        line = po_lines.get(part.line_id)
        number = line.line_number if line and line.line_number is not None else 0
        return part.line_id == FREIGHT_LINE, number, part.line_id, part.start

    return sorted((part for part in unit.slices if part.po_id == po.po_id), key=place)


def coded_lines(
    unit: Unit,
    purchasing: Purchasing,
    books: Books,
    resolver: Resolver,
    decision: Decision,
    billed: AsBilled | None = None,
) -> tuple[list[BillLine], list[Hold]]:
    """The lines of a unit's bill, a PO after the other, and what of them no mapping covers.

    ``billed``: how goods that go back were billed, which comes before every mapping.
    """
    known = billed.codings if billed else {}
    found = [_lines_of_po(unit, po, purchasing, books, resolver, decision, known) for po in unit.pos]
    return [line for lines, _ in found for line in lines], [one for _, holds in found for one in holds]


def _lines_of_po(
    unit: Unit,
    po: PurchaseOrder,
    purchasing: Purchasing,
    books: Books,
    resolver: Resolver,
    decision: Decision,
    billed: Mapping[tuple[int, int], tuple[Coding, Tracking]],
) -> tuple[list[BillLine], list[Hold]]:
    po_lines = lines_of(unit, po, purchasing)
    taxed = tax_per_line(po, list(po_lines.values()))
    any_tax = carries_tax(po, po_lines.values(), taxed, purchasing.once_taxed)
    tracking, untracked = resolver.tracking(po)
    tracking_rule = resolver.tracking_rule(po)
    holds = [
        hold("unmapped_tracking", f"{source} {value}", f'tracking.csv has no row for {source} "{value}".', value)
        for source, value in untracked
    ]
    lines: list[BillLine] = []
    for part in _in_order(unit, po, po_lines):
        if part.line_id == FREIGHT_LINE:
            line: BillLine | None = freight_line(po if any_tax else replace(po, freight_tax=None), part=part)
            taxable = freight_is_taxable(po, any_tax=any_tax)
            coding = resolver.freight_coding(po.vendor_id, tax_code=po.tax_code, taxable=taxable)
            what = "freight"
        else:
            source, tax = po_lines[part.line_id], taxed.get(part.line_id) if any_tax else None
            if source.tax != tax:
                source = replace(source, tax=tax)
            item = purchasing.catalog.get(source.product_id or 0)
            named = _of_order(source, po) if len(unit.pos) > 1 else source
            before = unit.costs_before.get(part.line_id)
            if before is None:
                line = goods_line(named, part, zero_value_lines=decision.bill.zero_value_lines)
            else:
                line = price_line(named, part, before=before)
            taxable = is_taxable(source, item, any_tax=any_tax)
            coding = resolver.coding(
                item, po.vendor_id, identifier=source.product_identifier, tax_code=po.tax_code, taxable=taxable
            )
            what = _kind_of_goods(source, item)
        place = po.po_id, part.line_id
        coding, tracked = billed.get(place, (coding, tracking))
        tracked_by = CORRECTED if place in billed else tracking_rule
        if line is not None and line.priced:
            no_tax = decision.bill.line_amounts == "NoTax"
            line = _coded(line, coding, tracked, part, books, no_tax=no_tax)
            line = replace(line, tracking_rule=tracked_by if tracked else "")
            holds += _uncoded(line, po, what, taxable=taxable, no_tax=no_tax)
        if line is not None:
            lines.append(line)
    return lines, holds


def _of_order(line: Line, po: PurchaseOrder) -> Line:
    """The line, saying of which PO it is: for a bill over several."""
    return replace(line, description=f"{po.po_number}: {line.description or line.product_identifier or ''}")


def _coded(line: BillLine, coding: Coding, tracking: Tracking, part: Slice, books: Books, *, no_tax: bool) -> BillLine:
    coded = replace(
        line,
        account_code=coding.account_code,
        tax_type=None if no_tax else coding.tax_type,
        item_code=coding.item_code,
        tracking=tracking,
        slice=part,
        account_rule=coding.account_rule,
        tax_rule="lifecycle.yaml, bill.line_amounts: NoTax" if no_tax else coding.tax_rule,
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


def carries_tax(
    po: PurchaseOrder, lines: Iterable[Line], taxed: Mapping[int, Decimal | None], once_taxed: Collection[int]
) -> bool:
    """True where a line that is on the PO, or its freight, shows a tax amount: then one without is not taxed.

    A zero that a line of ``once_taxed`` shows is an amount, too: a tax that was taken off. Else ConnectWise shows
    nothing that tax could be compared with. ``taxed``: tax amount by line id.
    """
    there = [(line.line_id, taxed[line.line_id]) for line in on_the_order(lines)]
    return bool(po.freight_tax) or any(tax or (tax is not None and one in once_taxed) for one, tax in there)


def is_taxable(line: Line, item: CatalogItem | None, *, any_tax: bool) -> bool:
    """A line whose ConnectWise tax is not zero; where the PO carries no tax at all, one whose product is taxable."""
    return bool(line.tax) if any_tax else bool(item and item.taxable)


def freight_is_taxable(po: PurchaseOrder, *, any_tax: bool) -> bool:
    """Freight whose ConnectWise tax is not zero; where the PO carries no tax amounts, as the PO's flag says."""
    known = po.freight_tax is not None and (any_tax or bool(po.freight_tax))
    return bool(po.freight_tax) if known else po.tax_freight
