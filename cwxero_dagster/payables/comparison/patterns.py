"""Differences that are alike on several bills, so that one decision clears them.

What belongs here: grouping and the words of a group. What does not: the decision (dispositions).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from cwxero_dagster.payables.comparison.result import Difference, Pattern, Row, digest
from cwxero_dagster.payables.money import total

CODED = frozenset({"account_code", "tax_type", "tracking", "contact"})
"""Fields of which the two values make the pattern; of dates and amounts it is the kind alone."""
FEWEST = 2

OF_A_PATTERN = "P"
"""What the id of a pattern begins with; that of a row begins otherwise."""


def pattern_of(difference: Difference) -> str | None:
    """Id of the pattern that a difference belongs to; None where it stands alone."""
    if not difference.pattern:
        return None
    values = (difference.sync, difference.keyed) if difference.field in CODED else ()
    return OF_A_PATTERN + digest("pattern", difference.kind, difference.pattern, *values)


def patterns_of(rows: Iterable[Row]) -> tuple[Pattern, ...]:
    """The patterns with two rows at least, those with most rows first."""
    groups: dict[str, list[tuple[Row, Difference]]] = {}
    for row in rows:
        for difference in row.differences:
            if (pattern_id := pattern_of(difference)) is not None:
                groups.setdefault(pattern_id, []).append((row, difference))
    found = [_pattern(pattern_id, members) for pattern_id, members in groups.items()]
    return tuple(sorted((each for each in found if len(each.rows) >= FEWEST), key=lambda each: -len(each.rows)))


def _pattern(pattern_id: str, members: list[tuple[Row, Difference]]) -> Pattern:
    rows = tuple(dict.fromkeys(row.row_id for row, _ in members))
    first = members[0][1]
    amounts: dict[str, Decimal] = {}
    for row, difference in members:
        currency = difference.currency or row.bills[0].currency
        amounts[currency] = total([amounts.get(currency, Decimal(0)), difference.amount])
    return Pattern(
        pattern_id=pattern_id,
        kind=first.kind,
        words=f"{len(rows)} bills{'' if first.field == 'bill' else ':'} {_words(first, members[0][0])}",
        rows=rows,
        facts=frozenset(difference.facts for _, difference in members),
        open=sum(not difference.cleared for _, difference in members),
        amounts=amounts,
    )


def _words(difference: Difference, row: Row) -> str:
    ours, theirs = difference.named or (difference.sync, difference.keyed)
    sync, keyed = ours or "nothing yet", theirs or "nothing"
    what = "freight" if difference.pattern.endswith("freight") else "goods"
    match difference.field:
        case "account_code":
            return f"{what} in {keyed} by you, {sync} by the rule"
        case "tax_type":
            return f"{what} with tax type {keyed} by you, {sync} by the rule"
        case "tracking":
            return f"tracked under {keyed} by you, {sync} by the rule"
        case "contact":
            return f"keyed for {keyed} by you, for {sync} by the rule"
        case "date" | "billing_cycle" if difference.kind == "timing":
            return "dated in another billing cycle by you than the goods were due in"
        case "date" | "due_date":
            what = "dated" if difference.field == "date" else "due"
            return f"{what} {difference.pattern.split()[-1]} by you than by the rule"
        case "number":
            return "numbered otherwise by you than by the rule"
        case "freight":
            return (
                "freight on the purchase order and not on your bill"
                if difference.sync
                else "freight on your bill and not on the purchase order"
            )
        case "bill":
            return f"of {row.vendor_name} that only {'the sync' if row.sync else 'you'} {'has' if row.sync else 'have'}"
        case "tax":
            return "tax changed by hand" if difference.kind == "tax" else "differences by rounding"
        case _:
            return "differences by rounding"
