"""Predicates in the database's logic: true, false, and unknown where a value is missing.

What belongs here: how predicates combine, and what a text pattern matches. What does not: how they are written
(``conditions.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cwxero_dagster.sandbox.connectwise.errors import refuse_condition

Predicate = Callable[[Mapping[str, Any]], bool | None]


def everything(document: Mapping[str, Any]) -> bool | None:
    """True of every document: what a blank condition says."""
    return True


def like(pattern: str) -> re.Pattern[str]:
    """``%`` and ``*`` stand for any text, ``_`` for one character, ``[...]`` for one of a set."""
    made, at = "", 0
    while at < len(pattern):
        one = pattern[at]
        end = pattern.find("]", at + 2) if one == "[" else -1
        if one in "%*":
            made += ".*"
        elif one == "_":
            made += "."
        elif end > 0:
            made += "[" + re.escape(pattern[at + 1 : end]).replace(r"\-", "-").replace(r"\^", "^") + "]"
            at = end
        else:
            made += re.escape(one)
        at += 1
    try:
        return re.compile(made, re.IGNORECASE | re.DOTALL)
    except re.error:
        refuse_condition(f"The pattern {pattern} is invalid")


def negated(part: Predicate) -> Predicate:
    """True where the part is false; unknown stays unknown."""

    def holds(document: Mapping[str, Any]) -> bool | None:
        value = part(document)
        return None if value is None else not value

    return holds


def both(parts: list[Predicate]) -> Predicate:
    """True where all parts are."""

    def holds(document: Mapping[str, Any]) -> bool | None:
        unsure = False
        for part in parts:
            value = part(document)
            if value is False:
                return False
            unsure = unsure or value is None
        return None if unsure else True

    return holds


def either(parts: list[Predicate]) -> Predicate:
    """True where one part is."""

    def holds(document: Mapping[str, Any]) -> bool | None:
        unsure = False
        for part in parts:
            value = part(document)
            if value is True:
                return True
            unsure = unsure or value is None
        return None if unsure else False

    return holds
