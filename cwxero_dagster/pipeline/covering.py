"""Coverage of purchase orders as everything stands: what each ordered, where it went, and where each figure leads.

What belongs here: gathering what the equation needs from ledger, Xero and plan, for one order or for all, and keeping
it. What does not: the equation (payables/coverage), the words of a figure (payables/coverage/leading).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.composing.rounding_lines import amount_held
from cwxero_dagster.payables.corrections import corrections, taken_off
from cwxero_dagster.payables.coverage.equation import (
    BILL_TOTALS,
    TERMS,
    BilledPart,
    Coverage,
    added_up,
    coverage_by_line,
)
from cwxero_dagster.payables.coverage.leading import Story, leads
from cwxero_dagster.payables.coverage.lowered import Lowered, with_let_stand
from cwxero_dagster.payables.holds import case_id
from cwxero_dagster.payables.keys import cause, is_credit
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.money import line_net, rounded
from cwxero_dagster.payables.planning.plan import Action
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE
from cwxero_dagster.payables.units import allocation, cutover
from cwxero_dagster.payables.units.purchasing import Purchasing
from cwxero_dagster.payables.units.unit import billable, due_when_raised
from cwxero_dagster.pipeline.billing import guard
from cwxero_dagster.pipeline.keying import as_actions, keyed_by_hand
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known, every_action, noticed

_PART = {FREIGHT_LINE: "freight", BILL_TOTALS: "bills"}


@dataclass(frozen=True)
class OrderCoverage:
    """One order's figures, line by line and together, and where each of them leads."""

    po: PurchaseOrder
    lines: Mapping[int, Coverage]
    """By line id; 0 is the freight, ``BILL_TOTALS`` what Xero's bills say beyond their lines."""
    whole: Coverage
    leads: Mapping[str, str]
    bill_keys: tuple[str, ...]
    case_ids: tuple[str, ...]


def keep_coverage(session: Session, *, live: bool) -> list[dict[str, Any]]:
    """The coverage of every order, kept as ``Coverage``; the rows of whole orders are given back."""
    known = session.known(live=live)
    actions = [*every_action(known, guard(session, known, live=live)), *as_actions(keyed_by_hand(known))]
    asked = noticed(known, today=day_of(session.clock.now(), session.zone()))
    rows = [row for covered in every_coverage(known, actions, asked) for row in coverage_rows(known, covered)]
    session.warehouse.replace(frames.Coverage, frames.Coverage.of(rows))
    return [row for row in rows if row["part"] == "order"]


def every_coverage(known: Known, actions: Iterable[Action], asked: Iterable[HeldBill]) -> Iterator[OrderCoverage]:
    """The coverage of every order, by id. ``actions`` and ``asked`` are those of all cycles."""
    by_po: dict[int, list[Action]] = {}
    for action in actions:
        for po_id in _orders_of(action):
            by_po.setdefault(po_id, []).append(action)
    asked_of: dict[int, list[HeldBill]] = {}
    for one in asked:
        for po_id in one.po_ids:
            asked_of.setdefault(po_id, []).append(one)
    for po_id in sorted(known.purchasing.pos):
        yield cover(known, known.purchasing.pos[po_id], by_po.get(po_id, ()), asked_of.get(po_id, ()))


def cover(known: Known, po: PurchaseOrder, actions: Sequence[Action], asked: Sequence[HeldBill]) -> OrderCoverage:
    """The coverage of one order.

    ``actions``: what a sync would do now with each of its bills; ``asked``: the open questions that hold none of them.
    """
    purchasing, decision = known.purchasing, known.agreement.decision
    state = purchasing.states[po.po_id].state
    lines = purchasing.lines.get(po.po_id, ())
    off_bills = lowered(known, po, asked)
    off = {one.key: one.quantities for one in off_bills}
    bills = known.ledger.bills_of(po.po_id)
    billed = [part for bill in bills if (part := _part(known, bill, po, off.get(bill.key, {})))]
    elsewhere, kept_apart = _elsewhere(known, po, actions)
    let_stand = [one for one in off_bills if one.let_stand]
    kept_apart += [one.words for one in let_stand]
    taken = [part for bill in billed for part in bill.slices if part.po_id == po.po_id]
    there = {line.line_id: line.received for line in lines if line.present} | {FREIGHT_LINE: rounded(po.freight)}
    by_line = coverage_by_line(
        po,
        lines,
        billed=billed,
        elsewhere=with_let_stand(elsewhere, let_stand, taken, there),
        gone=known.by_hand.gone.get(po.po_id, {}),
        dealt=_dealt(known, po, off),
        ordered_costs=purchasing.ordered_costs,
        billable=_billable(known, po, state),
    )
    whole = added_up(by_line.values())
    story = Story(
        po,
        state,
        decision,
        actions,
        kept_apart,
        asked,
        [one for one in off_bills if not one.let_stand],
        to_credit_by_hand=known.by_hand.to_credit.get(po.po_id, ""),
        not_shown=_not_shown(purchasing, po),
    )
    return OrderCoverage(po, by_line, whole, leads(story, by_line, whole), story.bill_keys, story.case_ids)


