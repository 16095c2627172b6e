"""A case over a bill, a supplier credit and another currency comes to the same money wherever it is shown.

What belongs here: one question, read in every place. What does not: the pack's other figures
(test_figures_by_another_way).
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from filled_in import read
from story import CYCLE, VENDOR, Story

from cwxero_dagster.checks.mapping import every_account_is_mapped
from cwxero_dagster.checks.publishing import no_open_cases
from cwxero_dagster.cli import showing
from cwxero_dagster.cli.answers import cases_answer, sync_answer
from cwxero_dagster.pipeline.bill_frames import asked_about
from cwxero_dagster.pipeline.billing import kept_plan
from cwxero_dagster.pipeline.news import write_news
from cwxero_dagster.pipeline.reporting import write_pack
from cwxero_dagster.pipeline.reviewing import export_cases
from cwxero_dagster.review.digest import worded
from cwxero_dagster.sandbox.connectwise.buyer import NewLine

AMERICAN = 808
TITLE = "Goods without a Xero account"
SUMS = "88.00 AUD, 300.00 USD"
"""A bill of 200.00 with 20.00 of tax less a credit of 120.00 with 12.00, and 300.00 of an American vendor."""


class Unmapped(Story):
    """Goods whose account no file names."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (self.seeds / "accounts.csv").write_text("match_on,match_value,account_code,tax_type,item_code\n")

    def bought(self, vendor: int, quantity: int, cost: str, number: str) -> None:
        hardware = next(item["id"] for item in self.store.all("cw.catalog") if item["category"]["name"] == "Hardware")
        line = NewLine(product_id=hardware, quantity=Decimal(quantity), unit_cost=Decimal(cost))
        order = self.buyer.raise_po(vendor, [line], number=number)
        self.buyer.receive(self.lines(order)[0]["id"], quantity)


def test_a_case_comes_to_the_same_money_wherever_it_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = Unmapped(tmp_path)
    story.bought(VENDOR, 2, "100", "PO-BILL")
    story.bought(VENDOR, 2, "-60", "PO-CREDIT")
    story.night()
    session = story.session()
    (kept,) = session.case_book.cases()
    (answer,) = cases_answer([kept], "AUD")["cases"]
    assert (answer["amount"], answer["currency"]) == ("88.00", "AUD")
    files = write_pack(session, CYCLE)
    (row,) = read(files.workbook, "Questions", "Decision")
    assert (Decimal(str(row["Amount"])), row["Currency"]) == (Decimal(88), "AUD")
    assert files.pack.held_money == {"AUD": Decimal(88)}
    session.close()

    story.bought(AMERICAN, 3, "100", "PO-USD")
    story.night()
    session = story.session()
    files, news = write_pack(session, CYCLE), write_news(session)
    kept = story.open_case("unmapped_account")
    showing.cases([kept], today=story.clock.now().date(), zone="UTC")
    (answer,) = cases_answer([kept], "AUD")["cases"]
    (abroad,) = cases_answer([kept], "NZD")["cases"]
    console = capsys.readouterr().out
    (row,) = [one for one in read(files.workbook, "Questions", "Decision") if one["Case"] == kept.case.case_id]
    page = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", files.page.read_text(encoding="utf-8"))))
    rows, path = export_cases(session, CYCLE)
    with path.open(encoding="utf-8-sig", newline="") as file:
        (listed,) = [one for one in csv.DictReader(file) if one["question"] == TITLE]
    checked, mapped = no_open_cases(session, CYCLE), every_account_is_mapped(session, CYCLE)
    session.close()
    did = f"2 bills and 1 supplier credit for {SUMS} held back;"
    assert f"3 bills, {SUMS}, for finance, since " in console
    assert did in console
    assert row["What we did"].startswith(did)
    assert (answer["amount"], answer["currency"], answer["other_currencies"]) == ("88.00", "AUD", {"USD": "300.00"})
    assert (abroad["amount"], abroad["currency"], abroad["other_currencies"]) == ("300.00", "USD", {"AUD": "88.00"})
    assert (row["Amount"], row["Currency"]) == (None, "several")
    assert (listed["amount"], listed["currency"]) == ("", "several")
    assert [one["money"] for one in rows if one["question"] == TITLE] == [SUMS]
    assert page.count(SUMS) >= 2  # of what is held, and of the question
    assert news.held == SUMS
    assert f"{TITLE}: 3 bills, {SUMS}, for finance" in worded(news).text
    (finding,) = [one for one in checked.findings if TITLE in one.what]
    assert dict(finding.money) == checked.at_stake == mapped.at_stake
    assert checked.at_stake == {"AUD": Decimal(88), "USD": Decimal(300)}
    assert sorted(each for one in mapped.findings for each in one.money) == sorted(mapped.at_stake.items())


def test_of_an_approved_bill_what_is_at_stake_is_shown_everywhere_and_not_its_new_amount(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = Story(tmp_path)
    order = story.order(4, number="PO-BACK")
    story.receive(order)
    small = story.order(1, number="PO-MORE")
    story.receive(small)
    story.night()
    for documents in story.published().values():
        story.bookkeeper.approve(documents[0]["InvoiceID"])
    story.buyer.unreceive(story.lines(order)[0]["id"], 3)
    story.buyer.change_cost(story.lines(small)[0]["id"], Decimal(140))
    story.night()
    session = story.session()
    kept = session.case_book.cases()
    files, news, checked = write_pack(session, CYCLE), write_news(session), no_open_cases(session, CYCLE)
    plan = kept_plan(session, CYCLE)
    showing.cases(kept, today=story.clock.now().date(), zone="UTC")
    showing.sync(
        sync_answer(plan, cycle=CYCLE, mode="live", policy_digest="", calls={"connectwise": 0, "xero": 0}),
        {row["bill_key"]: asked_about(row) for row in plan},
        planned_only=False,
    )
    console = capsys.readouterr().out
    session.close()
    wanted = {"PO-BACK": "-330.00", "PO-MORE": "44.00"}
    answers = {one["po_numbers"][0]: one for one in cases_answer(kept, "AUD")["cases"]}
    assert {number: one["amount"] for number, one in answers.items()} == wanted
    asked = {one["Purchase orders"]: one["Amount"] for one in read(files.workbook, "Questions", "Decision")}
    bills = {one["Purchase orders"]: one["At stake"] for one in read(files.workbook, "Bills", "At stake")}
    for number, amount in wanted.items():
        assert Decimal(str(asked[number])) == Decimal(str(bills[number])) == Decimal(amount)
        assert f"1 bill, {amount} AUD, for finance, since " in console
        assert re.search(rf"{number} .* {amount} AUD  .*_after_authorised", console)
    assert files.pack.held_money == checked.at_stake == {"AUD": Decimal("-286.00")}
    assert news.held == "-286.00 AUD"
    assert [one.amount for one in news.questions] == ["-330.00 AUD", "44.00 AUD"], "the largest first, whatever way"
    assert {dict(one.money)["AUD"] for one in checked.findings} == {Decimal("-330.00"), Decimal("44.00")}
    page = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", files.page.read_text(encoding="utf-8"))))
    assert "Held for a person 2 bills -286.00 AUD" in page
    assert all(f"{amount} AUD" in page for amount in wanted.values())
