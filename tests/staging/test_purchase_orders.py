"""Purchase orders and lines: what is new, changed or moved unnoticed is read, and nothing else."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from cwxero_dagster.frames import CatalogItems, PurchaseOrderLines, PurchaseOrders, Vendors
from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.sandbox.wire import json_response
from cwxero_dagster.staging import looking
from cwxero_dagster.staging.findings import already_staged
from cwxero_dagster.staging.refusal import StagingRefused
from cwxero_dagster.transport import SystemDown
from cwxero_dagster.warehouse.notes import StagingNotes


def open_line(place) -> dict:
    """A line of a PO that is on watch, of which something can still be received."""
    watched = {row["po_id"] for row in place.rows(PurchaseOrders) if not row["closed"]}
    return next(
        row
        for row in place.rows(PurchaseOrderLines)
        if row["po_id"] in watched and row["quantity"] > row["received_quantity"] + 1 and not row["cancelled"]
    )


def two(place) -> NewLine:
    """Two of any product, to order."""
    item = next(place.store.all("cw.catalog"))
    return NewLine(product_id=item["id"], quantity=Decimal(2), unit_cost=Decimal(10))


def test_the_first_run_reads_everything_and_tells_how_far_it_is(firm) -> None:
    place = firm()
    report = place.stage()
    assert len(place.rows(PurchaseOrders)) == len(list(place.store.all("cw.purchaseorders")))
    assert len(place.rows(PurchaseOrderLines)) == len(list(place.store.all("cw.lineitems")))
    assert len(place.rows(CatalogItems)) == len(list(place.store.all("cw.catalog")))
    assert report.observed["purchase_orders"].new == len(place.rows(PurchaseOrders))
    assert any("lines of 25 of" in line for line in place.told)


def test_amounts_and_dates_are_staged_exactly(firm) -> None:
    place = firm()
    place.stage()
    for row in place.rows(PurchaseOrderLines):
        kept = place.store.get("cw.lineitems", row["line_id"])
        assert row["unit_cost"] == kept["unitCost"]
        assert json.loads(row["body"], parse_float=Decimal)["unitCost"] == kept["unitCost"]
    for row in place.rows(PurchaseOrders):
        kept = place.store.get("cw.purchaseorders", row["po_id"])
        assert row["po_number"] == kept["poNumber"]
        assert row["po_date"] == date.fromisoformat(kept["poDate"][:10])


def test_a_changed_header_costs_one_line_call_and_no_other_purchase_order_any(firm) -> None:
    place = firm()
    place.stage()
    line = open_line(place)
    place.later(hours=1)
    place.buyer.receive(line["line_id"], 1)
    place.asked.clear()
    report = place.stage()
    assert [request for request in place.asked if "lineitems" in request] == [
        f"GET /v4_6_release/apis/3.0/procurement/purchaseorders/{line['po_id']}/lineitems"
    ]
    assert report.observed["purchase_orders"].changed == 1
    [now] = place.rows(PurchaseOrderLines, line_id=line["line_id"])
    assert now["received_quantity"] == line["received_quantity"] + 1


def test_every_received_quantity_stays_in_the_history(firm) -> None:
    place = firm()
    place.stage()
    line = open_line(place)
    for _ in range(2):
        place.later(hours=1)
        place.buyer.receive(line["line_id"], 1)
        place.stage()
    history = PurchaseOrderLines.rows(place.warehouse.history(PurchaseOrderLines))
    received = [row["received_quantity"] for row in history if row["line_id"] == line["line_id"]]
    assert received == [line["received_quantity"] + number for number in range(3)]


def test_a_tax_that_did_not_move_the_header_is_in_its_total_all_the_same(firm) -> None:
    place = firm(line_patch_moves_header=False, report_available="missing")
    place.stage()
    line = open_line(place)
    [before] = place.rows(PurchaseOrders, po_id=line["po_id"])
    place.later(hours=1)
    place.buyer.edit_line(line["line_id"], tax=(line["tax"] or 0) + 7)
    while place.rows(PurchaseOrderLines, line_id=line["line_id"])[0]["tax"] == line["tax"]:
        place.later(hours=1)
        place.stage()
    [after] = place.rows(PurchaseOrders, po_id=line["po_id"])
    assert after["sales_tax"] == before["sales_tax"] + 7
    assert after["last_updated"] == before["last_updated"]


def test_a_receipt_that_did_not_move_the_header_is_seen_in_the_report(firm) -> None:
    place = firm(line_patch_moves_header=False)
    place.stage()
    line = open_line(place)
    place.later(hours=1)
    place.buyer.receive(line["line_id"], 1)
    place.asked.clear()
    place.stage()
    assert place.calls("lineitems") == 2, "once to see it, and once after its header"
    [now] = place.rows(PurchaseOrderLines, line_id=line["line_id"])
    assert now["received_quantity"] == line["received_quantity"] + 1


@pytest.mark.parametrize("refusal", ["forbidden", "missing"])
def test_without_the_report_open_purchase_orders_are_read_again_in_turn(firm, refusal: str) -> None:
    place = firm(line_patch_moves_header=False, report_available=refusal)
    place.stage()
    line = open_line(place)
    place.later(hours=1)
    place.buyer.receive(line["line_id"], 1)
    runs = 0
    remarks: list[str] = []
    while place.rows(PurchaseOrderLines, line_id=line["line_id"])[0]["received_quantity"] == line["received_quantity"]:
        place.later(hours=1)
        remarks += place.stage().remarks
        runs += 1
        assert runs < 30
    assert any("API Reports" in remark for remark in remarks)


def test_a_report_that_always_differs_is_followed_once_not_every_night(firm) -> None:
    place = firm()

    def rounded(request, response):
        if "/system/reports/" not in request.path:
            return response
        shown = json.loads(response.body)
        for row in shown["row_values"]:
            row[-1] = 1
        return json_response(response.status, shown, dict(response.headers))

    place.rewrite = rounded
    place.stage()
    counts = []
    for _ in range(3):
        place.later(hours=1)
        before = place.calls("lineitems")
        place.stage()
        counts.append(place.calls("lineitems") - before)
    assert counts[0] > 0
    assert counts[1:] == [0, 0]


@pytest.mark.parametrize("dates", ["days_only", "days_behind", "refused"])
def test_changes_are_found_at_servers_that_do_not_compare_moments(firm, dates: str) -> None:
    place = firm(date_conditions=dates, report_available="missing")
    place.stage()
    for hours in (1, 30, 49):
        place.later(hours=hours)
        po_id = place.buyer.raise_po(801, [two(place)])["id"]
        place.later(hours=1)
        place.stage()
        assert len(place.rows(PurchaseOrders, po_id=po_id)) == 1
        assert len(place.rows(PurchaseOrderLines, po_id=po_id)) == 1


@pytest.mark.parametrize("dates", ["exact", "days_only", "days_behind", "refused"])
def test_the_first_orders_of_a_young_tenant_are_found_before_any_condition_has_proved_itself(firm, dates: str) -> None:
    place = firm("empty", date_conditions=dates, report_available="missing")
    place.stage()
    for _ in range(3):
        po_id = place.buyer.raise_po(801, [two(place)])["id"]
        place.later(days=1)
        place.stage(night="tonight")
        assert len(place.rows(PurchaseOrderLines, po_id=po_id)) == 1


def test_a_cancelled_rest_that_does_not_move_its_order_shows_in_the_report(firm) -> None:
    place = firm(line_patch_moves_header=False)
    place.stage()
    line = open_line(place)
    for _ in range(2):
        place.later(hours=1)
        place.stage()
    place.buyer.cancel_line(line["line_id"])
    place.later(hours=1)
    place.stage()
    assert place.rows(PurchaseOrderLines, line_id=line["line_id"])[0]["cancelled"]
    before = place.calls("lineitems")
    place.later(hours=1)
    place.stage()
    assert place.calls("lineitems") == before


def test_a_cancelled_rest_that_neither_its_order_nor_the_report_shows_is_found_some_nights_later(firm) -> None:
    place = firm(line_patch_moves_header=False, report_last_update_is_lines=False)
    place.stage()
    line = open_line(place)
    place.buyer.cancel_line(line["line_id"])
    nights = 0
    while not place.rows(PurchaseOrderLines, line_id=line["line_id"])[0]["cancelled"]:
        place.later(days=1)
        place.stage()
        nights += 1
        assert nights < 10


def test_goods_of_a_closed_order_that_went_back_are_found_without_the_report_however_many_are_open(firm) -> None:
    place = firm(line_patch_moves_header=False, report_available="missing")
    place.stage()
    closed = {row["po_id"] for row in place.rows(PurchaseOrders) if row["closed"]}
    assert len(place.rows(PurchaseOrders)) - len(closed) > looking.NIGHTLY_CALLS
    line = max(
        (row for row in place.rows(PurchaseOrderLines) if row["po_id"] in closed and row["received_at"]),
        key=lambda row: row["received_at"],
    )
    place.buyer.unreceive(line["line_id"])
    nights = 0
    while place.rows(PurchaseOrderLines, line_id=line["line_id"])[0]["received_quantity"]:
        place.later(days=1)
        place.stage()
        nights += 1
        assert nights < 30


def test_a_clock_that_runs_ahead_loses_nothing_for_longer_than_a_night(firm) -> None:
    """The watermark is this machine's; what changed before it, but after the read, shows in the sweep."""
    place = firm()
    place.later(days=2)
    place.stage()
    place.later(days=-2)
    po_id = place.buyer.raise_po(801, [two(place)])["id"]
    place.later(days=4)
    place.stage()
    assert len(place.rows(PurchaseOrderLines, po_id=po_id)) == 1


