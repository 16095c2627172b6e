"""The steps that lives are drawn from.

What belongs here: what may happen, by theme, and drawing from it: as Hypothesis does, for a test that names its themes,
or by chance, for a busy life. What does not: what a step does (life), what busy lives are made of (busy).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from payables.lives import firm, people
from payables.lives.life import LINES
from payables.making import d, day

Step = tuple[Any, ...]
Theme = Sequence[tuple[Any, ...]]
"""Kinds of step: the step's name, and for each thing that it is about, what that may be."""

_LINE = sorted(LINES)
_LINE_OR_NEXT = [*_LINE, 111, 211]
"""Also lines that may come of others."""
_ORDER = sorted(set(LINES.values()))
_FEW = range(1, 7)
NUMBERS = ("A", "B")
_SLIP = (None, *NUMBERS)
_ROW = [
    row
    for number in NUMBERS
    for po_id in _ORDER
    for net in (None, "20.00", "37.50", "100.00")
    for row in (None, (number, po_id, net))
]
"""A row of the feed, or none."""

GOODS: Theme = (
    ("receive", _LINE, _FEW, _SLIP),
    ("receive all", _SLIP),
    ("take back", _LINE, _FEW),
    ("drop the rest", _LINE),
)
"""Goods come and go."""
INVOICES: Theme = (
    ("edit the slip", _LINE, NUMBERS),
    ("type the invoice", _ORDER, _SLIP),
    ("feed", _ROW, _ROW, _ROW),
    ("change the vendor", _ORDER, (801, 802)),
)
"""Numbers, slips and vendors are corrected."""
QUANTITIES: Theme = (("order", _LINE, (3, 10, 15)),)
"""How much a line orders becomes another quantity, which may be less than arrived."""
CURRENCIES: Theme = (("change the currency", _ORDER, ("AUD", "USD", "EUR")),)
"""An order is in another currency; Xero has no EUR."""
PRICES: Theme = (("re-price", _LINE, (d("5"), d("6.25"), d("4.4375"))),)
"""What a piece of a line costs becomes another amount."""
CENTS: Theme = (("re-price", _LINE, (d("0.35"), d("4.4375"), d("33.335"))),)
"""What a piece of a line costs becomes an amount whose tax is no whole cent."""
FREIGHT: Theme = (("freight", _ORDER, (d("0"), d("0.50"), d("12.34"), d("20.01"), d("-3.00"))),)
"""The freight of an order becomes another amount, or a refund."""
ENDS: Theme = (
    ("cancel the line", _LINE),
    ("restore the line", _LINE),
    ("delete the line", _LINE),
    ("close the order", _ORDER),
    ("reopen the order", _ORDER),
    ("delete the order", _ORDER),
)
"""Lines and orders are given up, or taken up again."""
MAPPINGS: Theme = (("map", sorted(firm.MAPPINGS)),)
"""People change the mapping seeds."""
SPLITS: Theme = (
    ("split the line", _LINE_OR_NEXT, _FEW),
    ("clone the rest", _LINE_OR_NEXT, _FEW, (False, True)),
    ("enter the line anew", _LINE_OR_NEXT),
    ("receive", (111, 211), _FEW, _SLIP),
    ("take back", (111, 211), _FEW),
)
"""What one line ordered goes on as two, or as another one."""
EDITS: Theme = (("edit a draft", sorted(people.EDITS)),)
KEYING: Theme = (("key a bill", ("A", "PO-1001"), (4, 10, 20)),)
ANSWERS: Theme = (("answer", range(3), range(5)),)
PEOPLE: Theme = (*EDITS, *KEYING, *ANSWERS)
"""People work on drafts, key bills by hand and answer cases."""
ORDERS: Theme = (("work on an order", ("approve", "delete", *sorted(people.EDITS))),)
"""People work on purchase orders in Xero."""
UNDO: Theme = (("take the answer back",),)
CREDITS: Theme = (("remove a credit",),)
LOCKS: Theme = (("lock", (None, day(5, 3), day(5, 5), day(5, 8))),)
"""The accountant locks a period in Xero, or opens it."""
APPROVE: Theme = (("approve",),)
ANYTHING = sorted(firm.EVERY.keys() - firm.MATCHED.keys() - firm.TAXED.keys())
"""Decisions that compare nothing."""
DECIDE: Theme = (("decide", sorted(firm.DECISIONS)),)
DECIDE_ANYTHING: Theme = (("decide", ANYTHING),)
BY_HAND: Theme = (("decide", ("all by hand", "whole", "deliveries")),)
"""The firm goes over to keying by hand, or back."""
FOLLOWS = ("", "look", "sync", "sync")
"""What follows a step: nothing, a look at ConnectWise, or a sync."""

# --- as Hypothesis draws ----------------------------------------------------------------------------------------------

A_DECISION = st.sampled_from(sorted(firm.DECISIONS))
ANY_DECISION = st.sampled_from(ANYTHING)
TAXED = st.sampled_from(sorted(firm.TAXED))
MATCHED = st.sampled_from(sorted(firm.MATCHED))

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


def lives(*themes: Theme, least: int = 6, most: int = 16) -> st.SearchStrategy[list[tuple[Step, str]]]:
    """Steps, each with what follows it. A theme that is named twice is drawn from twice as often."""
    steps = [st.tuples(st.just(what), *map(st.sampled_from, about)) for theme in themes for what, *about in theme]
    goes_on = st.lists(st.tuples(st.one_of(*steps), st.sampled_from(FOLLOWS)), min_size=least, max_size=most)
    return st.tuples(_BEGINNINGS, goes_on).map(lambda parts: [*parts[0], *parts[1]])


# --- by chance --------------------------------------------------------------------------------------------------------


def by_chance(chance: random.Random, theme: Theme) -> Step:
    """A step of a theme."""
    what, *about = chance.choice(theme)
    return (what, *map(chance.choice, about))
