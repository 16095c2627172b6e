"""A difference between a final bill and its purchase order, on a supplement or credit of its own: once, to the cent."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenarios.story import CYCLE, Story, typed_anew

from cwxero_dagster.pipeline.covering import keep_coverage
from cwxero_dagster.pipeline.reporting import write_pack
from cwxero_dagster.warehouse.case_book import CaseRefused


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def approved(story: Story, quantity: int = 10, **more: Any) -> dict[str, Any]:
    """A PO that was received in full and whose bill is approved."""
    po = story.order(quantity, **more)
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], quantity)
    story.night()
    story.bookkeeper.approve(story.document(f"po:{po['id']}")["InvoiceID"])
    story.night()
    return po


def costs(story: Story, po: dict[str, Any], cost: str) -> None:
    """The PO's price changes in ConnectWise, and a night passes."""
    (line,) = story.lines(po)
    story.buyer.change_cost(line["id"], Decimal(cost))
    story.night()


def nets(story: Story) -> dict[str, Decimal]:
    """Net amounts of the live documents in Xero by bill key, credits negative."""
    return {
        key: document["SubTotal"] * (-1 if document["Type"] == "ACCPAYCREDIT" else 1)
        for key, (document,) in story.published().items()
    }


def balances(story: Story, po: dict[str, Any], **figures: str) -> None:
    """The coverage of a PO balances, every figure leads somewhere, and these amounts are in it."""
    (row,) = [row for row in keep_coverage(story.session(), live=True) if row["po_id"] == po["id"]]
    assert (row["difference_quantity"], row["difference_amount"]) == (0, 0)
    assert all(json.loads(row["leads_to"]).values()), row["leads_to"]
    assert {name: row[f"{name}_amount"] for name in figures} == {name: Decimal(one) for name, one in figures.items()}


def test_a_price_that_rose_after_the_payment_is_billed_by_a_supplement_once(story: Story) -> None:
    po = approved(story)
    key = f"po:{po['id']}"
    story.bookkeeper.pay(story.document(key)["InvoiceID"])
    costs(story, po, "105.00")
    found = story.open_case("changed_after_authorised").case
    assert found.ways_out == ("release", "accept-theirs", "future-only", "supplement")
    assert found.money == {"AUD": Decimal(55)}
    story.settle("changed_after_authorised", "supplement")
    for _ in range(2):
        story.night()
        (tie,) = write_pack(story.session(), CYCLE).pack.tie_out
        assert (tie.due, tie.left, tie.changed, tie.unexplained) == (Decimal(1155), 0, 0, 0), "it is due once"
    assert nets(story) == {key: Decimal(1000), f"{key}/s:1": Decimal(50)}
    more = story.document(f"{key}/s:1")
    assert (more["InvoiceNumber"], more["Status"]) == (f"{po['poNumber']}/S1", "DRAFT")
    assert [(line["Quantity"], line["UnitAmount"]) for line in more["LineItems"]] == [(1, 50)]
    assert "(10 at 105 instead of 100)" in more["LineItems"][0]["Description"]
    assert story.kinds() == set()
    balances(story, po, billed="1050", to_credit="0")


def test_each_further_change_of_price_is_a_question_about_the_new_difference_only(story: Story) -> None:
    po = approved(story)
    key = f"po:{po['id']}"
    for cost, verb, step, net in (
        ("105.00", "supplement", "s:1", "50"),
        ("100.00", "credit", "c:1", "-50"),
        ("105.00", "supplement", "s:2", "50"),
    ):
        costs(story, po, cost)
        assert f"{key}/{step}" not in nets(story), "nothing goes before a person said so"
        story.settle("changed_after_authorised", verb)
        story.night()
        assert nets(story)[f"{key}/{step}"] == Decimal(net)
        story.bookkeeper.approve(document_id(story.document(f"{key}/{step}")))
        story.night()
        assert story.kinds() == set()
    assert sum(nets(story).values()) == Decimal(1050)
    balances(story, po, billed="1050", to_credit="0")


