"""The ``where`` and ``order`` parameters: Xero's small query language.

What belongs here: reading and evaluating it over named, typed fields. What does not: which fields a list has
(listing.py).

    Type=="ACCPAY" AND (Status=="DRAFT" OR Status=="SUBMITTED") AND Date>=DateTime(2026,01,31)
    Contact.ContactID==guid("...") && InvoiceNumber.StartsWith("PO-")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import values
from cwxero_dagster.sandbox.xero.refusals import bad_query

Test = Callable[[Document], bool]


@dataclass(frozen=True)
class Field:
    """One field that a filter may name."""

    kind: str
    """guid, text, date, moment, number or flag."""
    read: Callable[[Document], Any]
    optimised: bool = False
    """Filters on other fields are slow in Xero, and fail on large organisations."""


Fields = Mapping[str, Field]
"""Fields by lower-case path (``contact.name``)."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*") |
        (?P<number>-?\d+(?:\.\d+)?) |
        (?P<op>==|!=|<>|<=|>=|=|<|>|&&|\|\||\(|\)|,) |
        (?P<name>[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*)
    )""",
    re.VERBOSE,
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left is not None and right is not None and left < right,
    "<=": lambda left, right: left is not None and right is not None and left <= right,
    ">": lambda left, right: left is not None and right is not None and left > right,
    ">=": lambda left, right: left is not None and right is not None and left >= right,
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}
_LITERAL_OF = {"guid": "guid", "text": "text", "date": "date", "moment": "date", "number": "number", "flag": "flag"}


def where(text: str, fields: Fields, complain: Callable[[str], None]) -> Test:
    """The test that ``text`` describes. Raises the 400 that Xero answers to a filter it cannot read."""
    parser = _Parser(_tokens(text), fields, complain)
    test = parser.alternatives()
    parser.finish()
    return test


def ordered(documents: list[Document], text: str, fields: Fields) -> list[Document]:
    """The documents in the order of ``Field [ASC|DESC], ...``. Raises the 400 for an unknown field."""
    result = list(documents)
    for part in reversed(text.split(",")):
        name, *direction = part.split() or [""]
        field = fields.get(name.lower())
        if field is None or len(direction) > 1 or (direction and direction[0].upper() not in ("ASC", "DESC")):
            raise bad_query("The order '{}' cannot be used", part.strip())
        read = field.read
        result.sort(
            key=lambda one: (read(one) is not None, read(one) if read(one) is not None else 0),
            reverse=bool(direction) and direction[0].upper() == "DESC",
        )
    return result


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise bad_query("Syntax error at position {}: '{}'", position, text[position:].strip()[:20])
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        position = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], fields: Fields, complain: Callable[[str], None]) -> None:
        self._tokens = tokens
        self._at = 0
        self._fields = fields
        self._complain = complain

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, wanted: str) -> None:
        if self._next()[1] != wanted:
            raise bad_query("Syntax error: '{}' expected", wanted)

    def _is_word(self, *words: str) -> bool:
        return self._peek()[0] in ("op", "name") and self._peek()[1].lower() in words

    def finish(self) -> None:
        """Nothing may follow."""
        if self._peek()[0] != "end":
            raise bad_query("Syntax error at '{}'", self._peek()[1])

    def alternatives(self) -> Test:
        """Terms joined by OR."""
        tests = [self._together()]
        while self._is_word("or", "||"):
            self._next()
            tests.append(self._together())
        return lambda one: any(test(one) for test in tests)

    def _together(self) -> Test:
        tests = [self._one()]
        while self._is_word("and", "&&"):
            self._next()
            tests.append(self._one())
        return lambda one: all(test(one) for test in tests)

    def _one(self) -> Test:
        if self._is_word("("):
            self._next()
            test = self.alternatives()
            self._expect(")")
            return test
        kind, name = self._next()
        if kind != "name":
            raise bad_query("Syntax error at '{}'", name)
        stem, _, last = name.rpartition(".")
        if last.lower() in _TEXT_TESTS and self._is_word("("):
            return self._text_test(self._field(stem), last.lower())
        field = self._field(name)
        operator = self._next()[1]
        if operator not in _COMPARISONS:
            raise bad_query("Syntax error: a comparison expected after '{}'", name)
        literal_kind, value = self._literal()
        if literal_kind not in ("null", _LITERAL_OF[field.kind]):
            raise bad_query(
                "Operator '{}' incompatible with operand types '{}' and '{}'", operator, field.kind, literal_kind
            )
        compare, read = _COMPARISONS[operator], field.read
        return lambda one: compare(read(one), value)

    def _text_test(self, field: Field, name: str) -> Test:
        self._expect("(")
        kind, raw = self._next()
        if kind != "text" or field.kind != "text":
            raise bad_query("'{}' takes a text in double quotes, on a text field", name)
        self._expect(")")
        matches, wanted, read = _TEXT_TESTS[name], _unquoted(raw), field.read
        return lambda one: matches(read(one) or "", wanted)

    def _field(self, name: str) -> Field:
        field = self._fields.get(name.lower())
        if field is None:
            raise bad_query("No property or field '{}' exists", name)
        if not field.optimised:
            self._complain(f"filter on {name}, which Xero does not optimise")
        return field

    def _literal(self) -> tuple[str, Any]:
        kind, raw = self._next()
        if kind == "text":
            return "text", _unquoted(raw)
        if kind == "number":
            return "number", Decimal(raw)
        word = raw.lower()
        if kind == "name" and word in ("true", "false"):
            return "flag", word == "true"
        if kind == "name" and word == "null":
            return "null", None
        if kind == "name" and word == "guid":
            return "guid", self._arguments("text")[0].lower()
        if kind == "name" and word == "datetime":
            try:
                return "date", datetime(*(int(part) for part in self._arguments("number")), tzinfo=UTC)  # type: ignore[misc, arg-type]
            except (ValueError, TypeError):
                raise bad_query("DateTime takes year, month, day") from None
        raise bad_query("Syntax error at '{}'", raw)

    def _arguments(self, kind: str) -> list[str]:
        self._expect("(")
        found: list[str] = []
        while True:
            token_kind, raw = self._next()
            if token_kind != kind:
                raise bad_query("Syntax error at '{}'", raw)
            found.append(_unquoted(raw) if kind == "text" else raw)
            if not self._is_word(","):
                break
            self._next()
        self._expect(")")
        return found


def _unquoted(raw: str) -> str:
    return re.sub(r"\\(.)", r"\1", raw[1:-1])


def plain(path: str, kind: str, *, optimised: bool = False) -> Field:
    """A field that stands in the document under ``path`` (``Contact.Name``)."""
    names = path.split(".")

    def read(document: Document) -> Any:
        value: Any = document
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            return None
        if kind in ("date", "moment"):
            return values.moment(str(value))
        if kind == "guid":
            return str(value).lower()
        return value

    return Field(kind, read, optimised)
