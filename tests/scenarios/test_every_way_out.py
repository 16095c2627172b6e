"""Every trouble beside every state of its bill in Xero, and every verb that is offered: what Xero holds two nights on.

What belongs here: that no way out doubles a bill, touches an approved one or leaves a figure without its reason. What
does not: what each verb does (test_ways_out.py), which verbs fit (tests/payables).

What is one order's own trouble happens in one month of one firm: a purchase order a cell, as many copies of each as
verbs may be offered.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenarios.story import Story

from cwxero_dagster.payables.bill_lines import PRICE_WORDS
from cwxero_dagster.pipeline.covering import keep_coverage
from cwxero_dagster.sandbox.xero import BookLine
from cwxero_dagster.warehouse.case_book import KeptCase

QUANTITY = 4
UNMAPPED_VENDOR = 829
GONE = {"VOIDED", "DELETED"}
Act = Callable[[Story, "Cell"], object]


@dataclass
class Cell:
    """One purchase order: its trouble, the state that its bill was in, and what a person decided about it."""

    trouble: str
    state: str
    copy: int
    po: dict[str, Any] = field(default_factory=dict)
    bill_id: str | None = None
    verb: str | None = None
    case: KeptCase | None = None

    @property
    def key(self) -> str:
        return f"po:{self.po['id']}"


def line_of(story: Story, cell: Cell) -> dict[str, Any]:
    (line,) = story.lines(cell.po)
    return line


def bill_of(cell: Cell) -> str:
    assert cell.bill_id is not None
    return cell.bill_id


def as_it_was(_: Story, __: Cell) -> None:
    """Nothing happens."""


def touch(story: Story, cell: Cell) -> None:
    story.bookkeeper.edit_line(bill_of(cell), 0, Description="As agreed with Ann")


def submit(story: Story, cell: Cell) -> None:
    story.bookkeeper.submit(bill_of(cell))


def approve(story: Story, cell: Cell) -> None:
    story.bookkeeper.approve(bill_of(cell))


def pay(story: Story, cell: Cell) -> None:
    approve(story, cell)
    story.bookkeeper.pay(bill_of(cell))


def void(story: Story, cell: Cell) -> None:
    approve(story, cell)
    story.bookkeeper.void(bill_of(cell))


def delete(story: Story, cell: Cell) -> None:
    story.bookkeeper.delete(bill_of(cell))


STATES: dict[str, tuple[Act, int]] = {
    "none": (as_it_was, 3),
    "draft": (as_it_was, 3),
    "touched": (touch, 3),
    "submitted": (submit, 3),
    "authorised": (approve, 4),
    "paid": (pay, 4),
    "voided": (void, 3),
    "deleted": (delete, 3),
}
"""How people bring a bill into a state, and how many verbs are offered at most beside it."""


def at_the_cost(cost: str) -> Act:
    return lambda story, cell: story.buyer.change_cost(line_of(story, cell)["id"], Decimal(cost))


def more(story: Story, cell: Cell) -> None:
    story.buyer.receive(line_of(story, cell)["id"], 1)


def fewer(story: Story, cell: Cell) -> None:
    story.buyer.unreceive(line_of(story, cell)["id"], 1)


def none_left(story: Story, cell: Cell) -> None:
    story.buyer.unreceive(line_of(story, cell)["id"], QUANTITY)


def other_vendor(story: Story, cell: Cell) -> None:
    story.buyer.edit_po(cell.po["id"], vendorCompany={"id": 802})


def keyed_by_hand(story: Story, cell: Cell) -> None:
    contact = next(iter(story.store.all("xero.contacts")))["ContactID"]
    story.bookkeeper.key_bill(contact, f"KEYED {cell.po['poNumber']}", [], on=story.clock.now().date())


def invoiced(story: Story, cell: Cell) -> None:
    story.buyer.attach_invoice(cell.po["id"], f"INV-{cell.po['id']}", story.clock.now().date())


def dearer_and_fewer(story: Story, cell: Cell) -> None:
    at_the_cost("105.00")(story, cell)
    fewer(story, cell)


TROUBLES: dict[str, Act] = {
    "dearer": at_the_cost("105.00"),
    "cheaper": at_the_cost("90.00"),
    "more came": more,
    "some went back": fewer,
    "all went back": none_left,
    "dearer and some went back": dearer_and_fewer,
    "another vendor": other_vendor,
    "keyed by hand": keyed_by_hand,
    "vendor invoice came": invoiced,
}


@dataclass
class Month:
    """What became of all cells."""

    story: Story
    cells: list[Cell]
    final: dict[str, dict[str, Any]]
    """Documents that were approved when people decided, by id."""
    coverage: dict[int, dict[str, Any]]
    published: dict[str, list[dict[str, Any]]]
    """Xero's live documents by bill key."""
    cases: dict[str, KeptCase]
    received: dict[int, Decimal]
    """Received quantity by purchase order."""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    story = Story(tmp_path_factory.mktemp("month"))
    cells = [
        Cell(trouble, state, number)
        for trouble in TROUBLES
        for state, (_, copies) in STATES.items()
        for number in range(copies)
    ]
    for early in (True, False):
        for cell in cells:
            if (cell.state == "none") != early:
                cell.po = story.order(QUANTITY)
                story.buyer.receive(line_of(story, cell)["id"], QUANTITY)
        if early:
            story.night()
    drafts = story.published()
    for cell in cells:
        if cell.state != "none":
            cell.bill_id = drafts[cell.key][0]["InvoiceID"]
        STATES[cell.state][0](story, cell)
        TROUBLES[cell.trouble](story, cell)
    elsewhere = story.bookkeeper.key_bill(
        next(iter(story.store.all("xero.contacts")))["ContactID"], "RENT", [], on=story.clock.now().date()
    )["InvoiceID"]
    story.until_lines_are_known()
    story.night()
    decide(story, cells, elsewhere)
    final = {one["InvoiceID"]: copy.deepcopy(one) for one in story.bills() if one["Status"] in {"AUTHORISED", "PAID"}}
    for _ in range(2):
        story.night()
    rows = {row["po_id"]: row for row in keep_coverage(story.session(), live=True)}
    return Month(
        story,
        cells,
        final,
        rows,
        story.published(),
        {kept.case.case_id: kept for kept in story.session().case_book.cases(status=None)},
        {line["purchaseOrderId"]: line["receivedQuantity"] for line in story.store.all("cw.lineitems")},
    )


