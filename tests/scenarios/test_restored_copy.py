"""A copy of the warehouse is put back that is older than what people decided: nothing is written past them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenarios.story import Story, balances

from cwxero_dagster.cli.doctor.here import history
from cwxero_dagster.warehouse import lost_decisions
from cwxero_dagster.warehouse.lost_decisions import Restored


class Firm(Story):
    """A story whose warehouse is copied and put back."""

    def copied(self, name: str = "copy") -> Path:
        """A copy of the warehouse as it is now."""
        copy = self.home / f"{name}.duckdb"
        self.session().warehouse.backup(copy)
        return copy

    def put_back(self, copy: Path) -> Restored:
        """The copy takes the warehouse's place, an hour later."""
        self.later(1 / 24)
        return lost_decisions.restore(self.session().warehouse, copy, at=self.clock.now())

    def too_many(self) -> dict[str, Any]:
        """An order of which more came than was ordered, so that a case asks about the goods."""
        po = self.order(2)
        self.receive(po, 3)
        self.night()
        assert self.kinds() == {"quantity_mismatch"}
        return po

    def as_ordered(self, po: dict[str, Any]) -> None:
        """The buyer puts down that all of it was ordered, so that nothing asks any more."""
        for line in self.lines(po):
            self.buyer.edit_line(line["id"], quantity=Decimal(3))

    def costs(self, po: dict[str, Any], cost: str) -> None:
        """What the lines of an order cost from now on."""
        for line in self.lines(po):
            self.buyer.change_cost(line["id"], Decimal(cost))


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    return Firm(tmp_path)


@pytest.mark.parametrize(("answer", "drafted"), [("not-owed", []), ("release", ["po:1"])])
def test_goods_that_a_person_settled_after_the_copy_wait_for_her_and_no_others(
    firm: Firm, answer: str, drafted: list[str]
) -> None:
    po = firm.too_many()
    copy = firm.copied()
    firm.settle("quantity_mismatch", "not-owed")
    firm.night()
    restored = firm.put_back(copy)
    assert [(row["verb"], row["by_name"]) for row in restored.lost or ()] == [("not-owed", "Tom")]
    firm.as_ordered(po)
    firm.received(1)
    firm.night()
    assert set(firm.quantities()) == {"po:2"}, "nothing asks about the quantity any more, and nobody owes the goods"
    case = firm.open_case("possible_duplicate").case
    assert case.po_numbers == (po["poNumber"],)
    assert case.what_happened.startswith("Tom decided on 2026-10-06 about case C-")
    assert "not-owed, checked. The warehouse was put back from an older copy" in case.what_happened
    assert case.ways_out == ("release", "not-owed", "billed-by")
    firm.night()
    assert set(firm.quantities()) == {"po:2"}
    assert lost_decisions.waiting(firm.session().warehouse)
    firm.settle("possible_duplicate", answer)
    assert not lost_decisions.waiting(firm.session().warehouse), "either answer is one"
    firm.night()
    assert set(firm.quantities()) == {"po:2", *drafted}
    assert firm.kinds() == set()
    assert not firm.night().report.outcomes


def test_a_decision_that_is_taken_again_in_its_own_case_is_not_asked_about_twice(firm: Firm) -> None:
    firm.too_many()
    copy = firm.copied()
    firm.settle("quantity_mismatch", "not-owed")
    firm.put_back(copy)
    firm.night()
    assert firm.kinds() == {"quantity_mismatch"}
    firm.settle("quantity_mismatch", "not-owed")
    firm.night()
    assert firm.kinds() == set()
    assert firm.quantities() == {}


def test_a_release_that_was_lost_is_asked_for_by_its_own_case_alone(firm: Firm) -> None:
    firm.too_many()
    copy = firm.copied()
    firm.settle("quantity_mismatch", "release")
    restored = firm.put_back(copy)
    assert [row["verb"] for row in restored.lost or ()] == ["release"]
    firm.night()
    assert firm.kinds() == {"quantity_mismatch"}
    assert firm.quantities() == {}
    firm.settle("quantity_mismatch", "release")
    firm.night()
    assert firm.kinds() == set()
    assert set(firm.quantities()) == {"po:1"}