@pytest.mark.parametrize(
    ("answered", "billed", "asked", "verb", "net"),
    [("95.00", "105.00", "100.00", "credit", 1000), ("105.00", "110.00", "115.00", "supplement", 1150)],
)
def test_a_difference_that_was_let_stand_once_is_asked_about_when_another_is_billed(
    story: Story, answered: str, billed: str, asked: str, verb: str, net: int
) -> None:
    """The same difference from what is billed is another price, once a supplement stands beside the bill."""
    po = approved(story)
    costs(story, po, answered)
    story.settle("changed_after_authorised", "accept-theirs")
    costs(story, po, billed)
    story.settle("changed_after_authorised", "supplement")
    story.night()
    costs(story, po, asked)
    story.settle("changed_after_authorised", verb)
    for _ in range(2):
        story.night()
        assert sum(nets(story).values()) == Decimal(net)
        assert not story.kinds()


def test_a_change_of_price_stays_one_with_the_tracking_of_its_bill_when_its_draft_is_updated(story: Story) -> None:
    po = approved(story)
    key = f"po:{po['id']}"
    costs(story, po, "105.00")
    story.settle("changed_after_authorised", "supplement")
    story.night()
    before = story.document(f"{key}/s:1")["LineItems"]
    untracked = "source,connectwise_value,xero_category,xero_option\n"
    (story.seeds / "tracking.csv").write_text(untracked, encoding="utf-8")
    story.buyer.edit_line(story.lines(po)[0]["id"], description="Thirteen inches, sixteen gigabytes")
    for _ in range(3):
        story.night()
        assert nets(story) == {key: Decimal(1000), f"{key}/s:1": Decimal(50)}
    after = story.document(f"{key}/s:1")["LineItems"]
    assert [line["Tracking"] for line in after] == [line["Tracking"] for line in before]
    assert [line["Description"] for line in after] != [line["Description"] for line in before]
    assert story.kinds() == set()
    story.bookkeeper.approve(document_id(story.document(f"{key}/s:1")))
    for _ in range(2):
        story.night()
    assert (nets(story), story.kinds()) == ({key: Decimal(1000), f"{key}/s:1": Decimal(50)}, set())


def document_id(document: dict[str, Any]) -> str:
    return str(document.get("InvoiceID") or document["CreditNoteID"])


def test_a_price_supplement_stays_with_the_vendor_of_its_bill(story: Story) -> None:
    po = story.order(10)
    story.buyer.receive(story.lines(po)[0]["id"], 10)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.buyer.change_cost(story.lines(po)[0]["id"], Decimal(105))
    story.night()
    story.settle("changed_after_authorised", "supplement")
    story.night()
    story.buyer.edit_po(po["id"], vendorCompany={"id": 802})
    story.night()
    more = story.document("po:1/s:1")
    assert more["Contact"]["Name"] == story.document("po:1")["Contact"]["Name"] == "Halcyon Distribution"
    assert more["SubTotal"] == Decimal(50)


def test_a_supplement_that_a_person_removed_is_asked_about_and_made_again_once_when_released(story: Story) -> None:
    po = approved(story)
    key = f"po:{po['id']}"
    costs(story, po, "105.00")
    story.settle("changed_after_authorised", "supplement")
    story.night()
    story.bookkeeper.delete(story.document(f"{key}/s:1")["InvoiceID"])
    for _ in range(2):
        story.night()
    assert nets(story) == {key: Decimal(1000)}
    story.settle("removed_in_xero", "release")
    for _ in range(2):
        story.night()
    assert nets(story) == {key: Decimal(1000), f"{key}/s:2": Decimal(50)}
    assert story.kinds() == set()


def test_a_decision_to_bill_the_difference_is_taken_back_until_its_supplement_is_in_xero(story: Story) -> None:
    po = approved(story)
    key = f"po:{po['id']}"
    costs(story, po, "105.00")
    book = story.session().case_book
    decided = story.settle("changed_after_authorised", "supplement").case.case_id
    book.undo(decided, by="Tom", at=story.clock.now())
    story.night()
    assert nets(story) == {key: Decimal(1000)}
    assert story.kinds() == {"changed_after_authorised"}
    story.settle("changed_after_authorised", "supplement")
    story.night()
    with pytest.raises(CaseRefused, match=r"was published \(PO-1001/S1\)"):
        story.session().case_book.undo(decided, by="Tom", at=story.clock.now())
    story.night()
    assert nets(story) == {key: Decimal(1000), f"{key}/s:1": Decimal(50)}


