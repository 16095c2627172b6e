"""Slow data: read by age, a little a night, and not all of it is needed."""

from __future__ import annotations

import pytest

from cwxero_dagster.frames import CatalogItems, ConnectWiseReference, Vendors
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.staging.lists import RARE_LISTS
from cwxero_dagster.transport import CredentialsRefused


def rare_calls(place) -> int:
    return sum(place.calls(small.path) for small in RARE_LISTS)


def test_rare_lists_come_all_at_first_and_then_one_a_night_when_they_are_a_week_old(firm) -> None:
    place = firm()
    place.stage()
    assert {row["kind"] for row in place.rows(ConnectWiseReference)} == {
        "status",
        "terms",
        "settings",
        "system_info",
        *(small.kind for small in RARE_LISTS),
    }
    assert rare_calls(place) == len(RARE_LISTS)
    counts = []
    for days in (6, 2, 1):
        place.later(days=days)
        before = rare_calls(place)
        place.stage()
        counts.append(rare_calls(place) - before)
    assert counts == [0, 1, 1]


def test_a_list_that_the_role_may_not_read_is_left_out_and_said(firm) -> None:
    place = firm()
    place.faults.add(Fault(system="connectwise", kind="status", status=403, path_contains="/system/departments"))
    report = place.stage()
    assert any("list of department was left out" in remark for remark in report.remarks)
    assert place.rows(ConnectWiseReference, kind="department") == []
    assert place.rows(ConnectWiseReference, kind="location") != []


def test_a_list_that_was_refused_is_asked_for_again_the_next_night_and_takes_no_turn_of_another(firm) -> None:
    place = firm()
    refused = Fault(system="connectwise", kind="status", status=403, path_contains="/system/departments", times=None)
    place.faults.add(refused)
    place.stage()
    place.later(hours=1)
    before = rare_calls(place)
    place.stage()
    assert rare_calls(place) == before
    place.later(days=1)
    place.stage()
    assert rare_calls(place) == before + 1
    place.later(days=7)
    for _ in RARE_LISTS:
        place.stage()
        place.later(days=1)
    assert rare_calls(place) == before + 1 + len(RARE_LISTS)
    place.faults.clear()
    place.stage()
    assert place.rows(ConnectWiseReference, kind="department") != []


def test_statuses_are_needed(firm) -> None:
    place = firm()
    place.faults.add(Fault(system="connectwise", kind="status", status=403, path_contains="purchaseorderstatuses"))
    with pytest.raises(CredentialsRefused):
        place.stage()
    assert place.rows(Vendors) == []


@pytest.mark.parametrize("dates", ["exact", "days_only", "days_behind", "refused"])
def test_a_changed_vendor_and_product_are_seen_the_next_night(firm, dates: str) -> None:
    place = firm(date_conditions=dates)
    place.stage()
    place.later(hours=3)
    stamp = {"lastUpdated": f"{place.clock.now():%Y-%m-%dT%H:%M:%SZ}"}
    vendor = place.store.get("cw.companies", 801)
    place.store.put("cw.companies", 801, {**vendor, "name": "Renamed", "_info": stamp})
    item = next(place.store.all("cw.catalog"))
    place.store.put("cw.catalog", item["id"], {**item, "description": "Now better", "_info": stamp})
    place.later(hours=21)
    report = place.stage()
    assert place.rows(Vendors, vendor_id=801)[0]["name"] == "Renamed"
    assert place.rows(CatalogItems, product_id=item["id"])[0]["description"] == "Now better"
    assert (report.observed["vendors"].changed, report.observed["catalog_items"].changed) == (1, 1)


def test_customers_are_not_staged_as_vendors(firm) -> None:
    place = firm()
    place.stage()
    flagged = {found["id"] for found in place.store.all("cw.companies") if found.get("isVendorFlag")}
    assert {row["vendor_id"] for row in place.rows(Vendors)} == flagged
