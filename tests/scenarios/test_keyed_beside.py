"""A bill that the bookkeeper keys for goods which the sync billed already: both stand in Xero, and a case asks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import Story, balances

from cwxero_dagster.sandbox.wire import Request, Response
from cwxero_dagster.sandbox.xero import BookLine

KIND = "possible_duplicate"


def keys_one(
    story: Story, number: str, quantity: int = 10, *, said: str = "goods", on: date = date(2026, 10, 7)
) -> str:
    """The bookkeeper keys a bill for the vendor of the story's first bill; its id."""
    contact = story.document("po:1")["Contact"]["ContactID"]
    line = BookLine(
        description=said,
        quantity=Decimal(quantity),
        unit_amount=Decimal(100),
        account_code="310",
        tax_type="INPUT",
    )
    return str(story.bookkeeper.key_bill(contact, number, [line], on=on)["InvoiceID"])


def drafted(folder: Path, **order: Any) -> Story:
    """Ten pieces are on a draft of 1,100.00."""
    story = Story(folder)
    story.received(10, number="PO-7001", **order)
    story.night()
    return story


def live(story: Story) -> list[str]:
    """Ids of the live bills of goods in Xero."""
    goods = [bill for bill in story.bills() if any(line.get("AccountCode") == "310" for line in bill["LineItems"])]
    return sorted(bill["InvoiceID"] for bill in goods if bill["Status"] not in {"DELETED", "VOIDED"})


@pytest.mark.parametrize(
    ("number", "said", "reason"),
    [
        ("PO-7001", "goods", "the same contact and number"),
        ("INV-4410", "our order PO-7001", "it names purchase order PO-7001"),
        ("INV-4410", "goods", "the same contact and total, a few days apart"),
    ],
)
@pytest.mark.parametrize("status", ["DRAFT", "AUTHORISED", "PAID"])
def test_she_is_asked_the_next_night_and_nothing_is_written(
    tmp_path: Path, number: str, said: str, reason: str, status: str
) -> None:
    story = drafted(tmp_path)
    ours = story.document("po:1")["InvoiceID"]
    if status != "DRAFT":
        story.bookkeeper.approve(ours)
    if status == "PAID":
        story.bookkeeper.pay(ours)
    keys_one(story, number, said=said)
    before, writes = story.document("po:1"), len(story.writes())
    for _ in range(2):
        story.night()
        case = story.open_case(KIND).case
        assert story.kinds() == {KIND}
        assert case.title == "May be in Xero twice"
        assert reason in case.what_happened
        assert "goes on following ConnectWise until you decide" in case.what_we_did
        assert "Beside it stands PO-7001 of the sync, " in case.what_happened
        assert case.ways_out == (("release", "billed-by") if status == "DRAFT" else ("release",))
        assert ("billed-by" in case.what_to_do) == (status == "DRAFT")
        assert (case.po_numbers, case.money) == (("PO-7001",), {"AUD": Decimal("1100.00")})
    assert (story.document("po:1"), len(story.writes())) == (before, writes)


def test_one_that_she_keys_between_our_look_and_our_create_is_asked_about_the_next_night(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.received(1, number="PO-1")
    story.night()
    story.received(10, number="PO-7001")
    handle = story.xero.handle

    def keys_hers_first(request: Request) -> Response:
        if request.method == "PUT" and request.path.endswith("/Invoices"):
            keys_one(story, "INV-4410", said="PO-7001")
        return handle(request)

    story.xero.handle = keys_hers_first  # type: ignore[method-assign]
    story.night()
    story.xero.handle = handle  # type: ignore[method-assign]
    story.night()
    assert len(live(story)) == 3
    assert "it names purchase order PO-7001" in story.open_case(KIND).case.what_happened


def test_the_case_goes_with_hers(tmp_path: Path) -> None:
    story = drafted(tmp_path)
    hers = keys_one(story, "INV-4410")
    story.night()
    story.bookkeeper.delete(hers)
    story.night()
    assert not story.kinds()
    assert story.document("po:1")["Total"] == Decimal("1100.00")
    (closed,) = story.session().case_book.cases(status=None)
    assert closed.closed_because == "Nothing that is known looks like another bill of the goods any more."
    balances(story)


def test_where_hers_is_right_the_untouched_draft_is_withdrawn(tmp_path: Path) -> None:
    story = drafted(tmp_path)
    hers = keys_one(story, "INV-4410", said="PO-7001")
    story.night()
    story.settle(KIND, "billed-by", xero_id=hers)
    for _ in range(2):
        story.night()
        assert live(story) == [hers]
        assert not story.kinds()
    balances(story)


def test_where_she_deletes_ours_it_is_asked_what_bills_the_goods(tmp_path: Path) -> None:
    story = drafted(tmp_path)
    hers = keys_one(story, "INV-4410", said="PO-7001")
    story.night()
    story.bookkeeper.delete(story.document("po:1")["InvoiceID"])
    story.night()
    assert story.kinds() == {"removed_in_xero"}
    story.settle("removed_in_xero", "billed-by", xero_id=hers)
    story.night()
    assert live(story) == [hers]
    assert not story.kinds()
    balances(story)


def test_once_both_are_let_stand_only_another_one_is_asked_about(tmp_path: Path) -> None:
    story = drafted(tmp_path)
    hers = keys_one(story, "INV-4410", said="freight for PO-7001", quantity=1)
    story.night()
    story.settle(KIND, "release")
    story.bookkeeper.approve(hers)
    story.bookkeeper.pay(hers)
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    for _ in range(2):
        story.night()
        assert not story.kinds()
    keys_one(story, "INV-4411", said="PO-7001")
    story.night()
    assert "INV-4411" in story.open_case(KIND).case.what_happened
    assert "INV-4410" not in story.open_case(KIND).case.what_happened


def test_what_was_answered_before_ours_was_created_is_not_asked_again(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.received(1, number="PO-1")
    story.night()
    story.received(10, number="PO-7001")
    keys_one(story, "INV-4410", said="freight for PO-7001", quantity=1)
    story.night()
    assert story.open_case(KIND).case.title == "May have been billed already"
    story.settle(KIND, "release")
    for _ in range(2):
        story.night()
        assert not story.kinds()
    assert len(live(story)) == 3


def test_a_document_is_asked_about_once_beside_the_delivery_that_it_is_most_like(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"partially_received": "draft_bill"}, bill={"one_per": "receipt"})
    po = story.order(10, number="PO-7001")
    for pieces in (4, 6):
        story.receive(po, pieces)
        story.night()
    contact = next(iter(story.published().values()))[0]["Contact"]["ContactID"]
    line = BookLine(
        description="PO-7001", quantity=Decimal(6), unit_amount=Decimal(100), account_code="310", tax_type="INPUT"
    )
    story.bookkeeper.key_bill(contact, "INV-4410", [line], on=date(2026, 10, 8))
    story.night()
    assert story.open_case(KIND).case.money == {"AUD": Decimal("660.00")}
    story.settle(KIND, "release")
    story.night()
    assert not story.kinds()


@pytest.mark.parametrize(("number", "total", "on"), [("INV-4410", 9, 7), ("INV-4410", 10, 31)])
def test_another_total_or_another_week_is_no_twin(tmp_path: Path, number: str, total: int, on: int) -> None:
    story = drafted(tmp_path)
    keys_one(story, number, total, on=date(2026, 10, on))
    story.night()
    assert not story.kinds()
