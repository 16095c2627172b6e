"""What has to hold after every sync of a life, whatever happened.

What belongs here: the properties. What does not: what happens (life, connectwise, firm).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.actions import WRITES, Action
from cwxero_dagster.payables.bills import owed
from cwxero_dagster.payables.books import Books, Document, DocumentLine
from cwxero_dagster.payables.documents import place_of
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.merging import untouched
from cwxero_dagster.payables.slices import FREIGHT_LINE
from cwxero_dagster.payables.units.unit import billable
from cwxero_dagster.pipeline.covering import OrderCoverage, every_coverage
from cwxero_dagster.pipeline.keying import as_actions, keyed_by_hand
from cwxero_dagster.pipeline.working_out import noticed

if TYPE_CHECKING:
    from payables.lives.life import Life

NOTHING = Decimal(0)
CENTS = Decimal("0.10")
"""More than rounding makes of the few lines of an order."""
_NAMED = re.compile(r"\(case C-| in Xero \(|the next sync ")
"""What went back leads to a case, to a bill or credit in Xero, or to what the next sync does."""
_GIVES_BACK = frozenset({"hold", "update", "withdraw", "credit"})


def holds(life: Life, before: Mapping[int, Decimal], books: Books) -> None:
    """All of it. ``before``: what Xero billed of every order before the sync; ``books``: what it held."""
    actions = life.plans()
    nothing_approved_changed(life)
    no_order_of_hers_changed(life, books)
    nothing_locked_changed(life, books)
    one_purchase_order_each(life)
    the_figures_add_up(life, actions)
    if not life.edited:
        xero_holds_no_more_than_came(life, actions)
    if not (life.known.ledger.settlements or life.edited):
        the_ledger_holds_what_xero_bills(life)
        no_order_is_billed_twice(life, before)


def nothing_approved_changed(life: Life) -> None:
    """Documents that a person approved are as she approved them."""
    documents = {document.document_id: document for document in life.known.books.documents}
    assert all(documents[key] == document for key, document in life.approved.items())


def no_order_of_hers_changed(life: Life, books: Books) -> None:
    """Purchase orders that a person approved or removed are as she left them, but for being marked as billed."""
    for order in (one for one in books.orders if one.status != "DRAFT"):
        now = life.known.books.orders_by_id[order.document_id.lower()]
        marked = replace(now, status=order.status, updated_at=order.updated_at)
        assert now == order or ((order.status, now.status) == ("AUTHORISED", "BILLED") and marked == order)


def nothing_locked_changed(life: Life, books: Books) -> None:
    """What is dated in a locked period is as it was, and nothing moved into it but under a decision that lets it."""
    until = books.organisation.locked_until if books.organisation else None
    before = {document.document_id: document for document in books.documents}
    for document in life.known.books.documents:
        if until is not None and document.dated is not None and document.dated <= until:
            was = before.get(document.document_id)
            assert was == document if was is not None else life.known.agreement.decision.lock_date == "draft"


def one_purchase_order_each(life: Life) -> None:
    """No order has two live purchase orders of the sync in Xero; no draft that nobody touched orders nothing."""
    live: dict[int, int] = {}
    for order in life.known.ledger.orders.values():
        document = life.known.books.orders_by_id.get((order.xero_id or "").lower())
        if document is not None and document.live:
            (po_id,) = order.po_ids
            live[po_id] = live.get(po_id, 0) + 1
            gone = life.known.purchasing.states[po_id].state in {"cancelled", "deleted"}
            ours = document.status == "DRAFT" and untouched(order, document)
            assert not ours or (document.lines and not gone), order.key
    assert all(count == 1 for count in live.values()), live


def the_figures_add_up(life: Life, actions: Sequence[Action]) -> None:
    """Coverage balances for every line and order, every figure leads somewhere, and all of it is what Xero holds."""
    in_all, there = NOTHING, may_be_billed(life)
    doing = {po_id for action in actions if action.action in _GIVES_BACK for po_id in orders_of(action)}
    doing |= _answered(life) | {po_id for po_id, words in life.known.by_hand.to_credit.items() if words}
    for covered in coverage(life, actions):
        lines = life.known.purchasing.lines[covered.po.po_id]
        came = sum((there[line.line_id] for line in lines), NOTHING)
        assert covered.whole.billed.quantity - covered.whole.to_credit.quantity <= came, covered.po.po_number
        for line_id, part in {**covered.lines, "whole": covered.whole}.items():
            assert (part.difference.quantity, part.difference.amount) == (0, 0), (covered.po.po_number, line_id, part)
        assert all(covered.leads.values()), (covered.po.po_number, covered.leads)
        assert not covered.whole.to_credit.quantity or covered.po.po_id in doing, covered.whole
        assert _NAMED.search(covered.leads.get("to_credit", "the next sync ")), covered.leads
        in_all += covered.whole.billed.amount
    assert in_all == money(life), "coverage bills another amount than Xero holds"


def xero_holds_no_more_than_came(life: Life, actions: Iterable[Action]) -> None:
    """Of no line do Xero's bills less credits hold more than may be billed, unless a person is asked about it."""
    asked = {po_id for action in actions if action.action == "hold" for po_id in orders_of(action)} | _answered(life)
    there = may_be_billed(life)
    for (po_id, line_id), quantity in quantities(life).items():
        more = line_id != FREIGHT_LINE and quantity > there.get(line_id, NOTHING)
        assert not more or po_id in asked, (line_id, quantity, there.get(line_id))


