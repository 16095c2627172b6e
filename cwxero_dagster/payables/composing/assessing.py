"""Whether a would-be bill may go: everything that holds it.

What belongs here: asking each rule about a bill by itself. What does not: the rules themselves, putting the bill
together (``would_be``), what several bills of one vendor invoice come to (``invoice_totals``), what Xero holds of the
bill (``planning``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import FINAL, Books
from cwxero_dagster.payables.composing import matching, preflight
from cwxero_dagster.payables.composing.as_billed import as_billed
from cwxero_dagster.payables.composing.entered_again import entered_again
from cwxero_dagster.payables.composing.over_deliveries import price_of_deliveries, tax_of_deliveries
from cwxero_dagster.payables.composing.rounding_lines import NO_CENT, Allowance, allowance
from cwxero_dagster.payables.composing.standing import asked_while_it_stands
from cwxero_dagster.payables.composing.twins import Twins
from cwxero_dagster.payables.composing.would_be import compose
from cwxero_dagster.payables.holds import Hold, by_gravity, hold
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.mapping import Resolver, folded
from cwxero_dagster.payables.records import PurchaseOrder
from cwxero_dagster.payables.units import allocation, cutover, doubt, invoices
from cwxero_dagster.payables.units.invoices import written_invoice
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit, billed_elsewhere


@dataclass(frozen=True)
class Assessed:
    """A would-be bill and everything that holds it, released or not."""

    bill: Bill
    holds: tuple[Hold, ...]
    """What keeps it from being written."""
    rounding: Allowance = NO_CENT
    """How far Xero's total may be from the bill's, and what makes up for it."""
    standing: tuple[Hold, ...] = ()
    """What is asked about its document in Xero while that stays as it is."""


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
    ordered = [(line, po) for po in unit.pos for line in purchasing.lines.get(po.po_id, ())]
    billed = as_billed(unit.key, ledger, books, ordered, reprices=bool(unit.costs_before))
    bill, holds = compose(unit, purchasing, agreement, books, resolver, decision, billed)
    repricing = bool(unit.costs_before)
    adjusts = repricing or keys.is_credit(unit.key)
    if known is None and not adjusts and billed_elsewhere(unit, purchasing, decision.go_live):
        reason = f"Received before go-live ({decision.go_live}), so it was billed elsewhere."
        return Assessed(replace(bill, excluded=reason), ())
    lines = {line.line_id: line for line, _ in ordered}
    document = books.by_id.get((known.xero_id or "").lower()) if known else None
    standing: list[Hold] = []
    if not adjusts:
        costs = purchasing.ordered_costs
        holds += matching.by_line(bill, lines, match=decision.match, ordered_costs=costs)
        holds += price_of_deliveries(bill, lines, ledger, books, limit=decision.match.price, ordered_costs=costs)
        holds += matching.tax_difference(bill, limit=decision.tax_difference.limit)
        holds += tax_of_deliveries(bill, ledger, books, limit=decision.tax_difference.limit)
        seen = (line for po in unit.pos for line in purchasing.lines_seen.get(po.po_id, ()))
        prices = matching.uncompared(bill, lines, seen, ordered_costs=costs, limit=decision.match.price)
        bill = replace(bill, notes=(*bill.notes, *prices.moved), untested=prices.unseen)
        if known and document and document.live:
            standing = asked_while_it_stands(
                bill,
                known,
                document,
                lines,
                ledger,
                books,
                decision=decision,
                ordered_costs=costs,
            )
    if unit.twice:
        holds.append(invoices.used_twice(bill, bill.pos[0], bill.invoice_number, unit.twice))
    if unit.missing_invoice:
        cause = f"purchase order {', '.join(bill.po_numbers)}"
        holds.append(hold("missing_vendor_invoice", cause, unit.missing_invoice, bill.facts))
    if unit.doubts and (known is None or known.xero_id is None):
        holds.append(doubt.asked(unit.key, unit.doubts, unit.slices, bill.facts))
    if not repricing:
        holds += invoices.duplicates(bill, purchasing, books, ledger, source=decision.vendor_invoice_from, feed=feed)
    draft = document if document and document.live and document.status not in FINAL else None
    holds += preflight.refusals(bill, books, lock_date="draft" if draft else decision.lock_date)
    arriving = unit.slices
    if known is not None and known.xero_id is not None:
        arriving = allocation.beyond(unit.slices, known.slices) if draft else ()
    if arriving:
        if draft:
            holds += twins.holds_of_more(bill, draft)
        else:
            holds += [*twins.holds(bill), *entered_again(bill, purchasing, ledger, books)]
        if not (keys.is_credit(unit.key) or keys.is_supplement(unit.key)):
            holds += _each(unit, lambda po: cutover.began_before(unit.key, po, purchasing, decision.go_live))
        if agreement.live and not repricing:
            holds += _each(
                unit, lambda po: cutover.already_batched(unit.key, po, arriving, purchasing, decision.go_live)
            )
    was = written_invoice(known.written) if known and draft else None
    if was is not None and bill.invoice_number and folded(bill.invoice_number) != was.name:
        holds += twins.holds_of_number(bill)
    return Assessed(bill, _sorted(holds), allowance(bill, decision, books), _sorted(standing))


def _sorted(holds: Iterable[Hold]) -> tuple[Hold, ...]:
    return tuple(by_gravity(dict.fromkeys(holds)))


def _each(unit: Unit, rule: Callable[[PurchaseOrder], list[Hold]]) -> list[Hold]:
    return [found for po in unit.pos for found in rule(po)]
