"""An order that is deleted in ConnectWise: what becomes of its bill, and what people are told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import Story, balances

from cwxero_dagster.pipeline.covering import keep_coverage


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A live firm under the preset that bills what is fully received."""
    return Story(tmp_path)


def drafted(story: Story) -> dict[str, Any]:
    """An order of ten whose bill is a draft in Xero, beside another one that stays."""
    po, _ = story.received(10, number="PO-1001"), story.received(1, number="PO-1002")
    story.night()
    return po


def deleted(story: Story, po: dict[str, Any], *, nights: int = 3) -> None:
    """The order is deleted, and so many nights pass."""
    story.buyer.delete_po(po["id"])
    for _ in range(nights):
        story.night()


def test_the_draft_that_nobody_touched_goes_once_it_is_certain_and_a_case_tells_it_until_somebody_saw_it(
    story: Story,
) -> None:
    po = drafted(story)
    deleted(story, po, nights=1)
    assert (story.quantities(), story.kinds()) == ({"po:1": ["10"], "po:2": ["1"]}, set())
    for _ in range(2):
        story.night()
    assert story.quantities() == {"po:2": ["1"]}
    kept = story.open_case("reversed_after_authorised")
    assert kept.case.what_happened == (
        "Purchase order PO-1001 was deleted in ConnectWise. Its draft PO-1001 for 1,100.00 AUD was withdrawn in Xero, "
        "as nobody had worked on it."
    )
    assert "Nothing is to be done in Xero" in kept.case.what_to_do
    assert kept.what_we_did == "1 draft withdrawn in Xero; this case holds nothing back."
    assert (kept.case.amount, kept.case.ways_out) == (Decimal(0), ("release",))
    rows = {row["po_number"]: row for row in keep_coverage(story.session(), live=True)}
    assert (rows["PO-1001"]["billed_amount"], rows["PO-1001"]["to_credit_amount"]) == (0, 0)
    balances(story)
    story.settle("reversed_after_authorised", "release")
    story.night()
    assert story.kinds() == set()


@pytest.mark.parametrize("touch", ["edited", "approved"])
def test_what_a_person_worked_on_is_asked_about_and_left(story: Story, touch: str) -> None:
    po = drafted(story)
    bill = story.document("po:1")["InvoiceID"]
    if touch == "edited":
        story.bookkeeper.edit_line(bill, 0, Description="hers")
    else:
        story.bookkeeper.approve(bill)
    before, writes = story.document("po:1"), len(story.writes())
    deleted(story, po)
    assert (story.document("po:1"), len(story.writes())) == (before, writes)
    case = story.open_case("reversed_after_authorised").case
    assert "Nothing was removed." in case.what_happened
    assert (case.amount, case.title) == (Decimal("-1100.00"), "Goods or order are gone, the bill is not")
    balances(story)


def test_a_draft_that_went_before_its_order_did_is_not_told_of_again(story: Story) -> None:
    po = drafted(story)
    story.buyer.unreceive(story.lines(po)[0]["id"], 10)
    story.night()
    assert story.quantities() == {"po:2": ["1"]}
    deleted(story, po)
    assert (story.quantities(), story.kinds()) == ({"po:2": ["1"]}, set())


DELIVERIES = {
    "events": {"partially_received": "draft_bill", "fully_received": "draft_bill"},
    "bill": {"one_per": "receipt"},
}


def money(story: Story) -> list[Decimal]:
    """What each live bill and credit in Xero comes to, credits negative."""
    live = [one for documents in story.published().values() for one in documents]
    return sorted(one["Total"] if one["Type"] == "ACCPAY" else -one["Total"] for one in live)


def with_freight(folder: Path, decided: dict[str, Any]) -> tuple[Story, dict[str, Any]]:
    """A firm with a draft of ten and their freight, 1,112.34 with tax, beside another order that stays."""
    story = Story(folder, **decided)
    po = story.order(10)
    story.buyer.set_freight(po["id"], Decimal("12.34"))
    story.receive(po)
    story.received(1)
    story.night()
    assert money(story) == [Decimal("110.00"), Decimal("1112.34")]
    return story, po


@pytest.mark.parametrize("decided", [{}, DELIVERIES])
def test_the_freight_of_a_draft_goes_with_its_order(tmp_path: Path, decided: dict[str, Any]) -> None:
    story, po = with_freight(tmp_path, decided)
    deleted(story, po)
    assert money(story) == [Decimal("110.00")]
    balances(story)


@pytest.mark.parametrize("decided", [{}, DELIVERIES])
def test_a_credit_for_an_order_that_is_gone_gives_its_freight_back(tmp_path: Path, decided: dict[str, Any]) -> None:
    events = {**decided.get("events", {}), "reversed": "draft_credit_note"}
    story, po = with_freight(tmp_path, {**decided, "events": events})
    (bill,) = [one for one in story.bills() if one["Total"] == Decimal("1112.34")]
    story.bookkeeper.approve(bill["InvoiceID"])
    deleted(story, po)
    assert money(story) == [Decimal("-1112.34"), Decimal("110.00"), Decimal("1112.34")]
    balances(story)