def the_ledger_holds_what_xero_bills(life: Life) -> None:
    """What bills hold of each line, less what credits give back, is what Xero's lines bill of it."""
    held: dict[tuple[int, int], Decimal] = {}
    for bill, _ in live(life):
        for part in bill.slices:
            if part.line_id != FREIGHT_LINE:
                place = part.po_id, part.line_id
                held[place] = held.get(place, NOTHING) + part.quantity
    billed = {place: quantity for place, quantity in quantities(life).items() if place[1] != FREIGHT_LINE}
    assert held == billed


def no_order_is_billed_twice(life: Life, before: Mapping[int, Decimal]) -> None:
    """A sync brings Xero to no more goods of an order than are there, on whatever line they are by now."""
    for po_id, quantity in by_order(life).items():
        there = may_be_billed_of(life, po_id)
        assert quantity <= max(there, before.get(po_id, NOTHING)), (po_id, quantity, there)


def is_at_rest(life: Life) -> None:
    """Once nothing happens any more there is nothing left to write.

    Of an order about which nobody is asked or answered anything, and that shares no bill, Xero bills what its goods
    cost now, in its currency.
    """
    actions = [*life.plans(), *life.plans_of_orders()]
    writing = [(action.action, action.key, action.reason) for action in actions if action.action in WRITES]
    assert not writing, writing
    asked = {po_id for action in actions if action.action == "hold" for po_id in orders_of(action)} | _answered(life)
    asked |= {po_id for one in noticed(life.known, today=life.moment.date()) for po_id in one.po_ids}
    asked |= {po_id for bill, _ in live(life) if len(bill.po_ids) > 1 for po_id in bill.po_ids}
    for po_id, order in life.known.purchasing.pos.items():
        if po_id not in asked and not life.edited:
            mine = [(bill, document) for bill, document in live(life) if po_id in bill.po_ids]
            billed = sum((owed(document.document_type, document.net) for _, document in mine), NOTHING)
            freight = sum(
                (part.quantity for bill, _ in mine for part in bill.slices if part.line_id == FREIGHT_LINE), NOTHING
            )
            assert {document.currency_code for _, document in mine} <= {order.currency_code}
            assert abs(freight) <= abs(order.freight), (po_id, freight)
            assert abs(billed - _goods_cost(life, po_id) - freight) < CENTS, (po_id, billed, freight)


def _goods_cost(life: Life, po_id: int) -> Decimal:
    """What the goods that Xero bills of an order cost now."""
    costs = {line.line_id: line.unit_cost for line in life.known.purchasing.lines[po_id]}
    billed = [(line, quantity) for (of, line), quantity in quantities(life).items() if of == po_id]
    return sum((costs[line] * quantity for line, quantity in billed if line != FREIGHT_LINE), NOTHING)


# --- what Xero holds ------------------------------------------------------------------------------------------------


def live(life: Life) -> Iterable[tuple[KnownBill, Document]]:
    """Bills that the sync wrote and Xero still holds."""
    for bill in life.known.ledger.bills.values():
        document = life.known.books.by_id.get((bill.xero_id or "").lower())
        if document is not None and document.live:
            yield bill, document


