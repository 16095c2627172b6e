"""The pack's figures, worked out again from what the simulated systems hold and from nothing else of the product.

What belongs here: a month with one of everything that the pack counts, sums over the systems' own records, and the same
figure in every place that shows it. What does not: what a bill has to say (tests/scenarios), the sheets' looks
(test_pack_files).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from filled_in import read
from spreadsheets import needs_libreoffice, worked_out_again
from story import CYCLE, VENDOR, Story

from cwxero_dagster.assets.packs import pack_metadata
from cwxero_dagster.cli import order_story
from cwxero_dagster.cli.answers import review_answer
from cwxero_dagster.cli.explain import explain
from cwxero_dagster.payables.money import moneys_text
from cwxero_dagster.payables.reports.bills import IN_XERO
from cwxero_dagster.pipeline.news import write_news
from cwxero_dagster.pipeline.reporting import PackFiles, write_pack
from cwxero_dagster.review.page import together, vendors
from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.sandbox.xero.desk import BookLine

AMERICAN, UNMAPPED = 808, 829
DAY = date(2026, 10, 6)
Money = dict[str, Decimal]
ORDERS = (
    ("PO-7001", VENDOR, "31.35", 3, 3),
    ("PO-7002", VENDOR, "1234.56", 7, 7),
    ("PO-7003", VENDOR, "0.333", 9, 9),
    ("PO-7004", AMERICAN, "219.99", 2, 2),
    ("PO-7005", UNMAPPED, "87.45", 5, 5),
    ("PO-7006", VENDOR, "55.05", 8, 3),
    ("PO-7007", AMERICAN, "18.18", 4, 1),
    ("PO-7008", VENDOR, "410.00", 2, 0),
    ("PO-7009", VENDOR, "64.10", 6, 7),
    ("PO-7010", UNMAPPED, "9.99", 1, 1),
    ("PO-7011", AMERICAN, "0.04", 1, 1),
    ("PO-7012", VENDOR, "100.00", 2, 2),
    ("PO-7013", VENDOR, "70.00", 2, 2),
)
"""Number, vendor, unit cost, ordered, received."""


class Month(Story):
    """Published, approved, paid, held, received in part, paid early, changed in Xero, out by cents: two currencies."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, accrual={"account": "820"}, tax_difference={"limit": "0.05"})
        for name, vendor, cost, ordered, received in ORDERS:
            self.bought(name, vendor, cost, ordered, received)
        cents = self.po("PO-7001")["id"]
        self.buyer.set_freight(cents, Decimal("25.00"), tax=Decimal("2.52"))
        self.night()
        approved, paid = self.bill_of("PO-7001"), self.bill_of("PO-7002")
        for bill in (approved, paid):
            self.bookkeeper.approve(bill["InvoiceID"])
        self.bookkeeper.pay(paid["InvoiceID"])
        for name, price in (("PO-7012", "150.00"), ("PO-7013", "71.00")):
            self.bookkeeper.edit_line(self.bill_of(name)["InvoiceID"], 0, UnitAmount=Decimal(price))
        self.bookkeeper.approve(self.bill_of("PO-7013")["InvoiceID"])
        early = self.bookkeeper.key_bill(
            paid["Contact"]["ContactID"], "PREPAID PO-7008",
            [BookLine(description="Two of them", quantity=Decimal(2), unit_amount=Decimal(410), account_code="310",
                      tax_type="INPUT")], on=DAY, status="AUTHORISED",
        )  # fmt: skip
        self.bookkeeper.pay(early["InvoiceID"])
        self.night()
        session = self.session()
        self.files: PackFiles = write_pack(session, CYCLE)
        session.close()

    def bought(self, name: str, vendor: int, cost: str, ordered: int, received: int) -> None:
        hardware = [item["id"] for item in self.store.all("cw.catalog") if item["category"]["name"] == "Hardware"]
        line = NewLine(product_id=hardware[0], quantity=Decimal(ordered), unit_cost=Decimal(cost))
        order = self.buyer.raise_po(vendor, [line], number=name, on=DAY)
        for each in self.lines(order) if received else ():
            self.buyer.receive(each["id"], received, on=DAY)

    def po(self, name: str) -> dict[str, Any]:
        return next(one for one in self.store.all("cw.purchaseorders") if one["poNumber"] == name)

    def po_ids_in_xero(self) -> dict[int, dict[str, Any]]:
        """The live bill of each purchase order, by the order's id in the key that its link carries."""
        found = {}
        for bill in self.bills():
            (key,) = parse_qs(urlsplit(bill.get("Url") or "").query).get("k", [""])
            if key.startswith("po:"):
                found[int(key.removeprefix("po:"))] = bill
        return found

    def shown(self, sheet: str) -> list[dict[str, Any]]:
        """The rows of a sheet, its amounts to the cent."""
        rows = [row for row in read(self.files.workbook, sheet, "Bill") if row["Purchase orders"]]
        return [
            {name: round(Decimal(str(one)), 2) if isinstance(one, float) else one for name, one in row.items()}
            for row in rows
        ]

    def bill_of(self, name: str) -> dict[str, Any]:
        return self.po_ids_in_xero()[self.po(name)["id"]]


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def added(pairs: Iterable[tuple[str, Decimal]]) -> Money:
    sums: Money = defaultdict(Decimal)
    for currency, amount in pairs:
        sums[currency] += amount
    return {currency: amount for currency, amount in sums.items() if amount}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    return Month(tmp_path_factory.mktemp("figures"))


