"""Bills that people keyed and then named as the ones that bill some goods: for those goods, and for no others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import Story, balances

from cwxero_dagster.pipeline.covering import keep_coverage
from cwxero_dagster.sandbox.xero import BookLine

EACH_DELIVERY = {"events": {"partially_received": "draft_bill"}}
A_BILL_A_DELIVERY = {**EACH_DELIVERY, "bill": {"one_per": "receipt"}}
A_BILL_AN_INVOICE = {"bill": {"one_per": "vendor_invoice"}}


class Desk(Story):
    """A story that tells what is in Xero since it began."""

    def __init__(self, folder: Path, **decision: Any) -> None:
        super().__init__(folder, **decision)
        self._others = [document_id(one) for one in self._documents()]

    def in_xero(self) -> list[Decimal]:
        """What each live bill comes to before tax, whoever made it; supplier credits are negative."""
        live = [one for one in self._documents() if one["Status"] not in {"DELETED", "VOIDED"}]
        return sorted(
            -one["SubTotal"] if "CreditNoteID" in one else one["SubTotal"]
            for one in live
            if document_id(one) not in self._others
        )

    def _documents(self) -> list[dict[str, Any]]:
        return [*self.store.all("xero.invoices"), *self.store.all("xero.creditnotes")]


def document_id(document: dict[str, Any]) -> str:
    return str(document.get("CreditNoteID") or document["InvoiceID"])


def came(story: Story, number: str, quantity: int, *, of: int = 0, cost: str = "100.00") -> dict[str, Any]:
    """An order is raised and so much of it arrives; its vendor invoice is known."""
    po = story.order(of or quantity, number=number, cost=cost)
    story.buyer.attach_invoice(po["id"], f"V-{number}", date(2026, 10, 6))
    more(story, po, quantity)
    return po


def more(story: Story, po: dict[str, Any], quantity: int) -> None:
    story.buyer.receive(story.lines(po)[0]["id"], quantity)


def typed(story: Story, number: str, *amounts: int, pieces: int = 1, credit: bool = False) -> str:
    """The id of a bill that the bookkeeper types, with a line of so many pieces at each amount before tax."""
    (contact,) = (one for one in story.store.all("xero.contacts") if one["Name"].startswith("Halcyon"))
    goods = [line(f"goods {position}", amount, pieces) for position, amount in enumerate(amounts)]
    hers = story.bookkeeper.key_bill(contact["ContactID"], number, goods, on=date(2026, 10, 8), credit=credit)
    return document_id(hers)


def line(words: str, amount: int, pieces: int = 1) -> BookLine:
    return BookLine(
        description=words, quantity=Decimal(pieces), unit_amount=Decimal(amount), account_code="310", tax_type="INPUT"
    )


def answer(story: Story, number: str, verb: str, **more_of_it: Any) -> str | None:
    """Tom decides the one open case of an order; what is kept of that, in words."""
    book = story.session().case_book
    (kept,) = [kept for kept in book.cases() if number in kept.case.po_numbers]
    decided = book.decide(kept.case.case_id, verb=verb, reason="checked", by="Tom", at=story.clock.now(), **more_of_it)
    return decided.closed_because


# --- a statement over two orders --------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", [{}, A_BILL_A_DELIVERY, A_BILL_AN_INVOICE], ids=["order", "delivery", "invoice"])
@pytest.mark.parametrize("paid", [False, True], ids=["draft", "paid"])
def test_a_bill_over_two_orders_that_is_named_for_one_is_asked_about_for_the_other(
    tmp_path: Path, decision: dict[str, Any], paid: bool
) -> None:
    story = Desk(tmp_path, **decision)
    hers = typed(story, "PO-77 PO-78", 400, 600)
    came(story, "PO-77", 4)
    came(story, "PO-78", 6)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    if paid:
        story.bookkeeper.approve(hers)
        story.bookkeeper.pay(hers)
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(1000)]
    assert "it names purchase order PO-78" in story.open_case("possible_duplicate").case.what_happened
    answer(story, "PO-78", "billed-by", xero_id=hers)
    story.night()
    assert story.in_xero() == [Decimal(1000)]
    assert not story.kinds()


def test_released_the_other_order_is_billed_and_not_asked_about_again(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    hers = typed(story, "PO-77 PO-78", 400)
    came(story, "PO-77", 4)
    came(story, "PO-78", 6)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    answer(story, "PO-78", "release")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(400), Decimal(600)]
        assert not story.kinds()


def test_a_bill_that_is_named_for_both_orders_has_no_room_for_what_comes_later(tmp_path: Path) -> None:
    story = Desk(tmp_path, **EACH_DELIVERY)
    hers = typed(story, "PO-77 PO-78", 400, 600)
    came(story, "PO-77", 4)
    second = came(story, "PO-78", 6, of=8)
    story.night()
    assert answer(story, "PO-77", "billed-by", xero_id=hers) == (
        "Tom, as billed-by: checked. PO-77 PO-78 of Halcyon Distribution is for 1,100.00 AUD; the goods come to "
        "440.00 AUD."
    )
    assert answer(story, "PO-78", "billed-by", xero_id=hers) == "Tom, as billed-by: checked"
    more(story, second, 2)
    story.night()
    assert story.in_xero() == [Decimal(200), Decimal(1000)]
    assert not story.kinds()


def test_a_draft_takes_on_nothing_that_a_bill_named_for_another_order_may_bill(tmp_path: Path) -> None:
    story = Desk(tmp_path, **EACH_DELIVERY)
    second = came(story, "PO-78", 2, of=8)
    story.night()
    hers = typed(story, "PO-77 PO-78", 400, 600)
    came(story, "PO-77", 4)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    story.night()
    more(story, second, 6)
    story.night()
    assert story.in_xero() == [Decimal(200), Decimal(1000)]
    assert story.kinds() == {"possible_duplicate"}


def test_a_supplier_credit_over_two_orders_is_asked_about_for_the_other(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    hers = typed(story, "PO-77 PO-78", 400, 600, credit=True)
    came(story, "PO-77", 4, cost="-100.00")
    came(story, "PO-78", 6, cost="-100.00")
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    story.night()
    assert story.in_xero() == [Decimal(-1000)]
    assert story.kinds() == {"possible_duplicate"}


def test_after_a_rebuild_of_the_ledger_both_orders_are_asked_about(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    hers = typed(story, "PO-77 PO-78", 400, 600)
    came(story, "PO-77", 4)
    came(story, "PO-78", 6)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    story.night()
    story.lose_and_rebuild()
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(1000)]
    asked = [kept.case.po_numbers for kept in story.session().case_book.cases()]
    assert sorted(asked) == [("PO-77",), ("PO-78",)]


# --- a bill over a part of the goods ----------------------------------------------------------------------------------


@pytest.mark.parametrize("draft", [False, True], ids=["nothing yet", "one on a draft"])
def test_room_for_some_of_the_goods_is_enough_to_ask(tmp_path: Path, draft: bool) -> None:
    story = Desk(tmp_path, **EACH_DELIVERY)
    hers = typed(story, "V-PO-77", 600)
    po = came(story, "PO-77", 4, of=12)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    billed = [Decimal(600)]
    if draft:
        more(story, po, 1)
        story.night()
        answer(story, "PO-77", "release")
        story.night()
        billed = [Decimal(100), *billed]
        assert story.in_xero() == billed
    more(story, po, 5)
    story.night()
    assert story.in_xero() == billed
    asked = story.open_case("possible_duplicate").case.what_happened
    assert "bills 200.00 AUD more than those come to before tax" in asked


@pytest.mark.parametrize(("first", "cost"), [(9, "106.00"), (4, "240.00")])
def test_a_price_that_rises_afterwards_takes_no_room_on_the_bill_that_she_named(
    tmp_path: Path, first: int, cost: str
) -> None:
    """She keyed all ten; the order's price is corrected before the last of them come."""
    story = Desk(tmp_path, **EACH_DELIVERY)
    hers = typed(story, "INV-9 PO-77", 1000)
    po = came(story, "PO-77", first, of=10)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    story.buyer.change_cost(story.lines(po)[0]["id"], Decimal(cost))
    more(story, po, 10 - first)
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(1000)]
    assert story.kinds() == {"possible_duplicate"}


