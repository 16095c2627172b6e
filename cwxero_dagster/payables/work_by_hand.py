"""What a person bills on a draft by lines of her own, and which lines of ours she may have meant by them.

A line that she added and ConnectWise brings later is one thing, not two; a line that she split, moved to another one or
typed anew is still the same goods, although no field of hers says so. What belongs here: finding such work and saying
so. What does not: the merge that asks (merging), approved bills (units).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.money import line_net, money_text

AMOUNTS = ("description", "quantity", "unit_amount")
"""Fields that say how much a line bills; the figures of an extended amount stand in its description."""
OF_FREIGHT = ":freight:"
"""What the ``ref`` of a line of freight holds."""

Version = Mapping[str, Any]


@dataclass(frozen=True)
class More:
    """A line by which a person bills more than was written: one that she added, or one that she raised."""

    line: Version
    """The line as Xero holds it."""
    net: Decimal
    """By how much, as the line counts it: before tax, or with it on a bill whose amounts include it."""
    added: bool

    @property
    def told(self) -> str:
        """The line in words."""
        done = "added" if self.added else "raised by"
        return f"{named(self.line)}, which a person {done} {'for ' if self.added else ''}{money_text(self.net)}"


def amount(line: Version) -> Decimal:
    """What a line comes to; zero for one of words only."""
    return line_net(Decimal(line["quantity"] or 0), Decimal(line["unit_amount"] or 0))


def comes_to(version: Version) -> Decimal:
    """What the lines of a version come to, in sum."""
    return sum((amount(line) for line in version["lines"]), Decimal(0))


def named(line: Version) -> str:
    """A line by its first words, for a sentence."""
    return f'the line "{line["description"][:60]}"'


def more_by_hand(base: Version, theirs: Version) -> list[More]:
    """Every line by which a person bills more than the last write did, in Xero's order."""
    was = {line["line_item_id"]: line for line in base["lines"]}
    found = []
    for held in theirs["lines"]:
        before = was.get(held["line_item_id"])
        more = amount(held) - (amount(before) if before else 0)
        if more > 0:
            found.append(More(held, more, added=before is None))
    return found


def standing_for(hers: Iterable[More], line: Version, taken: Collection[str]) -> More | None:
    """The line of hers that may be what a new line of ours bills, the most alike first; None where none is.

    ``taken``: ids of lines that stand for another one already. Alike is the amount, the words, or the freight account.
    """
    if not amount(line):
        return None
    free = [more for more in hers if more.line["line_item_id"] not in taken]
    alike = [more for more in free if more.net == amount(line) or _says_the_same(more, line)]
    return max(alike, key=lambda more: (_says_the_same(more, line), more.net == amount(line)), default=None)


def billed_by_hand(
    hers: Sequence[More], *, before: Version, was: Version, held: Version, ours: Version, same_sum: bool
) -> str:
    """Why a change of a line's amount cannot be written, in words; blank where it can.

    The line is as ``before`` was meant, ``was`` written, ``held`` in Xero now, and ``ours`` in ConnectWise now.
    ``same_sum``: both come to the same in all. Then a line that does, too, was corrected on both sides, not split.
    """
    others = [more for more in hers if more.line is not held]
    grows = amount(ours) - amount(before)
    if not others or not grows:
        return ""
    split = amount(held) < amount(was) and not (same_sum and amount(held) == amount(ours))
    again = grows > 0 and [more for more in others if more.net == grows or _says_the_same(more, ours)]
    if not (split or again):
        return ""
    lowered = f"a person lowered from {money_text(amount(was))} to {money_text(amount(held))}, beside "
    return (
        f"{named(held)} {lowered if split else 'stands beside '}{_listed(again or others)}, comes to "
        f"{money_text(amount(ours))} in ConnectWise instead of {money_text(amount(before))}"
    )


def retyped(hers: Sequence[More], was: Version) -> str:
    """Why a line that she deleted and that is gone in ConnectWise, too, needs a look; blank where it needs none."""
    if not (hers and amount(was)):
        return ""
    return (
        f"{named(was)} over {money_text(amount(was))} was deleted in Xero and is gone in ConnectWise, and the bill "
        f"holds {_listed(hers)}"
    )


def _listed(hers: Iterable[More]) -> str:
    return " and ".join(more.told for more in hers)


def _says_the_same(more: More, ours: Version) -> bool:
    if not more.added:
        return False
    if OF_FREIGHT in ours["ref"] and more.line["account_code"] == ours["account_code"]:
        return True
    one, other = (" ".join(line["description"].split()).lower() for line in (more.line, ours))
    return bool(one) and (one in other or other in one)