@pytest.mark.parametrize("again", [True, False])
def test_what_a_person_took_back_after_the_copy_is_not_written_either(firm: Firm, again: bool) -> None:
    firm.too_many()
    asked = firm.settle("quantity_mismatch", "release").case.case_id
    copy = firm.copied()
    firm.session().case_book.undo(asked, by="Ann", at=firm.clock.now())
    restored = firm.put_back(copy)
    assert [(row["verb"], row["taken_back"], row["by_name"]) for row in restored.lost or ()] == [
        ("release", True, "Ann")
    ]
    firm.night()
    assert firm.quantities() == {}
    case = firm.open_case("possible_duplicate").case
    assert f"Ann took back on 2026-10-06 what was decided about case {asked}" in case.what_happened
    if again:
        firm.session().case_book.undo(asked, by="Ann", at=firm.clock.now())
    else:
        firm.settle("possible_duplicate", "release")
    firm.night()
    assert firm.kinds() == ({"quantity_mismatch"} if again else set())
    assert set(firm.quantities()) == (set() if again else {"po:1"})


@pytest.mark.parametrize("stood", ["damaged", "nothing", "a new one"])
def test_where_nobody_can_tell_what_was_decided_everything_waits_until_a_person_has_looked(
    firm: Firm, stood: str
) -> None:
    firm.received(1)
    firm.night()
    copy = firm.copied()
    file = firm.home / "warehouse.duckdb"
    file.unlink()
    if stood == "damaged":
        file.write_bytes(b"What is this?" * 1000)
    elif stood == "a new one":
        firm.session().ledger.view()
    assert firm.put_back(copy).lost is None
    firm.night()
    assert firm.kinds() == set(), "nothing is to be written, so nothing is asked"
    for quantity in (2, 3):
        firm.received(quantity)
    firm.night()
    assert set(firm.quantities()) == {"po:1"}
    case = firm.open_case("possible_duplicate").case
    assert set(case.bill_keys) == {"po:2", "po:3"}
    assert case.ways_out == ("release",)
    assert "the sheet Decided" not in case.what_to_do
    assert case.what_we_did.endswith("held back; nothing was written to Xero."), "no other bill could go ahead"
    firm.settle("possible_duplicate", "release")
    firm.received(4)
    firm.night()
    assert firm.kinds() == set(), "who has looked once is not asked again"
    assert firm.quantities() == {f"po:{number}": [str(number)] for number in (1, 2, 3, 4)}


def test_who_puts_the_right_copy_back_after_a_wrong_one_is_asked_nothing(firm: Firm) -> None:
    po = firm.too_many()
    wrong = firm.copied()
    firm.settle("quantity_mismatch", "not-owed")
    firm.night()
    right = firm.copied("right")
    assert firm.put_back(wrong).lost
    firm.night()
    assert firm.put_back(right).lost == []
    firm.as_ordered(po)
    firm.night()
    assert firm.kinds() == set()
    assert firm.quantities() == {}


def test_what_one_restore_lost_is_still_asked_after_the_next_one(firm: Firm) -> None:
    po = firm.too_many()
    copy = firm.copied()
    firm.settle("quantity_mismatch", "not-owed")
    for _ in range(2):
        firm.put_back(copy)
    firm.as_ordered(po)
    firm.night()
    assert firm.quantities() == {}
    assert firm.kinds() == {"possible_duplicate"}


