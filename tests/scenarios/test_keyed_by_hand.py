"""The manual pattern: nothing is ever written, and a worklist says what to key until Xero holds it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from story import CYCLE, VENDOR, Story, balances

from cwxero_dagster import frames
from cwxero_dagster.cli.explain import explain
from cwxero_dagster.pipeline import covering, keying, reading
from cwxero_dagster.pipeline.reporting import PackFiles, write_pack
from cwxero_dagster.pipeline.worklist import read_worklist
from cwxero_dagster.sandbox.xero import BookLine

MANUAL = {"events": {"fully_received": "nothing", "vendor_invoice_received": "nothing"}}


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A live firm with a signed decision that creates no bill."""
    return Story(tmp_path, **MANUAL)


def to_key(story: Story) -> list[dict[str, str]]:
    """The worklist after a night, as the bookkeeper opens it."""
    story.night()
    session = story.session()
    _, path = keying.keep_bills_to_key(session, CYCLE, live=True)
    session.close()
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def key(story: Story, rows: Sequence[dict[str, str]], **changes: Any) -> dict[str, Any]:
    """Key exactly what the rows of one bill say."""
    contacts = {contact["Name"]: contact["ContactID"] for contact in story.store.all("xero.contacts")}
    rates = {rate["Name"]: rate["TaxType"] for rate in story.store.all("xero.taxrates")}
    lines = [
        BookLine(
            description=row["description"],
            quantity=Decimal(row["quantity"]),
            unit_amount=Decimal(row["unit_amount"]),
            account_code=row["account"].split()[0],
            tax_type=rates[row["tax_rate"]],
        )
        for row in rows
    ]
    first = rows[0]
    given = {"number": first["number"], "on": date.fromisoformat(first["date"]), **changes}
    return story.bookkeeper.key_bill(contacts[first["vendor"]], lines=lines, **given)


def test_nothing_is_written_and_the_worklist_says_each_line(story: Story) -> None:
    story.received(4, 2, number="PO-9001")
    rows = to_key(story)
    assert story.writes() == []
    assert [(row["po_numbers"], row["number"], row["position"]) for row in rows] == [
        ("PO-9001", "PO-9001", "1"),
        ("PO-9001", "PO-9001", "2"),
    ]
    assert [row["quantity"].rstrip("0").rstrip(".") for row in rows] == ["4", "2"]
    assert {row["vendor"] for row in rows} == {_contact_of(story, VENDOR)}
    assert all(row["account"] and row["tax_rate"] and row["due_date"] for row in rows)
    assert Decimal(rows[0]["net"]) == Decimal("600.00")


def test_a_firm_that_keys_each_delivery_finds_each_on_the_worklist(tmp_path: Path) -> None:
    story = Story(tmp_path, **MANUAL, bill={"one_per": "receipt"})
    po = story.order(10, number="PO-9001")
    story.receive(po, 4)
    story.until_lines_are_known()
    first = to_key(story)
    assert [(row["number"], Decimal(row["quantity"])) for row in first] == [("PO-9001/1", 4)]
    key(story, first)
    story.receive(po, 6)
    story.until_lines_are_known()
    second = to_key(story)
    assert [(row["number"], Decimal(row["quantity"])) for row in second] == [("PO-9001/2", 6)]
    key(story, second)
    assert to_key(story) == []
    assert (story.writes(), [bill["SubTotal"] for bill in story.bills()][-2:]) == ([], [Decimal(400), Decimal(600)])
    balances(story)


def test_what_the_sync_billed_before_the_firm_keys_by_hand_is_not_keyed_again_and_more_of_it_is(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path)
    approved, drafted = story.received(10, number="PO-9001"), story.received(5, number="PO-9002")
    story.night()
    story.bookkeeper.approve(story.document(f"po:{approved['id']}")["InvoiceID"])
    story.decide(**MANUAL)
    line = story.lines(approved)[0]["id"]
    story.buyer.edit_line(line, quantity=Decimal(13))
    story.buyer.receive(line, 3)
    story.received(2, number="PO-9003")
    writes = len(story.writes())
    rows = to_key(story)
    assert len(story.writes()) == writes
    assert story.quantities() == {f"po:{approved['id']}": ["10"], f"po:{drafted['id']}": ["5"]}
    assert {(row["number"], row["net"]) for row in rows} == {("PO-9001/S1", "300.00"), ("PO-9003", "200.00")}


