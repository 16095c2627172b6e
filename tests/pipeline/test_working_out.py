import json
from dataclasses import replace
from typing import Any

import pytest
from payables.making import (
    STAGED,
    after,
    agreement,
    assessed,
    at,
    books,
    d,
    deciding_on,
    document,
    in_xero,
    item,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    received,
    seeds,
    the_action,
)

from cwxero_dagster import frames
from cwxero_dagster.payables.planning.plan import Guard
from cwxero_dagster.payables.seeds import ExclusionRow
from cwxero_dagster.pipeline.bill_frames import header_rows, hold_rows, line_rows, plan_rows, unmapped_rows
from cwxero_dagster.pipeline.working_out import Known, cycles_with_work, every_action, planned_actions

GOODS = received(line(product_id=7, tax=d("5.00")))


def start(*lines: Any, order: Any = None, **changes: Any) -> Known:
    return known(purchasing(order or po(), lines or [GOODS], catalog=[item()]), **changes)


# --- frames -----------------------------------------------------------------------------------------------------------


def test_bills_lines_and_holds_fit_their_frames() -> None:
    made = start(
        received(line(quantity=3, cost="0.12345", tax=d("0.01"))),
        received(line(12, cost="0")),
        received(line(13, quantity=-2), -2, closed=True),
        order=po(freight_cost=d("12.00"), freight_tax=d("1.20")),
        agreement=agreement(seeds(vendors=())),
    )
    found = assessed(made)
    bills = [one.bill for one in found]
    headers = frames.BillHeaders.rows(frames.BillHeaders.of(header_rows(bills)))
    lines = frames.BillLines.rows(frames.BillLines.of(line_rows(bills)))
    holds = frames.Holds.rows(frames.Holds.of(hold_rows(found)))
    assert sum(row["net"] + row["tax"] for row in lines) == headers[0]["total"]
    assert [row["kind"] for row in lines] == ["goods", "text", "goods", "freight"]
    assert [row["kind"] for row in holds] == ["unmapped_vendor"]
    assert json.loads(headers[0]["po_numbers"]) == ["PO-1001"]


def test_an_excluded_bill_is_shown_without_holds() -> None:
    row = ExclusionRow(line=2, match_on="terms", match_value="Net 14", reason="card")
    found = assessed(start(agreement=agreement(seeds(vendors=(), exclusions=(row,)))))
    assert (len(header_rows([one.bill for one in found])), hold_rows(found)) == (1, [])


def test_what_is_unmapped_is_one_row_a_value_and_currency_dearest_first() -> None:
    orders = [po(), po(2), po(3, currency_code="USD", vendor_id=802)]
    lines = [received(line()), received(line(21, po_id=2)), received(line(31, po_id=3, cost="50.00"))]
    found = assessed(known(purchasing(orders, lines), agreement=agreement(seeds(vendors=()))))
    rows = unmapped_rows(found, "unmapped_vendors", "2026-05")
    kept = frames.Unmapped.rows(frames.Unmapped.of(rows))
    assert [(row["value"], row["bills"], row["amount"], row["currency_code"]) for row in kept] == [
        ("vendor 802", 1, d("500.00"), "USD"),
        ("vendor 801", 2, d("100.00"), "AUD"),
    ]
    assert unmapped_rows(found, "unmapped_tracking", "2026-05") == []


def rows_of(made: Known, **guard: Any) -> list[dict[str, Any]]:
    return frames.Plan.rows(frames.Plan.of(plan_rows(plan_of(made, **guard), "2026-05")))


def test_a_row_of_the_plan_says_what_is_sent_and_why() -> None:
    (row,) = rows_of(start())
    assert (row["action"], row["document_type"], json.loads(row["po_numbers"])) == ("create", "ACCPAY", ["PO-1001"])
    assert (row["net"], row["tax"], row["total"], row["case"]) == (d("50.00"), d("5.00"), d("55.00"), None)
    assert json.loads(row["payload"])["number"] == "PO-1001"


def test_a_held_row_names_the_gravest_kind_and_all_of_them() -> None:
    (row,) = rows_of(start(agreement=agreement(seeds(vendors=(), accounts=()))))
    assert (row["case"], json.loads(row["cases"]), row["payload"]) == (
        "unmapped_vendor",
        ["unmapped_vendor", "unmapped_account"],
        None,
    )


@pytest.mark.parametrize("in_list", [True, False])
def test_a_bill_that_is_no_longer_due_has_a_row_with_its_po_whether_or_not_xero_shows_it(in_list: bool) -> None:
    made = after(start(), the_action(start()))
    back = night(made, purchasing(po(), [GOODS, line(observed_at=at(5, 20))]))
    back = back if in_list else replace(back, books=books())
    (row,) = rows_of(back)
    assert (row["action"], json.loads(row["po_numbers"])) == ("withdraw" if in_list else "unchanged", ["PO-1001"])
    assert (row["total"], row["xero_id"] is not None) == (d("55.00") if in_list else 0, True)


def test_what_xero_confirmed_stands_in_the_row() -> None:
    action = replace(the_action(start()), confirmed="x1", confirmed_status="DRAFT")
    (row,) = plan_rows([action], "2026-05")
    assert (row["xero_id"], row["xero_status"]) == ("x1", "DRAFT")


# --- which cycles have work -------------------------------------------------------------------------------------------


def final() -> Known:
    return in_xero(after(start(), the_action(start())), status="PAID")


def test_a_due_bill_a_held_one_and_a_draft_are_work() -> None:
    assert cycles_with_work(start()) == ["2026-05"]
    assert cycles_with_work(start(agreement=agreement(seeds(vendors=())))) == ["2026-05"]
    assert cycles_with_work(after(start(), the_action(start()))) == ["2026-05"]


def test_a_final_bill_is_no_work_until_connectwise_changes() -> None:
    assert cycles_with_work(final()) == []
    for lines in (
        [replace(GOODS, unit_cost=d("5.10"))],
        [GOODS, received(line(12))],
        [GOODS, line(observed_at=at(6, 1))],
    ):
        assert cycles_with_work(night(final(), purchasing(po(), lines, catalog=[item()]))) == ["2026-05"]


def test_a_bill_that_was_removed_or_lost_its_answer_is_work() -> None:
    assert cycles_with_work(in_xero(final(), status="VOIDED")) == ["2026-05"]
    unknown = replace(final().ledger.bills["po:1"], state="unknown", xero_id=None)
    made = final()
    assert cycles_with_work(replace(made, ledger=replace(made.ledger, bills={"po:1": unknown}))) == ["2026-05"]


def test_what_was_billed_elsewhere_kept_out_or_settled_is_no_work() -> None:
    early = received(line(), on=at(4, 20), observed_at=STAGED)
    row = ExclusionRow(line=2, match_on="terms", match_value="Net 14", reason="card")
    held = start(books=books(documents=(document("k1", total=d("55.00")),)))
    assert cycles_with_work(start(early)) == []
    assert cycles_with_work(start(agreement=agreement(seeds(exclusions=(row,))))) == []
    assert cycles_with_work(deciding_on(held, the_action(held), "billed-by", xero_id="k1")) == []


def test_every_action_is_that_of_its_cycles_plan() -> None:
    lines = [GOODS, received(line(21, po_id=2), on=at(7, 2)), line(31, po_id=3)]
    there = known(purchasing([po(), po(2), po(3)], lines))
    plans = [action for cycle in ("2026-05", "2026-07") for action in planned_actions(there, cycle, Guard())]
    assert [action.key for action in plans] == ["po:1", "po:2"]
    assert every_action(there, Guard()) == plans
