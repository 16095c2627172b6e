"""Deletion is the last explanation: two complete reads, a 404 by id, and never many at once."""

from __future__ import annotations

import json

import pytest

from cwxero_dagster.frames import ConnectWiseReference, PurchaseOrderLines, PurchaseOrders, XeroReference
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.sandbox.wire import json_response
from cwxero_dagster.staging.refusal import StagingRefused
from cwxero_dagster.transport import CredentialsRefused
from cwxero_dagster.warehouse.notes import MISSING_LINES, StagingNotes

PURCHASE_ORDERS = "/procurement/purchaseorders"


def newest(place) -> int:
    return max(document["id"] for document in place.store.all("cw.purchaseorders"))


def is_present(place, po_id: int) -> bool:
    [row] = place.rows(PurchaseOrders, po_id=po_id)
    return row["present"]


def night(place, **options):
    place.later(hours=24)
    return place.stage(**options)


def test_a_deleted_purchase_order_is_gone_after_the_second_sweep_with_its_lines(firm) -> None:
    place = firm()
    place.stage()
    po_id = newest(place)
    number = len(place.rows(PurchaseOrderLines, po_id=po_id))
    place.buyer.delete_po(po_id)
    night(place)
    assert is_present(place, po_id)
    night(place)
    assert not is_present(place, po_id)
    assert number > 0
    assert len(place.rows(PurchaseOrderLines, po_id=po_id, present=False)) == number
    assert all(row["present"] for row in place.rows(PurchaseOrders) if row["po_id"] != po_id)
    assert "connectwise.purchase_orders" not in StagingNotes(place.warehouse).recall().missing


def test_what_is_gone_stays_one_observation(firm) -> None:
    place = firm()
    place.stage()
    place.buyer.delete_po(newest(place))
    for _ in range(2):
        night(place)
    assert sum(seen.stored for seen in night(place).observed.values()) == 0


def test_a_purchase_order_that_is_only_missing_from_the_list_is_not_gone(firm) -> None:
    place = firm()
    place.stage()
    po_id = newest(place)
    document = place.store.get("cw.purchaseorders", po_id)
    place.store.delete("cw.purchaseorders", po_id)
    night(place)
    place.store.put("cw.purchaseorders", po_id, document)
    for _ in range(2):
        night(place)
    place.store.delete("cw.purchaseorders", po_id)
    night(place)
    assert is_present(place, po_id)


def test_a_purchase_order_that_comes_back_is_present_again(firm) -> None:
    place = firm()
    place.stage()
    po_id = newest(place)
    document = place.store.get("cw.purchaseorders", po_id)
    place.store.delete("cw.purchaseorders", po_id)
    for _ in range(2):
        night(place)
    assert not is_present(place, po_id)
    place.store.put("cw.purchaseorders", po_id, document)
    night(place)
    assert is_present(place, po_id)
    assert all(row["present"] for row in place.rows(PurchaseOrderLines, po_id=po_id))


def hide(place, *po_ids: int) -> None:
    """No list of purchase orders shows these; each still answers by its id."""

    def without(request, response):
        if not request.path.endswith(PURCHASE_ORDERS):
            return response
        listed = [record for record in json.loads(response.body) if record["id"] not in po_ids]
        return json_response(response.status, listed, dict(response.headers))

    place.rewrite = without


def missing(place) -> dict[str, int]:
    return dict(StagingNotes(place.warehouse).recall().missing.get("connectwise.purchase_orders", {}))


def by_id(place, po_id: int) -> int:
    """How often a PO's header was asked for by its id; its lines are read in turn besides."""
    return sum(request.endswith(f"{PURCHASE_ORDERS}/{po_id}") for request in place.asked)


def test_a_purchase_order_that_answers_by_id_is_followed_however_often_the_list_leaves_it_out(firm) -> None:
    place = firm()
    place.stage()
    po_id = newest(place)
    hide(place, po_id)
    for _ in range(3):
        remarks = night(place).remarks
        assert (is_present(place, po_id), missing(place)) == (True, {})
        assert any("list of purchase orders leaves out" in remark for remark in remarks)
    place.buyer.attach_invoice(po_id, "INV-HIDDEN", place.clock.now().date())
    line = next(row for row in place.rows(PurchaseOrderLines, po_id=po_id))
    place.buyer.receive(line["line_id"], 1)
    night(place)
    [order] = place.rows(PurchaseOrders, po_id=po_id)
    assert order["vendor_invoice_number"] == "INV-HIDDEN"
    [seen] = place.rows(PurchaseOrderLines, line_id=line["line_id"])
    assert seen["received_quantity"] == line["received_quantity"] + 1


