"""Vendor invoices and purchase orders, many to many: which bills Xero holds in the end, and which cases are open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from story import VENDOR, Story

from cwxero_dagster.sandbox.faults import Fault

AT_THE_INVOICE: dict[str, Any] = {
    "events": {"vendor_invoice_received": "draft_bill"},
    "bill": {"one_per": "vendor_invoice"},
}
ON = date(2026, 10, 6)
OTHER_VENDOR = 802


def received(story: Story, *quantities: int, number: str, slip: str | None = None, **fields: Any) -> dict[str, Any]:
    """A PO whose lines were all received."""
    po = story.order(*quantities, number=number, **fields)
    for line in story.lines(po):
        story.buyer.receive(line["id"], line["quantity"], packing_slip=slip)
    return po


def feed(story: Story, *rows: str) -> None:
    """vendor_invoices.csv with these rows."""
    header = "connectwise_vendor_id,invoice_number,invoice_date,po_number,net,tax,total"
    (story.seeds / "vendor_invoices.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def numbers(story: Story) -> dict[str, str]:
    """Numbers of the live documents in Xero by bill key."""
    return {key: documents[0]["InvoiceNumber"] for key, documents in story.published().items()}


def approved_over_two(story: Story) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Two POs on one vendor invoice, whose bill was approved, and its key."""
    first, second = received(story, 4, number="PO-9001"), received(story, 6, number="PO-9002")
    for po in (first, second):
        story.buyer.attach_invoice(po["id"], "INV-77", ON)
    story.night()
    key = f"vi:{VENDOR}/1"
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    return first, second, key