def test_a_draft_of_the_goods_in_doubt_is_not_changed_either(firm: Firm) -> None:
    """Which decisions were lost is not known, and an update may be over one of them as well as a new draft."""
    po = firm.received(1)
    firm.night()
    copy = firm.copied()
    (firm.home / "warehouse.duckdb").write_bytes(b"no warehouse")
    firm.put_back(copy)
    firm.costs(po, "101.00")
    firm.night()
    assert firm.document("po:1")["SubTotal"] == Decimal("100.00")
    firm.settle("possible_duplicate", "release")
    firm.night()
    assert firm.document("po:1")["SubTotal"] == Decimal("101.00")


def test_what_the_sync_itself_wrote_after_the_copy_is_not_called_a_persons_work(firm: Firm) -> None:
    po = firm.received(2)
    firm.night()
    copy = firm.copied()
    firm.costs(po, "101.00")
    firm.night()
    assert firm.document("po:1")["SubTotal"] == Decimal("202.00")
    firm.put_back(copy)
    firm.costs(po, "103.00")
    firm.night()
    assert firm.document("po:1")["SubTotal"] == Decimal("202.00"), "nothing is written over what may be hers"
    case = firm.open_case("edited_in_xero").case
    assert case.title == "Differs in Xero, and by whom is not known"
    assert "by a person" not in case.story
    assert case.what_happened.endswith('"101" in Xero, "103" by ConnectWise.')


def test_a_draft_that_says_what_connectwise_says_after_a_restore_is_followed_again(firm: Firm) -> None:
    po, other = firm.received(2), firm.received(1)
    firm.night()
    copy = firm.copied()
    firm.costs(po, "101.00")
    firm.night()
    firm.put_back(copy)
    firm.night()
    for each in (po, other):
        firm.costs(each, "103.00")
    firm.night()
    assert firm.kinds() == set()
    assert [firm.document(key)["SubTotal"] for key in ("po:1", "po:2")] == [Decimal("206.00"), Decimal("103.00")]


def test_what_a_person_typed_before_the_restore_is_asked_about_in_the_same_words(firm: Firm) -> None:
    """Nobody can tell her change from one of the sync: the write of that night came after the copy."""
    po = firm.received(2)
    firm.night()
    copy = firm.copied()
    firm.costs(po, "101.00")
    firm.night()
    draft = firm.document("po:1")
    firm.bookkeeper.edit_bill(draft["InvoiceID"], due=date(2027, 1, 31))
    firm.put_back(copy)
    firm.night()
    assert firm.document("po:1")["DueDate"] == "2027-01-31"
    assert firm.open_case("edited_in_xero").case.title == "Differs in Xero, and by whom is not known"


@pytest.mark.parametrize(("before", "after"), [(4, 10), (10, 4)])
def test_what_the_sync_wrote_after_the_copy_is_neither_billed_nor_credited_once_more_after_the_approval(
    tmp_path: Path, before: int, after: int
) -> None:
    firm = Firm(tmp_path, events={"partially_received": "draft_bill", "fully_received": "draft_bill"})
    po = firm.order(12)
    firm.receive(po, before)
    firm.night()
    copy = firm.copied()
    if after > before:
        firm.receive(po, after - before)
    else:
        for line in firm.lines(po):
            firm.buyer.unreceive(line["id"], before - after)
    firm.night()
    assert firm.quantities() == {"po:1": [str(after)]}
    firm.put_back(copy)
    firm.night()
    firm.bookkeeper.approve(firm.document("po:1")["InvoiceID"])
    firm.night()
    assert firm.quantities() == {"po:1": [str(after)]}
    assert firm.kinds() == set()


def joined(folder: Path) -> tuple[Firm, Path, str]:
    """A firm whose second order joined the vendor invoice of the first after the copy was made; that order's number."""
    firm = Firm(folder, events={"vendor_invoice_received": "draft_bill"}, bill={"one_per": "vendor_invoice"})
    pos = [firm.received(quantity) for quantity in (4, 5)]
    firm.buyer.attach_invoice(pos[0]["id"], "INV-1", date(2026, 10, 5))
    firm.night()
    copy = firm.copied()
    firm.buyer.attach_invoice(pos[1]["id"], "INV-1", date(2026, 10, 5))
    firm.night()
    return firm, copy, pos[1]["poNumber"]