def test_a_bill_leaves_the_worklist_once_it_is_keyed_and_covers_its_order(story: Story) -> None:
    po = story.received(4, number="PO-9001")
    rows = to_key(story)
    keyed = key(story, rows)
    assert keyed["Total"] == Decimal(rows[0]["total"])
    assert to_key(story) == []
    assert story.writes() == []
    covered = _coverage(story, po["id"])
    assert (covered["billed_elsewhere_amount"], covered["received_not_billed_amount"]) == (
        Decimal("400.00"),
        Decimal(0),
    )
    assert "Keyed by hand: PO-9001 in Xero (draft)." in covered["leads_to"]


def test_what_waits_to_be_keyed_is_received_and_not_billed(story: Story) -> None:
    po = story.received(4)
    to_key(story)
    covered = _coverage(story, po["id"])
    assert covered["received_not_billed_amount"] == Decimal("400.00")
    assert "it is to be keyed by hand" in covered["leads_to"]


def test_a_bill_that_was_deleted_again_comes_back(story: Story) -> None:
    story.received(4)
    keyed = key(story, to_key(story))
    story.bookkeeper.delete(keyed["InvoiceID"])
    assert len(to_key(story)) == 1


def test_two_equal_deliveries_are_two_bills_though_only_one_was_keyed(story: Story) -> None:
    story.received(4, number="PO-9001")
    story.received(4, number="PO-9002")
    rows = to_key(story)
    key(story, [rows[0]], number="INV 17")
    assert [row["po_numbers"] for row in to_key(story)] == ["PO-9002"]


def test_a_statement_that_names_both_orders_ends_both(story: Story) -> None:
    story.received(4, number="PO-9001")
    story.received(3, number="PO-9002")
    rows = to_key(story)
    key(story, rows, number="PO-9001 PO-9002")
    assert to_key(story) == []


def test_what_is_to_be_looked_at_first_is_said(story: Story) -> None:
    vendors = story.seeds / "vendors.csv"
    kept = [row for row in vendors.read_text(encoding="utf-8").splitlines() if not row.startswith(f"{VENDOR},")]
    vendors.write_text("\n".join(kept) + "\n", encoding="utf-8")
    story.received(4)
    (row,) = to_key(story)
    assert "has no Xero contact" in row["before_you_key"]
    assert row["vendor"]


def test_the_pack_says_what_is_left_to_key_and_accrues_nothing_that_was_keyed(story: Story) -> None:
    story.received(4, number="PO-KEYED")
    key(story, to_key(story))
    story.received(3, number="PO-LEFT")
    files = packed(story)
    left = "To key by hand: 1 bill, 330.00 AUD, line by line in bills_to_key.csv beside this file."
    for text in (files.page.read_text(encoding="utf-8"), str(summary_of(files))):
        assert f"The lifecycle decision creates no bill. {left}" in text
    assert "No bill is due" not in files.page.read_text(encoding="utf-8")
    assert [(row.po_number, row.amount, row.why.split(":")[0]) for row in files.pack.goods] == [
        ("PO-LEFT", Decimal("300.00"), "To be keyed by hand")
    ]
    assert [(row.po_number, row.amount) for row in files.pack.keyed] == [("PO-KEYED", Decimal("400.00"))]
    assert files.pack.accrual.money == {"AUD": Decimal("300.00")}
    assert [(bill.po_numbers, bill.stands) for bill in files.pack.drafts] == [
        (("PO-KEYED",), ("AUD", Decimal("440.00")))
    ]
    key(story, to_key(story))
    files = packed(story)
    assert "nothing of this cycle is left to key by hand" in files.page.read_text(encoding="utf-8")
    assert files.pack.goods == ()


def test_the_night_comes_back_to_a_cycle_until_everything_is_keyed(story: Story) -> None:
    story.received(4)
    rows = to_key(story)
    assert _worklist(story) == [CYCLE]
    key(story, rows)
    story.night()
    assert _worklist(story) == []


