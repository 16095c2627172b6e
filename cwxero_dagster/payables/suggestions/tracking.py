"""Which tracking option a location or business unit is: by what people keyed for it, then by its name.

What belongs here: proposals for tracking.csv. What does not: whether a value without a row holds (mapping.Resolver).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from cwxero_dagster.payables.books import TrackingCategory
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.suggestions.basis import Basis
from cwxero_dagster.payables.suggestions.names import alike, same, stems
from cwxero_dagster.payables.suggestions.suggestion import Suggestion, confidence_of
from cwxero_dagster.payables.wording import counted

FILE = "tracking.csv"
ENOUGH_BILLS = 2
"""Bills of one option that people keyed for a location before nobody would ask."""
_SOURCES: Mapping[str, attrgetter[str | None]] = {
    "location": attrgetter("location_name"),
    "business_unit": attrgetter("business_unit_name"),
}


def tracking_suggestions(basis: Basis) -> list[Suggestion]:
    """A row for every location and business unit without one.

    A category is filled from one source. Where no row names a source yet and no option is like any of its values, the
    firm does not track it, and nothing is proposed.
    """
    found: list[Suggestion] = []
    taken: dict[str, str] = {folded(row.xero_category): row.source for row in basis.seeds.tracking}
    for source, value_of in _SOURCES.items():
        values = _distinct(value_of(po) for po in basis.orders)
        mapped = {folded(row.connectwise_value) for row in basis.seeds.tracking if row.source == source}
        category = _category(basis, source, values, taken)
        if category is not None:
            taken[folded(category.name)] = source
            votes = _keyed(basis, source, category)
            without = [value for value in values if folded(value) not in mapped]
            found += [_suggestion(source, value, category, votes.get(folded(value), Counter())) for value in without]
    return found


def _distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value.strip() for value in values if value and value.strip()})


def _category(basis: Basis, source: str, values: Sequence[str], taken: Mapping[str, str]) -> TrackingCategory | None:
    """The category that is filled from the source already, else the free one with most options like its values."""
    categories = basis.books.tracking.values()
    own = next((category for category in categories if taken.get(folded(category.name)) == source), None)
    if own is not None:
        return own
    fits = {
        category.name: sum(bool(_near(value, category)) for value in values)
        for category in categories
        if folded(category.name) not in taken
    }
    best = max(fits, key=lambda name: fits[name], default=None)
    return next((one for one in categories if one.name == best), None) if best and fits[best] else None


def _keyed(basis: Basis, source: str, category: TrackingCategory) -> Mapping[str, Counter[str]]:
    """Options that people chose on bills of each value's purchase orders, a vote a bill."""
    votes: dict[str, Counter[str]] = {}
    for named in basis.named:
        chosen = {
            option for line in named.document.lines for name, option in line.tracking if same(name, category.name)
        }
        for option in chosen & set(category.option_names):
            votes.setdefault(folded(_SOURCES[source](named.po)), Counter())[option] += 1
    return votes


def _near(value: str, category: TrackingCategory) -> list[str]:
    exact = [name for name in category.option_names if same(name, value)]
    return exact or [name for name in category.option_names if alike(name, value) or stems(name) & stems(value)]


def _suggestion(source: str, value: str, category: TrackingCategory, votes: Counter[str]) -> Suggestion:
    row = {"source": source, "connectwise_value": value, "xero_category": category.name}
    if votes:
        option, count = votes.most_common(1)[0]
        of_all = "" if count == votes.total() else f" of {votes.total()}"
        reason = f"{counted(count, 'bill')}{of_all} that people keyed for its purchase orders have this option."
        return Suggestion(
            FILE, row | {"xero_option": option}, confidence_of(votes, option, enough=ENOUGH_BILLS), reason
        )
    near = _near(value, category)
    if len(near) == 1:
        confidence, how = ("high", "the same name") if same(near[0], value) else ("low", "a similar name")
        return Suggestion(FILE, row | {"xero_option": near[0]}, confidence, f"The option has {how}.")
    listed = ", ".join(f'"{name}"' for name in category.option_names[:6])
    return Suggestion(FILE, row, "none", f"No single option of {category.name} is named like it; there are {listed}.")
