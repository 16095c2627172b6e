"""Partially received, again, then fully: which bills come of it, and that together they are the purchase order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from story import CYCLE, VENDOR, Story, balances

from cwxero_dagster.pipeline.covering import keep_coverage

BY_DELIVERY = {"events": {"partially_received": "draft_bill"}, "bill": {"one_per": "receipt"}}


@pytest.mark.parametrize("style", ["cumulative", "clone"])
@pytest.mark.parametrize("cut", [True, False])
def test_each_delivery_is_a_bill_and_together_they_are_the_order(tmp_path: Path, style: str, cut: bool) -> None:
    story = Story(tmp_path, of_connectwise={"clone_cuts_original_quantity": cut}, **BY_DELIVERY)
    po = story.order(10, number="PO-9001")
    story.buyer.receive(story.lines(po)[-1]["id"], 4, style=style)
    story.night()
    assert story.quantities() == {f"po:{po['id']}/d:1": ["4"]}
    story.buyer.receive(story.lines(po)[-1]["id"], 6)
    story.night()
    assert story.quantities() == {f"po:{po['id']}/d:1": ["4"], f"po:{po['id']}/d:2": ["6"]}
    numbers = [document["InvoiceNumber"] for documents in story.published().values() for document in documents]
    assert numbers == ["PO-9001/1", "PO-9001/2"]
    assert sum(d["SubTotal"] for documents in story.published().values() for d in documents) == Decimal("1000.00")
    assert len(story.writes()) == 2
    story.night()
    assert len(story.writes()) == 2


def test_four_and_three_of_ten_received_and_three_cancelled_are_two_bills(tmp_path: Path) -> None:
    story = Story(tmp_path, **BY_DELIVERY)
    po = story.order(10)
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 4)
    story.night()
    story.buyer.receive(line, 3, style="cancel_rest")
    story.night()
    assert story.quantities() == {f"po:{po['id']}/d:1": ["4"], f"po:{po['id']}/d:2": ["3"]}


def test_receipts_between_two_observations_may_share_a_bill_and_the_money_agrees(tmp_path: Path) -> None:
    story = Story(tmp_path, **BY_DELIVERY)
    po = story.order(10)
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 4)
    story.later()
    story.buyer.receive(line, 6)
    story.night()
    assert sum(Decimal(q) for quantities in story.quantities().values() for q in quantities) == 10


def test_a_cancelled_rest_completes_a_purchase_order(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.order(10, 5)
    first, second = (line["id"] for line in story.lines(po))
    story.buyer.receive(first, 7, style="cancel_rest")
    story.night()
    assert story.quantities() == {}
    story.buyer.cancel_line(second)
    story.night()
    assert story.quantities() == {f"po:{po['id']}": ["7"]}


def test_freight_is_billed_once_with_the_delivery_of_its_packing_slip(tmp_path: Path) -> None:
    story = Story(tmp_path, **BY_DELIVERY)
    po = story.order(10)
    line = story.lines(po)[0]["id"]
    story.buyer.set_freight(po["id"], Decimal("25.00"), packing_slip="SLIP-2")
    story.buyer.receive(line, 4, packing_slip="SLIP-1")
    story.night()
    assert story.quantities() == {f"po:{po['id']}/d:1": ["4"]}
    story.buyer.receive(line, 6, packing_slip="SLIP-2")
    story.night()
    assert story.quantities()[f"po:{po['id']}/d:2"] == ["6", "1"]
    story.night()
    assert sum(len(quantities) for quantities in story.quantities().values()) == 3


def test_a_changed_decision_bills_no_goods_twice(tmp_path: Path) -> None:
    story = Story(tmp_path, **BY_DELIVERY)
    po = story.order(10)
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 4)
    story.night()
    story.decide(bill={"one_per": "purchase_order"})
    story.buyer.receive(line, 6)
    story.night()
    story.night()
    assert sum(Decimal(q) for quantities in story.quantities().values() for q in quantities) == 10


@pytest.mark.parametrize("is_approved", [False, True])
def test_a_narrowed_decision_bills_what_comes_later_when_all_of_it_is_there(tmp_path: Path, is_approved: bool) -> None:
    story = Story(tmp_path, **BY_DELIVERY)
    po = story.order(10)
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 4)
    story.night()
    first = f"po:{po['id']}/d:1"
    if is_approved:
        story.bookkeeper.approve(story.document(first)["InvoiceID"])
    story.decide(events={"partially_received": "nothing"}, bill={"one_per": "purchase_order"})
    story.buyer.receive(line, 3)
    for _ in range(2):
        story.night()
    assert story.quantities() == {first: ["4"]}
    story.buyer.receive(line, 3)
    for _ in range(2):
        story.night()
    assert story.quantities()[first] == ["4"]
    assert sum(Decimal(q) for quantities in story.quantities().values() for q in quantities) == 10


def approved(story: Story) -> tuple[str, int]:
    """The key of an approved bill for all ten pieces of an order, and the id of the order's line."""
    po = story.received(10)
    story.night()
    key = f"po:{po['id']}"
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    return key, story.lines(po)[0]["id"]


