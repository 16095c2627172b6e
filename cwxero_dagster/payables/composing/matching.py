"""Three-way match: what was ordered, received and invoiced, each with percent and absolute limits.

What belongs here: comparing a would-be bill with the PO and, where known, the vendor's invoice. What does not: reading
either. Over either limit is a mismatch; a blank limit is off; nothing to compare with is not tested (CONTRACT,
section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from cwxero_dagster.payables.bills import Bill, Slice, owed, plain
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.lifecycle import Limit, MatchRule
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import money_text, price_text, rounded, total
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.states import ordered_quantity
from cwxero_dagster.payables.units.invoices import rows_for


def exceeds(
    limit: Limit, difference: Decimal, base: Decimal, *, shown: Callable[[Decimal], str] = money_text
) -> str | None:
    """The limit that ``difference`` from ``base`` breaks, in words, or None. ``shown`` writes an absolute limit."""
    over = abs(difference)
    if limit.absolute is not None and over > limit.absolute:
        return f"the limit is {shown(limit.absolute)}"
    if limit.percent is not None and over and over * 100 > limit.percent * abs(base):
        return f"the limit is {plain(limit.percent)} %"
    return None


def mismatches(
    bill: Bill,
    lines: Mapping[int, Line],
    *,
    match: MatchRule,
    ordered_costs: Mapping[int, Decimal],
    invoices: Sequence[VendorInvoiceRow],
) -> list[Hold]:
    """Price, quantity and total holds of a bill that is to be written.

    ``ordered_costs``: unit cost by line id when the PO left draft status; ``invoices``: rows of vendor_invoices.csv.
    """
    held = by_line(bill, lines, match=match, ordered_costs=ordered_costs)
    return held + invoiced(bill, bill, invoices, match.total)


def by_line(
    bill: Bill,
    lines: Mapping[int, Line],
    *,
    match: MatchRule,
    ordered_costs: Mapping[int, Decimal],
    standing: bool = False,
) -> list[Hold]:
    """Price and quantity holds. ``standing``: the bill is written, and answers for no more than what it bills."""
    held = []
    for part in bill.slices:
        line = lines.get(part.line_id)
        if line is None:
            continue
        name = line.product_identifier or line.description or f"line {line.line_number}"
        held += _quantity(bill, line, name, _reached(line, part) if standing else line.received, match.quantity)
        ordered = ordered_costs.get(line.line_id)
        if ordered is not None:
            held += _price(bill, line, name, ordered, part.quantity, match.price)
    return held


def _reached(line: Line, part: Slice) -> Decimal:
    """How much of a line was received up to the end of a written bill; what came later is the next bill's to match."""
    return min(line.received, part.end, key=abs) if line.present else ZERO


def _quantity(bill: Bill, line: Line, name: str, received: Decimal, limit: Limit) -> list[Hold]:
    ordered = ordered_quantity(line)
    over = abs(received) - abs(ordered)
    broken = exceeds(limit, over, ordered, shown=plain) if over > 0 else None
    if not broken:
        return []
    detail = f"{name}: {plain(received)} received, {plain(ordered)} ordered, which is {plain(over)} more; {broken}."
    return [hold("quantity_mismatch", f"bill {bill.key}", detail, line.line_id, received, ordered)]


def _price(bill: Bill, line: Line, name: str, ordered: Decimal, quantity: Decimal, limit: Limit) -> list[Hold]:
    difference = (line.unit_cost - ordered) * quantity
    broken = exceeds(limit, difference, ordered * quantity)
    if not broken:
        return []
    detail = (
        f"{name}: unit cost {price_text(line.unit_cost)} {bill.currency_code} now, {price_text(ordered)} when ordered, "
        f"which makes {money_text(difference)} on the line; {broken}."
    )
    return [hold("price_mismatch", f"bill {bill.key}", detail, line.line_id, line.unit_cost, ordered)]


