from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import pytest
from payables.making import at, d

from cwxero_dagster.payables.holds import case_id
from cwxero_dagster.payables.keys import cause
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units.past import Past
from cwxero_dagster.payables.units.swapped import answered, swapped

ANEW = 12
"""The line that came after the bill of line 11."""


def of_anew(quantity: int, *, line_id: int = ANEW) -> Slice:
    return Slice(1, line_id, d(0), d(quantity))


def more(key: str, quantity: int, issued: datetime) -> KnownBill:
    """A bill of the line that came later."""
    parts = (of_anew(quantity),)
    return KnownBill(key, "ACCPAY", "2026-05", "p", "confirmed", key, (1,), parts, "f", None, None, issued_at=issued)


def said(verb: str, on: datetime, *, kind: str = "changed_after_authorised", key: str = "po:1/s:1") -> Settlement:
    return Settlement(case_id(kind, cause(key)), verb, frozenset(), (key,), "Tom", "checked", on)


class Days(Past):
    """So much of line 11 was gone at the end of each day, from 1 May on."""

    def __init__(self, *gone: int) -> None:
        self.gone = {at(5, day): d(quantity) for day, quantity in enumerate(gone, start=1)}

    def after(self, at: datetime | None) -> list[datetime]:
        return [moment for moment in self.gone if at is not None and moment > at]

    def gone_at(self, moment: datetime) -> dict[str, dict[int, Decimal]]:
        return {"po:1": {11: [quantity for at, quantity in self.gone.items() if at <= moment][-1]}}


S1 = more("po:1/s:1", 10, at(5, 3))


@pytest.mark.parametrize(
    ("gone", "bills", "decisions", "expected"),
    [
        ((0, 0, 0, 10), [S1], [], 0),  # billed when nothing was gone, and nobody was asked
        ((10, 10, 10, 10), [S1], [], 0),
        ((10, 10, 10, 10), [S1], [said("release", at(5, 2, 12))], 10),
        ((10, 10, 10, 10), [S1], [said("not-owed", at(5, 2, 12))], 10),
        ((4, 4, 4, 10), [S1], [said("release", at(5, 2, 12))], 4),  # as many as the question was about
        ((0, 0, 0, 10), [S1], [said("release", at(5, 2, 12))], 0),  # asked about something else
        ((10, 10, 10, 10), [S1], [said("release", at(5, 2, 12), kind="possible_duplicate")], 0),
        ((10, 10, 10, 10), [S1], [said("release", at(5, 3, 12))], 0),  # about a bill that stood already
        ((10, 10, 0, 10), [S1], [said("release", at(5, 2, 12))], 0),  # they came again, and are gone once more
        ((10, 10, 10, 6), [S1], [said("release", at(5, 2, 12))], 6),
        (
            (4, 4, 4, 10),
            [more("po:1/s:1", 4, at(5, 3)), more("po:1/s:2", 4, at(5, 5))],
            [said("release", at(5, 2, 12)), said("release", at(5, 4, 12), key="po:1/s:2")],
            8,
        ),
        ((10, 10, 10, 10), [more("po:1/c:1", 10, at(5, 3))], [said("release", at(5, 2, 12), key="po:1/c:1")], 0),
    ],
)
def test_what_a_person_answered_for(
    gone: Sequence[int], bills: list[KnownBill], decisions: list[Settlement], expected: int
) -> None:
    days = Days(*gone)
    ledger = LedgerView(settlements=tuple(decisions))
    assert answered([of_anew(20)], bills, ledger, days, days.gone_at, anew={ANEW}) == expected


@pytest.mark.parametrize(
    ("goods", "line_id", "for_which", "disputed"),
    [
        (ANEW, 11, 0, 10),
        (ANEW, 11, 4, 6),
        (ANEW, 11, 10, None),
        (ANEW, ANEW, 0, None),  # it is the line itself that has less
        (FREIGHT_LINE, 11, 0, None),
    ],
)
def test_goods_beside_which_others_are_gone_are_a_question_as_far_as_nobody_answered(
    goods: int, line_id: int, for_which: int, disputed: int | None
) -> None:
    doubt = swapped("PO-1", [of_anew(10, line_id=goods)], {"po:1": {line_id: d(10)}}, answered=d(for_which))
    assert (doubt.disputed if doubt else None) == disputed