def test_more_after_approval_is_a_supplement_and_the_approved_bill_stays(tmp_path: Path) -> None:
    story = Story(tmp_path)
    key, line = approved(story)
    before = dict(story.document(key))
    story.buyer.edit_line(line, quantity=Decimal(12))
    story.buyer.receive(line, 2)
    story.night()
    story.night()
    assert story.quantities() == {key: ["10"], f"{key}/s:1": ["2"]}
    assert story.document(f"{key}/s:1")["InvoiceNumber"].endswith("/S1")
    assert story.document(key) == before


def test_goods_that_go_back_after_approval_are_a_case_and_the_bill_is_untouched(tmp_path: Path) -> None:
    story = Story(tmp_path)
    key, line = approved(story)
    before = dict(story.document(key))
    story.buyer.unreceive(line, 3)
    story.night()
    assert story.kinds() == {"reversed_after_authorised"}
    assert story.quantities() == {key: ["10"]}
    assert story.document(key) == before


def test_goods_that_go_back_after_approval_are_credited_once_where_the_decision_says_so(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    key, line = approved(story)
    before = dict(story.document(key))
    story.buyer.unreceive(line, 3)
    for _ in range(3):
        story.night()
    assert story.quantities() == {key: ["10"], f"{key}/c:1": ["-3"]}
    assert story.document(f"{key}/c:1")["SubTotal"] == Decimal("300.00")
    assert story.document(key) == before
    story.buyer.receive(line, 3)
    for _ in range(2):
        story.night()
    assert story.quantities() == {key: ["10"], f"{key}/c:1": ["-3"], f"{key}/s:1": ["3"]}


def test_goods_that_go_back_from_an_untouched_draft_leave_the_draft(tmp_path: Path) -> None:
    story = Story(tmp_path, **BY_DELIVERY)
    po = story.order(10)
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 4)
    story.night()
    story.buyer.receive(line, 6)
    story.night()
    story.buyer.unreceive(line, 7)
    story.night()
    assert story.quantities() == {f"po:{po['id']}/d:1": ["3"]}
    story.buyer.receive(line, 7)
    story.night()
    story.night()
    assert sum(Decimal(q) for quantities in story.quantities().values() for q in quantities) == 10


def test_under_billing_ahead_the_whole_order_is_a_bill_when_it_is_sent(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"raised": "draft_bill", "fully_received": "nothing"})
    po = story.order(10)
    story.night()
    key = f"po:{po['id']}"
    assert story.quantities() == {key: ["10"]}
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 6, style="cancel_rest")
    story.night()
    assert story.quantities() == {key: ["6"]}
    assert story.sync(CYCLE).report.outcomes == {}


def test_under_billing_ahead_the_plan_says_ordered_and_not_received(tmp_path: Path) -> None:
    events = {"raised": "draft_bill", "fully_received": "nothing", "reversed": "draft_credit_note"}
    story = Story(tmp_path, events=events)
    po = story.order(10)
    key, line = f"po:{po['id']}", story.lines(po)[0]["id"]
    said = [next(action.reason for action in story.night().actions if action.key == key)]
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.buyer.edit_line(line, quantity=Decimal(12))
    said += [action.reason for action in story.night().actions if action.key == f"{key}/s:1"]
    story.bookkeeper.approve(story.document(f"{key}/s:1")["InvoiceID"])
    story.buyer.receive(line, 6, style="cancel_rest")
    said += [action.reason for action in story.night().actions if action.action == "credit"]
    assert [reason.partition(".")[0].partition(":")[0] for reason in said] == [
        "Ordered and not billed yet",
        "More was ordered after the bill was approved",
        *["Goods of an approved bill were cancelled or went back"] * 2,
    ]
    assert sum(Decimal(one) for found in story.quantities().values() for one in found) == 6


def test_goods_that_come_after_a_settlement_are_not_lost(tmp_path: Path) -> None:
    """A settlement takes the goods that it was given for; what comes later is billed by itself."""
    story = Story(tmp_path)
    vendors = story.seeds / "vendors.csv"
    mapped = vendors.read_text(encoding="utf-8")
    unmapped = [row for row in mapped.splitlines() if not row.startswith(f"{VENDOR},")]
    vendors.write_text("\n".join(unmapped) + "\n", encoding="utf-8")
    po = story.order(10)
    story.buyer.receive(story.lines(po)[0]["id"], 10)
    story.night()
    (case,) = story.session().case_book.cases()
    story.session().case_book.decide(
        case.case.case_id, verb="not-owed", reason="a sample", by="Tom Ashdown", at=story.clock.now()
    )
    vendors.write_text(mapped, encoding="utf-8")
    story.night()
    assert (story.quantities(), story.kinds()) == ({}, set())
    story.buyer.edit_line(story.lines(po)[0]["id"], quantity=Decimal(12))
    story.buyer.receive(story.lines(po)[0]["id"], 2)
    story.night()
    assert story.quantities() == {f"po:{po['id']}/s:1": ["2"]}