def _billable(known: Known, po: PurchaseOrder, state: str) -> dict[int, Decimal]:
    """How much of each line may be billed, and the freight where the decision bills it before goods come.

    The decision is that of the order's first bill, else the one in force.
    """
    bills = known.standing.bills_of(po.po_id)
    decision = known.agreement.decision_for(bills[0] if bills else None)
    quantities = {line.line_id: billable(po, line, decision) for line in known.purchasing.lines.get(po.po_id, ())}
    return {**quantities, FREIGHT_LINE: rounded(po.freight) if due_when_raised(po, state, decision) else ZERO}


def _not_shown(purchasing: Purchasing, po: PurchaseOrder) -> str:
    """What of an order the last look did not show, so that its goods wait for the next one."""
    if po.po_id in purchasing.missing_orders:
        return "the purchase order"
    missing = [line for line in purchasing.lines.get(po.po_id, ()) if purchasing.missing_lines.get(line.line_id) == 1]
    return "a line of the purchase order" if missing else ""


def coverage_rows(known: Known, covered: OrderCoverage) -> Iterator[dict[str, Any]]:
    """Rows of ``Coverage``: the order, then each of its parts that has a figure."""
    po = covered.po
    base = known.books.organisation.base_currency if known.books.organisation else ""
    shared = {"po_id": po.po_id, "po_number": po.po_number, "currency_code": po.currency_code or base}
    about = {
        "bill_keys": json.dumps(covered.bill_keys),
        "case_ids": json.dumps(covered.case_ids),
        "leads_to": json.dumps(covered.leads),
    }
    yield {**shared, **_figures(covered.whole), **about, "part": "order", "line_id": None, "name": po.vendor_name}
    names = {line.line_id: _name(line) for line in known.purchasing.lines.get(po.po_id, ())}
    nothing = {"bill_keys": "[]", "case_ids": "[]", "leads_to": "{}"}
    for line_id, figures in covered.lines.items():
        if line_id > 0 or figures != Coverage():
            part = _PART.get(line_id, "line")
            yield {
                **shared,
                **_figures(figures),
                **nothing,
                "part": part,
                "line_id": line_id if part == "line" else None,
                "name": names.get(line_id, part),
            }


def _figures(coverage: Coverage) -> dict[str, Decimal]:
    found = {}
    for term in (*TERMS, "difference"):
        figure = getattr(coverage, term)
        found[f"{term}_quantity"], found[f"{term}_amount"] = figure.quantity, figure.amount
    return found


def _name(line: Line) -> str:
    return line.product_identifier or line.description or f"line {line.line_id}"


def _orders_of(action: Action) -> tuple[int, ...]:
    planned = tuple(po.po_id for po in action.bill.pos) if action.bill else ()
    return tuple(dict.fromkeys((*planned, *(action.known.po_ids if action.known else ()))))


def lowered(known: Known, po: PurchaseOrder, asked: Iterable[HeldBill]) -> list[Lowered]:
    """The order's live bills of which a person took goods off in Xero. ``asked``: open questions about its bills."""
    held = [(bill, known.books.by_id.get((bill.xero_id or "").lower())) for bill in known.ledger.bills_of(po.po_id)]
    live = [(bill, document, corrections(bill, document)) for bill, document in held if document and document.live]
    off = taken_off(live, of={bill.key for bill, _, _ in live})
    open_cases = {bill.key: one.case_id for bill in asked for one in bill.holds if one.kind == "edited_in_xero"}
    found = []
    for bill, document, _ in live:
        if bill.key in off:
            let = known.ledger.let_stand(case_id("edited_in_xero", cause(bill.key)))
            case = open_cases.get(bill.key, "")
            number = document.number or "without a number"
            found.append(Lowered(bill.key, number, off[bill.key], case, let[-1] if let and not case else None))
    return found


def _dealt(known: Known, po: PurchaseOrder, off: Mapping[str, Mapping[int, Decimal]]) -> dict[int, Decimal]:
    """What of approved bills went back and a person dealt with, by line, beside what she took ``off`` them."""
    found: dict[int, Decimal] = {}
    for unit in (known.units[index] for index in known.by_po.get(po.po_id, ())):
        left = dict(off.get(unit.key, {}))
        for part in unit.dealt if known.standing.settled(unit.key) is None else ():
            followed = min(left.get(part.line_id, ZERO), abs(part.quantity))
            left[part.line_id] = left.get(part.line_id, ZERO) - followed
            rest = (abs(part.quantity) - followed).copy_sign(part.quantity)
            found[part.line_id] = found.get(part.line_id, ZERO) + (rest if part.po_id == po.po_id else ZERO)
    return found