def test_goods_that_went_back_are_credited_once_when_a_person_says_so(story: Story) -> None:
    po = approved(story)
    key = f"po:{po['id']}"
    (line,) = story.lines(po)
    for back, step in ((2, "c:1"), (2, "c:2")):
        story.buyer.unreceive(line["id"], back)
        story.night()
        assert story.open_case("reversed_after_authorised").case.ways_out == ("release", "accept-theirs", "credit")
        story.settle("reversed_after_authorised", "credit")
        for _ in range(2):
            story.night()
        assert nets(story)[f"{key}/{step}"] == -100 * back
        assert story.kinds() == set()
    balances(story, po, billed="600", to_credit="0")
    story.buyer.receive(line["id"], 4)
    for _ in range(2):
        story.night()
    assert nets(story)[f"{key}/s:1"] == Decimal(400)
    assert (sum(nets(story).values()), story.kinds()) == (Decimal(1000), set())


def test_a_bill_whose_whole_order_went_back_is_credited_whole(story: Story) -> None:
    po = approved(story)
    key = f"po:{po['id']}"
    (line,) = story.lines(po)
    story.buyer.unreceive(line["id"], 10)
    story.night()
    story.settle("reversed_after_authorised", "credit")
    for _ in range(2):
        story.night()
    assert nets(story) == {key: Decimal(1000), f"{key}/c:1": Decimal(-1000)}
    assert story.kinds() == set()
    balances(story, po, billed="0", to_credit="0")


def test_the_case_of_a_deleted_order_names_all_that_xero_holds_of_it(story: Story) -> None:
    po, _ = approved(story), approved(story, 1)
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], 2)
    story.night()
    story.settle("quantity_mismatch", "release")
    story.night()
    story.bookkeeper.approve(story.document("po:1/s:1")["InvoiceID"])
    held = nets(story)
    assert held.keys() == {"po:1", "po:1/s:1", "po:2"}
    story.buyer.delete_po(po["id"])
    for _ in range(3):
        story.night()
    said = {
        kept.case.bill_keys: kept.case.what_happened
        for kept in story.session().case_book.cases()
        if kept.case.kind == "reversed_after_authorised"
    }
    assert said.keys() == {("po:1",), ("po:1/s:1",)}
    assert "holds more of this order: bill PO-1001/S1 for 220.00 AUD (approved)." in said["po:1",]
    assert "holds more of this order: bill PO-1001 for 1,100.00 AUD (approved)." in said["po:1/s:1",]
    assert nets(story) == held


def test_a_ledger_that_was_rebuilt_still_knows_what_changes_of_price_are_billed(story: Story) -> None:
    po = approved(story)
    key = f"po:{po['id']}"
    costs(story, po, "105.00")
    story.settle("changed_after_authorised", "supplement")
    story.night()
    story.bookkeeper.approve(story.document(f"{key}/s:1")["InvoiceID"])
    story.lose_and_rebuild()
    for _ in range(2):
        story.night()
    assert nets(story) == {key: Decimal(1000), f"{key}/s:1": Decimal(50)}
    assert story.kinds() == set()
    costs(story, po, "107.00")
    story.settle("changed_after_authorised", "supplement")
    story.night()
    assert nets(story)[f"{key}/s:2"] == Decimal(20)


def went_back(tmp_path: Path, edit: Callable[[Story, str], None]) -> Story:
    """She edits the draft of ten and five, approves it, and the five go back."""
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    po = story.order(10, 5)
    for line, quantity in zip(story.lines(po), (10, 5), strict=True):
        story.buyer.receive(line["id"], quantity)
    story.night()
    bill = document_id(story.document("po:1"))
    edit(story, bill)
    story.night()
    story.bookkeeper.approve(bill)
    story.night()
    story.buyer.unreceive(story.lines(po)[1]["id"])
    story.night()
    return story


def takes_the_line_off(story: Story, bill: str) -> None:
    story.bookkeeper.edit_bill(bill, lines=[typed_anew(line) for line in story.document("po:1")["LineItems"][:1]])


