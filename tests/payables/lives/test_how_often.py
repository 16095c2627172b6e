"""The same life, synced after every step, at the end alone, or now and then: it ends the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import pytest
import seeded
from hypothesis import example, given, settings
from payables.lives import busy, steps, truth
from payables.lives.life import Life
from payables.making import bounded

from cwxero_dagster.payables.coverage.equation import Coverage
from cwxero_dagster.payables.slices import FREIGHT_LINE

SAMPLE = 12

End = tuple[
    Mapping[tuple[int, int], Decimal],
    Mapping[str, Mapping[int, Coverage]],
    Mapping[tuple[int, int], set[tuple[str | None, ...]]],
]


def end_of(decision: str, happens: Iterable[tuple[steps.Step, str]]) -> End:
    """What Xero holds of every line and how it is coded, and coverage, once everything is mapped and invoiced.

    All orders are in one currency in the end: one number of a vendor in two is asked about, and what was drafted before
    they differed waits in Xero for the answer, the rest outside it.

    Freight goes with the bill that completes its order and stays on it: who saw an order complete of which goods went
    back since has billed its freight, and who did not bills it once the order is complete again.
    """
    life = Life(decision)
    life.live(happens)
    life.step("map", "as at first")
    for po_id in life.connectwise.orders:
        life.step("change the currency", po_id, "USD")
    life.everything_is_invoiced()
    for _ in range(4):
        life.step("sync")
    states = life.known.purchasing.states
    open_freight = {(po_id, FREIGHT_LINE) for po_id, one in states.items() if one.state == "partially_received"}
    billed = truth.quantities(life)
    quantities = {place: billed[place] for place in billed if billed[place] and place not in open_freight}
    covered = {
        one.po.po_number: {
            line_id: part
            for line_id, part in one.lines.items()
            if part != Coverage() and (one.po.po_id, line_id) not in open_freight
        }
        for one in truth.coverage(life)
    }
    coding = truth.coding(life)
    return quantities, covered, {place: coding[place] for place in coding if place not in open_freight}


@settings(bounded, max_examples=100)
@example("invoices from packing_slip", [(("receive all",), ""), (("take back", 11, 1), "")])
@example("whole", [(("receive all",), "sync"), (("delete the order", 1), "")])
@example("invoices from header", [(("receive all", "A"), "sync"), (("change the currency", 1, "EUR"), "sync")])
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
        steps.CURRENCIES,
        least=3,
        most=12,
    ),
)
def test_the_end_does_not_depend_on_how_often_the_sync_ran(
    decision: str, happens: list[tuple[steps.Step, str]]
) -> None:
    ends_the_same(decision, happens)


def ends_the_same(decision: str, happens: list[tuple[steps.Step, str]]) -> None:
    """The life as it is, with a sync after every step, and with none."""
    now_and_then = end_of(decision, happens)
    assert end_of(decision, [(step, "sync") for step, _ in happens]) == now_and_then
    assert end_of(decision, [(step, "") for step, _ in happens]) == now_and_then


@pytest.mark.timeout(0)
def test_nor_does_the_end_of_a_busy_life() -> None:
    def one(seed: int) -> None:
        decision, happens = busy.drawn(busy.LEFT_ALONE, seed)
        busy.stays_true(decision, [one for one in happens if one[0] != ("approve",)], ends_the_same)

    named = ((f"seed {seed}", lambda s=seed: one(s)) for seed in seeded.seeds("LIVES", SAMPLE))
    seeded.trying(named, replay="replay one with `make lives LIVES_SEED=n`")
