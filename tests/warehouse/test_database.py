"""Frames survive the warehouse exactly; observations are appended only when they say something new."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandera.errors
import pytest

from cwxero_dagster.frames import BillLines, PurchaseOrders, Unmapped
from cwxero_dagster.warehouse.database import Observed, Warehouse
from cwxero_dagster.warehouse.notes import StagingNotes

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_new_warehouse_reads_as_empty_frames_with_every_column(warehouse: Warehouse) -> None:
    frame = warehouse.current(PurchaseOrders)
    assert len(frame) == 0
    assert list(frame.columns) == list(PurchaseOrders.empty().columns)
    assert (frame.dtypes == PurchaseOrders.empty().dtypes).all()


def test_amounts_dates_moments_and_nulls_come_back_as_they_went(warehouse, order) -> None:
    row = order(
        7,
        freight_cost=Decimal("99999999999999.9999"),
        sub_total=Decimal("-0.0001"),
        po_date=datetime(2026, 5, 4, tzinfo=UTC).date(),
        closed_at=datetime(2026, 5, 4, 23, 59, 59, 999999, tzinfo=UTC),
        vendor_name='Zoë\'s "Kabel" | <b>',
    )
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([row]))
    [back] = PurchaseOrders.rows(warehouse.current(PurchaseOrders))
    assert {name: back[name] for name in row} == row
    assert back["total"] is None


def test_only_what_says_something_new_is_stored(warehouse, order) -> None:
    first = warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1, "a"), order(2, "b")]))
    later = [order(1, "a", observed_at=NOON + HOUR), order(2, "B", observed_at=NOON + HOUR), order(3, "c")]
    second = warehouse.observe(PurchaseOrders, PurchaseOrders.of(later))
    assert (first, second) == (Observed(2, 0, 0), Observed(1, 1, 1))
    told = [(row["po_id"], row["body"]) for row in PurchaseOrders.rows(warehouse.history(PurchaseOrders))]
    assert told == [(1, "a"), (2, "b"), (2, "B"), (3, "c")]


def test_a_value_that_returns_to_what_it_was_is_a_change(warehouse, order) -> None:
    for hours, body in enumerate(["a", "b", "a"]):
        warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1, body, observed_at=NOON + hours * HOUR)]))
    assert [row["body"] for row in PurchaseOrders.rows(warehouse.history(PurchaseOrders))] == ["a", "b", "a"]


def test_a_record_that_is_gone_is_a_change_and_so_is_its_return(warehouse, order) -> None:
    seen = [
        warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1, present=here)]))
        for here in (True, False, False, True)
    ]
    assert seen == [Observed(new=1), Observed(changed=1), Observed(unchanged=1), Observed(changed=1)]


def test_the_state_of_a_past_moment_can_be_read_again(warehouse, order) -> None:
    for hours, body in enumerate(["a", "b", "c"]):
        warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1, body, observed_at=NOON + hours * HOUR)]))
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(2, observed_at=NOON + 2 * HOUR)]))
    then = PurchaseOrders.rows(warehouse.current(PurchaseOrders, as_of=NOON + HOUR))
    assert [(row["po_id"], row["body"]) for row in then] == [(1, "b")]
    assert [row["body"] for row in PurchaseOrders.rows(warehouse.current(PurchaseOrders))] == ["c", "{}"]
    with pytest.raises(ValueError, match="no time zone"):
        warehouse.current(PurchaseOrders, as_of=datetime(2026, 5, 4))  # noqa: DTZ001 - the mistake under test


def test_a_clock_that_was_set_back_does_not_hide_what_was_seen_last(warehouse, order) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1, "before", observed_at=NOON)]))
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1, "after", observed_at=NOON - HOUR)]))
    history = PurchaseOrders.rows(warehouse.history(PurchaseOrders))
    assert [(row["body"], row["observed_at"]) for row in history] == [("before", NOON), ("after", NOON)]
    assert warehouse.current_rows(PurchaseOrders, ["body"]) == [{"body": "after"}]


def test_a_record_twice_in_one_frame_is_refused(warehouse, order) -> None:
    with pytest.raises(ValueError, match="twice"):
        warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1, "a"), order(1, "b")]))
    assert len(warehouse.history(PurchaseOrders)) == 0


def test_a_cycle_is_replaced_and_the_others_stay(warehouse, unmapped) -> None:
    warehouse.replace_cycle(Unmapped, "2026-05", Unmapped.of([unmapped("2026-05", "801"), unmapped("2026-05", "802")]))
    warehouse.replace_cycle(Unmapped, "2026-06", Unmapped.of([unmapped("2026-06", "803")]))
    warehouse.replace_cycle(Unmapped, "2026-05", Unmapped.of([unmapped("2026-05", "804", amount=Decimal("1.0050"))]))
    assert [(row["value"], row["amount"]) for row in Unmapped.rows(warehouse.read_cycle(Unmapped, "2026-05"))] == [
        ("804", Decimal("1.0050"))
    ]
    assert len(warehouse.read_cycle(Unmapped, "2026-06")) == 1
    warehouse.replace_cycle(Unmapped, "2026-05", Unmapped.empty())
    assert len(warehouse.read_cycle(Unmapped, "2026-05")) == 0


def test_rows_of_another_cycle_are_refused(warehouse, unmapped) -> None:
    with pytest.raises(ValueError, match="rows of 2026-06 do not belong into cycle 2026-05"):
        warehouse.replace_cycle(Unmapped, "2026-05", Unmapped.of([unmapped("2026-06", "803")]))


def test_a_whole_derived_table_is_replaced_and_observations_never_are(warehouse, order, unmapped) -> None:
    warehouse.replace(Unmapped, Unmapped.of([unmapped("2026-05", "801"), unmapped("2026-06", "801")]))
    warehouse.replace(Unmapped, Unmapped.of([unmapped("2026-07", "801")]))
    assert [row["billing_cycle"] for row in Unmapped.rows(warehouse.read(Unmapped))] == ["2026-07"]
    with pytest.raises(ValueError, match="never replaced"):
        warehouse.replace(PurchaseOrders, PurchaseOrders.of([order(1)]))


def test_rows_can_be_chosen_by_a_condition(warehouse, unmapped) -> None:
    warehouse.replace(Unmapped, Unmapped.of([unmapped("2026-05", "it's"), unmapped("2026-05", "other")]))
    assert [
        row["value"] for row in Unmapped.rows(warehouse.read(Unmapped, where="value = ?", parameters=["it's"]))
    ] == ["it's"]


def test_a_frame_that_breaks_its_model_is_not_written(warehouse, unmapped) -> None:
    warehouse.replace(Unmapped, Unmapped.of([unmapped("2026-05", "801")]))
    frame = Unmapped.of([unmapped("2026-05", "802")]).assign(amount=[1.5])
    with pytest.raises(pandera.errors.SchemaErrors):
        warehouse.replace(Unmapped, frame)
    assert [row["value"] for row in Unmapped.rows(warehouse.read(Unmapped))] == ["801"]


def test_bill_lines_keep_their_order(warehouse) -> None:
    lines = [
        {
            "billing_cycle": "2026-05",
            "bill_key": "po:1",
            "position": 9 - number,
            "po_id": 1,
            "kind": "goods",
            "description": "x",
            "quantity": Decimal("0.3333333333"),
            "unit_amount": Decimal(1),
            "net": Decimal(1),
            "tax": Decimal(0),
            "tracking": "{}",
        }
        for number in range(9)
    ]
    warehouse.replace_cycle(BillLines, "2026-05", BillLines.of(lines))
    back = BillLines.rows(warehouse.read_cycle(BillLines, "2026-05"))
    assert [(row["position"], row["quantity"]) for row in back] == [
        (9 - number, Decimal("0.3333333333")) for number in range(9)
    ]


@pytest.mark.parametrize("cause", [KeyboardInterrupt, ValueError, SystemExit])
def test_a_transaction_that_is_left_by_any_exception_keeps_nothing(warehouse, order, unmapped, cause) -> None:
    def interrupted() -> None:
        with warehouse.transaction():
            warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
            warehouse.replace(Unmapped, Unmapped.of([unmapped("2026-05", "801")]))
            warehouse.set_watermark("connectwise", NOON)
            raise cause

    with pytest.raises(cause):
        interrupted()
    assert len(warehouse.history(PurchaseOrders)) == len(warehouse.read(Unmapped)) == 0
    assert StagingNotes(warehouse).recall().watermarks.get("connectwise") is None
    assert warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)])).new == 1


def test_a_failure_inside_that_someone_swallows_spoils_the_whole_transaction(warehouse, order) -> None:
    def swallowing() -> None:
        with warehouse.transaction():
            warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
            try:
                with warehouse.transaction():
                    raise ValueError
            except ValueError:
                pass

    with pytest.raises(RuntimeError, match="nothing is kept"):
        swallowing()
    assert len(warehouse.history(PurchaseOrders)) == 0


def test_watermarks_are_moments_in_utc_by_source(warehouse: Warehouse) -> None:
    assert StagingNotes(warehouse).recall().watermarks.get("xero.bills") is None
    warehouse.set_watermark("xero.bills", NOON)
    warehouse.set_watermark("xero.bills", NOON + HOUR)
    warehouse.set_watermark("xero.contacts", NOON)
    assert (
        StagingNotes(warehouse).recall().watermarks.get("xero.bills"),
        StagingNotes(warehouse).recall().watermarks.get("xero.contacts"),
    ) == (NOON + HOUR, NOON)


def test_threads_take_turns(warehouse, order) -> None:
    failures: list[BaseException] = []

    def write(po_id: int) -> None:
        try:
            warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(po_id)]))
        except BaseException as error:  # noqa: BLE001 - reported below
            failures.append(error)

    threads = [threading.Thread(target=write, args=(po_id,)) for po_id in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(warehouse.current(PurchaseOrders)) == 6


def test_the_file_is_closed_between_calls(warehouse: Warehouse, order, tmp_path: Path) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
    assert len(Warehouse(warehouse.path).current(PurchaseOrders)) == 1
    assert not (tmp_path / "warehouse.duckdb.wal").exists()