def _elsewhere(known: Known, po: PurchaseOrder, actions: Iterable[Action]) -> tuple[dict[int, Decimal], list[str]]:
    """Quantity by line id that something else than a bill of the sync covers, and why, in words."""
    go_live = known.agreement.decision.go_live
    kept_out = [
        action
        for action in actions
        if action.action == "exclude" and action.bill and not (is_credit(action.key) or action.bill.reprices)
    ]
    words = [action.reason for action in kept_out]
    if cutover.elsewhere(po, known.purchasing, go_live):
        words.insert(0, f"received before go-live ({go_live}), so billed elsewhere")
    slices = [part for action in kept_out if action.bill for part in action.bill.slices]
    return cutover.covered_elsewhere(po, known.purchasing, go_live, slices), words


def _part(known: Known, bill: KnownBill, po: PurchaseOrder, off: Mapping[int, Decimal]) -> BilledPart | None:
    """The live bill as coverage counts it; None where Xero holds no live document for it.

    ``off``: what a person took off it, by line.
    """
    if po.po_id not in bill.po_ids or bill.xero_id is None or bill.state == "withdrawn":
        return None
    document = known.books.by_id.get(bill.xero_id.lower())
    if document and not document.live:
        return None
    sign = -1 if bill.document_type == "ACCPAYCREDIT" else 1
    of_orders = _written(bill, sign)
    written = of_orders.get(po.po_id, {})
    goods = _goods(known, bill, document) if document else ZERO
    net = _share(known, bill, po, sign * goods, of_orders) if document else sum(written.values(), ZERO)
    quantities = {part.line_id: part.quantity for part in bill.slices if part.po_id == po.po_id}
    costs = {
        line_id: written[line_id] / quantity
        for line_id, quantity in quantities.items()
        if quantity and line_id in written and line_id != FREIGHT_LINE
    }
    return BilledPart(allocation.shortened(bill.slices, off), net, costs)


def _goods(known: Known, bill: KnownBill, document: Document) -> Decimal:
    """What a document in Xero says that its goods and freight cost before tax: all but its rounding line."""
    return document.net - amount_held(document, known.agreement.decision_for(bill).rounding.limit)


def _share(
    known: Known, bill: KnownBill, po: PurchaseOrder, net: Decimal, written: Mapping[int, Mapping[int, Decimal]]
) -> Decimal:
    """What one of the bill's orders has of the net total that Xero holds; the shares of all are that total.

    Each order but the first has what its lines were written with, else its part by cost; the first has the rest, and
    with it whatever a person changed in Xero.
    """
    first, *others = bill.po_ids
    if not others:
        return net
    weights = {po_id: _cost(known, bill, po_id) for po_id in bill.po_ids}
    whole = sum(weights.values(), ZERO)
    shares = {}
    for po_id in others:
        by_cost = net * weights[po_id] / whole if whole else ZERO
        shares[po_id] = rounded(sum(written[po_id].values(), ZERO) if po_id in written else by_cost)
    return shares[po.po_id] if po.po_id != first else net - sum(shares.values(), ZERO)


def _cost(known: Known, bill: KnownBill, po_id: int) -> Decimal:
    """What the quantities that a bill holds of an order cost at the order's prices of now; its freight is money."""
    costs = {line.line_id: line.unit_cost for line in known.purchasing.lines.get(po_id, ())} | {
        FREIGHT_LINE: Decimal(1)
    }
    return sum((part.quantity * costs.get(part.line_id, ZERO) for part in bill.slices if part.po_id == po_id), ZERO)


def _written(bill: KnownBill, sign: int) -> dict[int, dict[int, Decimal]]:
    """Net amount by order and line id that the last write said; freight is line 0.

    Empty where it is not known or holds tax.
    """
    if not bill.written or bill.written["line_amounts"] == "Inclusive":
        return {}
    orders: dict[int, dict[int, Decimal]] = {}
    for line in bill.written["lines"]:
        po_id, _, rest = str(line["ref"]).partition(":")
        name = rest.partition(":")[0]
        if po_id.isdecimal() and line["unit_amount"] and (name == "freight" or name.isdecimal()):
            amounts = orders.setdefault(int(po_id), {})
            line_id = FREIGHT_LINE if name == "freight" else int(name)
            amount = sign * line_net(Decimal(line["quantity"]), Decimal(line["unit_amount"]))
            amounts[line_id] = amounts.get(line_id, ZERO) + amount
    return orders