def test_goods_that_joined_a_vendor_invoice_after_the_copy_get_no_bill_of_their_own(tmp_path: Path) -> None:
    firm, copy, _ = joined(tmp_path)
    firm.put_back(copy)
    firm.night()
    assert firm.quantities() == {"vi:801/1": ["4", "5"]}
    firm.bookkeeper.approve(firm.document("vi:801/1")["InvoiceID"])
    firm.night()
    assert firm.quantities() == {"vi:801/1": ["4", "5"]}
    assert firm.kinds() == set()


def test_goods_that_joined_an_invoice_which_was_approved_before_the_restore_wait_and_nobody_is_said_to_have_added_them(
    tmp_path: Path,
) -> None:
    firm, copy, number = joined(tmp_path)
    firm.bookkeeper.approve(firm.document("vi:801/1")["InvoiceID"])
    firm.put_back(copy)
    firm.night()
    assert firm.quantities() == {"vi:801/1": ["4", "5"]}
    case = firm.open_case("possible_duplicate").case
    assert case.what_happened.endswith(f"a line of it names purchase order {number}.")


def test_a_draft_that_the_sync_withdrew_after_the_copy_is_not_said_to_be_removed_by_a_person(firm: Firm) -> None:
    po = firm.received(4)
    firm.night()
    copy = firm.copied()
    for line in firm.lines(po):
        firm.buyer.unreceive(line["id"], 4)
    firm.night()
    firm.receive(po)
    firm.night()
    assert firm.quantities() == {"po:1/g:1": ["4"]}
    firm.put_back(copy)
    firm.night()
    assert "by a person, or by the sync after the copy" in firm.open_case("removed_in_xero").case.what_happened
    firm.settle("removed_in_xero", "release")
    firm.night()
    assert firm.quantities() == {"po:1/g:1": ["4"]}, "the one that it made then"


def test_a_lost_decision_of_which_nothing_comes_any_more_calls_nobody(firm: Firm) -> None:
    po = firm.too_many()
    copy = firm.copied()
    firm.settle("quantity_mismatch", "not-owed")
    firm.put_back(copy)
    firm.night()
    assert [(one.status, one.status_code) for one in history(firm.session())][-1] == ("FAIL", 1)
    for line in firm.lines(po):
        firm.buyer.unreceive(line["id"], 3)
        firm.buyer.cancel_line(line["id"])
    firm.night()
    assert firm.kinds() == set(), "there is no case by which to answer"
    told = list(history(firm.session()))[-1]
    assert (told.name, told.status, told.status_code) == ("lost decisions", "WARN", 0)
    assert "No case asks about it" in told.finding


@pytest.mark.parametrize("billed", [True, False])
def test_goods_that_a_decision_which_was_taken_back_keeps_off_every_bill_are_asked_about(
    firm: Firm, billed: bool
) -> None:
    firm.too_many()
    asked = firm.settle("quantity_mismatch", "not-owed").case.case_id
    firm.night()
    copy = firm.copied()
    firm.session().case_book.undo(asked, by="Ann", at=firm.clock.now())
    firm.put_back(copy)
    firm.night()
    case = firm.open_case("possible_duplicate").case
    assert f"so that it counts again. To have it count no more, undo case {asked} once again." in case.what_happened
    balances(firm)
    if billed:
        firm.session().case_book.undo(asked, by="Ann", at=firm.clock.now())
        firm.night()
        assert firm.kinds() == {"quantity_mismatch"}
    else:
        firm.settle("possible_duplicate", "release")
        firm.night()
        assert firm.kinds() == set()
    assert firm.quantities() == {}
    balances(firm)


