"""A doubt: a question about the goods of a new document, which a person answers before it goes.

What belongs here: the value, and the hold that asks. What does not: which doubts there are (doubts, dealt_with).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables.holds import GRAVITY, Hold, hold, naming
from cwxero_dagster.payables.money import plain
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units import allocation


@dataclass(frozen=True)
class Doubt:
    """One question about the goods of a new document."""

    detail: str
    disputed: Decimal
    """How much of it the question is about: a quantity of goods, zero for its freight; where it is freight alone, an
    amount.
    """
    places: tuple[Slice, ...] = ()
    """Which of its goods those are, where that is known."""
    kind: str = "changed_after_authorised"
    """The kind of case that asks it."""
    on_bills: tuple[str, ...] = ()
    """Keys of the bills that may have them already, where a person put something on those."""
    document_id: str = ""
    """The document in Xero that a person named for others of the goods; blank where it is about none."""


def size(slices: Iterable[Slice], *, of: Iterable[Slice] | None = None) -> Decimal:
    """How many goods slices are, without sign; where they, or those that they are a part ``of``, are freight alone, its
    amount.
    """
    parts = list(slices)
    alone = all(part.line_id == FREIGHT_LINE for part in (parts if of is None else of))
    return sum((abs(part.quantity) for part in parts if alone or part.line_id != FREIGHT_LINE), ZERO)


def _together(doubts: Sequence[Doubt], slices: Sequence[Slice]) -> Decimal:
    """How much of ``slices`` the questions are about together: the same goods may be in two of them."""
    held: dict[tuple[int, int], list[allocation.Stretch]] = {}
    for doubt in doubts:
        for part in doubt.places:
            line = part.po_id, part.line_id
            held[line] = allocation.joined(held.get(line, []), allocation.stretch(part))
    placed = [Slice(*line, low, high) for line, stretches in held.items() for low, high in stretches]
    return max([size(placed, of=slices), *(doubt.disputed for doubt in doubts)])


def asked(key: str, doubts: Sequence[Doubt], slices: Sequence[Slice], facts: str) -> Hold:
    """The hold on a document that waits for a person's look; it asks every question at once.

    Where a question is about a part of the goods, no verb that closes the whole document fits.
    """
    details = [doubt.detail for doubt in doubts]
    gravest = min((doubt.kind for doubt in doubts), key=GRAVITY.index)
    one = hold(gravest, f"bill {key}", " ".join(details), facts, *details)
    one = naming(one, *dict.fromkeys(doubt.document_id for doubt in doubts if doubt.document_id))
    disputed, whole = _together(doubts, slices), size(slices)
    if disputed >= whole:
        return one
    parts = f"{plain(disputed)} of the {plain(whole)}" if disputed else "the freight"
    rest = f"That is about {parts} on it: once it is released, take off its draft in Xero what is not owed."
    return replace(one, detail=f"{one.detail} {rest}", ways_out=("release",))