@pytest.fixture(scope="module")
def received(month: Month) -> Money:
    """Quantity times cost of every line that is here while its order has no bill in Xero."""
    there = month.po_ids_in_xero()
    orders = {one["id"]: one for one in month.store.all("cw.purchaseorders")}
    return added(
        (
            orders[line["purchaseOrderId"]]["currency"]["currencyCode"],
            cents(Decimal(str(line["receivedQuantity"])) * Decimal(str(line["unitCost"]))),
        )
        for line in month.store.all("cw.lineitems")
        if line["purchaseOrderId"] not in there
    )


def non_zero(money: Mapping[str, Decimal]) -> Money:
    return {currency: amount for currency, amount in money.items() if amount}


def test_what_is_in_xero_is_what_xero_adds_up_to(month: Month) -> None:
    there = month.po_ids_in_xero().values()
    assert len(there) == 6
    sums = added((bill["CurrencyCode"], Decimal(str(bill["Total"]))) for bill in there)
    assert set(sums) == {"AUD", "USD"}
    assert month.files.pack.xero_money == sums
    drafts = added((bill["CurrencyCode"], Decimal(str(bill["Total"]))) for bill in there if bill["Status"] == "DRAFT")
    assert month.files.pack.drafts_money == drafts != sums
    assert added((row["Currency"], cents(Decimal(str(row["Total"])))) for row in month.shown("Drafts")) == drafts
    assert {row["Net"] for row in month.shown("Drafts") if row["Purchase orders"] == "PO-7012"} == {300}
    session = month.session()
    told = write_news(session)
    session.close()
    assert (told.in_xero, told.drafts) == (moneys_text(sums, "AUD"), moneys_text(drafts, "AUD"))
    assert together(vendors(month.files.pack)) == sums
    assert month.files.pack.figures.money[IN_XERO] == sums


def test_what_people_changed_in_xero_is_named_and_is_no_rounding(month: Month) -> None:
    ours, dollars = month.files.pack.tie_out
    assert (ours.changed, dollars.changed) == (2 * cents(Decimal("50.00") * 11 / 10) + cents(Decimal("2.20")), 0)
    (row,) = [row for row in month.shown("Bills") if row["Purchase orders"] == "PO-7013"]
    assert (row["Total"], row["Total in Xero"], row["Currency in Xero"]) == (154, Decimal("156.2"), "AUD")
    assert row["Why"] == (
        "Already approved in Xero; nothing has changed in ConnectWise since. A person made it 156.20 AUD in Xero, "
        "where 154.00 AUD was sent; it stays as it is there."
    )
    assert {row["Purchase orders"] for row in month.shown("Rounding")} == {"PO-7001"}
    page = month.files.page.read_text(encoding="utf-8")
    assert " + changed in Xero 112.20 =" in page


def test_what_is_held_is_asked_about_once_with_its_money(month: Month) -> None:
    def net(name: str) -> Decimal:
        (line,) = month.lines(month.po(name))
        return cents(Decimal(str(line["receivedQuantity"])) * Decimal(str(line["unitCost"])))

    def gross(*names: str) -> Decimal:
        return sum((net(name) + cents(net(name) / 10) for name in names), Decimal(0))

    asked = {one.title: (one.bills, dict(one.money)) for one in month.files.pack.questions}
    assert asked == {
        "Vendor without a Xero contact": (2, {"AUD": gross("PO-7005", "PO-7010")}),
        "Received more than ordered": (1, {"AUD": gross("PO-7009")}),
        "Tax or total differs between ConnectWise and Xero": (1, {"USD": net("PO-7004")}),
    }