def decide(story: Story, cells: list[Cell], elsewhere: str) -> None:
    """A person decides the gravest case of each purchase order, each copy with another verb."""
    book = story.session().case_book
    by_key: dict[str, KeptCase] = {}
    for kept in book.cases():
        for key in kept.case.bill_keys:
            by_key.setdefault("/".join(key.split("/")[:1]), kept)
    for cell in cells:
        cell.case = by_key.get(cell.key)
        offered = cell.case.case.ways_out if cell.case else ()
        if cell.case and cell.copy < len(offered) and len(cell.case.case.bill_keys) == 1:
            cell.verb = offered[cell.copy]
            xero_id = elsewhere if cell.verb == "billed-by" else None
            book.decide(
                cell.case.case.case_id, verb=cell.verb, reason="x", by="Tom", at=story.clock.now(), xero_id=xero_id
            )


def of(month: Month, trouble: str, state: str) -> list[Cell]:
    return [cell for cell in month.cells if (cell.trouble, cell.state) == (trouble, state)]


def documents(month: Month, cell: Cell) -> dict[str, list[dict[str, Any]]]:
    """The live documents of a purchase order's bills, by key."""
    mine = (cell.key, f"{cell.key}/")
    return {key: found for key, found in month.published.items() if key == mine[0] or key.startswith(mine[1])}


def sign(document: dict[str, Any]) -> int:
    return -1 if document["Type"] == "ACCPAYCREDIT" else 1


def quantity(document: dict[str, Any]) -> Decimal:
    """The goods on a document; the one piece of a change of price is none."""
    goods = [line for line in document["LineItems"] if line.get("AccountCode")]
    return sum((line["Quantity"] for line in goods if not line["Description"].startswith(PRICE_WORDS)), Decimal(0))


every_trouble = pytest.mark.parametrize("trouble", TROUBLES)
every_state = pytest.mark.parametrize("state", STATES)


@every_trouble
@every_state
def test_the_case_is_gone_or_says_why_not(month: Month, trouble: str, state: str) -> None:
    for cell in of(month, trouble, state):
        if cell.case and cell.verb:
            now = month.cases[cell.case.case.case_id]
            assert now.status != "open" or now.case.token != cell.case.case.token, (cell, now)
            assert now.what_we_did, (cell, now)


@every_trouble
@every_state
def test_nothing_is_twice_in_xero(month: Month, trouble: str, state: str) -> None:
    for cell in of(month, trouble, state):
        found = documents(month, cell)
        assert all(len(copies) == 1 for copies in found.values()), cell
        billed = sum((sign(one) * quantity(one) for (one,) in found.values()), Decimal(0))
        received = month.received[cell.po["id"]]
        # What a person approved, submitted or worked on stays as it is; only a credit takes something off it.
        stays = cell.state in {"authorised", "paid", "submitted", "touched"} and cell.verb != "credit"
        assert billed <= max(received, Decimal(QUANTITY if stays else 0)), (cell, found)
        if cell.verb in {"not-owed", "billed-by"} and cell.state in {"none", "draft", "submitted"}:
            assert not found, cell