def test_purchase_orders_that_a_sensor_names_are_read_in_any_case(firm) -> None:
    place = firm(line_patch_moves_header=False, report_available="missing")
    place.stage()
    line = open_line(place)
    place.later(hours=1)
    place.buyer.receive(line["line_id"], 1)
    place.stage(also=[line["po_id"]])
    [now] = place.rows(PurchaseOrderLines, line_id=line["line_id"])
    assert now["received_quantity"] == line["received_quantity"] + 1


def test_lines_of_purchase_orders_that_were_closed_long_ago_are_not_read(firm) -> None:
    place = firm()
    place.stage(lines_since=date(2026, 9, 1))
    read = {row["po_id"] for row in place.rows(PurchaseOrderLines)}
    for row in place.rows(PurchaseOrders):
        last = row["closed_at"] or row["last_updated"]
        old = row["closed"] and last.date() < date(2026, 9, 1)
        assert (row["po_id"] not in read) or not old
    assert 0 < len(read) < len(place.rows(PurchaseOrders))


def test_a_run_that_fails_half_way_leaves_nothing_and_the_next_one_completes(firm) -> None:
    place = firm()
    place.faults.add(Fault(system="connectwise", kind="status", path_contains="/lineitems", nth=5, times=None))
    with pytest.raises(SystemDown):
        place.stage()
    assert place.rows(PurchaseOrders) == []
    assert StagingNotes(place.warehouse).runs() == []
    place.faults.clear()
    place.stage()
    assert len(place.rows(PurchaseOrderLines)) == len(list(place.store.all("cw.lineitems")))