def test_goods_without_a_bill_age_and_are_accrued_and_taken_back(month: Month, received: Money) -> None:
    pack = month.files.pack
    assert set(received) == {"AUD", "USD"}
    assert pack.goods_money == received
    days = (month.clock.now().date() - DAY).days
    (bucket,) = [one for one in pack.goods_ageing if one.count]
    assert bucket.first <= days <= (bucket.last or days)
    assert bucket.money == received
    assert {row.since for row in pack.goods} == {DAY}
    journal = added((line.currency_code, line.debit) for line in pack.accrual.lines)
    assert journal == received
    assert added((line.currency_code, line.amount) for line in pack.accrual.lines) == {}
    assert {line.account_code for line in pack.accrual.lines if line.credit} == {"820"}
    assert (pack.accrual.reversed_on - pack.accrual.posted_on).days == 1


def test_what_was_paid_and_did_not_come_is_named(month: Month) -> None:
    ours = [(row.po_number, row.not_received, row.currency_code) for row in month.files.pack.paid]
    assert ours == [("PO-7008", Decimal("820.00"), "AUD")]


def test_cents_that_differ_are_those_of_the_freight_tax(month: Month) -> None:
    (odd,) = month.files.pack.cents
    assert odd.po_numbers == ("PO-7001",)
    assert odd.tax_difference == Decimal("2.50") - Decimal("2.52")
    assert odd.xero_total == Decimal(str(month.bill_of("PO-7001")["Total"]))


def test_every_place_shows_the_same_figures_to_the_cent(month: Month, received: Money) -> None:
    pack, metadata = month.files.pack, pack_metadata(month.files)
    page = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", month.files.page.read_text(encoding="utf-8"))))
    answer = {line["currency"]: line for line in review_answer(month.files)["tie_out"]}
    told = {(row.data["currency"], row.data["what"]): row.data["amount"] for row in metadata["tie_out"].value.records}
    for line in pack.tie_out:
        code = line.currency_code
        assert answer[code]["due"] == f"{line.due:.2f}"
        assert told[code, "due"] == f"{line.due:,.2f}"
        assert f"Due {line.due:,.2f} {code}" in page
        assert answer[code]["unexplained"] == told[code, "unexplained"] == "0.00"
    for name, money in (("in_xero", pack.xero_money), ("held", pack.held_money), ("received_not_billed", received)):
        shown = ", ".join(f"{amount:,.2f} {code}" for code, amount in sorted(non_zero(money).items()))
        assert str(metadata[name].value if hasattr(metadata[name], "value") else metadata[name]) == shown
        for code, amount in non_zero(money).items():
            assert f"{amount:,.2f} {code}" in page, (name, code)


def test_the_story_of_an_order_is_told_in_grouped_digits(month: Month, capsys: pytest.CaptureFixture[str]) -> None:
    session = month.session()
    order_story.story(explain(session, "PO-7002"))
    session.close()
    told = capsys.readouterr().out
    total = Decimal(str(month.bill_of("PO-7002")["Total"]))
    assert total > 1000
    assert f"for {total:,.2f} AUD" in told
    assert f": {total:,.2f} AUD, " in told
    assert re.findall(r"(?<![\w.,=])[0-9]{4,}\.[0-9]{2}", told) == []


def test_the_volume_a_month_is_what_connectwise_holds_quiet_months_included(tmp_path: Path) -> None:
    quarter = Story(tmp_path)
    product = next(iter(quarter.store.all("cw.catalog")))["id"]
    default = next(one["id"] for one in quarter.store.all("cw.purchaseorderstatuses") if one.get("defaultFlag"))
    for month, orders in ((6, 9), (8, 2), (9, 5)):  # nothing in July
        for _ in range(orders):
            line = NewLine(product_id=product, quantity=Decimal(1), unit_cost=Decimal(5))
            quarter.buyer.raise_po(VENDOR, [line], on=date(2026, month, 20))
    quarter.buyer.raise_po(VENDOR, [line], on=date(2026, 9, 21), status_id=default)  # never sent
    quarter.buyer.raise_po(VENDOR, [line], on=date(2026, 10, 1))  # the month is not over
    quarter.sync("2026-09")
    session = quarter.session()
    files = write_pack(session, "2026-09")
    session.close()

    sent = [one["poDate"][:7] for one in quarter.store.all("cw.purchaseorders") if one["status"]["id"] != default]
    counted = [sent.count(f"2026-{month:02d}") for month in (7, 8, 9)]
    assert counted == [0, 2, 5]
    assert files.pack.volume
    assert files.pack.volume.orders_a_month == (Decimal(sum(counted)) / 3).quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert (files.pack.volume.months, files.pack.volume.pattern) == (3, "manual")
    assert "2.3 orders a month" in files.page.read_text(encoding="utf-8")
    assert files.pack.figures.orders == sent.count("2026-09")