def leaves_two_of_five(story: Story, bill: str) -> None:
    story.bookkeeper.edit_line(bill, 1, Quantity=Decimal(2))


def types_both_anew(story: Story, bill: str) -> None:
    story.bookkeeper.edit_bill(bill, lines=[typed_anew(line) for line in story.document("po:1")["LineItems"]])


def test_goods_that_a_person_took_off_the_bill_are_given_back_by_that(tmp_path: Path) -> None:
    story = went_back(tmp_path, takes_the_line_off)
    assert nets(story) == {"po:1": Decimal(1000)}
    assert story.kinds() == {"edited_in_xero"}


def test_of_goods_that_a_person_took_off_the_bill_only_the_rest_is_credited_when_they_go_back(tmp_path: Path) -> None:
    story = went_back(tmp_path, leaves_two_of_five)
    for _ in range(2):
        assert nets(story) == {"po:1": Decimal(1200), "po:1/c:1": Decimal(-200)}
        assert "changed_after_authorised" not in story.kinds()
        story.night()


def test_goods_that_a_person_only_wrote_anew_on_the_bill_are_credited_at_once(tmp_path: Path) -> None:
    story = went_back(tmp_path, types_both_anew)
    assert nets(story) == {"po:1": Decimal(1500), "po:1/c:1": Decimal(-500)}


OTHER_CONTACT = "37ab8bc4-18f0-55d6-943f-253c97ad1809"


def nothing(story: Story, bill: str) -> None:
    """Everything stays as it was."""


def other_vendor(story: Story, bill: str) -> None:
    story.buyer.edit_po(1, vendorCompany={"id": 802})