def test_a_settled_bill_is_not_billed_again_under_another_decision(tmp_path: Path) -> None:
    story = Story(tmp_path)
    vendors = story.seeds / "vendors.csv"
    mapped = vendors.read_text(encoding="utf-8")
    vendors.write_text(
        "\n".join(row for row in mapped.splitlines() if not row.startswith(f"{VENDOR},")) + "\n", encoding="utf-8"
    )
    po = story.order(4)
    story.buyer.receive(story.lines(po)[0]["id"], 4)
    story.night()
    (case,) = story.session().case_book.cases()
    story.session().case_book.decide(
        case.case.case_id, verb="not-owed", reason="a sample", by="Tom Ashdown", at=story.clock.now()
    )
    vendors.write_text(mapped, encoding="utf-8")
    story.decide(**BY_DELIVERY)
    story.night()
    assert story.quantities() == {}


def test_a_deleted_credit_leaves_the_goods_on_their_approved_bill(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    key, line = approved(story)
    story.buyer.unreceive(line, 3)
    story.night()
    story.bookkeeper.delete(story.document(f"{key}/c:1")["CreditNoteID"])
    story.buyer.receive(line, 3)
    for _ in range(2):
        story.night()
    assert story.quantities() == {key: ["10"]}


def test_a_credit_goes_by_the_price_that_was_approved(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"reversed": "draft_credit_note"})
    po = story.order(10)
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 10)
    story.night()
    key = f"po:{po['id']}"
    story.bookkeeper.edit_line(story.document(key)["InvoiceID"], 0, UnitAmount=Decimal("90.00"))
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.buyer.unreceive(line, 10)
    story.night()
    assert story.document(f"{key}/c:1")["SubTotal"] == Decimal("900.00")


@pytest.mark.parametrize(
    ("back", "answer", "documents"),
    [
        (1, "draft_credit_note", {"d:1": "4", "d:1/c:1": "-1", "d:1/s:1": "1", "d:2": "6"}),
        (4, "draft_credit_note", {"d:1": "4", "d:1/c:1": "-4", "d:1/s:1": "4", "d:2": "3"}),
        (1, "open_case", {"d:1": "4", "d:2": "6"}),
        (4, "open_case", {"d:1": "4", "d:2": "3"}),
    ],
)
def test_the_delivery_after_a_return_has_a_bill_of_its_own_beyond_what_came_again(
    tmp_path: Path, back: int, answer: str, documents: dict[str, str]
) -> None:
    events = {"partially_received": "draft_bill", "reversed": answer}
    story = Story(tmp_path, events=events, bill={"one_per": "receipt"})
    po = story.order(20, number="PO-9001")
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 4, packing_slip="A")
    story.buyer.attach_invoice(po["id"], "INV-1", date(2026, 10, 5))
    story.night()
    story.bookkeeper.approve(story.document("po:1/d:1")["InvoiceID"])
    story.buyer.unreceive(line, back)
    story.until_lines_are_known()
    story.night()
    story.later()
    story.buyer.receive(line, 7, packing_slip="B")
    story.buyer.attach_invoice(po["id"], "INV-2", date(2026, 10, 5))
    story.until_lines_are_known()
    for _ in range(2):
        story.night()
        assert story.quantities() == {f"po:1/{key}": [quantity] for key, quantity in documents.items()}
    assert story.document("po:1/d:2")["InvoiceNumber"] == "INV-2 | PO-9001/2"
    balances(story)


@pytest.mark.parametrize("line_amounts", ["Exclusive", "Inclusive"])
def test_deliveries_of_fractions_of_a_cent_come_to_the_order_together(tmp_path: Path, line_amounts: str) -> None:
    events = {"partially_received": "draft_bill", "reversed": "draft_credit_note"}
    # Where Xero rounds half a cent to the even one, a line of its own makes up for the cent (test_rounding).
    bill = {"one_per": "receipt", "line_amounts": line_amounts}
    story = Story(tmp_path, events=events, bill=bill, of_xero={"half_cents": "up"})
    po = story.order(8, cost="33.335")
    nets = []
    for number, (quantity, together) in enumerate([(4, "133.34"), (3, "233.35"), (1, "266.68")], start=1):
        story.receive(po, quantity)
        story.until_lines_are_known()
        story.night()
        document = story.document(f"po:1/d:{number}")
        nets.append(document["SubTotal"])
        assert sum(nets) == Decimal(together)
        story.bookkeeper.approve(document["InvoiceID"])
    balances(story)
    (covered,) = keep_coverage(story.session(), live=True)
    assert covered["price_difference_amount"] == 0
    writes = len(story.writes())
    story.lose_and_rebuild()
    story.night()
    assert (len(story.writes()), story.kinds()) == (writes, set())
    story.buyer.unreceive(story.lines(po)[0]["id"], 2)
    story.until_lines_are_known()
    story.night()
    given_back = [document for key, (document,) in story.published().items() if "/c:" in key]
    assert sum(nets) - sum(document["SubTotal"] for document in given_back) == Decimal("200.01")
    writes = len(story.writes())
    story.night()
    assert (len(story.writes()), story.kinds()) == (writes, set())
    balances(story)