def test_many_unlisted_purchase_orders_are_asked_about_once_and_stop_no_later_night(firm) -> None:
    place = firm()
    place.stage()
    hidden = sorted(document["id"] for document in place.store.all("cw.purchaseorders"))[-5:]
    hide(place, *hidden)
    with pytest.raises(StagingRefused, match="no longer shows 5"):
        night(place)
    night(place, accept_deletions=True)
    for _ in range(2):
        night(place)
    assert all(is_present(place, po_id) for po_id in hidden)
    assert missing(place) == {}


def test_an_unlisted_purchase_order_that_is_deleted_is_gone_after_two_more_sweeps(firm) -> None:
    place = firm()
    place.stage()
    po_id = newest(place)
    hide(place, po_id)
    for _ in range(2):
        night(place)
    place.buyer.delete_po(po_id)
    night(place)
    assert (is_present(place, po_id), missing(place)) == (True, {str(po_id): 1})
    night(place)
    assert (is_present(place, po_id), missing(place)) == (False, {})


def test_an_unlisted_purchase_order_that_is_listed_again_is_not_asked_about_by_id(firm) -> None:
    place = firm()
    place.stage()
    po_id = newest(place)
    hide(place, po_id)
    night(place)
    place.rewrite = lambda _, response: response
    night(place)
    asked = by_id(place, po_id)
    night(place)
    assert by_id(place, po_id) == asked
    assert "connectwise.purchase_orders_unlisted" not in StagingNotes(place.warehouse).recall().missing


def test_many_missing_at_once_stop_the_run_and_write_nothing(firm) -> None:
    place = firm()
    place.stage()
    runs = StagingNotes(place.warehouse).runs()
    mark = StagingNotes(place.warehouse).recall().watermarks.get("connectwise.purchase_orders")
    for document in sorted(place.store.all("cw.purchaseorders"), key=lambda found: -found["id"])[:4]:
        place.store.delete("cw.purchaseorders", document["id"])
    with pytest.raises(StagingRefused, match=r"no longer shows 4 of \d+ known purchase orders .*the limit is 3"):
        night(place)
    assert StagingNotes(place.warehouse).runs() == runs
    assert StagingNotes(place.warehouse).recall().watermarks.get("connectwise.purchase_orders") == mark
    assert "connectwise.purchase_orders" not in StagingNotes(place.warehouse).recall().missing
    for _ in range(2):
        night(place, accept_deletions=True)
    assert len(place.rows(PurchaseOrders, present=False)) == 4


def test_an_empty_list_stops_the_run_where_records_were_known(firm) -> None:
    place = firm()
    place.stage()
    place.later(hours=24)
    place.faults.add(
        Fault(system="connectwise", kind="status", status=200, body=[], path_contains=PURCHASE_ORDERS, times=None)
    )
    with pytest.raises(StagingRefused, match="empty list of purchase orders"):
        place.stage()
    assert all(row["present"] for row in place.rows(PurchaseOrders))


def test_an_empty_list_stops_every_run_at_a_server_that_finds_nothing_by_time(firm) -> None:
    place = firm()

    def by_time_nothing(request, response):
        conditions = request.first("conditions") or ""
        return json_response(200, []) if "lastUpdated" in conditions else response

    place.rewrite = by_time_nothing
    for _ in range(2):
        place.stage()
        place.later(hours=9)
    place.faults.add(
        Fault(system="connectwise", kind="status", status=200, body=[], path_contains=PURCHASE_ORDERS, times=None)
    )
    with pytest.raises(StagingRefused, match="empty list of purchase orders"):
        place.stage()
    assert all(row["present"] for row in place.rows(PurchaseOrders))


def test_wrong_keys_that_answer_404_delete_nothing(firm) -> None:
    place = firm()
    place.stage()
    place.buyer.delete_po(newest(place))
    night(place)
    place.later(hours=24)
    place.faults.add(Fault(system="connectwise", kind="status", status=404, times=None))
    with pytest.raises(CredentialsRefused):
        place.stage()
    assert all(row["present"] for row in place.rows(PurchaseOrders))