def test_freight_that_she_typed_as_well_is_no_room_for_goods(tmp_path: Path) -> None:
    story = Desk(tmp_path, **EACH_DELIVERY)
    hers = typed(story, "V-PO-77", 400, 45)
    po = came(story, "PO-77", 4, of=10)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    more(story, po, 6)
    story.night()
    assert story.in_xero() == [Decimal(445), Decimal(600)]
    assert not story.kinds()


# --- removed, and what was named for it removed, too ------------------------------------------------------------------


def removed_then_named(story: Story) -> str:
    """Our draft is deleted, hers is named in its place."""
    came(story, "PO-31", 4)
    story.night()
    story.bookkeeper.delete(story.document("po:1")["InvoiceID"])
    story.night()
    hers = typed(story, "INV-8", 400)
    story.night()
    story.settle("removed_in_xero", "billed-by", xero_id=hers)
    return hers


def named_and_withdrawn(story: Story) -> str:
    """She types the bill of a draft that has no number yet; hers is named, and the draft is withdrawn."""
    po = story.order(4, number="PO-31")
    more(story, po, 4)
    story.night()
    hers = typed(story, "INV-8", 400, 25)
    story.buyer.attach_invoice(po["id"], "INV-8", date(2026, 10, 6))
    story.night()
    story.settle("possible_duplicate", "billed-by", xero_id=hers)
    return hers