def invoiced(
    bill: Bill, of: Bill | Document, invoices: Sequence[VendorInvoiceRow], limit: Limit, *, called: str = ""
) -> list[Hold]:
    """The bill against the invoice's total, or against its net amount where the total is not known.

    ``of``: whose amounts are compared, the bill's or those of its document in Xero; ``called``: what that one is.
    """
    rows = [row for po in bill.pos for row in _rows(po, invoices)]
    compared = [
        ("", of.total, _sum(_total_of(row) for row in rows)),
        (" before tax", of.net, _sum(row.net for row in rows)),
    ]
    what, billed, stated = next((one for one in compared if one[2] is not None), ("", ZERO, None))
    if stated is None:
        return []
    signed = owed(of.document_type, billed)
    if signed * stated < 0:
        ours, theirs = ("supplier credit", "an invoice") if signed < 0 else ("bill", "a credit note")
        detail = (
            f"The {called or ours} comes to {money_text(billed, of.currency_code)}{what}, but what vendor_invoices.csv "
            f"names for it is {theirs} of {money_text(abs(stated))}."
        )
        return [hold("total_mismatch", f"bill {bill.key}", detail, signed, stated)]
    over = abs(signed) - abs(stated)
    broken = exceeds(limit, over, stated)
    if not broken:
        return []
    detail = (
        f"The {called or 'bill'} comes to {money_text(billed, of.currency_code)}{what}, the vendor's invoice to "
        f"{money_text(abs(stated))}: {money_text(abs(over))} {'more' if over > 0 else 'less'}{_parts(of, rows)}; "
        f"{broken}."
    )
    return [hold("total_mismatch", f"bill {bill.key}", detail, billed, abs(stated))]


def _parts(of: Bill | Document, rows: Sequence[VendorInvoiceRow]) -> str:
    """Where net and tax are known besides: what each of them is on the bill and on the invoice."""
    parts = (("net", of.net, _sum(row.net for row in rows)), ("tax", of.tax, _sum(row.tax for row in rows)))
    if any(invoiced is None for _, _, invoiced in parts):
        return ""
    words = [
        f"{name} {money_text(billed)} against {money_text(abs(invoiced or ZERO))}" for name, billed, invoiced in parts
    ]
    return f" ({', '.join(words)})"


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None where one of the amounts, or all, are not known."""
    known = list(amounts)
    return sum((one for one in known if one is not None), ZERO) if known and None not in known else None


def _rows(po: PurchaseOrder, invoices: Sequence[VendorInvoiceRow]) -> list[VendorInvoiceRow]:
    """The feed's rows of a PO, of the invoices that the PO names where it names one."""
    named = {folded(number) for number in (po.vendor_invoice_number or "").split(", ")} - {""}
    return [row for row in rows_for(po, invoices) if not named or folded(row.invoice_number) in named]


def _total_of(row: VendorInvoiceRow) -> Decimal | None:
    if row.total is not None or row.net is None or row.tax is None:
        return row.total
    return row.net + row.tax


def tax_difference(bill: Bill, *, limit: Decimal) -> list[Hold]:
    """A hold where ConnectWise's tax differs from Xero's computation by more than the decision allows.

    Lines of which ConnectWise shows no tax amount are nothing to compare with; one that shows zero is. A bill without
    tax differs by all of it.
    """
    untaxed = bill.line_amounts == "NoTax"
    known = [(line.tax, line.connectwise_tax) for line in bill.lines if line.connectwise_tax is not None]
    if not untaxed and any(line.priced and line.tax_type is None for line in bill.lines):
        return []
    ours, connectwise = rounded(total(tax for tax, _ in known)), rounded(total(shown for _, shown in known))
    if abs(ours - connectwise) <= limit:
        return []
    says = (
        "Bills carry no tax by the decision, but it is"
        if untaxed
        else f"Tax is {money_text(ours, bill.currency_code)} by the tax types of the bill and"
    )
    detail = f"{says} {money_text(connectwise, bill.currency_code)} in ConnectWise; the limit is {money_text(limit)}."
    return [hold("rounding", f"bill {bill.key}", detail, ours, connectwise)]


def costs_when_ordered(
    headers: Iterable[PurchaseOrder], lines: Iterable[Line], *, draft_status_ids: frozenset[int]
) -> dict[int, Decimal]:
    """Unit cost by line id at the moment when its PO was first seen out of draft status, where that was observed."""
    drafts: set[int] = set()
    left: dict[int, datetime] = {}
    for header in sorted(headers, key=lambda po: po.observed_at):
        if header.status_id in draft_status_ids:
            drafts.add(header.po_id)
        elif header.po_id in drafts:
            left.setdefault(header.po_id, header.observed_at)
    costs: dict[int, Decimal] = {}
    for line in sorted(lines, key=lambda item: item.observed_at):
        moment = left.get(line.po_id)
        if moment is not None and (line.line_id not in costs or line.observed_at <= moment):
            costs[line.line_id] = line.unit_cost
    return costs
