"""Coverage: every purchase order is accounted for, every figure leads somewhere, and a fault in either shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import Story

from cwxero_dagster import frames
from cwxero_dagster.checks.covering import every_figure_leads_somewhere, every_purchase_order_is_accounted_for
from cwxero_dagster.pipeline import covering, reading
from cwxero_dagster.pipeline.session import Session

Spoil = Callable[..., None]
TWO_OF_A_NUMBER = 4034
"""A healthy order whose number, PO-1027, another one has too."""


@pytest.fixture
def rows(session: Session) -> list[dict[str, Any]]:
    """The coverage of the worked world, kept."""
    reading.read_xero(session, night=None)
    covering.keep_coverage(session, live=True)
    return frames.Coverage.rows(session.warehouse.read(frames.Coverage))


def of_order(rows: list[dict[str, Any]], po: str | int) -> dict[str, Any]:
    (found,) = [row for row in rows if po in {row["po_number"], row["po_id"]} and row["part"] == "order"]
    return found


def test_a_sync_keeps_the_coverage_of_every_order_and_both_checks_pass(june: Any) -> None:
    passed = june.office.evaluations(june.result)
    assert passed["coverage", "every_purchase_order_is_accounted_for"].passed
    assert passed["coverage", "every_figure_leads_somewhere"].passed
    metadata = june.office.metadata_of(june.result, "coverage")
    assert metadata["purchase_orders"].value == len(list(june.simulation.store.all("cw.purchaseorders")))
    assert "AUD" in metadata["received_not_billed"].value


def test_the_worked_world_is_accounted_for_to_the_cent(session: Session, rows: list[dict[str, Any]]) -> None:
    assert every_purchase_order_is_accounted_for(session).findings == ()
    assert every_figure_leads_somewhere(session).findings == ()
    billed = sum(row["billed_amount"] for row in rows if row["part"] == "order" and row["currency_code"] == "AUD")
    ours = {bill.xero_id for bill in session.ledger.view().bills.values()}
    documents = frames.XeroDocuments.rows(session.warehouse.current(frames.XeroDocuments))
    nets = [
        -document["net"] if document["document_type"] == "ACCPAYCREDIT" else document["net"]
        for document in documents
        if document["document_id"] in ours and document["currency_code"] == "AUD"
    ]
    assert billed == sum(nets)


def test_what_waits_leads_to_its_case_and_what_is_billed_to_its_bill(rows: list[dict[str, Any]]) -> None:
    held = of_order(rows, "PO-1015")
    assert held["received_not_billed_amount"] == held["ordered_amount"] > 0
    (case_id,) = json.loads(held["case_ids"])
    assert json.loads(held["leads_to"])["received_not_billed"] == (
        f"held (case {case_id}): The contact Lantern Hardware is archived in Xero."
    )
    billed = of_order(rows, TWO_OF_A_NUMBER)
    assert json.loads(billed["leads_to"])["billed"].endswith("| PO-1027 in Xero (draft)")
    assert json.loads(billed["bill_keys"]) == ["po:4034"]


def test_an_order_has_a_row_for_each_of_its_lines(rows: list[dict[str, Any]]) -> None:
    lines = [row for row in rows if row["po_id"] == TWO_OF_A_NUMBER and row["part"] == "line"]
    assert {row["line_id"] for row in lines} >= {9114}
    assert sum(row["ordered_amount"] for row in lines) <= of_order(rows, TWO_OF_A_NUMBER)["ordered_amount"]


@pytest.mark.usefixtures("rows")
def test_a_figure_that_nothing_explains_is_found(session: Session, spoil: Spoil) -> None:
    spoil(
        'update bills.coverage set leads_to = \'{"received_not_billed": ""}\' '
        "where po_number = 'PO-1015' and part = 'order'"
    )
    (finding,) = every_figure_leads_somewhere(session).findings
    assert finding.what.startswith("Nothing explains, of purchase order PO-1015: received not billed ")
    assert finding.purchase_orders == ("PO-1015",)


@pytest.mark.usefixtures("rows")
def test_a_line_that_does_not_add_up_is_found(session: Session, spoil: Spoil) -> None:
    spoil("update bills.coverage set open_amount = open_amount + 0.01 where line_id = 9114")
    whats = [finding.what for finding in every_purchase_order_is_accounted_for(session).findings]
    assert any(what.endswith("does not add up: 0 in quantity, -0.01 AUD in money.") for what in whats)
    assert "The lines of purchase order PO-1027 add up to another figure: open." in whats


@pytest.mark.usefixtures("rows")
def test_an_order_that_the_table_forgot_is_found(session: Session, spoil: Spoil) -> None:
    spoil("delete from bills.coverage where po_id = 4034")
    (finding,) = every_purchase_order_is_accounted_for(session).findings
    assert finding.what == "Purchase order PO-1027 has no coverage."


@pytest.mark.usefixtures("rows")
def test_goods_that_arrived_and_are_nowhere_are_found(session: Session, spoil: Spoil) -> None:
    spoil("update bills.receipts set quantity = quantity + 1 where line_id = 9114")
    (finding,) = every_purchase_order_is_accounted_for(session).findings
    assert finding.what.endswith(": 8 arrived, and bills and what waits account for 7.")


@pytest.mark.usefixtures("rows")
def test_a_bill_that_xero_holds_for_another_total_is_found(session: Session, spoil: Spoil) -> None:
    spoil(
        "update staged.xero_documents set net = net + 1 where document_id = "
        "(select xero_id from ledger.bills where bill_key = 'po:4034')"
    )
    (finding,) = every_purchase_order_is_accounted_for(session).findings
    assert finding.what.startswith("Xero's bills of purchase order PO-1027 come to ")
    assert finding.money[0][1] > Decimal(0)


ON = date(2026, 10, 6)


@pytest.fixture(params=["Exclusive", "Inclusive"])
def shared_bill(request: pytest.FixtureRequest, tmp_path: Path) -> Story:
    """One vendor invoice over two purchase orders, drafted as one bill; a third order of the same firm has its own."""
    bill = {"one_per": "vendor_invoice", "line_amounts": request.param}
    story = Story(tmp_path, events={"vendor_invoice_received": "draft_bill"}, bill=bill)
    for number, quantity, invoice in (("PO-9001", 4, "INV-77"), ("PO-9002", 6, "INV-77"), ("PO-9003", 1, "INV-78")):
        po = story.order(quantity, number=number)
        story.buyer.receive(story.lines(po)[0]["id"], quantity)
        story.buyer.attach_invoice(po["id"], invoice, ON)
    story.night()
    return story


def kept(story: Story) -> tuple[Session, list[dict[str, Any]]]:
    """The coverage of a story's orders as Xero holds their bills now."""
    session = story.session()
    reading.read_xero(session, night=None)
    covering.keep_coverage(session, live=True)
    return session, frames.Coverage.rows(session.warehouse.read(frames.Coverage))


