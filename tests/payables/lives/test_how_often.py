"""The same life, synced after every step, at the end alone, or now and then: it ends the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from hypothesis import example, given, settings
from payables.lives import steps, truth
from payables.lives.life import Life
from payables.making import bounded

from cwxero_dagster.payables.coverage.equation import Coverage

End = tuple[
    Mapping[tuple[int, int], Decimal],
    Mapping[str, Mapping[int, Coverage]],
    Mapping[tuple[int, int], set[tuple[str | None, ...]]],
]


def end_of(decision: str, happens: Iterable[tuple[steps.Step, str]]) -> End:
    """What Xero holds of every line and how it is coded, and coverage, once everything is mapped and invoiced.

    An order that was deleted is left out: its bill stays, where there was one by then, and a person is asked.
    """
    life = Life(decision)
    life.live(happens)
    life.step("map", "as at first")
    life.everything_is_invoiced()
    for _ in range(4):
        life.step("sync")
    there = life.connectwise.orders.keys() - life.connectwise.deleted_orders
    quantities = {
        place: quantity for place, quantity in truth.quantities(life).items() if quantity and place[0] in there
    }
    covered = {
        one.po.po_number: {line_id: part for line_id, part in one.lines.items() if part != Coverage()}
        for one in truth.coverage(life)
        if one.po.po_id in there
    }
    coded = {place: coding for place, coding in truth.coding(life).items() if place[0] in there}
    return quantities, covered, coded


@settings(bounded, max_examples=100)
@example("invoices from packing_slip", [(("receive all",), ""), (("take back", 11, 1), "")])
@given(
    steps.ANY_DECISION,
    steps.lives(
        steps.GOODS,
        steps.SPLITS,
        steps.PRICES,
        steps.FREIGHT,
        steps.ENDS,
        steps.INVOICES,
        steps.MAPPINGS,
        least=3,
        most=12,
    ),
)
def test_the_end_does_not_depend_on_how_often_the_sync_ran(
    decision: str, happens: list[tuple[steps.Step, str]]
) -> None:
    now_and_then = end_of(decision, happens)
    assert end_of(decision, [(step, "sync") for step, _ in happens]) == now_and_then
    assert end_of(decision, [(step, "") for step, _ in happens]) == now_and_then
