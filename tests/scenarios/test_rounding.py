"""Cents: Xero rounds otherwise than we do, and every bill is to the cent what was expected, or a person is asked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from scenarios.story import CYCLE, Story, balances

from cwxero_dagster import frames
from cwxero_dagster.payables.composing.rounding_lines import WORDS
from cwxero_dagster.pipeline import covering
from cwxero_dagster.pipeline.packing.pack import review_pack
from cwxero_dagster.pipeline.rebuilding import rebuild
from cwxero_dagster.sandbox.faults import Fault

HALF = "30.25"
"""Its tax of 10 % is 3.025: 3.03 as we round, 3.02 where half a cent goes to the even cent."""
LINE = ("0.01", "868", "BASEXCLUDED", "0.00")
EVEN = {"half_cents": "even"}


def told(folder: Path, **decision: Any) -> Story:
    """A firm whose Xero rounds half a cent to the even cent."""
    return Story(folder, of_xero=EVEN, **decision)


def received(story: Story, *quantities: int, cost: str = HALF) -> str:
    """The key of the bill for an order of which everything has arrived."""
    return f"po:{story.received(*quantities, cost=cost)['id']}"


def lines_of(story: Story, key: str) -> list[dict[str, Any]]:
    return story.lines({"id": int(key.removeprefix("po:"))})


def rounding(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """Amount, account, tax type and tax of each rounding line."""
    return [
        (f"{line['LineAmount']:f}", line["AccountCode"], line["TaxType"], f"{line['TaxAmount']:f}")
        for line in document["LineItems"]
        if line["Description"] == WORDS
    ]


def figures(document: dict[str, Any]) -> list[str]:
    return [f"{document[name]:f}" for name in ("SubTotal", "TotalTax", "Total")]


def nothing_is_written(story: Story, nights: int = 2) -> None:
    before = len(story.writes())
    for _ in range(nights):
        story.night()
    assert len(story.writes()) == before


def reason(story: Story) -> str:
    (action,) = story.night().actions
    assert (action.action, action.holds) == ("unchanged", ())
    return action.reason


def detail(story: Story) -> str:
    (kept,) = story.session().case_book.cases()
    return kept.case.what_happened


def restored(story: Story) -> None:
    """The rounding account can be used again."""
    (account,) = [one for one in story.store.all("xero.accounts") if one.get("Code") == "868"]
    story.store.put("xero.accounts", account["AccountID"], {**account, "Status": "ACTIVE"})


def test_a_bill_that_xero_rounds_otherwise_gets_one_visible_line_in_the_same_night(tmp_path: Path) -> None:
    story = told(tmp_path)
    key = received(story, 1)
    published = story.night()
    bill = story.document(key)
    assert (figures(bill), rounding(bill)) == (["30.26", "3.02", "33.28"], [LINE])
    (action,) = published.actions
    assert (action.action, action.confirmed) == ("create", bill["InvoiceID"])
    assert "a rounding line of 0.01 on account 868" in action.reason
    (row,) = frames.PublishedBills.rows(story.session().warehouse.read_cycle(frames.PublishedBills, CYCLE))
    assert (row["total"], row["xero_total"]) == (Decimal("33.28"), Decimal("33.28"))
    nothing_is_written(story)
    assert (story.document(key), story.kinds()) == (bill, set())


def test_the_bills_of_a_night_get_their_lines_in_one_more_request(tmp_path: Path) -> None:
    story = told(tmp_path, bill={"status": "SUBMITTED"})
    keys = [received(story, 1) for _ in range(3)]
    before = len(story.writes())
    story.night()
    assert [seen.method for seen in story.writes()[before:]] == ["PUT", "POST"]
    assert [(one["Status"], rounding(one)) for one in map(story.document, keys)] == [("SUBMITTED", [LINE])] * 3


def test_a_difference_beyond_the_limit_is_a_case_and_nothing_is_written(tmp_path: Path) -> None:
    story = told(tmp_path, rounding={"limit": 0.02})
    key = received(story, 1, 1, 1)
    for _ in range(2):
        story.night()
    assert (rounding(story.document(key)), figures(story.document(key))[2]) == ([], "99.81")
    assert story.kinds() == {"rounding"}
    assert "Xero computes 99.81 AUD for the bill, 99.84 was expected." in detail(story)
    nothing_is_written(story)


def test_without_a_rounding_account_a_case_says_so_and_closes_once_there_is_one(tmp_path: Path) -> None:
    story = told(tmp_path)
    story.bookkeeper.settings.archive_account("868")
    story.later()
    key = received(story, 1)
    for _ in range(2):
        story.night()
    assert (rounding(story.document(key)), story.kinds()) == ([], {"rounding"})
    assert "no active one of Xero's own was found" in detail(story)
    restored(story)
    for _ in range(2):
        story.night()
    assert (rounding(story.document(key)), story.kinds()) == ([LINE], set())


def test_a_bill_that_is_a_persons_is_told_of_and_not_written(tmp_path: Path) -> None:
    story = told(tmp_path)
    story.bookkeeper.settings.archive_account("868")
    story.later()
    key = received(story, 1)
    for _ in range(2):
        story.night()
    restored(story)
    document_id = story.document(key)["InvoiceID"]
    story.bookkeeper.edit_bill(document_id, number="hers")
    before = story.document(key)
    told_of = "Xero computes 33.27 AUD where 33.28 was expected; "
    assert reason(story).endswith(f"{told_of}a person worked on the draft, so no rounding line was written.")
    story.bookkeeper.approve(document_id)
    assert reason(story).endswith(f"{told_of}the bill is approved, so no rounding line was written.")
    story.bookkeeper.pay(document_id)
    assert reason(story).endswith(f"{told_of}the bill is paid, so no rounding line was written.")
    bill = story.document(key)
    assert (bill["LineItems"], bill["Total"], story.kinds()) == (before["LineItems"], before["Total"], set())


def test_a_bill_that_changes_has_its_line_changed_or_dropped_in_the_same_night(tmp_path: Path) -> None:
    story = told(tmp_path)
    key = received(story, 1, 1, 1)
    story.night()
    assert [one[0] for one in rounding(story.document(key))] == ["0.03"]
    first, second, third = (line["id"] for line in lines_of(story, key))
    story.buyer.change_cost(first, Decimal("30.20"))
    story.night()
    assert [one[0] for one in rounding(story.document(key))] == ["0.02"]
    assert figures(story.document(key))[2] == "99.78"
    story.buyer.change_cost(second, Decimal("30.20"))
    story.buyer.change_cost(third, Decimal("30.20"))
    story.night()
    assert (rounding(story.document(key)), figures(story.document(key))[2]) == ([], "99.66")
    nothing_is_written(story)
    assert story.kinds() == set()


def test_a_supplier_credit_is_to_the_cent_as_well(tmp_path: Path) -> None:
    story = told(tmp_path, events={"reversed": "draft_credit_note"})
    key = received(story, 2)
    story.night()
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.buyer.unreceive(lines_of(story, key)[0]["id"], 1)
    story.night()
    credit = story.document(f"{key}/c:1")
    assert (figures(credit), rounding(credit)) == (["30.26", "3.02", "33.28"], [LINE])
    nothing_is_written(story)
    assert story.kinds() == set()


def test_a_run_that_ends_before_the_line_is_written_leaves_it_to_the_next(tmp_path: Path) -> None:
    story = told(tmp_path)
    story.xero.faults.add(Fault(system="xero", kind="before", method="POST", path_contains="/Invoices", times=4))
    key = received(story, 1)
    (action,) = story.night().actions
    assert (action.action, [one.kind for one in action.holds]) == ("hold", ["outcome_unknown"])
    for _ in range(2):
        story.night()
    assert (rounding(story.document(key)), story.kinds()) == ([LINE], set())
    nothing_is_written(story)


def test_a_line_that_xero_refuses_is_a_case_and_the_bill_stands(tmp_path: Path) -> None:
    story = told(tmp_path)
    body = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [{"ValidationErrors": [{"Message": "Account code '868' is not a valid code for this document"}]}],
    }
    fault = Fault(system="xero", kind="status", method="POST", path_contains="/Invoices", status=400, body=body)
    story.xero.faults.add(fault)
    key = received(story, 1)
    story.night()
    assert (rounding(story.document(key)), figures(story.document(key))[2]) == ([], "33.27")
    for _ in range(2):
        story.night()
    assert (rounding(story.document(key)), story.kinds()) == ([LINE], set())


def test_coverage_the_report_of_cents_and_a_rebuilt_ledger_know_the_line_for_what_it_is(tmp_path: Path) -> None:
    story = told(tmp_path)
    key = received(story, 1)
    story.night()
    bill = story.document(key)
    (row,) = covering.keep_coverage(story.session(), live=True)
    found = {name: row[f"{name}_amount"] for name in ("ordered", "billed", "price_difference", "difference")}
    assert found == {"ordered": Decimal(HALF), "billed": Decimal(HALF), "price_difference": 0, "difference": 0}
    (cents,) = review_pack(story.session(), CYCLE).cents
    assert (cents.bill_key, cents.rounding_line, cents.xero_difference) == (key, Decimal("0.01"), 0)
    for file in story.home.glob("warehouse.duckdb*"):
        file.unlink()
    assert [one.unclear for one in rebuild(story.session(), backup=None).bills] == [()]
    nothing_is_written(story)
    assert (story.document(key), story.kinds()) == (bill, set())
    story.buyer.change_cost(lines_of(story, key)[0]["id"], Decimal("30.20"))
    story.night()
    assert (rounding(story.document(key)), figures(story.document(key))[2]) == ([], "33.22")


def test_cents_that_a_person_may_have_typed_are_not_made_up_for_after_a_rebuild(tmp_path: Path) -> None:
    story = told(tmp_path)
    story.bookkeeper.settings.archive_account("868")
    story.later()
    key = received(story, 1)
    for _ in range(2):
        story.night()
    restored(story)
    for file in story.home.glob("warehouse.duckdb*"):
        file.unlink()
    rebuild(story.session(), backup=None)
    nothing_is_written(story, 3)
    assert "what was last written to the draft is no longer known here, so no rounding line" in reason(story)
    assert rounding(story.document(key)) == []


def test_cents_of_tax_that_add_up_over_deliveries_hold_the_one_that_is_beyond_the_limit(tmp_path: Path) -> None:
    events = {"partially_received": "draft_bill"}
    story = Story(tmp_path, events=events, bill={"one_per": "receipt"}, tax_difference={"limit": "0.02"})
    po = story.order(2, 2, 2, cost="0.35")
    story.receive(po, 1, 1, 1)
    story.until_lines_are_known()
    story.night()
    assert (story.document("po:1/d:1")["TotalTax"], story.kinds()) == (Decimal("0.12"), set())
    story.receive(po, 1, 1, 1)
    story.until_lines_are_known()
    story.night()
    assert set(story.published()) == {"po:1/d:1"}
    asked = story.open_case("rounding").case
    assert asked.what_happened.endswith("0.03 AUD more tax than ConnectWise shows for their goods; the limit is 0.02.")
    story.settle("rounding", "release")
    story.night()
    assert {key: one["TotalTax"] for key, (one,) in story.published().items()} == {
        "po:1/d:1": Decimal("0.12"),
        "po:1/d:2": Decimal("0.12"),
    }
    assert story.kinds() == set()
    balances(story)
