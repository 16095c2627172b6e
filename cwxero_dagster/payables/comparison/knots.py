"""Knots of bills that could be each other, and how they are untied: by exact totals, then by sums, else not at all.

What belongs here: connected candidates and the rules that settle them. What does not: who is a candidate (pairing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cwxero_dagster.payables.comparison.sides import BillSide
from cwxero_dagster.payables.comparison.sums import Budget, parts_of
from cwxero_dagster.payables.composing.twins import normalised
from cwxero_dagster.payables.money import total

Edge = tuple[str, str]
"""Id of a bill of the sync, id of a keyed one."""
Bills = Mapping[str, BillSide]


@dataclass(frozen=True)
class Group:
    """Bills of both sides that belong together, and the pass that found it."""

    match: str
    sync: tuple[str, ...]
    keyed: tuple[str, ...]


@dataclass(frozen=True)
class Knot:
    """Candidates that hang together."""

    sync: tuple[str, ...]
    keyed: tuple[str, ...]
    edges: tuple[Edge, ...]


def knots(edges: Iterable[Edge]) -> list[Knot]:
    """The connected parts of all candidates, in the order of their first edge."""
    edges = list(edges)
    by_sync: dict[str, list[str]] = {}
    by_keyed: dict[str, list[str]] = {}
    for sync, keyed in edges:
        by_sync.setdefault(sync, []).append(keyed)
        by_keyed.setdefault(keyed, []).append(sync)
    seen: set[str] = set()
    found = []
    for start, _ in edges:
        if start in seen:
            continue
        syncs: dict[str, None] = {start: None}
        keyeds: dict[str, None] = {}
        waiting = [start]
        seen.add(start)
        while waiting:
            for keyed in by_sync[waiting.pop()]:
                if keyed not in keyeds:
                    keyeds[keyed] = None
                    fresh = [sync for sync in by_keyed[keyed] if sync not in seen]
                    seen.update(fresh)
                    syncs.update(dict.fromkeys(fresh))
                    waiting += fresh
        members = tuple((sync, keyed) for sync in syncs for keyed in by_sync[sync])
        found.append(Knot(tuple(syncs), tuple(keyeds), members))
    return found


def untied(knot: Knot, sync: Bills, keyed: Bills, *, match: str, strong: bool) -> tuple[list[Group], list[Group]]:
    """The groups that a knot falls into, and what of it stays ambiguous.

    Two bills that only have each other are a pair. Among several, the total tells; where both sides have as many, total
    and day, then total and number tell too (of two copies of one bill no day makes the right one). What is left of
    ``strong`` candidates (they name each other) may be one bill that was keyed as several, or the reverse: those of
    them that add up to it in one way only (the others are no part of it), else all of them, where their sum fits better
    than any of them does alone and no two of them are the same.
    """
    if len(knot.sync) == len(knot.keyed) == 1:
        return [Group(match, knot.sync, knot.keyed)], []
    exact = [edge for edge in knot.edges if _same_total(sync[edge[0]], keyed[edge[1]])]
    balanced = len(knot.sync) == len(knot.keyed)
    for told in (_same_total, _same_day, _same_number) if balanced else (_same_total,):
        pairs = _only_each_other([edge for edge in exact if told(sync[edge[0]], keyed[edge[1]])])
        if pairs:
            used = {one for edge in pairs for one in edge}
            rest = knots(edge for edge in knot.edges if not used & set(edge))
            groups = [Group(match, (one,), (other,)) for one, other in pairs]
            ambiguous: list[Group] = []
            for part in rest:
                more, left = untied(part, sync, keyed, match=match, strong=strong)
                groups += more
                ambiguous += left
            return groups, ambiguous
    together = _together(knot, sync, keyed) if strong else None
    if together:
        return [Group(match, together.sync, together.keyed)], []
    return [], [Group("ambiguous", knot.sync, knot.keyed)]


def _only_each_other(edges: Sequence[Edge]) -> list[Edge]:
    """Edges whose two ends have no other edge."""
    ends: dict[str, int] = {}
    for edge in edges:
        for end in edge:
            ends[end] = ends.get(end, 0) + 1
    return [edge for edge in edges if ends[edge[0]] == ends[edge[1]] == 1]


def _together(knot: Knot, sync: Bills, keyed: Bills) -> Knot | None:
    """What of a knot is one bill on one side and several on the other; None where nothing tells."""
    if len(knot.sync) > 1 and len(knot.keyed) > 1:
        return None
    ones, many = (knot.sync, knot.keyed) if len(knot.sync) == 1 else (knot.keyed, knot.sync)
    one_side, many_side = (sync, keyed) if len(knot.sync) == 1 else (keyed, sync)
    one, parts = one_side[ones[0]], [many_side[each] for each in many]
    if len({part.currency for part in [one, *parts]}) > 1:
        return None
    totals = [part.total for part in parts]
    exact = parts_of(one.total, totals, Budget())
    if exact.only:
        chosen = tuple(many[place] for place in exact.only)
        return replace(knot, sync=chosen, keyed=ones) if many is knot.sync else replace(knot, sync=ones, keyed=chosen)
    gap = abs(total(totals) - one.total)
    near = len(set(totals)) == len(totals) and gap < min(abs(each - one.total) for each in totals)
    return knot if near and not exact.several else None


def _same_total(one: BillSide, other: BillSide) -> bool:
    return one.total == other.total and one.currency == other.currency


def _same_day(one: BillSide, other: BillSide) -> bool:
    return one.dated == other.dated


def _same_number(one: BillSide, other: BillSide) -> bool:
    return bool(normalised(one.number)) and normalised(one.number) == normalised(other.number)