def test_goods_whose_named_credit_is_removed_are_credited_once_when_it_is_released(tmp_path: Path) -> None:
    story = Desk(tmp_path, events={"reversed": "draft_credit_note"})
    po = came(story, "PO-31", 4)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    hers = typed(story, "CN PO-31", 200, credit=True)
    story.buyer.unreceive(story.lines(po)[0]["id"], 2)
    story.night()
    story.settle("possible_duplicate", "billed-by", xero_id=hers)
    story.night()
    assert story.in_xero() == [Decimal(-200), Decimal(400)]
    story.bookkeeper.delete(hers)
    story.night()
    assert "the goods are on no supplier credit" in story.open_case("removed_in_xero").case.what_happened
    story.settle("removed_in_xero", "release")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(-200), Decimal(400)]
    assert "removed_in_xero" not in story.kinds()


@pytest.mark.parametrize("begun", [removed_then_named, named_and_withdrawn])
@pytest.mark.parametrize("days", [1, 40])
def test_goods_whose_named_bill_is_removed_are_a_case_and_are_billed_once_when_it_is_released(
    tmp_path: Path, begun: Any, days: int
) -> None:
    story = Desk(tmp_path)
    hers = begun(story)
    story.night()
    assert not story.kinds()
    story.bookkeeper.delete(hers)
    story.later(days)
    story.night()
    assert story.in_xero() == []
    case = story.open_case("removed_in_xero").case
    assert "INV-8 of Halcyon Distribution, and that one was deleted in Xero since" in case.what_happened
    (row,) = keep_coverage(story.session(), live=True)
    assert (row["billed_elsewhere_amount"], row["received_not_billed_amount"]) == (0, 400)
    balances(story)
    story.settle("removed_in_xero", "release")
    for _ in range(3):
        story.night()
        assert story.in_xero() == [Decimal(400)]
        assert not story.kinds()


def test_a_bill_that_is_named_in_place_of_the_removed_one_counts(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    story.bookkeeper.delete(removed_then_named(story))
    story.night()
    again = typed(story, "INV-9", 400)
    story.night()
    story.settle("removed_in_xero", "billed-by", xero_id=again)
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(400)]
        assert not story.kinds()