def money(life: Life) -> Decimal:
    """What the live documents of the sync come to before tax, credits below zero."""
    return sum((owed(document.document_type, document.net) for _, document in live(life)), NOTHING)


def quantities(life: Life) -> Mapping[tuple[int, int], Decimal]:
    """How much of each PO line Xero's lines bill, less what credits give back."""
    found: dict[tuple[int, int], Decimal] = {}
    for bill, document in live(life):
        refs = {line["line_item_id"]: line["ref"] for line in (bill.base or {}).get("lines", ())}
        costs = {line["ref"]: Decimal(line["unit_cost"]) for line in _lines_written(bill) if line.get("unit_cost")}
        for line in document.lines:
            ref = refs.get(line.line_item_id or "", "")
            place = place_of(ref)
            if place and line.quantity is not None and not bill.reprices:
                pieces = _pieces(line, costs.get(ref))
                found[place] = found.get(place, NOTHING) + owed(document.document_type, pieces)
    return found


def _lines_written(bill: KnownBill) -> Iterable[Mapping[str, str]]:
    return (bill.written or {}).get("lines", ())


def _pieces(line: DocumentLine, cost: Decimal | None) -> Decimal:
    """How many pieces a line bills. One that cannot be told to the cent by the piece bills one amount for all."""
    quantity, amount = line.quantity or NOTHING, line.unit_amount or NOTHING
    return round(amount / cost) + NOTHING if cost and quantity == 1 and amount != cost else quantity


def by_order(life: Life) -> Mapping[int, Decimal]:
    """How many goods of each order Xero bills, less what credits give back."""
    found: dict[int, Decimal] = {}
    for (po_id, line_id), quantity in quantities(life).items():
        if line_id != FREIGHT_LINE:
            found[po_id] = found.get(po_id, NOTHING) + quantity
    return found


def coding(life: Life) -> Mapping[tuple[int, int], set[tuple[str | None, ...]]]:
    """Account, tax type, contact and currency that each PO line is billed on."""
    found: dict[tuple[int, int], set[tuple[str | None, ...]]] = {}
    for bill, document in live(life):
        refs = {line["line_item_id"]: place_of(line["ref"]) for line in (bill.base or {}).get("lines", ())}
        for line in document.lines:
            if (place := refs.get(line.line_item_id or "")) and line.unit_amount is not None:
                on = (line.account_code, line.tax_type, document.contact_id, document.currency_code)
                found.setdefault(place, set()).add(on)
    return found


def may_be_billed(life: Life) -> Mapping[int, Decimal]:
    """How much of each line may be billed as it was last observed."""
    orders = life.known.purchasing
    return {
        line.line_id: billable(orders.pos[po_id], line, governing(life, po_id))
        for po_id, lines in orders.lines.items()
        for line in lines
    }


def may_be_billed_of(life: Life, po_id: int) -> Decimal:
    """How much of an order may be billed in truth, whether or not anybody looked."""
    lines = life.connectwise.lines_of(po_id)
    order = life.connectwise.orders[po_id]
    return sum((billable(order, line, governing(life, po_id)) for line in lines), NOTHING)


def governing(life: Life, po_id: int) -> Decision:
    """The decision of an order: that of its first bill, else the one in force."""
    bills = life.known.ledger.bills_of(po_id)
    return life.known.agreement.decision_for(bills[0] if bills else None)


def coverage(life: Life, actions: Iterable[Action] | None = None) -> list[OrderCoverage]:
    """The coverage of every order as everything stands."""
    asked = noticed(life.known, today=life.moment.date())
    plans = [*(life.plans() if actions is None else actions), *as_actions(keyed_by_hand(life.known))]
    return list(every_coverage(life.known, plans, asked))


def orders_of(action: Action) -> set[int]:
    """Ids of the orders that an action is about."""
    planned = {order.po_id for order in action.bill.pos} if action.bill else set()
    return planned | set(action.known.po_ids if action.known else ())


def _answered(life: Life) -> set[int]:
    """Ids of the orders about which a person answered something."""
    found: set[int] = set()
    for key in (key for one in life.known.ledger.settlements for key in one.bill_keys):
        bill = life.known.ledger.bills.get(key)
        found.update(
            bill.po_ids if bill else (po for po in life.connectwise.orders if keys.po_key(po) == keys.stem(key))
        )
    return found