@every_trouble
@every_state
def test_nothing_that_was_approved_is_touched(month: Month, trouble: str, state: str) -> None:
    for cell in of(month, trouble, state):
        if cell.bill_id in month.final:
            now = month.story.store.get("xero.invoices", bill_of(cell))
            assert now == month.final[cell.bill_id], cell


@every_trouble
@every_state
def test_the_coverage_balances_and_every_figure_leads_somewhere(month: Month, trouble: str, state: str) -> None:
    for cell in of(month, trouble, state):
        row = month.coverage[cell.po["id"]]
        assert (row["difference_quantity"], row["difference_amount"]) == (0, 0), cell
        assert all(json.loads(row["leads_to"]).values()), (cell, row["leads_to"])


def test_every_verb_that_needs_no_more_than_a_bill_was_tried(month: Month) -> None:
    tried = {cell.verb for cell in month.cells}
    assert tried >= {"release", "not-owed", "billed-by", "accept-theirs", "future-only", "supplement", "credit"}


# --- troubles that are not one order's alone, or that take two nights to show: each a firm of its own -----------------


def with_a_draft(story: Story) -> dict[str, Any]:
    po = story.order(QUANTITY)
    story.buyer.receive(story.lines(po)[0]["id"], QUANTITY)
    story.night()
    return po


def unmapped(story: Story) -> dict[str, Any]:
    po = story.order(QUANTITY)
    story.buyer.edit_po(po["id"], vendorCompany={"id": UNMAPPED_VENDOR})
    story.buyer.receive(story.lines(po)[0]["id"], QUANTITY)
    return po


def in_a_locked_period(story: Story) -> dict[str, Any]:
    story.bookkeeper.settings.set_lock_dates(period=date(2026, 12, 31))
    po = story.order(QUANTITY)
    story.buyer.receive(story.lines(po)[0]["id"], QUANTITY)
    return po


def locked_once_drafted(story: Story) -> dict[str, Any]:
    po = with_a_draft(story)
    story.bookkeeper.settings.set_lock_dates(period=date(2026, 12, 31))
    story.buyer.unreceive(story.lines(po)[0]["id"], QUANTITY)
    return po


def deleted_order_of_an_approved_bill(story: Story) -> dict[str, Any]:
    story.order(1)
    po = with_a_draft(story)
    story.bookkeeper.approve(story.document(f"po:{po['id']}")["InvoiceID"])
    story.buyer.delete_po(po["id"])
    return po


ELSEWHERE: dict[str, tuple[Callable[[Story], dict[str, Any]], str, dict[str, list[str]]]] = {
    "unmapped": (unmapped, "unmapped_vendor", {"not-owed": [], "billed-by": []}),
    "locked": (in_a_locked_period, "lock_date", {"not-owed": [], "billed-by": []}),
    "locked draft": (locked_once_drafted, "lock_date", {"accept-theirs": ["DRAFT"]}),
    "deleted order, approved": (
        deleted_order_of_an_approved_bill,
        "reversed_after_authorised",
        {"release": ["AUTHORISED"], "accept-theirs": ["AUTHORISED"]},
    ),
}
"""The trouble, the kind of its case, and by each verb that is offered what Xero holds of the order's bills at last."""


@pytest.mark.parametrize("trouble", ELSEWHERE)
def test_a_trouble_that_takes_its_time_offers_just_these_verbs_and_none_doubles_a_bill(
    tmp_path: Path, trouble: str
) -> None:
    happens, kind, verbs = ELSEWHERE[trouble]
    for verb, left in verbs.items():
        story = Story(tmp_path / verb)
        po = happens(story)
        contact = next(iter(story.store.all("xero.contacts")))["ContactID"]
        goods = BookLine(description="goods", quantity=Decimal(QUANTITY), unit_amount=Decimal(100), account_code="310")
        hers = story.bookkeeper.key_bill(contact, "BY HAND", [goods], on=date(2027, 1, 4))["InvoiceID"]
        for _ in range(2):
            story.night()
        case = story.open_case(kind).case
        assert (set(case.ways_out), case.bill_keys) == (set(verbs), (f"po:{po['id']}",))
        story.settle(kind, verb, **({"xero_id": hers} if verb == "billed-by" else {}))
        for _ in range(2):
            story.night()
        assert story.kinds() == set(), (trouble, verb)
        assert [one["Status"] for found in story.published().values() for one in found] == left, (trouble, verb)