def test_a_decision_is_about_the_goods_that_it_was_taken_on_though_its_case_asks_about_others_since(firm: Firm) -> None:
    vendors = firm.seeds / "vendors.csv"
    mapped = vendors.read_text(encoding="utf-8")
    vendors.write_text("\n".join(row for row in mapped.splitlines() if not row.startswith("801,")), encoding="utf-8")
    po = firm.received(2)
    firm.night()
    copy = firm.copied()
    firm.settle("unmapped_vendor", "not-owed")
    firm.received(3)
    firm.night()
    assert firm.open_case("unmapped_vendor").case.bill_keys == ("po:2",)
    vendors.write_text(mapped, encoding="utf-8")
    restored = firm.put_back(copy)
    assert [(row["verb"], row["po_numbers"]) for row in restored.lost or ()] == [("not-owed", [po["poNumber"]])]
    firm.night()
    assert set(firm.quantities()) == {"po:2"}
    assert firm.open_case("possible_duplicate").case.bill_keys == ("po:1",)


def test_an_answer_about_the_goods_of_one_cycle_is_none_about_those_of_another(firm: Firm) -> None:
    vendors = firm.seeds / "vendors.csv"
    mapped = vendors.read_text(encoding="utf-8")
    vendors.write_text("\n".join(row for row in mapped.splitlines() if not row.startswith("801,")), encoding="utf-8")
    firm.received(2)
    firm.night()
    firm.later(30)
    firm.received(3)
    firm.sync("2026-11")
    assert firm.open_case("unmapped_vendor").case.bill_keys == ("po:1", "po:2")
    copy = firm.copied()
    firm.settle("unmapped_vendor", "not-owed")
    vendors.write_text(mapped, encoding="utf-8")
    firm.put_back(copy)
    firm.night()
    assert firm.settle("possible_duplicate", "not-owed").case.bill_keys == ("po:1",)
    firm.night()
    firm.sync("2026-11")
    assert firm.quantities() == {}
    assert firm.open_case("possible_duplicate").case.bill_keys == ("po:2",)
    firm.settle("possible_duplicate", "not-owed")
    assert not lost_decisions.waiting(firm.session().warehouse)


def test_what_a_bill_of_the_sync_that_a_person_named_after_a_restore_leaves_over_stays_asked_about(
    tmp_path: Path,
) -> None:
    each = {"partially_received": "draft_bill", "fully_received": "draft_bill"}
    firm = Firm(tmp_path, events=each, bill={"one_per": "receipt"})
    po = firm.order(12)
    firm.receive(po, 4)
    firm.night()
    copy = firm.copied()
    firm.receive(po, 3)
    firm.night()
    firm.put_back(copy)
    firm.receive(po, 2)
    firm.night()
    assert "which goods it covers is not known here" in firm.open_case("possible_duplicate").case.what_happened
    firm.settle("possible_duplicate", "billed-by", xero_id=firm.document("po:1/d:2")["InvoiceID"])
    for _ in range(2):
        firm.night()
        assert firm.kinds() == {"possible_duplicate"}
        assert "these are the rest of them" in firm.open_case("possible_duplicate").case.what_happened
    firm.settle("possible_duplicate", "release")
    firm.night()
    assert firm.quantities() == {"po:1/d:1": ["4"], "po:1/d:2": ["3"], "po:1/d:2/s:1": ["2"]}
    assert firm.kinds() == set()
    balances(firm)


def test_of_a_draft_that_is_not_due_any_more_nobody_is_said_to_have_worked_on_it(firm: Firm) -> None:
    po = firm.received(3)
    firm.night()
    copy = firm.copied()
    firm.costs(po, "101.00")
    firm.night()
    firm.put_back(copy)
    firm.buyer.unreceive(firm.lines(po)[0]["id"], 3)
    firm.night()
    case = firm.open_case("edited_in_xero").case
    assert case.title == "Differs in Xero, and by whom is not known"
    assert "whether a person worked on it is not known" in case.what_happened
    assert firm.document("po:1")["Status"] == "DRAFT"