def test_a_bill_over_several_orders_is_shared_out_to_the_cent(shared_bill: Story) -> None:
    session, rows = kept(shared_bill)
    billed = [of_order(rows, number)["billed_amount"] for number in ("PO-9001", "PO-9002", "PO-9003")]
    assert billed == [Decimal(400), Decimal(600), Decimal(100)]
    assert every_purchase_order_is_accounted_for(session).findings == ()
    session.close()


def test_what_a_person_changed_on_a_bill_over_several_orders_counts_as_billed_once(shared_bill: Story) -> None:
    (document,) = [bill for bill in shared_bill.bills() if "PO-9001" in bill["InvoiceNumber"]]
    shared_bill.bookkeeper.edit_line(document["InvoiceID"], 0, UnitAmount=Decimal("90.00"))
    net = shared_bill.store.get("xero.invoices", document["InvoiceID"])["SubTotal"]
    shared_bill.clock.travel(60)
    session, rows = kept(shared_bill)
    assert of_order(rows, "PO-9001")["billed_amount"] + of_order(rows, "PO-9002")["billed_amount"] == net < 1000
    assert every_purchase_order_is_accounted_for(session).findings == ()
    session.close()


def test_a_bill_over_several_orders_that_xero_holds_for_another_total_is_found(shared_bill: Story) -> None:
    session, _ = kept(shared_bill)
    with session.warehouse.transaction() as connection:
        connection.execute("update staged.xero_documents set net = net + 1 where number like '%PO-9001%'")
    (finding,) = every_purchase_order_is_accounted_for(session).findings
    assert finding.what == (
        "Xero's bills of the purchase orders PO-9001, PO-9002 come to 1,001.00 net, and 1,000.00 counts as billed."
    )
    assert finding.purchase_orders == ("PO-9001", "PO-9002")
    session.close()