def test_one_invoice_over_two_purchase_orders_is_one_bill_tied_to_both(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    first, second = received(story, 4, number="PO-9001"), received(story, 6, number="PO-9002")
    story.night()
    assert story.quantities() == {}
    for po in (first, second):
        story.buyer.attach_invoice(po["id"], "INV-77", ON)
    story.night()
    key = f"vi:{VENDOR}/1"
    assert story.quantities() == {key: ["4", "6"]}
    document = story.document(key)
    assert document["InvoiceNumber"] == "INV-77 | PO-9001 PO-9002"
    assert [line["Description"].partition(":")[0] for line in document["LineItems"]] == ["PO-9001", "PO-9002"]
    assert document["SubTotal"] == Decimal("1000.00")
    assert len(story.writes()) == 1
    story.night()
    assert len(story.writes()) == 1


def test_lines_of_orders_of_two_locations_carry_one_option_of_each_category(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    sydney, brisbane, managed, projects = 2, 3, 10, 11
    for location, department in ((sydney, managed), (brisbane, managed), (brisbane, projects)):
        po = received(story, 1, 2, number=f"PO-{location}{department}", locationId=location, businessUnitId=department)
        story.buyer.attach_invoice(po["id"], "INV-77", ON)
    story.night()
    lines = story.document(f"vi:{VENDOR}/1")["LineItems"]
    assert [sorted((one["Name"], one["Option"]) for one in line["Tracking"]) for line in lines] == [
        [("Department", department), ("Location", location)]
        for location, department in (
            ("Sydney Office", "Managed Svcs"),
            ("Brisbane Office", "Managed Svcs"),
            ("Brisbane Office", "Project Delivery"),
        )
        for _ in range(2)
    ]
    assert story.kinds() == set()


def test_an_order_that_joins_the_draft_of_its_invoice_later_may_leave_it_again(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    story.buyer.attach_invoice(received(story, 4, number="PO-9001")["id"], "INV-77", ON)
    story.night()
    second = received(story, 6, number="PO-9002")
    story.buyer.attach_invoice(second["id"], "INV-77", ON)
    story.night()
    key, written = f"vi:{VENDOR}/1", len(story.writes())
    story.night()
    assert (story.quantities(), story.kinds()) == ({key: ["4", "6"]}, set())
    assert len(story.writes()) == written
    story.buyer.unreceive(story.lines(second)[0]["id"], 6)
    story.night()
    assert (story.quantities(), story.kinds()) == ({key: ["4"]}, set())


def test_one_purchase_order_over_two_invoices_is_two_bills_and_the_rest_stays_open(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    po = story.order(10, number="PO-9001")
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 4)
    story.buyer.attach_invoice(po["id"], "INV-1", ON)
    story.night()
    story.buyer.receive(line, 3)
    story.buyer.attach_invoice(po["id"], "INV-2", ON)
    story.night()
    story.night()
    assert story.quantities() == {f"vi:{VENDOR}/1": ["4"], f"vi:{VENDOR}/2": ["3"]}
    assert list(numbers(story).values()) == ["INV-1 | PO-9001", "INV-2 | PO-9001"]


def test_packing_slips_are_invoices_and_one_slip_may_cover_two_purchase_orders(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE, vendor_invoice_from="packing_slip")
    po = story.order(10, number="PO-9001")
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 4, packing_slip="V-1")
    story.night()
    story.buyer.receive(line, 6, packing_slip="V-2")
    received(story, 2, number="PO-9002", slip="V-2")
    received(story, 5, number="PO-9003")
    story.night()
    story.night()
    assert story.quantities() == {f"vi:{VENDOR}/1": ["4"], f"vi:{VENDOR}/2": ["6", "2"]}
    assert list(numbers(story).values()) == ["V-1 | PO-9001", "V-2 | PO-9001 PO-9002"]


def test_a_feed_spreads_a_purchase_order_over_its_invoices_and_holds_what_does_not_add_up(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE, vendor_invoice_from="feed")
    received(story, 10, number="PO-9001")
    story.night()
    assert (story.quantities(), story.kinds()) == ({}, {"missing_vendor_invoice"})
    feed(
        story,
        f"{VENDOR},F-1,2026-10-06,PO-9001,400.00,40.00,440.00",
        f"{VENDOR},F-2,2026-10-07,PO-9001,350.00,35.00,385.00",
    )
    story.night()
    assert list(story.quantities().values()) == [["4"]]
    assert list(numbers(story).values()) == ["F-1 | PO-9001"]
    assert story.kinds() == {"total_mismatch"}
    feed(
        story,
        f"{VENDOR},F-1,2026-10-06,PO-9001,400.00,40.00,440.00",
        f"{VENDOR},F-2,2026-10-07,PO-9001,300.00,30.00,330.00",
    )
    story.night()
    assert list(story.quantities().values()) == [["4"], ["3"]]
    assert story.kinds() == set()


def test_the_same_number_of_two_vendors_is_two_bills(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    first, second = received(story, 4, number="PO-9001"), received(story, 6, number="PO-9002")
    story.buyer.edit_po(second["id"], vendorCompany={"id": OTHER_VENDOR})
    for po in (first, second):
        story.buyer.attach_invoice(po["id"], "INV-77", ON)
    story.night()
    assert story.quantities() == {f"vi:{VENDOR}/1": ["4"], f"vi:{OTHER_VENDOR}/1": ["6"]}


def test_the_same_number_with_two_dates_is_a_case(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    for number, on in (("PO-9001", ON), ("PO-9002", date(2026, 10, 5))):
        story.buyer.attach_invoice(received(story, 4, number=number)["id"], "INV-77", on)
    story.night()
    assert (story.quantities(), story.kinds()) == ({}, {"duplicate_vendor_invoice"})


def test_a_second_order_on_an_approved_invoice_is_a_case_and_the_bill_stays(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    story.buyer.attach_invoice(received(story, 4, number="PO-9001")["id"], "INV-77", ON)
    story.night()
    key = f"vi:{VENDOR}/1"
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    approved = dict(story.document(key))
    story.buyer.attach_invoice(received(story, 6, number="PO-9002")["id"], "INV-77", ON)
    story.night()
    assert (story.quantities(), story.kinds()) == ({key: ["4"]}, {"duplicate_vendor_invoice"})
    assert story.document(key) == approved


def test_an_order_whose_number_is_corrected_moves_to_a_bill_of_its_own_and_nothing_is_billed_twice(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    first, second = received(story, 4, number="PO-9001"), received(story, 6, number="PO-9002")
    for po in (first, second):
        story.buyer.attach_invoice(po["id"], "INV-77", ON)
    story.night()
    story.buyer.attach_invoice(second["id"], "INV-78", ON)
    story.night()
    assert story.quantities() == {f"vi:{VENDOR}/1": ["4"]}
    story.night()
    assert story.quantities() == {f"vi:{VENDOR}/1": ["4"], f"vi:{VENDOR}/2": ["6"]}
    assert list(numbers(story).values()) == ["INV-77 | PO-9001", "INV-78 | PO-9002"]


def test_an_invoice_that_comes_after_the_draft_gives_it_number_and_date(tmp_path: Path) -> None:
    story = Story(tmp_path, bill={"date": "vendor_invoice"})
    po = received(story, 4, number="PO-9001")
    story.night()
    key = f"po:{po['id']}"
    story.bookkeeper.edit_line(story.document(key)["InvoiceID"], 0, Description="As agreed with Ann")
    story.buyer.attach_invoice(po["id"], "INV-77", date(2026, 10, 3))
    story.night()
    document = story.document(key)
    assert (document["InvoiceNumber"], f"{document['Date']}"[:10]) == ("INV-77 | PO-9001", "2026-10-03")
    assert document["LineItems"][0]["Description"] == "As agreed with Ann"


def test_an_invoice_that_comes_after_approval_is_a_case_and_nothing_is_written(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = received(story, 4, number="PO-9001")
    story.night()
    key = f"po:{po['id']}"
    story.bookkeeper.approve(story.document(key)["InvoiceID"])
    approved, writes = dict(story.document(key)), len(story.writes())
    story.buyer.attach_invoice(po["id"], "INV-77", ON)
    story.night()
    (case,) = story.session().case_book.cases()
    assert case.case.kind == "changed_after_authorised"
    assert "INV-77" in case.case.what_happened
    assert (story.document(key), len(story.writes())) == (approved, writes)


def test_a_number_that_changes_alone_corrects_the_last_invoice_and_no_earlier_one(tmp_path: Path) -> None:
    """The number of the first invoice is on no field any more, and still the number of its bill."""
    story = Story(tmp_path, **AT_THE_INVOICE)
    po = story.order(10, number="PO-9001")
    (line,) = story.lines(po)
    for quantity, number in ((4, "I-1"), (3, "I-2")):
        story.buyer.receive(line["id"], quantity)
        story.buyer.attach_invoice(po["id"], number, ON)
        story.night()
    story.buyer.attach_invoice(po["id"], "I-2B", ON)
    story.night()
    assert list(numbers(story).values()) == ["I-1 | PO-9001", "I-2B | PO-9001"]
    for key in numbers(story):
        story.bookkeeper.approve(story.document(key)["InvoiceID"])
    story.buyer.attach_invoice(po["id"], "I-3", ON)
    story.night()
    case = story.open_case("changed_after_authorised").case
    assert "I-2B" in case.what_happened
    assert len(case.bill_keys) == len(story.session().case_book.cases()) == 1
    assert list(numbers(story).values()) == ["I-1 | PO-9001", "I-2B | PO-9001"]


def test_one_invoice_that_comes_after_two_drafts_gives_both_its_number(tmp_path: Path) -> None:
    story = Story(tmp_path, events={"partially_received": "draft_bill"}, bill={"one_per": "receipt"})
    po = story.order(10, number="PO-9001")
    (line,) = story.lines(po)
    for quantity in (4, 3):
        story.buyer.receive(line["id"], quantity)
        story.night()
    for number in ("INV-77", "INV-77B"):
        story.buyer.attach_invoice(po["id"], number, ON)
        story.night()
        assert len(numbers(story)) == 2
        assert all(number in one.split() for one in numbers(story).values())


def test_a_number_that_is_corrected_on_one_order_of_an_approved_invoice_is_a_case(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    _, second, key = approved_over_two(story)
    story.night()
    assert not story.kinds()
    story.buyer.attach_invoice(second["id"], "INV-78", ON)
    story.night()
    assert story.kinds() == {"changed_after_authorised"}
    assert "now reads INV-77, INV-78" in story.open_case("changed_after_authorised").case.what_happened
    assert story.quantities() == {key: ["4", "6"]}
    story.settle("changed_after_authorised", "release")
    story.night()
    assert not story.kinds()
    assert story.quantities() == {key: ["4", "6"]}


def test_goods_of_an_approved_invoice_that_go_back_are_credited_once(tmp_path: Path) -> None:
    events = {"vendor_invoice_received": "draft_bill", "reversed": "draft_credit_note"}
    story = Story(tmp_path, events=events, bill={"one_per": "vendor_invoice"})
    first, second, key = approved_over_two(story)
    for po in (first, second):
        story.buyer.unreceive(story.lines(po)[0]["id"], 1)
    for _ in range(3):
        story.night()
    assert story.quantities() == {key: ["4", "6"], f"{key}/c:1": ["-1", "-1"]}


def test_no_change_of_decision_bills_goods_twice(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.order(10, number="PO-9001")
    line = story.lines(po)[0]["id"]
    story.decide(**AT_THE_INVOICE)
    story.buyer.receive(line, 4)
    story.buyer.attach_invoice(po["id"], "INV-1", ON)
    story.night()
    story.decide()
    story.buyer.receive(line, 3)
    story.night()
    story.decide(**AT_THE_INVOICE)
    story.buyer.receive(line, 3)
    story.buyer.attach_invoice(po["id"], "INV-2", ON)
    for _ in range(3):
        story.night()
    assert sum(Decimal(quantity) for found in story.quantities().values() for quantity in found) == 10


def test_a_slip_that_goes_on_over_three_orders_bills_all_of_them_whoever_approves_in_between(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE, vendor_invoice_from="packing_slip")
    key = f"vi:{VENDOR}/1"
    for index, (quantity, expected) in enumerate(((4, key), (6, f"{key}/s:1"), (3, f"{key}/s:2")), start=1):
        received(story, quantity, number=f"PO-900{index}", slip="V-1")
        story.night()
        story.bookkeeper.approve(story.document(expected)["InvoiceID"])
    story.night()
    assert story.quantities() == {key: ["4"], f"{key}/s:1": ["6"], f"{key}/s:2": ["3"]}
    assert story.kinds() == set()


REFUSED = {"ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred"}


def refused_once(story: Story) -> None:
    """A night in which Xero refuses every new bill."""
    story.xero.faults.add(
        Fault(
            system="xero", kind="status", method="PUT", path_contains="/Invoices", status=400, body=REFUSED, times=None
        )
    )
    story.night()
    story.xero.faults.clear()
    assert story.quantities() == {}


def test_bills_of_the_feed_that_xero_refused_once_still_stand_for_their_own_invoices(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE, vendor_invoice_from="feed")
    received(story, 10, number="PO-9001")
    feed(
        story,
        f"{VENDOR},F-1,2026-10-06,PO-9001,400.00,40.00,440.00",
        f"{VENDOR},F-2,2026-10-06,PO-9001,600.00,60.00,660.00",
    )
    refused_once(story)
    for _ in range(2):
        story.night()
    assert list(numbers(story).values()) == ["F-1 | PO-9001", "F-2 | PO-9001"]
    assert list(story.quantities().values()) == [["4"], ["6"]]


def test_more_under_the_number_of_a_bill_that_xero_refused_goes_on_that_bill(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    po = story.order(10, number="PO-9001")
    line = story.lines(po)[0]["id"]
    story.buyer.receive(line, 4)
    story.buyer.attach_invoice(po["id"], "INV-77", ON)
    refused_once(story)
    story.buyer.receive(line, 6)
    for _ in range(2):
        story.night()
    assert story.quantities() == {f"vi:{VENDOR}/1": ["10"]}


def test_the_question_about_a_bill_over_two_orders_names_the_one_whose_goods_went_back(tmp_path: Path) -> None:
    story = Story(tmp_path, **AT_THE_INVOICE)
    first, _, _ = approved_over_two(story)
    story.buyer.unreceive(story.lines(first)[0]["id"], 4)
    story.night()
    case = story.open_case("reversed_after_authorised").case
    assert set(case.po_numbers) == {"PO-9001", "PO-9002"}
    assert "PO-9001" in case.what_happened.partition(" differ: ")[0]
