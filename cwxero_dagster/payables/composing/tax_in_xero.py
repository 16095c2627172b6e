"""Tax that ConnectWise corrects after a bill was written: a named difference, never silent, and never written.

What belongs here: the tax of a bill in Xero, a draft or approved, beside what ConnectWise says for the same goods now.
What does not: tax of bills that are to be written (``matching.tax_difference``), and differences in vendor, quantity or
price, which bring their own tax with them (``planning``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bill_lines import BillLine
from cwxero_dagster.payables.bills import CREDIT, Bill, owed
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.documents import place_of
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import amount_text, money_text, rounded, total
from cwxero_dagster.payables.records import ZERO, Line
from cwxero_dagster.payables.slices import FREIGHT_LINE
from cwxero_dagster.payables.wording import as_it_is


def corrected_tax(
    bill: Bill,
    known: KnownBill,
    document: Document,
    lines: Mapping[int, Line],
    ledger: LedgerView,
    books: Books,
    *,
    limit: Decimal,
) -> list[Hold]:
    """A hold where ConnectWise's tax for the goods of a written bill differs from the bill in Xero beyond ``limit``.

    Lines of which ConnectWise shows no tax amount, or orders less than the bill holds, are nothing to compare with, nor
    are goods that are gone at a price that changed. Tax that a person changed on the bill is her own; only where
    ConnectWise says a third amount is it asked about. The same two amounts that were let through before stay let
    through.
    """
    repriced = bool(ledger.repricings(bill.key))
    compared = [
        line
        for line in bill.lines
        if line.connectwise_tax is not None
        and _still_ordered(line, bill, lines)
        and (repriced or _at_its_price(line, lines))
    ]
    in_xero = _in_xero(compared, bill, known, document, ledger, books)
    if in_xero is None or not compared:
        return []
    computed, connectwise = rounded(total(line.tax for line in compared)), _connectwise(compared)
    now = rounded(total(_tax_now(line, lines) for line in compared)) if repriced else computed
    hers = _changed_by_a_person(known, document) and abs(now - connectwise) <= limit
    if hers or abs(in_xero - connectwise) <= limit:
        return []
    number, status = document.number or "without a number", as_it_is(document.status)
    detail = (
        f"The bill {number} of purchase order {', '.join(bill.po_numbers)} is {status} in Xero with tax of "
        f"{money_text(in_xero, bill.currency_code)}, and ConnectWise now says {money_text(connectwise)}; the limit is "
        f"{money_text(limit)}. Nothing was written. Correct the bill in Xero where ConnectWise is right."
    )
    same = computed if abs(computed - in_xero) <= limit else in_xero
    one = hold("rounding", keys.cause(bill.key), detail, same, connectwise)
    return [replace(one, stake=(bill.currency_code, owed(bill.document_type, connectwise - in_xero)))]


def _changed_by_a_person(known: KnownBill, document: Document) -> bool:
    """True where a person changed the bill's total, or the tax type of one of its lines."""
    base = known.base or {}
    written = {line["line_item_id"]: line["tax_type"] for line in base.get("lines", ())}
    retyped = any(
        (held.tax_type or "") != written.get(held.line_item_id, held.tax_type or "") for held in document.lines
    )
    return retyped or base.get("total") not in {None, amount_text(document.total)}


def _tax_now(line: BillLine, lines: Mapping[int, Line]) -> Decimal:
    """The tax of a line at the price that its goods have now, of which a document beside the bill bills the change."""
    order = lines.get(line.line_id) if line.line_id else None
    cost = order.unit_cost if order else line.unit_cost
    return line.tax * cost / line.unit_cost if cost and line.unit_cost else line.tax


def _connectwise(compared: list[BillLine]) -> Decimal:
    return rounded(total(line.connectwise_tax or ZERO for line in compared))


def _still_ordered(line: BillLine, bill: Bill, lines: Mapping[int, Line]) -> bool:
    """True for goods, or freight, whose tax in ConnectWise covers all that the bill holds of them."""
    if line.line_id is None or line.slice is None:
        held = [part for part in bill.slices if (part.po_id, part.line_id) == (line.po_id, FREIGHT_LINE)]
        ordered = [rounded(po.freight) for po in bill.pos if po.po_id == line.po_id]
        return all(abs(part.end) <= abs(freight) for part in held for freight in ordered)
    order = lines.get(line.line_id)
    return order is not None and order.present and _most(order) >= max(abs(line.slice.start), abs(line.slice.end))


def _at_its_price(line: BillLine, lines: Mapping[int, Line]) -> bool:
    """False for goods that the bill shows at another price than their order does: ConnectWise's tax is of that one."""
    order = lines.get(line.line_id) if line.line_id else None
    return order is None or line.unit_cost is None or line.unit_cost == order.unit_cost


def _most(order: Line) -> Decimal:
    return max(abs(order.quantity), abs(order.received))


def _in_xero(
    compared: list[BillLine], bill: Bill, known: KnownBill, document: Document, ledger: LedgerView, books: Books
) -> Decimal | None:
    """Xero's tax on the compared lines, changes of their price billed beside included; None where it cannot be told."""
    tax, changes = document.tax, ledger.repricings(bill.key)
    if changes and document.document_type == CREDIT:
        return None
    if len(compared) < sum(line.priced for line in bill.lines):
        refs = {line["line_item_id"]: line["ref"] for line in (known.base or {}).get("lines", ())}
        wanted = {(line.po_id, line.line_id or FREIGHT_LINE) for line in compared}
        found = [
            (place_of(refs.get(held.line_item_id or "", "")), held.tax) for held in document.lines if held.account_code
        ]
        if not wanted <= {place for place, _ in found} or any(one is None for _, one in found):
            return None
        tax = total(one or ZERO for place, one in found if place in wanted)
    for repricing in changes:
        beside = books.by_id.get((repricing.xero_id or "").lower())
        if beside is None or not beside.live or _of_other_goods(repricing, bill):
            return None
        if _changed_by_a_person(repricing, beside):
            return None
        tax += owed(beside.document_type, beside.tax)
    return rounded(tax)


def _of_other_goods(repricing: KnownBill, bill: Bill) -> bool:
    """True where a change of price was billed for less or more than the bill was written for.

    The rest had gone back, or a person had made the bill one of fewer goods or of more.
    """
    places = {(part.po_id, part.line_id): abs(part.end) for part in repricing.slices}
    held = ((part.po_id, part.line_id, abs(part.quantity)) for part in bill.slices)
    return any(quantity != places.get((po_id, line_id), quantity) for po_id, line_id, quantity in held)
