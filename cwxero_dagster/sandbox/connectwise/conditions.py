"""The conditions language: text to a predicate over documents.

What belongs here: the tokens, the grammar and what the operators mean. What does not: which names a record has (the
caller resolves them) and what happens to the records that match.

The language, as the vendor's developer guide and live tenants have it: text in quotes, numbers bare, ``True`` and
``False``, moments in brackets, ``null``; ``= != < <= > >= contains like in not``, ``and``, ``or``, parentheses;
fields of references with a slash. The database's own logic holds: text compares without regard to case, and a
comparison with a missing value is neither true nor false.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

from cwxero_dagster.sandbox.connectwise.errors import refuse_condition, unrecognized
from cwxero_dagster.sandbox.connectwise.fields import Kind, Leaf
from cwxero_dagster.sandbox.connectwise.logic import Predicate, both, either, everything, like, negated

Resolver = Callable[[str], Leaf | None]

DEEPEST = 40
"""Nesting beyond this is refused: nobody writes it, and a parser should not fall over it."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<moment>\[[^\]]*\])
    | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
    | (?P<symbol><=|>=|!=|=|<|>|\(|\)|,)
    | (?P<word>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = ("and", "or", "not", "in", "like", "contains", "null", "true", "false")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Token:
    """``sort`` is text, moment, number, symbol, name, or one of the language's own words."""

    sort: str
    value: Any
    at: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a condition. Raises ``ApiError``."""
    text = text.rstrip()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            refuse_condition(f"Syntax error at position {at + 1}: {text[at : at + 20].strip()}")
        sort, raw = str(match.lastgroup), match.group(str(match.lastgroup))
        start, at = match.start(sort), match.end()
        if sort == "text":
            yield Token("text", re.sub(r"\\([\"'\\])", r"\1", raw[1:-1]), start)
        elif sort == "moment":
            yield Token("moment", raw[1:-1].strip(), start)
        elif sort == "number":
            yield Token("number", Decimal(raw), start)
        elif sort == "word" and raw.lower() in _WORDS:
            yield Token(raw.lower(), raw, start)
        else:
            yield Token("name" if sort == "word" else raw, raw, start)


def moment(text: str) -> datetime:
    """A date or moment as ConnectWise writes it; without a zone it is UTC. Raises ``ValueError``."""
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Language:
    """A way to read conditions: how names resolve, whether ``in`` exists, and how a server treats moments."""

    resolve: Resolver
    allow_in: bool = True
    dates: str = "exact"
    now: datetime | None = None

    def predicate(self, text: str | None) -> Predicate:
        """What the condition says of a document; a blank condition is true of all. Raises ``ApiError``."""
        if text is None or not text.strip():
            return everything
        return _Parser(list(tokens(text)), self).whole()


class _Parser:
    def __init__(self, found: list[Token], language: Language) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0
        self._language = language

    def whole(self) -> Predicate:
        result = self._any_of()
        if self._sort:
            self._unexpected()
        return result

    @property
    def _sort(self) -> str:
        return self._tokens[self._at].sort if self._at < len(self._tokens) else ""

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _expect(self, sort: str) -> Token:
        if self._sort != sort:
            self._unexpected(sort)
        return self._take()

    def _unexpected(self, wanted: str = "") -> NoReturn:
        expected = f", expected {wanted}" if wanted else ""
        if not self._sort:
            refuse_condition(f"Syntax error: the condition ends too early{expected}")
        token = self._tokens[self._at]
        refuse_condition(f"Syntax error at position {token.at + 1}: unexpected {token.value}{expected}")

    def _any_of(self) -> Predicate:
        parts = [self._all_of()]
        while self._sort == "or":
            self._take()
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else either(parts)

    def _all_of(self) -> Predicate:
        parts = [self._one()]
        while self._sort == "and":
            self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else both(parts)

    def _one(self) -> Predicate:
        self._depth += 1
        if self._depth > DEEPEST:
            refuse_condition("The condition is nested too deeply")
        if self._sort == "not":
            self._take()
            result = negated(self._one())
        elif self._sort == "(":
            self._take()
            result = self._any_of()
            self._expect(")")
        else:
            result = self._comparison()
        self._depth -= 1
        return result

    def _comparison(self) -> Predicate:
        name = self._expect("name").value
        leaf = self._language.resolve(name)
        if leaf is None:
            raise unrecognized(name)
        if leaf.field.kind in (Kind.REFERENCE, Kind.LIST):
            refuse_condition("Enum value supplied was invalid")
        negate = self._sort == "not"
        if negate:
            self._take()
        if self._sort == "in":
            result = self._membership(leaf)
        elif self._sort in ("like", "contains"):
            result = self._pattern(leaf, name)
        elif self._sort in _COMPARE and not negate:
            result = self._compared(leaf, name)
        else:
            self._unexpected("an operator")
        return negated(result) if negate else result

    def _membership(self, leaf: Leaf) -> Predicate:
        self._take()
        if not self._language.allow_in:
            refuse_condition("The in operator is not supported here")
        self._expect("(")
        allowed = {_comparable(self._literal(leaf))}
        while self._sort == ",":
            self._take()
            allowed.add(_comparable(self._literal(leaf)))
        self._expect(")")

        def holds(document: Mapping[str, Any]) -> bool | None:
            value = _value(leaf, document)
            return None if value is None else value in allowed

        return holds

    def _pattern(self, leaf: Leaf, name: str) -> Predicate:
        word = self._take().sort
        pattern = self._expect("text").value
        if leaf.field.kind is not Kind.TEXT:
            refuse_condition(f"{name} is not text: {word} cannot be used")
        matches = like(f"%{pattern}%" if word == "contains" else pattern)

        def holds(document: Mapping[str, Any]) -> bool | None:
            value = leaf.of(document)
            return None if value is None else matches.fullmatch(str(value)) is not None

        return holds

    def _compared(self, leaf: Leaf, name: str) -> Predicate:
        symbol = self._take().value
        if self._sort == "null":
            self._take()
            if leaf.field.kind is Kind.CHOICE:
                refuse_condition("Enum value supplied was invalid")
            if symbol not in ("=", "!="):
                refuse_condition(f"null can be compared with = and != only: {name}")
            return lambda document: (leaf.of(document) is None) == (symbol == "=")
        if leaf.field.kind in (Kind.FLAG, Kind.CHOICE) and symbol not in ("=", "!="):
            refuse_condition(f"{name} can be compared with = and != only")
        if leaf.field.kind is Kind.MOMENT and self._finds_nothing(symbol):
            self._literal(leaf)
            return lambda _: False
        wanted, compare = _comparable(self._literal(leaf)), _COMPARE[symbol]

        def holds(document: Mapping[str, Any]) -> bool | None:
            value = _value(leaf, document)
            return None if value is None else compare(value, wanted)

        return holds

    def _finds_nothing(self, symbol: str) -> bool:
        if self._language.dates == "exact" or self._sort != "moment":
            return False
        text = self._tokens[self._at].value
        if len(text) > len("YYYY-MM-DD"):
            if self._language.dates == "refused":
                refuse_condition(f"The date {text} is invalid")
            return True
        now = self._language.now
        if self._language.dates == "refused" or symbol != ">=" or now is None:
            return False
        today = now - timedelta(days=1) if self._language.dates == "days_behind" else now
        return str(text) >= f"{today:%Y-%m-%d}"

    def _literal(self, leaf: Leaf) -> Any:
        kind = leaf.field.kind
        if kind is Kind.FLAG and self._sort in ("true", "false"):
            return self._take().sort == "true"
        if kind is Kind.MOMENT:
            text = self._expect("moment").value
            try:
                return moment(text)
            except ValueError:
                refuse_condition(f"The date {text} is invalid")
        if kind in (Kind.WHOLE, Kind.NUMBER):
            return self._expect("number").value
        if kind is Kind.FLAG:
            self._unexpected("True or False")
        text = self._expect("text").value
        if kind is Kind.CHOICE and text.casefold() not in {choice.casefold() for choice in leaf.field.choices}:
            refuse_condition("Enum value supplied was invalid")
        return text


def _comparable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _value(leaf: Leaf, document: Mapping[str, Any]) -> Any:
    value = leaf.of(document)
    if value is None:
        return None
    return moment(value) if leaf.field.kind is Kind.MOMENT else _comparable(value)