def test_a_purchase_order_that_goes_between_its_header_and_its_lines_is_not_half_staged(firm) -> None:
    place = firm()
    po_id = max(document["id"] for document in place.store.all("cw.purchaseorders"))
    place.faults.add(
        Fault(
            system="connectwise",
            kind="status",
            status=404,
            path_contains=f"/{po_id}/lineitems",
        )
    )
    place.stage()
    assert place.rows(PurchaseOrders, po_id=po_id) == []
    place.later(hours=24)
    place.stage()
    assert len(place.rows(PurchaseOrders, po_id=po_id)) == 1
    assert len(place.rows(PurchaseOrderLines, po_id=po_id)) > 0


def test_a_value_that_cannot_be_read_is_named_and_nothing_is_staged(firm) -> None:
    place = firm()
    order = next(place.store.all("cw.purchaseorders"))
    order["poDate"] = "someday"
    with pytest.raises(StagingRefused, match=rf"#{order['id']}.* whose po date cannot be read"):
        place.stage()
    assert place.rows(PurchaseOrders) == []


def test_products_and_vendors_that_a_new_purchase_order_names_are_read_with_it(firm) -> None:
    place = firm()
    place.stage()
    place.later(hours=1)
    item = {**next(place.store.all("cw.catalog")), "id": 99001, "identifier": "NEW-ITEM"}
    place.store.put("cw.catalog", 99001, item)
    vendor = {**place.store.get("cw.companies", 801), "id": 99002, "identifier": "NewVendor", "name": "New Vendor"}
    place.store.put("cw.companies", 99002, vendor)
    place.buyer.raise_po(99002, [NewLine(product_id=99001, quantity=Decimal(2), unit_cost=Decimal(10))])
    place.later(hours=1)
    place.stage()
    assert [row["identifier"] for row in place.rows(CatalogItems, product_id=99001)] == ["NEW-ITEM"]
    assert [row["name"] for row in place.rows(Vendors, vendor_id=99002)] == ["New Vendor"]


def test_a_night_counts_as_staged_when_both_systems_are(firm) -> None:
    place = firm()
    place.stage(night="2026-10-02", run_id="a")
    assert not already_staged(place.warehouse, "2026-10-02")
    place.stage_xero(night="2026-10-02", run_id="a")
    assert already_staged(place.warehouse, "2026-10-02")
    assert not already_staged(place.warehouse, "2026-10-03")
    runs = StagingNotes(place.warehouse).runs()
    assert {(run.system, run.run_id, run.night) for run in runs} == {
        ("connectwise", "a", "2026-10-02"),
        ("xero", "a", "2026-10-02"),
    }
    assert all(run.calls > 0 and run.counts for run in runs)