def test_a_named_bill_that_is_removed_with_its_goods_leaves_no_credit_to_ask_for(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    hers = typed(story, "PO-31", 400)
    po = came(story, "PO-31", 4)
    story.night()
    answer(story, "PO-31", "billed-by", xero_id=hers)
    story.buyer.unreceive(story.lines(po)[0]["id"], 4)
    story.night()
    story.night()
    assert story.kinds() == {"credit_needed"}
    story.bookkeeper.delete(hers)
    story.night()
    assert story.in_xero() == []
    assert not story.kinds()


def test_a_draft_does_not_go_for_a_bill_that_is_gone_before_it(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    story.bookkeeper.delete(named_and_withdrawn(story))
    story.night()
    assert story.in_xero() == [Decimal(400)]
    assert "still stands" in story.open_case("removed_in_xero").case.what_happened
    story.settle("removed_in_xero", "release")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(400)]
        assert not story.kinds()


# --- an order that is entered again -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["PO-77", "INV-8"], ids=["names the order", "names no order"])
def test_goods_of_a_named_bill_are_not_billed_again_when_their_order_is_entered_again(
    tmp_path: Path, number: str
) -> None:
    story = Desk(tmp_path)
    hers = typed(story, number, 400)
    came(story, "PO-5", 1, of=2)
    first = came(story, "PO-77", 4)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    story.night()
    story.buyer.delete_po(first["id"])
    second = came(story, "PO-77", 4)
    for _ in range(4):
        story.night()
        assert story.in_xero() == [Decimal(400)]
        assert story.kinds() == {"possible_duplicate"}
    answer(story, "PO-77", "billed-by", xero_id=hers)
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(400)]
        assert not story.kinds()
    story.buyer.delete_po(second["id"])
    for _ in range(3):
        story.night()
    assert story.kinds() == {"credit_needed"}


def test_released_the_order_that_was_entered_again_is_billed_and_the_vendor_owes_a_credit(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    hers = typed(story, "PO-77", 400)
    first = came(story, "PO-77", 4)
    story.night()
    answer(story, "PO-77", "billed-by", xero_id=hers)
    story.buyer.delete_po(first["id"])
    came(story, "PO-77", 4)
    story.night()
    story.night()
    answer(story, "PO-77", "release")
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(400), Decimal(400)]
    assert story.kinds() == {"credit_needed"}


def test_an_order_that_is_entered_again_with_another_quantity_is_asked_about_the_same_night(tmp_path: Path) -> None:
    story = Desk(tmp_path)
    first = came(story, "PO-77", 4)
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.night()
    story.buyer.delete_po(first["id"])
    came(story, "PO-77", 5)
    for _ in range(3):
        story.night()
        assert story.in_xero() == [Decimal(400)]
        assert "possible_duplicate" in story.kinds()


# --- a line that she added to a bill of the sync ----------------------------------------------------------------------


def test_a_line_that_she_added_to_our_bill_is_asked_about_for_the_order_that_it_names(tmp_path: Path) -> None:
    story = Desk(tmp_path, **EACH_DELIVERY)
    came(story, "PO-31", 4)
    story.night()
    ours = story.document("po:1")["InvoiceID"]
    story.bookkeeper.add_line(ours, line("PO-32 laptops", 600))
    story.bookkeeper.approve(ours)
    second = came(story, "PO-32", 6, of=9)
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(1000)]
    assert (
        "a line that a person added to it names purchase order PO-32"
        in story.open_case("possible_duplicate").case.what_happened
    )
    story.settle("possible_duplicate", "billed-by", xero_id=ours)
    more(story, second, 3)
    for _ in range(2):
        story.night()
        assert story.in_xero() == [Decimal(300), Decimal(1000)]
        assert "possible_duplicate" not in story.kinds()
