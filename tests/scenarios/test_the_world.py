"""The whole world, every cycle: each purchase order ends where an honest reader of the facts says it must.

The world's ``outcomes`` were written down by reading CONTRACT.md, not by running the product.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from simulation import Simulation

from cwxero_dagster.payables.planning.plan import Action

CYCLES = ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10")
ACTIONS = {"bill": "create", "bill when seen": "create", "credit": "credit", "zero": "exclude", "exclude": "exclude"}


@pytest.mark.parametrize("scenario", ["small", "msp"])
def test_each_purchase_order_ends_where_it_should(tmp_path: Path, scenario: str) -> None:
    simulation = Simulation(tmp_path, scenario=scenario)
    found: dict[int, Action] = {}
    for cycle in CYCLES:
        for action in simulation.sync(cycle).actions:
            assert action.bill is not None
            for po in action.bill.pos:
                assert po.po_id not in found, "a purchase order is in two cycles"
                found[po.po_id] = action
        simulation.clock.travel(120)
    wrong = defaultdict(list)
    for po_id, expected in simulation.world.outcomes.items():
        action = found.get(po_id)
        if expected.startswith("hold "):
            fits = action is not None and expected.split()[1] in {one.kind for one in action.holds}
        elif expected in {"wait", "nothing", "elsewhere"}:
            fits = action is None or action.action == "exclude"
        else:
            fits = action is not None and action.action == ACTIONS[expected]
        if not fits:
            wrong[expected].append((po_id, action.action if action else None, action.reason if action else ""))
    assert not wrong
    assert simulation.xero.complaints == []
    _held_exactly_once_to_the_cent(simulation, found)


def _held_exactly_once_to_the_cent(simulation: Simulation, found: dict[int, Action]) -> None:
    documents = simulation.published()
    written = {action.key: action for action in found.values() if action.action in {"create", "credit"}}
    assert set(documents) == set(written)
    for key, action in written.items():
        assert len(documents[key]) == 1
        assert action.bill is not None
        assert documents[key][0]["Total"] == action.bill.total
        assert documents[key][0]["Status"] == "DRAFT"
    assert sum((action.bill.total for action in written.values() if action.bill), Decimal(0)) > 0


def test_a_quiet_night_costs_at_most_thirty_calls_and_an_hour_later_eight(tmp_path: Path) -> None:
    simulation = Simulation(tmp_path, scenario="msp")
    for cycle in CYCLES:
        simulation.sync(cycle)
        simulation.clock.travel(120)
    simulation.clock.travel(24 * 3600)
    night = _calls_of_a_night(simulation)
    assert night <= 30
    simulation.clock.travel(3600)
    assert _calls_of_a_night(simulation) <= 8


def _calls_of_a_night(simulation: Simulation) -> int:
    """Every cycle in one night: staging runs once for all of them."""
    before = simulation.requests()
    writes = len(simulation.writes())
    for cycle in CYCLES:
        simulation.sync(cycle, night=f"{simulation.clock.now():%Y-%m-%d %H}")
    assert len(simulation.writes()) == writes
    return simulation.requests() - before