def other_mapping(story: Story, bill: str) -> None:
    """The vendor, the tax code, the tracking and the account of everything are mapped anew."""
    for name, column, value in (
        ("vendors.csv", "xero_contact_id", OTHER_CONTACT),
        ("tax_codes.csv", "xero_tax_type", "EXEMPTEXPENSES"),
        ("accounts.csv", "account_code", "429"),
    ):
        text = (story.seeds / name).read_text().splitlines()
        rows = list(csv.DictReader(line for line in text if not line.startswith("#")))
        for row in rows:
            row[column] = value
        with (story.seeds / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    (story.seeds / "tracking.csv").write_text("source,connectwise_value,xero_category,xero_option\n")


@pytest.mark.parametrize("change", [nothing, other_vendor, other_mapping])
@pytest.mark.parametrize("moved", [False, True])
def test_a_credit_goes_to_whom_the_bill_went_and_is_coded_as_the_bill(
    tmp_path: Path, change: Callable[[Story, str], None], moved: bool
) -> None:
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    (line,) = story.lines(story.order(10))
    story.buyer.receive(line["id"], 10)
    story.night()
    bill = story.document("po:1")["InvoiceID"]
    if moved:
        story.bookkeeper.edit_bill(bill, contact_id=OTHER_CONTACT)
    story.bookkeeper.approve(bill)
    story.night()
    change(story, bill)
    story.buyer.unreceive(line["id"])
    for _ in range(2):
        story.night()
    ours, credit = story.document("po:1"), story.document("po:1/c:1")
    assert credit["Type"] == "ACCPAYCREDIT"
    assert credit["Contact"]["ContactID"] == ours["Contact"]["ContactID"]
    assert [credit[name] for name in ("SubTotal", "TotalTax", "Total", "CurrencyCode")] == [
        ours[name] for name in ("SubTotal", "TotalTax", "Total", "CurrencyCode")
    ]
    coded = [coding(line) for line in credit["LineItems"] if line.get("AccountCode")]
    assert coded == [coding(line) for line in ours["LineItems"]]


def coding(line: dict[str, Any]) -> object:
    return line["AccountCode"], line["TaxType"], sorted((one["Name"], one["Option"]) for one in line["Tracking"])


@pytest.mark.parametrize("verb", ["not-owed", "billed-by"])
def test_a_supplement_that_was_settled_before_it_was_sent_is_in_no_later_one(story: Story, verb: str) -> None:
    po = approved(story, 2)
    key = f"po:{po['id']}"
    vendor = story.document(key)["Contact"]["ContactID"]
    other = next(one["ContactID"] for one in story.store.all("xero.contacts") if one["ContactID"] != vendor)
    hers = story.bookkeeper.key_bill(other, "BY HAND", [], on=story.clock.now().date())["InvoiceID"]
    costs(story, po, "101.00")
    story.settle("changed_after_authorised", "supplement")
    story.bookkeeper.settings.archive_contact(vendor)
    story.night()
    story.settle("contact_archived", verb, **({"xero_id": hers} if verb == "billed-by" else {}))
    story.bookkeeper.settings.restore_contact(vendor)
    for _ in range(2):
        told = {action.key: action.reason for action in story.night().actions}
        assert "A supplement bills the difference" not in told[key]
        assert told[f"{key}/s:1"].startswith("Tom settled it as")
    assert (story.kinds(), list(story.published())) == (set(), [key])
    costs(story, po, "103.00")
    assert "2.00 more than is billed" in story.open_case("changed_after_authorised").case.what_happened
    story.settle("changed_after_authorised", "supplement")
    for _ in range(2):
        story.night()
    assert story.kinds() == set()
    assert nets(story) == {key: Decimal("200.00"), f"{key}/s:2": Decimal("4.00")}
    (row,) = [row for row in keep_coverage(story.session(), live=True) if row["po_id"] == po["id"]]
    assert (row["difference_amount"], row["billed_amount"]) == (0, Decimal("204.00"))
    assert (row["to_credit_amount"], row["billed_elsewhere_amount"]) == (0, 0)
    costs(story, po, "100.00")
    story.settle("changed_after_authorised", "credit")
    back = Decimal("-6.00") if verb == "billed-by" else Decimal("-4.00")
    for _ in range(2):
        story.night()
        assert nets(story) == {key: Decimal("200.00"), f"{key}/s:2": Decimal("4.00"), f"{key}/c:1": back}
        assert story.kinds() == set()


# --- documents that people removed ------------------------------------------------------------------------------------


def came_again(tmp_path: Path) -> Story:
    """Ten are billed and approved, four went back on a draft credit, four came again on a draft of their own."""
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    po = approved(story)
    (line,) = story.lines(po)
    story.buyer.unreceive(line["id"], 4)
    story.night()
    story.buyer.receive(line["id"], 4)
    story.night()
    assert nets(story) == {"po:1": Decimal(1000), "po:1/c:1": Decimal(-400), "po:1/s:1": Decimal(400)}
    return story


def test_without_the_credit_the_draft_of_the_goods_that_came_again_goes_too(tmp_path: Path) -> None:
    story = came_again(tmp_path)
    story.bookkeeper.delete(document_id(story.document("po:1/c:1")))
    for _ in range(2):
        story.night()
        assert nets(story) == {"po:1": Decimal(1000)}
    assert not story.kinds()


def test_credit_and_draft_that_she_removed_together_leave_the_bill_as_it_is(tmp_path: Path) -> None:
    story = came_again(tmp_path)
    for key in ("po:1/c:1", "po:1/s:1"):
        story.bookkeeper.delete(document_id(story.document(key)))
    for _ in range(2):
        story.night()
        assert nets(story) == {"po:1": Decimal(1000)}
    assert not story.kinds()


@pytest.mark.parametrize(
    ("verb", "then"), [("release", {"po:1/s:1/c:1": Decimal(-400)}), ("not-owed", {})], ids=["released", "not owed"]
)
def test_a_credit_that_is_gone_after_its_goods_were_billed_again_is_asked_about(
    tmp_path: Path, verb: str, then: dict[str, Decimal]
) -> None:
    story = came_again(tmp_path)
    story.bookkeeper.approve(document_id(story.document("po:1/s:1")))
    story.bookkeeper.delete(document_id(story.document("po:1/c:1")))
    billed = {"po:1": Decimal(1000), "po:1/s:1": Decimal(400)}
    story.night()
    assert nets(story) == billed
    assert story.open_case("removed_in_xero").case.bill_keys == ("po:1/c:1",)
    story.settle("removed_in_xero", verb)
    for _ in range(2):
        story.night()
        assert nets(story) == billed | then
    assert not story.kinds()


RETURNS = {"reversed": "draft_credit_note"}


@pytest.mark.parametrize(("then", "now"), [("NoTax", "Exclusive"), ("Exclusive", "NoTax")])
def test_a_credit_gives_back_tax_as_its_bill_billed_it_after_another_decision(
    tmp_path: Path, then: str, now: str
) -> None:
    untaxed = {"tax_difference": {"limit": 1000}}
    story = Story(tmp_path, events=RETURNS, bill={"line_amounts": then}, **untaxed)
    po = approved(story)
    story.decide(events=RETURNS, bill={"line_amounts": now}, **untaxed)
    story.buyer.unreceive(story.lines(po)[0]["id"])
    for _ in range(2):
        story.night()
    bill, credit = story.document("po:1"), story.document("po:1/c:1")
    figures = ("LineAmountTypes", "SubTotal", "TotalTax", "Total")
    assert [credit[name] for name in figures] == [bill[name] for name in figures]
    assert story.kinds() == set()


def test_a_credit_goes_to_the_contact_into_which_xero_merged_that_of_its_bill(tmp_path: Path) -> None:
    story = Story(tmp_path, events=RETURNS)
    po = approved(story)
    story.bookkeeper.settings.archive_contact(story.document("po:1")["Contact"]["ContactID"], merged_to=OTHER_CONTACT)
    story.buyer.unreceive(story.lines(po)[0]["id"], 4)
    for _ in range(2):
        story.night()
    credit = story.document("po:1/c:1")
    assert (credit["Contact"]["ContactID"], f"{credit['SubTotal']:f}") == (OTHER_CONTACT, "400.00")
    assert story.kinds() == set()


def test_a_credit_whose_contact_is_archived_goes_once_that_contact_is_restored_as_its_case_says(tmp_path: Path) -> None:
    story = Story(tmp_path, events=RETURNS)
    po = approved(story)
    contact_id = story.document("po:1")["Contact"]["ContactID"]
    story.bookkeeper.settings.archive_contact(contact_id)
    story.buyer.unreceive(story.lines(po)[0]["id"], 4)
    story.night()
    assert "po:1/c:1" not in story.published()
    advice = story.open_case("contact_archived").case.what_to_do
    assert "restore that contact in Xero" in advice
    assert "name another one" not in advice
    story.bookkeeper.settings.restore_contact(contact_id)
    story.night()
    assert nets(story)["po:1/c:1"] == Decimal("-400.00")
    assert story.kinds() == set()


@pytest.mark.parametrize("reversed_as", ["draft_credit_note", "open_case"])
def test_goods_that_go_back_are_credited_though_their_order_was_excluded_since(
    tmp_path: Path, reversed_as: str
) -> None:
    story = Story(tmp_path, events={"reversed": reversed_as})
    po = approved(story)
    left_out = f"match_on,match_value,reason\npo_number,{po['poNumber']},paid by card\n"
    (story.seeds / "exclusions.csv").write_text(left_out, encoding="utf-8")
    story.buyer.unreceive(story.lines(po)[0]["id"], 4)
    story.night()
    if reversed_as == "open_case":
        story.settle("reversed_after_authorised", "credit")
    for _ in range(2):
        story.night()
    assert nets(story) == {"po:1": Decimal(1000), "po:1/c:1": Decimal(-400)}
    assert story.kinds() == set()
    balances(story, po, billed="600", to_credit="0")


def test_a_price_that_she_corrected_before_the_approval_and_connectwise_follows_is_no_case(story: Story) -> None:
    po = story.order(10)
    (line,) = story.lines(po)
    story.buyer.receive(line["id"], 10)
    story.night()
    bill = document_id(story.document("po:1"))
    story.bookkeeper.edit_line(bill, 0, UnitAmount=Decimal(105))
    story.bookkeeper.approve(bill)
    story.night()
    assert story.kinds() == {"edited_in_xero"}
    costs(story, po, "105.00")
    assert (nets(story), story.kinds()) == ({"po:1": Decimal(1050)}, set())


def test_a_price_that_falls_after_a_refused_supplement_is_credited_for_what_is_billed_alone(story: Story) -> None:
    po = approved(story)
    costs(story, po, "105.00")
    story.settle("changed_after_authorised", "supplement")
    story.night()
    story.bookkeeper.delete(story.document("po:1/s:1")["InvoiceID"])
    story.night()
    story.settle("removed_in_xero", "not-owed")
    costs(story, po, "96.00")
    assert "4.00 less than is billed" in story.open_case("changed_after_authorised").case.what_happened
    story.settle("changed_after_authorised", "credit")
    for _ in range(2):
        story.night()
        assert nets(story) == {"po:1": Decimal(1000), "po:1/c:1": Decimal(-40)}
        assert not story.kinds()
    balances(story, po, billed="960", to_credit="0")


@pytest.mark.parametrize("answer", [None, "not-owed"])
def test_goods_go_back_at_the_price_that_documents_bill_and_not_at_one_that_a_person_refused(
    tmp_path: Path, answer: str | None
) -> None:
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    po = approved(story)
    costs(story, po, "105.00")
    story.settle("changed_after_authorised", "supplement")
    story.night()
    story.bookkeeper.delete(document_id(story.document("po:1/s:1")))
    story.night()
    if answer:
        story.settle("removed_in_xero", answer)
        costs(story, po, "107.00")
        story.settle("changed_after_authorised", "supplement")
        story.night()
    (line,) = story.lines(po)
    story.buyer.unreceive(line["id"], 4)
    for _ in range(2):
        story.night()
        supplement = {"po:1/s:2": Decimal(20)} if answer else {}
        credit = Decimal(-408) if answer else Decimal(-400)
        assert nets(story) == {"po:1": Decimal(1000), "po:1/c:1": credit} | supplement
    assert story.kinds() == (set() if answer else {"removed_in_xero"})


def voided(tmp_path: Path, **events: str) -> Story:
    """Ten were billed, four went back on an approved credit, and then she voids the bill."""
    story = Story(tmp_path, events={"reversed": "draft_credit_note", **events})
    po = approved(story)
    (line,) = story.lines(po)
    story.buyer.unreceive(line["id"], 4)
    story.night()
    story.bookkeeper.approve(document_id(story.document("po:1/c:1")))
    story.bookkeeper.void(document_id(story.document("po:1")))
    story.night()
    assert nets(story) == {"po:1/c:1": Decimal(-400)}
    assert "PO-1001 was voided" in story.open_case("edited_in_xero").case.what_happened
    return story


def test_the_new_bill_of_one_that_was_voided_bills_what_its_credit_gives_back_as_well(tmp_path: Path) -> None:
    story = voided(tmp_path, partially_received="draft_bill")
    story.settle("removed_in_xero", "release")
    for _ in range(2):
        story.night()
        assert nets(story) == {"po:1/g:1": Decimal(1000), "po:1/c:1": Decimal(-400)}
    assert not story.kinds()
    (line,) = story.store.all("cw.lineitems")
    story.buyer.receive(line["id"], 4)
    story.night()
    assert sum(nets(story).values()) == 1000


def test_without_the_credit_it_bills_what_is_there(tmp_path: Path) -> None:
    story = voided(tmp_path, partially_received="draft_bill")
    story.bookkeeper.void(document_id(story.document("po:1/c:1")))
    story.settle("removed_in_xero", "release")
    story.night()
    assert nets(story) == {"po:1/g:1": Decimal(600)}
    assert not story.kinds()


@pytest.mark.parametrize("verb", ["release", "not-owed"])
def test_a_credit_without_a_bill_is_named_while_no_new_bill_is_due(tmp_path: Path, verb: str) -> None:
    story = voided(tmp_path)
    story.settle("removed_in_xero", verb)
    for _ in range(2):
        story.night()
        assert nets(story) == {"po:1/c:1": Decimal(-400)}
        assert story.open_case("edited_in_xero").case.ways_out == ("release", "accept-theirs")
    story.bookkeeper.void(document_id(story.document("po:1/c:1")))
    story.night()
    assert not story.published()
    assert "edited_in_xero" not in story.kinds()
