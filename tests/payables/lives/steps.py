"""The steps that tests draw lives from.

What belongs here: what may happen, by theme. What does not: what a step does (life).
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from payables.lives import firm, people
from payables.lives.life import LINES
from payables.making import d, day

Step = tuple[Any, ...]

_LINE = st.sampled_from(sorted(LINES))
_LINE_OR_NEXT = st.sampled_from([*sorted(LINES), 111, 211])
"""Also lines that may come of others."""
_ORDER = st.sampled_from(sorted(set(LINES.values())))
_FEW = st.integers(min_value=1, max_value=6)
NUMBERS = ("A", "B")
_SLIP = st.sampled_from([None, *NUMBERS])
_ROWS = st.lists(
    st.tuples(st.sampled_from(NUMBERS), _ORDER, st.sampled_from([None, "20.00", "37.50", "100.00"])), max_size=3
)


def _steps(what: str, *about: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(what), *about)


GOODS = st.one_of(
    _steps("receive", _LINE, _FEW, _SLIP),
    _steps("receive all", _SLIP),
    _steps("take back", _LINE, _FEW),
    _steps("drop the rest", _LINE),
)
"""Goods come and go."""
INVOICES = st.one_of(
    _steps("edit the slip", _LINE, st.sampled_from(NUMBERS)),
    _steps("type the invoice", _ORDER, _SLIP),
    _steps("feed", _ROWS),
    _steps("change the vendor", _ORDER, st.sampled_from([801, 802])),
)
"""Numbers, slips and vendors are corrected."""
QUANTITIES = _steps("order", _LINE, st.sampled_from([3, 10, 15]))
"""How much a line orders becomes another quantity, which may be less than arrived."""
CURRENCIES = _steps("change the currency", _ORDER, st.sampled_from(["AUD", "USD", "EUR"]))
"""An order is in another currency; Xero has no EUR."""
PRICES = _steps("re-price", _LINE, st.sampled_from([d("5"), d("6.25"), d("4.4375")]))
"""What a piece of a line costs becomes another amount."""
CENTS = _steps("re-price", _LINE, st.sampled_from([d("0.35"), d("4.4375"), d("33.335")]))
"""What a piece of a line costs becomes an amount whose tax is no whole cent."""
FREIGHT = _steps("freight", _ORDER, st.sampled_from([d("0"), d("0.50"), d("12.34"), d("20.01"), d("-3.00")]))
"""The freight of an order becomes another amount, or a refund."""
ENDS = st.one_of(
    _steps("cancel the line", _LINE),
    _steps("restore the line", _LINE),
    _steps("delete the line", _LINE),
    _steps("close the order", _ORDER),
    _steps("reopen the order", _ORDER),
    _steps("delete the order", _ORDER),
)
"""Lines and orders are given up, or taken up again."""
MAPPINGS = _steps("map", st.sampled_from(sorted(firm.MAPPINGS)))
"""People change the mapping seeds."""
SPLITS = st.one_of(
    _steps("split the line", _LINE_OR_NEXT, _FEW),
    _steps("clone the rest", _LINE_OR_NEXT, _FEW, st.booleans()),
    _steps("enter the line anew", _LINE_OR_NEXT),
    _steps("receive", st.sampled_from([111, 211]), _FEW, _SLIP),
    _steps("take back", st.sampled_from([111, 211]), _FEW),
)
"""What one line ordered goes on as two, or as another one."""
PEOPLE = st.one_of(
    _steps("edit a draft", st.sampled_from(sorted(people.EDITS))),
    _steps("key a bill", st.sampled_from(["A", "PO-1001"]), st.sampled_from([4, 10, 20])),
    _steps("answer", st.integers(min_value=0, max_value=2), st.integers(min_value=0, max_value=4)),
)
"""People work on drafts, key bills by hand and answer cases."""
ORDERS = _steps("work on an order", st.sampled_from(["approve", "delete", *sorted(people.EDITS)]))
"""People work on purchase orders in Xero."""
UNDO = _steps("take the answer back")
LOCKS = _steps("lock", st.sampled_from([None, day(5, 3), day(5, 5), day(5, 8)]))
"""The accountant locks a period in Xero, or opens it."""
APPROVE = _steps("approve")
DECIDE = _steps("decide", st.sampled_from(sorted(firm.DECISIONS)))
ANY_DECISION = st.sampled_from(sorted(firm.EVERY.keys() - firm.MATCHED.keys() - firm.TAXED.keys()))
"""Any that compares nothing."""
TAXED = st.sampled_from(sorted(firm.TAXED))
MATCHED = st.sampled_from(sorted(firm.MATCHED))
DECIDE_ANYTHING = _steps("decide", ANY_DECISION)
BY_HAND = _steps("decide", st.sampled_from(["all by hand", "whole", "deliveries"]))
"""The firm goes over to keying by hand, or back."""
A_DECISION = st.sampled_from(sorted(firm.DECISIONS))


_BEGINNINGS = st.sampled_from(
    [
        (),
        ((("receive all", "A"), "sync"),),
        ((("receive all", None), "sync"),),
        ((("receive", 11, 4, "A"), "sync"), (("receive all", "B"), "sync")),
        ((("type the invoice", 1, "A"), ""), (("receive all", None), "sync")),
    ]
)
"""Most lives begin with goods on bills: what happens by chance alone seldom gets so far."""


def lives(*steps: st.SearchStrategy[Step], least: int = 6, most: int = 16) -> st.SearchStrategy[list[tuple[Step, str]]]:
    """Steps, each with what follows it: nothing, a look at ConnectWise, or a sync."""
    follows = st.sampled_from(["", "look", "sync", "sync"])
    goes_on = st.lists(st.tuples(st.one_of(*steps), follows), min_size=least, max_size=most)
    return st.tuples(_BEGINNINGS, goes_on).map(lambda parts: [*parts[0], *parts[1]])
