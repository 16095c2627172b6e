from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from payables.making import at, books, d, document
from payables.units.corrected import ORDER, PLACE, held, known

from cwxero_dagster.payables.books import DocumentLine
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units.doubt import Doubt, asked
from cwxero_dagster.payables.units.doubts import doubt_of_credit, doubts_of_new, on_another


def disputed(
    bills: list[KnownBill], left: dict[str, list[DocumentLine]], new: tuple[int, int], *answers: Settlement
) -> list[int]:
    """How much of goods from and to is in question; ``left``: what Xero's documents say by key."""
    made = books(documents=tuple(document(key, number=key, lines=tuple(lines)) for key, lines in left.items()))
    parts = [Slice(1, 11, d(new[0]), d(new[1]))]
    doubts = doubts_of_new(parts, ORDER, bills, {11: PLACE}, LedgerView(settlements=answers), made)
    return [int(doubt.disputed) for doubt in doubts]


BILL = known("po:1", 0, 10)
CREDIT = known("po:1/c:1", 10, 6)
WORDS = str(PLACE.description)


@pytest.mark.parametrize(
    ("lines", "new", "expected"),
    [
        pytest.param([held("10", "100")], (10, 12), [], id="as it was written"),
        pytest.param([held("12", "100")], (10, 12), [2], id="goods put on"),
        pytest.param([held("12", "100")], (10, 15), [2], id="fewer than came"),
        pytest.param([held("8", "100")], (10, 12), [], id="goods taken off"),
        pytest.param([held("1", "1200")], (10, 12), [2], id="an amount for more goods"),
        pytest.param([held("10", "120")], (10, 12), [2], id="a price that comes to them"),
        pytest.param([held("10", "100"), held("2", "100", "new")], (10, 15), [2], id="in a line of its own"),
        pytest.param([held("10", "100"), held("2", "90", "new", WORDS)], (10, 15), [2], id="in the order's words"),
        pytest.param([held("10", "100"), held("1", "500", "new", "?")], (10, 15), [5], id="for the amount of them"),
        pytest.param([held("10", "100"), held("1", "70", "new", "?")], (10, 15), [], id="something else"),
    ],
)
def test_goods_that_a_person_may_have_put_on_a_bill_are_a_question(
    lines: list[DocumentLine], new: tuple[int, int], expected: list[int]
) -> None:
    assert disputed([BILL], {"po:1": lines}, new) == expected


@pytest.mark.parametrize(("gives_back", "expected"), [("4", []), ("2", [2]), ("6", [])])
def test_goods_for_which_the_vendor_gave_no_credit_are_a_question(gives_back: str, expected: list[int]) -> None:
    left = {"po:1": [held("10", "100")], "po:1/c:1": [held(gives_back, "100")]}
    assert disputed([BILL, CREDIT], left, (6, 10)) == expected


@pytest.mark.parametrize(
    ("quantity", "gave_back", "settled", "expected"),
    [
        ("10", None, None, ""),
        ("12", None, None, "4 of the 10 of "),
        ("12", None, (10, 12), ""),  # as many came, and a person said that they are on the bill
        ("12", "6", None, "gives back 6 of "),  # an earlier credit gave hers back: that is asked about instead
        ("8", None, None, "bills 8 of "),
    ],
)
def test_what_a_credit_leaves_billed_of_goods_that_a_person_put_on_the_bill_is_a_question(
    quantity: str, gave_back: str | None, settled: tuple[int, int] | None, expected: str
) -> None:
    documents = [document("po:1", number="po:1", lines=(held(quantity, "100"),), status="AUTHORISED")]
    bills = [BILL]
    if gave_back:
        bills.append(CREDIT)
        documents.append(document("po:1/c:1", document_type="ACCPAYCREDIT", lines=(held(gave_back, "100"),)))
    if settled:
        bills.append(replace(known("po:1/s:1", *settled), state="settled", xero_id=None, written=None, base=None))
    orders: Any = SimpleNamespace(bills=bills, settled={one.key for one in bills if one.state == "settled"})
    back = [Slice(1, 11, d(10), d(6))]
    said = doubt_of_credit(BILL, back, orders, {11: PLACE}, books(documents=tuple(documents)), followed={})
    assert (expected in said) if expected else said == ""


@pytest.mark.parametrize(("followed", "expected"), [(0, "bills 7 of"), (2, "bills 7 of"), (3, "")])
def test_what_she_took_off_is_no_question_about_a_credit_once_it_went_back(followed: int, expected: str) -> None:
    made = books(documents=(document("po:1", number="po:1", lines=(held("7", "100"),), status="AUTHORISED"),))
    orders: Any = SimpleNamespace(bills=[BILL], settled=set())
    back = [Slice(1, 11, d(7), d(6))]
    said = doubt_of_credit(BILL, back, orders, {11: PLACE}, made, followed={11: d(followed)})
    assert (expected in said) if expected else said == ""


@pytest.mark.parametrize(
    "lines",
    [
        [held("12", "100")],
        [held("10", "100"), held("2", "100", "new")],
        [held("10", "100"), held("2", "90", "n", WORDS)],
    ],
    ids=["goods put on", "in a line of its own", "in the order's words"],
)
def test_what_was_answered_is_no_question_any_more(lines: list[DocumentLine]) -> None:
    more = known("po:1/s:1", 10, 12)
    left = {"po:1": lines}
    made = books(documents=(document("po:1", number="po:1", lines=tuple(lines)),))
    doubts = doubts_of_new(more.slices, ORDER, [BILL], {11: PLACE}, LedgerView(), made)
    question = asked(more.key, doubts, more.slices, more.facts)
    answer = Settlement(
        question.case_id, "not-owed", frozenset({question.facts}), (more.key,), "Tom", "on it", at(5, 3)
    )
    assert disputed([BILL, more], left, (12, 17), answer) == []
    assert disputed([BILL, more], left, (12, 17)) == [2]
    assert on_another(more, ORDER, [BILL, more], {11: PLACE}, made)


def goods(line_id: int, start: int, end: int) -> Slice:
    return Slice(1, line_id, d(start), d(end))


@pytest.mark.parametrize(
    ("places", "about"),
    [
        ([[goods(11, 0, 4)], [goods(12, 0, 2)]], ""),
        ([[goods(11, 0, 4)], [goods(11, 2, 4)]], "That is about 4 of the 6 on it"),
        ([[goods(11, 0, 3)], [goods(11, 2, 4), goods(12, 0, 1)]], "That is about 5 of the 6 on it"),
    ],
)
def test_questions_about_different_goods_of_a_document_are_about_all_of_them(
    places: list[list[Slice]], about: str
) -> None:
    doubts = [
        Doubt(f"Question {number}.", sum((part.quantity for part in parts), d(0)), tuple(parts))
        for number, parts in enumerate(places)
    ]
    held = asked("po:1/s:1", doubts, [goods(11, 0, 4), goods(12, 0, 2)], "facts")
    assert (about in held.detail, "That is about" in held.detail) == (True, bool(about))
    assert held.ways_out == (("release",) if about else None)
