"""What has to hold after every sync of a life, whatever happened.

What belongs here: the properties. What does not: what happens (life, connectwise, firm).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.bills import FREIGHT_LINE, owed
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.documents import place_of
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.unit import billable
from cwxero_dagster.pipeline.covering import OrderCoverage, every_coverage
from cwxero_dagster.pipeline.working_out import noticed

if TYPE_CHECKING:
    from payables.lives.life import Life

NOTHING = Decimal(0)


def holds(life: Life) -> None:
    """All of it."""
    actions = life.plans()
    nothing_approved_changed(life)
    the_figures_add_up(life, actions)
    xero_holds_no_more_than_came(life, actions)
    if not life.known.ledger.settlements:
        nothing_is_allocated_twice(life)


def nothing_approved_changed(life: Life) -> None:
    """Documents that a person approved are as she approved them."""
    documents = {document.document_id: document for document in life.known.books.documents}
    assert all(documents[key] == document for key, document in life.approved.items())


def the_figures_add_up(life: Life, actions: Iterable[Action]) -> None:
    """Coverage balances for every line and order, every figure leads somewhere, and all of it is what Xero holds."""
    in_all, there = NOTHING, may_be_billed(life)
    for covered in coverage(life, actions):
        lines = life.known.purchasing.lines[covered.po.po_id]
        came = sum((there[line.line_id] for line in lines), NOTHING)
        assert covered.whole.billed.quantity - covered.whole.to_credit.quantity <= came, covered.po.po_number
        for line_id, part in {**covered.lines, "whole": covered.whole}.items():
            assert (part.difference.quantity, part.difference.amount) == (0, 0), (covered.po.po_number, line_id, part)
        assert all(covered.leads.values()), (covered.po.po_number, covered.leads)
        in_all += covered.whole.billed.amount
    assert in_all == money(life), "coverage bills another amount than Xero holds"


def xero_holds_no_more_than_came(life: Life, actions: Iterable[Action]) -> None:
    """Of no line do Xero's bills less credits hold more than may be billed, unless a person is asked about it."""
    asked = {po_id for action in actions if action.action == "hold" for po_id in orders_of(action)} | _answered(life)
    there = may_be_billed(life)
    for (po_id, line_id), quantity in quantities(life).items():
        more = line_id != FREIGHT_LINE and quantity > there.get(line_id, NOTHING)
        assert not more or po_id in asked, (line_id, quantity, there.get(line_id))


def nothing_is_allocated_twice(life: Life) -> None:
    """No stretch of a line is on two bills."""
    for line_id, seen in life.connectwise.lines.items():
        bills = life.known.ledger.bills_of(seen.po_id)
        held = [part.quantity for bill in bills for part in bill.slices if part.line_id == line_id]
        assert sum(held, NOTHING) == allocation.measure(allocation.stretches(seen.po_id, line_id, bills)), line_id


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
        refs = {line["line_item_id"]: place_of(line["ref"]) for line in (bill.base or {}).get("lines", ())}
        for line in document.lines:
            place = refs.get(line.line_item_id or "")
            if place and line.quantity is not None and not bill.reprices:
                found[place] = found.get(place, NOTHING) + owed(document.document_type, line.quantity)
    return found


def may_be_billed(life: Life) -> Mapping[int, Decimal]:
    """How much of each line may be billed as it was last observed."""
    known = life.known
    return {
        line.line_id: billable(known.purchasing.pos[po_id], line, known.agreement.decision)
        for po_id, lines in known.purchasing.lines.items()
        for line in lines
    }


def coverage(life: Life, actions: Iterable[Action] | None = None) -> list[OrderCoverage]:
    """The coverage of every order as everything stands."""
    asked = noticed(life.known, today=life.moment.date())
    return list(every_coverage(life.known, life.plans() if actions is None else actions, asked))


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
