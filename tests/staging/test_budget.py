"""What a night costs in calls: the cost that users feel."""

from __future__ import annotations

import pytest

from cwxero_dagster.frames import PurchaseOrderLines, PurchaseOrders


def test_a_quiet_night_and_a_quiet_hour_stay_within_their_budgets(firm) -> None:
    """500 POs, staged once; then nothing happens."""
    place = firm("msp")
    place.stage()
    place.stage_xero()
    assert len(place.rows(PurchaseOrders)) == 500
    assert len(place.rows(PurchaseOrderLines)) > 1500
    assert place.calls("/lineitems") == 500
    costs = []
    for hours in (1, 23, 1, 24):
        place.later(hours=hours)
        before = len(place.asked)
        report, xero = place.stage(), place.stage_xero()
        costs.append(len(place.asked) - before)
        assert report.calls + xero.calls == costs[-1]
        assert sum(seen.stored for seen in [*report.observed.values(), *xero.observed.values()]) == 0
    assert costs[0] <= 8
    assert costs[0] <= 8
    assert costs[1] <= 30
    assert costs[2] <= 8
    assert costs[3] <= 30


@pytest.mark.parametrize("report", ["forbidden", "missing"])
@pytest.mark.parametrize("dates", ["exact", "days_only", "days_behind", "refused"])
def test_budgets_hold_at_servers_without_the_report_and_with_other_date_conditions(firm, report, dates) -> None:
    place = firm("small", report_available=report, date_conditions=dates)
    place.stage()
    place.stage_xero()
    costs = []
    for hours in (1, 23, 1, 24):
        place.later(hours=hours)
        before = len(place.asked)
        place.stage()
        place.stage_xero()
        costs.append(len(place.asked) - before)
    assert costs[0] <= 8
    assert costs[1] <= 30
    assert costs[2] <= 8
    assert costs[3] <= 30