def test_where_bills_are_created_there_is_no_worklist(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.received(4)
    story.night()
    rows, path = keying.keep_bills_to_key(story.session(), CYCLE, live=True)
    assert (rows, path) == ([], None)


def packed(story: Story) -> PackFiles:
    """The review pack after a night."""
    story.night()
    session = story.session()
    files = write_pack(session, CYCLE)
    session.close()
    return files


def summary_of(files: PackFiles) -> list[Any]:
    """Every cell of the workbook's first sheet."""
    sheet = openpyxl.load_workbook(files.workbook).worksheets[0]
    return [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]


def _contact_of(story: Story, vendor_id: int) -> str:
    with (story.seeds / "vendors.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    (name,) = [row["xero_contact_name"] for row in rows if row["connectwise_vendor_id"] == str(vendor_id)]
    return name


def _worklist(story: Story) -> list[str]:
    session = story.session()
    reading.note_cycles_with_work(session)
    session.close()
    return read_worklist(story.home)


def _coverage(story: Story, po_id: int) -> dict[str, Any]:
    session = story.session()
    covering.keep_coverage(session, live=True)
    rows = frames.Coverage.rows(session.warehouse.read(frames.Coverage))
    session.close()
    (row,) = [row for row in rows if row["po_id"] == po_id and row["part"] == "order"]
    return row


def test_what_an_earlier_decision_published_is_not_keyed_and_what_comes_after_it_is(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po, _ = story.received(10, number="PO-1001"), story.received(5, number="PO-1002")
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    line = story.lines(po)[0]["id"]
    story.buyer.edit_line(line, quantity=Decimal(13))
    story.buyer.receive(line, 3)
    story.night()
    assert story.quantities() == {"po:1": ["10"], "po:1/s:1": ["3"], "po:2": ["5"]}
    before, writes = story.published(), len(story.writes())
    story.decide(**MANUAL)
    assert to_key(story) == []
    story.buyer.edit_line(line, quantity=Decimal(20))
    story.buyer.receive(line, 7)
    rows = to_key(story)
    assert story.published() == before
    assert len(story.writes()) == writes
    assert [(row["po_numbers"], row["quantity"].rstrip("0").rstrip(".")) for row in rows] == [("PO-1001", "7")]
    told = explain(story.session(), "PO-1001")["next_step"]
    assert "key the bill PO-1001/S2 for 770.00 AUD" in told
    assert told.count("key the bill") == 1
    key(story, rows)
    assert to_key(story) == []
    covered = _coverage(story, po["id"])
    assert (covered["billed_amount"], covered["billed_elsewhere_amount"]) == (Decimal("1300.00"), Decimal("700.00"))


def test_a_draft_of_an_earlier_decision_goes_on_following_its_order(tmp_path: Path) -> None:
    story = Story(tmp_path)
    po = story.received(10, number="PO-1001")
    story.night()
    story.decide(**MANUAL)
    line = story.lines(po)[0]["id"]
    story.buyer.edit_line(line, quantity=Decimal(13))
    story.buyer.receive(line, 3)
    assert to_key(story) == []
    assert story.quantities() == {"po:1": ["13"]}


@pytest.mark.parametrize("reversed_as", ["open_case", "draft_credit_note"])
def test_a_credit_that_the_sync_drafts_or_holds_is_not_to_be_keyed(tmp_path: Path, reversed_as: str) -> None:
    """An earlier decision published the bill; under the one in force the sync still gives back what went back."""
    story = Story(tmp_path)
    po = story.received(10)
    story.night()
    bill = story.document("po:1")["InvoiceID"]
    if reversed_as == "draft_credit_note":  # the credit is asked about, as she had lowered the bill
        story.bookkeeper.edit_line(bill, 0, Quantity=Decimal(8))
    story.bookkeeper.approve(bill)
    story.night()
    story.decide(events={**MANUAL["events"], "reversed": reversed_as})
    story.buyer.unreceive(story.lines(po)[0]["id"], 4)
    assert to_key(story) == []
    if reversed_as == "open_case":
        story.settle("reversed_after_authorised", "credit")
    said = explain(story.session(), po["poNumber"])["next_step"]
    assert "key the supplier credit" not in said
    assert to_key(story) == []
