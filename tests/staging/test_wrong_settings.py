"""A clock that was wrong, and settings that lead to another company: nothing is passed over, and nothing mixed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from cwxero_dagster.frames import PurchaseOrders
from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.staging.refusal import OtherOrganisation


def raised(place) -> int:
    """The id of a purchase order that the buyer raises now."""
    line = NewLine(product_id=next(place.store.all("cw.catalog"))["id"], quantity=Decimal(2), unit_cost=Decimal(10))
    return int(place.buyer.raise_po(801, [line])["id"])


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=40)])
def test_what_changed_after_a_run_with_the_clock_ahead_is_read(firm, ahead: timedelta) -> None:
    place = firm()
    place.stage()
    place.later(hours=1)
    place.stage(clock_now=lambda: place.clock.now() + ahead)
    place.later(hours=1)
    po_id = raised(place)
    place.later(hours=1)
    report = place.stage()
    assert po_id in {row["po_id"] for row in place.rows(PurchaseOrders)}
    assert any("clock was ahead" in remark for remark in report.remarks)
    place.later(hours=1)
    assert place.stage().remarks == ()


def test_records_of_another_company_are_not_read_into_a_home(firm) -> None:
    place = firm()
    place.stage(whose="the company acme")
    before = place.rows(PurchaseOrders)
    raised(place)
    with pytest.raises(
        OtherOrganisation, match=r"of the company acme, and the settings now reach the simulated company"
    ):
        place.stage(whose="the simulated company demo")
    assert place.rows(PurchaseOrders) == before
    place.stage(whose="the company acme")
    assert len(place.rows(PurchaseOrders)) == len(before) + 1
