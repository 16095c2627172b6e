"""What a field of a record can be, and how a slashed name leads to one.

What belongs here: kinds of fields and paths to them. What does not: which record has which fields (``tables.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a field holds."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"
    CHOICE = "choice"
    REFERENCE = "reference"
    LIST = "list"


@dataclass(frozen=True)
class Field:
    """One field: ``inner`` are the fields of a reference or of a list's elements, ``choices`` those of a choice."""

    kind: Kind
    inner: Mapping[str, Field] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


Fields = Mapping[str, Field]


@dataclass(frozen=True)
class Leaf:
    """A field that a slashed name leads to, and the keys on the way."""

    path: tuple[str, ...]
    field: Field

    def of(self, document: Mapping[str, Any]) -> Any:
        """The value in a document; None where it or its parent is absent."""
        value: Any = document
        for key in self.path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


def fields(
    *,
    text: str = "",
    whole: str = "",
    number: str = "",
    flag: str = "",
    moment: str = "",
    references: Mapping[str, str | Fields] | None = None,
    lists: Mapping[str, Fields] | None = None,
    choices: Mapping[str, str] | None = None,
) -> dict[str, Field]:
    """Fields by kind, names parted by spaces; references by the text fields that they have
    beside their id (a name where nothing is said), or by their own fields."""

    def plain() -> Iterator[tuple[str, Field]]:
        kinds = {Kind.WHOLE: whole, Kind.TEXT: text, Kind.NUMBER: number, Kind.FLAG: flag, Kind.MOMENT: moment}
        for kind, names in kinds.items():
            for name in names.split():
                yield name, Field(kind)

    found = dict(plain())
    for name, inner in (references or {}).items():
        found[name] = Field(
            Kind.REFERENCE, fields(whole="id", text=inner or "name") if isinstance(inner, str) else inner
        )
    for name, elements in (lists or {}).items():
        found[name] = Field(Kind.LIST, elements)
    for name, allowed in (choices or {}).items():
        found[name] = Field(Kind.CHOICE, choices=tuple(allowed.split()))
    return found


REFERENCE: Fields = fields(whole="id", text="name")
