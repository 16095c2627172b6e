"""A cycle's comparison from both sides: the one call that joins this room.

What belongs here: the order of the steps, what belongs to a cycle, and what is set aside. What does not: each step.

Both sides are paired over all cycles at once, so that a keyed bill is used once whatever cycle is looked at. A row is
in the cycle of its sync bill, of several in the latest: each earlier one names its own for a verdict, and counts none
of their money. A keyed bill that only the bookkeeper has is in that of its date. Of a knot that nobody can untie every
cycle has its own bills, the latest the keyed ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cwxero_dagster.payables.comparison.differences import compared, in_later_cycle, one_sided
from cwxero_dagster.payables.comparison.dispositions import cleared_by
from cwxero_dagster.payables.comparison.knots import Group
from cwxero_dagster.payables.comparison.naming import Names
from cwxero_dagster.payables.comparison.pairing import Orders, pair
from cwxero_dagster.payables.comparison.patterns import patterns_of
from cwxero_dagster.payables.comparison.readiness import left_to_see, readiness
from cwxero_dagster.payables.comparison.reasons import Reasons, remark_on
from cwxero_dagster.payables.comparison.result import Comparison, Disposition, Row, SetAside
from cwxero_dagster.payables.comparison.sides import BillSide
from cwxero_dagster.payables.comparison.tie_out import tie_outs, totals_of
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.lifecycle.decision import WithoutPo
from cwxero_dagster.payables.mapping import folded


@dataclass(frozen=True)
class Sides:
    """Both sides of all cycles, and what is known beside them."""

    sync: Sequence[BillSide]
    """Would-be bills, those that are kept out for good included."""
    keyed: Sequence[BillSide]
    base_currency: str
    orders: Mapping[str, str] = field(default_factory=dict)
    """Every purchase order's number, and where it stands in words."""
    fixed: tuple[Group, ...] = ()
    """Pairs that a person settled or signed off."""
    remarks: tuple[str, ...] = ()
    names: Names = field(default_factory=Names)


def compare(sides: Sides, cycle: str, *, decision: Decision, dispositions: Iterable[Disposition] = ()) -> Comparison:
    """The comparison of a cycle, with every verdict applied."""
    due = [bill for bill in sides.sync if not bill.excluded]
    pairing = pair(due, sides.keyed, fixed=sides.fixed, po_numbers=list(sides.orders))
    ours = {bill.id: bill for bill in due}
    theirs = {bill.id: bill for bill in sides.keyed}
    reasons = Reasons(sides.orders, pairing.groups, ours, theirs)
    rows = []
    for group in pairing.groups:
        row = _row(group, ours, theirs)
        if _cycle_of(row) == cycle:
            rows.append(compared(row, sides.names, limit=decision.rounding.limit))
        elif any(bill.cycle == cycle for bill in row.sync):
            rows.append(in_later_cycle(row, cycle))
    for group in pairing.ambiguous:
        knot = _row(group, ours, theirs)
        row = _share_of(knot, cycle)
        if row.sync:
            rows.append(one_sided(row, [reasons.ambiguous(knot, bill) for bill in row.bills]))
    used = {one for group in (*pairing.groups, *pairing.ambiguous) for one in (*group.sync, *group.keyed)}
    rows += [
        one_sided(Row(match="only_sync", sync=(bill,), keyed=()), [reasons.only_sync(bill)])
        for bill in due
        if bill.id not in used and bill.cycle == cycle
    ]
    left = [bill for bill in sides.keyed if bill.id not in used]
    aside = _set_aside(left, sides, decision.without_po)
    rows += [
        one_sided(Row(match="only_keyed", sync=(), keyed=(bill,)), [reasons.only_keyed(bill)])
        for bill in left
        if bill.id not in aside and bill.cycle == cycle
    ]
    return with_dispositions(
        Comparison(
            cycle=cycle,
            base_currency=sides.base_currency,
            rows=tuple(replace(row, remark=remark_on(row, cycle)) for row in _worst_first(rows)),
            set_aside=tuple(
                SetAside(bill, aside[bill.id]) for bill in left if bill.id in aside and bill.cycle == cycle
            ),
            tie_outs=tie_outs(rows, base_currency=sides.base_currency),
            totals=totals_of(rows),
            patterns=(),
            readiness=readiness((), decision.readiness),
            remarks=sides.remarks,
        ),
        dispositions,
        decision=decision,
    )


def with_dispositions(comparison: Comparison, dispositions: Iterable[Disposition], *, decision: Decision) -> Comparison:
    """The comparison with people's verdicts applied; patterns and readiness follow."""
    rows = cleared_by(comparison.rows, dispositions)
    verdict = readiness(rows, decision.readiness)
    return replace(
        comparison,
        rows=rows,
        patterns=patterns_of(rows),
        readiness=verdict,
        remarks=(*comparison.remarks, *(left_to_see(rows) if verdict.ready else ())),
    )


def _row(group: Group, ours: Mapping[str, BillSide], theirs: Mapping[str, BillSide]) -> Row:
    return Row(
        match=group.match,
        sync=tuple(ours[one] for one in group.sync),
        keyed=tuple(theirs[one] for one in group.keyed),
    )


def _cycle_of(row: Row) -> str:
    return max(bill.cycle for bill in row.sync)


def _share_of(knot: Row, cycle: str) -> Row:
    """What of a knot is told in a cycle; nothing of it where no sync bill is due there."""
    sync = tuple(bill for bill in knot.sync if bill.cycle == cycle)
    return replace(knot, sync=sync, keyed=knot.keyed if _cycle_of(knot) == cycle else ())


def _worst_first(rows: Iterable[Row]) -> list[Row]:
    def weight(row: Row) -> tuple[bool, object, object]:
        gap = sum(abs(each.amount) for each in row.differences)
        return not row.differences, -gap, row.row_id

    return sorted(rows, key=weight)


def _set_aside(left: Sequence[BillSide], sides: Sides, rule: WithoutPo) -> dict[str, str]:
    """Keyed bills that are counted and not compared, by id, with the reason.

    Those of purchase orders that the sync keeps out for good, then those that the rule says need no purchase order:
    by contact, or where every line is in one of the accounts. A bill that names a purchase order needs one.
    """
    kept_out = [bill for bill in sides.sync if bill.excluded]
    reasons = {}
    by_id = {bill.id: bill for bill in kept_out}
    for group in pair(kept_out, left, po_numbers=list(sides.orders), several=False).groups:
        for one in group.keyed:
            reasons[one] = f"Its purchase order is kept out. {by_id[group.sync[0]].excluded}"
    orders = Orders(list(sides.orders))
    contacts, accounts = {folded(each) for each in rule.contacts}, {folded(each) for each in rule.accounts}
    for bill in left:
        if bill.id in reasons or orders.named_in(bill.text):
            continue
        if contacts & {folded(bill.vendor_name), bill.vendor}:
            reasons[bill.id] = f"{bill.vendor_name} needs no purchase order (without_po in lifecycle.yaml)."
        elif bill.lines and all(folded(line.account) in accounts for line in bill.lines):
            codes = sorted({line.account or "" for line in bill.lines})
            named = ", ".join(sides.names.of_value("account", code) for code in codes)
            reasons[bill.id] = f"Account {named} needs no purchase order (without_po in lifecycle.yaml)."
    return reasons