def test_a_deleted_line_is_gone_after_the_second_read_which_the_next_run_makes(firm) -> None:
    place = firm()
    place.stage()
    line = next(row for row in place.rows(PurchaseOrderLines) if row["po_id"] == newest(place))
    place.later(hours=1)
    place.buyer.delete_line(line["line_id"])
    place.stage()
    assert [row["present"] for row in place.rows(PurchaseOrderLines, line_id=line["line_id"])] == [True]
    place.later(hours=1)
    place.stage()
    assert [row["present"] for row in place.rows(PurchaseOrderLines, line_id=line["line_id"])] == [False]
    assert is_present(place, line["po_id"])
    assert "connectwise.purchase_order_lines" not in StagingNotes(place.warehouse).recall().missing


def test_the_lines_of_two_orders_that_lost_them_in_the_same_hour_are_gone(firm) -> None:
    place = firm()
    place.stage()
    with_lines = [row["po_id"] for row in place.rows(PurchaseOrderLines)]
    emptied = [row for row in place.rows(PurchaseOrderLines) if row["po_id"] in {min(with_lines), max(with_lines)}]
    place.later(hours=1)
    for line in emptied:
        place.buyer.delete_line(line["line_id"])
    place.stage()
    place.later(hours=1)
    place.stage()
    gone = {row["line_id"] for row in place.rows(PurchaseOrderLines, present=False)}
    assert gone == {line["line_id"] for line in emptied}


def test_a_line_that_is_missing_once_is_not_gone(firm) -> None:
    place = firm()
    place.stage()
    line = next(row for row in place.rows(PurchaseOrderLines) if row["po_id"] == newest(place))
    document = place.store.get("cw.lineitems", line["line_id"])
    for _ in range(2):
        place.later(hours=1)
        place.store.delete("cw.lineitems", line["line_id"])
        place.stage(also=[line["po_id"]])
        place.later(hours=1)
        place.store.put("cw.lineitems", line["line_id"], document)
        place.stage()
    assert [row["present"] for row in place.rows(PurchaseOrderLines, line_id=line["line_id"])] == [True]


def test_a_line_that_was_missing_once_is_forgotten_with_its_deleted_order(firm) -> None:
    place = firm()
    place.stage()
    line = next(row for row in place.rows(PurchaseOrderLines) if row["po_id"] == newest(place))
    place.later(hours=1)
    place.store.delete("cw.lineitems", line["line_id"])
    place.stage(also=[line["po_id"]])
    assert str(line["line_id"]) in StagingNotes(place.warehouse).recall().missing[MISSING_LINES]
    place.buyer.delete_po(line["po_id"])
    for _ in range(2):
        night(place)
    assert not is_present(place, line["po_id"])
    assert MISSING_LINES not in StagingNotes(place.warehouse).recall().missing


def test_empty_line_lists_of_many_purchase_orders_stop_the_run(firm) -> None:
    place = firm()
    place.stage()
    place.later(hours=1)
    place.faults.add(
        Fault(system="connectwise", kind="status", status=200, body=[], path_contains="/lineitems", times=None)
    )
    named = sorted({row["po_id"] for row in place.rows(PurchaseOrderLines)})[:5]
    with pytest.raises(StagingRefused, match="lines are missing"):
        place.stage(also=named)
    assert all(row["present"] for row in place.rows(PurchaseOrderLines))


def test_a_record_that_leaves_a_small_list_is_gone_after_the_second_read(firm) -> None:
    place = firm()
    place.stage()
    place.stage_xero()
    terms = place.rows(ConnectWiseReference, kind="terms")
    account = place.rows(XeroReference, kind="account")[-1]
    place.store.delete("cw.billingterms", terms[-1]["record_id"])
    place.store.delete("xero.accounts", account["record_id"])
    present = []
    for _ in range(2):
        night(place)
        place.stage_xero()
        [left] = place.rows(ConnectWiseReference, kind="terms", record_id=terms[-1]["record_id"])
        [closed] = place.rows(XeroReference, kind="account", record_id=account["record_id"])
        present.append((left["present"], closed["present"]))
    assert present == [(True, True), (False, False)]


def test_a_small_list_that_comes_back_empty_stops_the_run(firm) -> None:
    place = firm()
    place.stage()
    place.later(hours=24)
    place.faults.add(
        Fault(system="connectwise", kind="status", status=200, body=[], path_contains="purchaseorderstatuses")
    )
    with pytest.raises(StagingRefused, match="empty list of records of the list status"):
        place.stage()
