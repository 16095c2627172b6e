"""Busy lives, from a seed: goods are on bills early, and then much happens to them.

What belongs here: what happens in which kind of life, drawing one, and finding the shortest life that fails alike. What
does not: the steps and what they do (steps, life), what has to hold (truth).
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from payables.lives import firm, steps, truth
from payables.lives.life import lived
from payables.lives.steps import Step, Theme, by_chance

Happens = Sequence[tuple[Step, str]]
Living = Callable[[str, Any], None]
"""Lives a life under a decision, and fails where it does not hold to what is true."""
_NIGHTS = 4
"""Quiet nights after the last step, so that everything comes to its end."""
_DECIDE: Theme = (("decide", sorted(firm.EVERY)),)
_FOLLOWS = ("", "look", "sync", "sync", "sync")


@dataclass(frozen=True)
class Kind:
    """Themes that a kind of life is drawn from, as often as each is named, and decisions; none given: any."""

    themes: tuple[Theme, ...]
    decisions: tuple[str, ...] = tuple(sorted(firm.EVERY))


_ALL = (
    *(steps.GOODS, steps.GOODS, steps.GOODS, steps.PRICES, steps.FREIGHT, steps.ENDS, steps.SPLITS, steps.INVOICES),
    *(steps.APPROVE, steps.APPROVE, steps.QUANTITIES, steps.CURRENCIES, steps.LOCKS, steps.MAPPINGS, _DECIDE),
)
_PEOPLE = (steps.ANSWERS, steps.ANSWERS, steps.APPROVE, steps.EDITS, steps.UNDO)
_GOODS = (steps.GOODS, steps.GOODS, steps.PRICES)

LEFT_ALONE = "left alone in Xero"
"""A life in which nobody approves or decides anything, but for a beginning that may."""
KINDS = {
    "everything": Kind(_ALL),
    LEFT_ALONE: Kind(
        (
            *(*_GOODS, steps.SPLITS, steps.FREIGHT, steps.ENDS),
            *(steps.INVOICES, steps.MAPPINGS, steps.CURRENCIES),
        ),
        tuple(steps.ANYTHING),
    ),
    "everything and everybody": Kind((*_ALL, *_PEOPLE, steps.ANSWERS, steps.KEYING, steps.CREDITS, steps.ORDERS)),
    "answers": Kind((*_GOODS, *_PEOPLE, steps.ANSWERS, steps.FREIGHT, steps.QUANTITIES, steps.ENDS, steps.KEYING)),
    "answers alone": Kind((steps.GOODS, steps.GOODS, *_PEOPLE)),
    "answers by delivery and invoice": Kind(
        (*_GOODS, steps.GOODS, *_PEOPLE, steps.FREIGHT, steps.QUANTITIES, steps.INVOICES),
        ("deliveries", "invoices from packing_slip", "invoices from feed", "from the first", "freight carrier"),
    ),
    "answers when raised": Kind(
        (*_GOODS, *_PEOPLE, steps.FREIGHT, steps.ENDS, steps.ENDS, steps.SPLITS, steps.QUANTITIES, _DECIDE),
        ("when raised",),
    ),
    "locks": Kind(
        (*_GOODS, steps.FREIGHT, steps.LOCKS, steps.LOCKS, steps.APPROVE, steps.QUANTITIES, steps.ENDS, steps.INVOICES)
    ),
    "locks and answers": Kind((*_GOODS, steps.LOCKS, steps.LOCKS, *_PEOPLE)),
    "currencies": Kind(
        (
            *(*_GOODS, steps.CURRENCIES, steps.CURRENCIES),
            *(steps.FREIGHT, steps.APPROVE, steps.INVOICES, steps.ANSWERS),
        )
    ),
    "matched": Kind(
        (*_GOODS, steps.QUANTITIES, steps.INVOICES, steps.APPROVE, steps.FREIGHT), tuple(sorted(firm.MATCHED))
    ),
    "matched and answers": Kind(
        (*_GOODS, *_PEOPLE, steps.QUANTITIES, steps.INVOICES, steps.FREIGHT), tuple(sorted(firm.MATCHED))
    ),
    "purchase orders in Xero": Kind(
        (
            *(steps.GOODS, steps.PRICES, steps.FREIGHT, steps.ENDS, steps.SPLITS, steps.ORDERS, steps.ORDERS),
            *(steps.APPROVE, steps.ANSWERS, steps.QUANTITIES, steps.CURRENCIES),
        ),
        ("a purchase order first",),
    ),
    "by hand": Kind(
        (*_GOODS, *_PEOPLE, steps.KEYING, steps.KEYING, _DECIDE, steps.ENDS, steps.FREIGHT, steps.QUANTITIES),
        ("all by hand",),
    ),
    "keyed beside": Kind((*_GOODS, *_PEOPLE, steps.KEYING, steps.KEYING, steps.ANSWERS, _DECIDE)),
    "the carrier": Kind(
        (*_GOODS, *_PEOPLE, steps.FREIGHT, steps.FREIGHT, steps.ENDS, steps.QUANTITIES, _DECIDE), ("freight carrier",)
    ),
    "decisions": Kind(
        (*_GOODS, _DECIDE, _DECIDE, steps.FREIGHT, steps.ENDS, steps.APPROVE, steps.SPLITS, steps.INVOICES)
    ),
}


def drawn(kind: str, seed: int) -> tuple[str, list[tuple[Step, str]]]:
    """A decision, and what happens: the same for a kind and a seed on every machine."""
    chance = random.Random(f"{kind} {seed}")
    decision = chance.choice(KINDS[kind].decisions)
    goes_on = (chance.choice(KINDS[kind].themes) for _ in range(chance.randint(3, 14)))
    return decision, [*_beginning(chance), *((by_chance(chance, theme), chance.choice(_FOLLOWS)) for theme in goes_on)]


def _beginning(chance: random.Random) -> Iterator[tuple[Step, str]]:
    if chance.random() < 0.4:
        yield ("type the invoice", chance.choice((1, 2)), "A"), ""
    if chance.random() < 0.3:
        yield by_chance(chance, steps.FREIGHT), ""
    if chance.random() < 0.3:
        yield by_chance(chance, steps.GOODS[:1]), "sync"
    if chance.random() < 0.8:
        yield ("receive all", chance.choice((None, *steps.NUMBERS))), "sync"
    if chance.random() < 0.5:
        yield ("approve",), chance.choice(("", "sync"))


def ends_well(decision: str, happens: Happens) -> None:
    """Lives it: every sync holds to what is true, and in the end nothing is left to write."""
    truth.is_at_rest(lived(decision, happens, nights=_NIGHTS))


def stays_true(decision: str, happens: Happens, living: Living = ends_well) -> None:
    """Lives it; where that fails, the shortest life that fails alike is told."""
    if (fault := _fault(decision, happens, living)) is not None:
        shortest = _shortest(decision, happens, living, fault)
        said = "\n".join(f"    {one}," for one in shortest)
        raise AssertionError(f"{_fault(decision, shortest, living)}\n  {decision!r}, [\n{said}\n  ]")


def _fault(decision: str, happens: Happens, living: Living) -> str | None:
    """Where a life fails, and what is said; None: it does not."""
    try:
        living(decision, happens)
    except Exception as error:  # noqa: BLE001 - whatever it is, the life is told
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {where.name}, line {where.lineno}: {str(error)[:700]}"
    return None


def _shortest(decision: str, happens: Happens, living: Living, fault: str) -> Happens:
    """What still fails in the same place once steps, and what follows them, are left out wherever they can be."""

    def alike(tried: Happens) -> bool:
        return (_fault(decision, tried, living) or "").partition(":")[0] == fault.partition(":")[0]

    size = 4
    while size:
        tries = [[*happens[:at], *happens[at + size :]] for at in range(len(happens))]
        tries += [[*happens[:at], (step, ""), *happens[at + 1 :]] for at, (step, then) in enumerate(happens) if then]
        shorter = next((one for one in tries if alike(one)), None)
        if shorter is None:
            size //= 2
        else:
            happens = shorter
    return happens