@needs_libreoffice
def test_the_workbook_works_the_same_figures_out_by_itself(month: Month, received: Money, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(worked_out_again(month.files.workbook, tmp_path), data_only=True)["Summary"]
    lines = [row for row in sheet.iter_rows(min_row=5, values_only=True) if row[3] is not None]
    rows = {(row[0], str(row[1]).split(" (")[0]): row[3] for row in lines}
    there = added((bill["CurrencyCode"], Decimal(str(bill["Total"]))) for bill in month.po_ids_in_xero().values())
    for currency, amount in there.items():
        assert cents(Decimal(str(rows[currency, "in Xero"]))) == amount
    for currency, amount in received.items():
        assert cents(Decimal(str(rows[currency, "Received, not billed"]))) == amount
        assert cents(Decimal(str(rows[currency, f"Accrual to post on {month.files.pack.as_at}"]))) == amount
    assert {row[5] for row in lines} == {0}


def test_what_connectwise_changed_of_an_approved_bill_is_nobodys_change_in_xero(tmp_path: Path) -> None:
    """A price that rose and goods that went back: the line names both as left, beside what she did to a third bill."""
    story = Story(tmp_path)
    orders = [story.received(pieces, number=f"PO-70{pieces}") for pieces in (4, 5, 6)]
    story.night()
    bills = [story.document(f"po:{number}")["InvoiceID"] for number in (1, 2, 3)]
    story.bookkeeper.edit_line(bills[2], 0, UnitAmount=Decimal("110.00"))
    for bill in bills:
        story.bookkeeper.approve(bill)
    story.night()
    story.buyer.edit_line(story.lines(orders[0])[0]["id"], unitCost=Decimal("140.00"))
    story.buyer.unreceive(story.lines(orders[1])[0]["id"], 2)
    story.until_lines_are_known()
    story.night()
    session = story.session()
    pack = write_pack(session, CYCLE)
    session.close()
    (line,) = pack.pack.tie_out
    assert (line.due, line.left, line.changed) == (Decimal("1606.00"), Decimal("44.00"), Decimal("66.00"))
    assert (sum(line.places.values()), line.unexplained) == (Decimal("1716.00"), 0)
    page = pack.page.read_text(encoding="utf-8")
    assert " + left as written 44.00 + changed in Xero 66.00 =" in page


def test_goods_that_wait_for_an_answer_are_not_said_to_be_no_bill_s(tmp_path: Path) -> None:
    """A draft of five, twelve received: the rest waits for procurement, who is asked why more came than was ordered."""
    story = Story(tmp_path, events={"partially_received": "draft_bill"})
    order = story.order(5, number="PO-7020")
    story.receive(order, 5)
    story.night()
    story.buyer.receive(story.lines(order)[0]["id"], 7)
    story.night()
    session = story.session()
    pack = write_pack(session, CYCLE)
    session.close()
    assert story.kinds() == {"quantity_mismatch"}
    (row,) = pack.pack.goods
    assert (row.quantity, row.amount) == (7, Decimal("700.00"))
    assert "12" in row.why
    assert "No bill is due" not in row.why


def test_a_price_that_another_bill_makes_up_for_is_no_rounding(tmp_path: Path) -> None:
    story = Story(tmp_path)
    order = story.received(4, number="PO-7021")
    story.buyer.edit_line(story.lines(order)[0]["id"], tax=Decimal("40.00"))
    story.night()
    story.bookkeeper.approve(story.document("po:1")["InvoiceID"])
    story.buyer.edit_line(story.lines(order)[0]["id"], unitCost=Decimal("140.00"), tax=Decimal("56.00"))
    story.until_lines_are_known()
    story.night()
    story.settle("changed_after_authorised", "supplement")
    story.night()
    story.night()
    session = story.session()
    pack = write_pack(session, CYCLE)
    session.close()
    assert story.document("po:1/s:1")["Total"] == Decimal("176.00")
    assert not story.kinds()
    assert pack.pack.cents == ()
