"""Reads ``lifecycle.yaml``: every problem of the file at once, each with its line, what was found and what is allowed.

What belongs here: checking a file against the fields of the decision's values. What does not: the values and defaults
(decision), combinations that make no sense (rules).
"""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import yaml

from cwxero_dagster.payables.lifecycle.decision import Decision, Limit, MatchRule, Placeholders
from cwxero_dagster.payables.lifecycle.rules import Contradiction, contradictions
from cwxero_dagster.payables.problems import Problem, hint, quoted
from cwxero_dagster.payables.yaml_text import YamlText, is_blank

_UNSET = object()
_NOTES = {"events.paid": " (payments are applied in Xero, never by the sync)"}
_ACCOUNT = "a Xero account code of 1 to 10 characters, or null"


def parse_decision(text: str, file: str = "lifecycle.yaml") -> tuple[Decision | None, list[Problem]]:
    """The decision that ``text`` states, or None and everything that is wrong with it.

    Every key is optional and falls back to the contract's default; ``file`` is the name that problems carry.
    """
    reader = _DecisionText(file)
    root = reader.root(text)
    if root is None:
        return (None if reader.problems else Decision()), reader.problems
    decision: Decision = reader.section(root, "", Decision)
    if reader.problems:
        return None, sorted(reader.problems, key=lambda problem: (problem.line or 0, problem.position or 0))
    for one in contradictions(decision):
        reader.refuse_both(one, decision, root)
    return (None if reader.problems else decision), reader.problems


class _DecisionText(YamlText):
    """Walks the file along the fields of the decision's dataclasses."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self._nodes: dict[str, yaml.Node] = {}

    def refuse_both(self, one: Contradiction, decision: Decision, root: yaml.Node) -> None:
        """Note two keys that do not go together: where each is set, or that it has its default."""
        there, other = self._nodes.get(one.key), self._nodes.get(one.other)
        found = quoted(_value_of(decision, one.key))
        found = found if there else f"the key is not set, and its default {found}"
        where = f"on line {other.start_mark.line + 1}" if other else "by default"
        beside = f"{one.other}, which is {quoted(_value_of(decision, one.other))} {where}"
        node = there or other or root
        self.refuse(node, one.key, f"{found} does not go with {beside}: {one.why}", allowed=one.allowed)

    def section(self, node: yaml.Node, path: str, kind: type[Any], *, default: Any = None) -> Any:
        """A value of dataclass ``kind``; keys that are absent or broken keep those of ``default``."""
        if kind is MatchRule and is_blank(node):
            self.refuse(node, path, "match is blank; to turn a rule off, leave that rule blank", allowed=_keys(kind))
        hints = get_type_hints(kind, include_extras=True)
        fields = {each.name: each for each in dataclasses.fields(kind)}
        values = {}
        for name, value_node in self.entries(node, path, list(fields)).items():
            key = f"{path}.{name}" if path else name
            self._nodes[key] = value_node
            value = self._value(value_node, key, hints[name], fields[name].default)
            if value is not _UNSET:
                values[name] = value
        return dataclasses.replace(default if default is not None else kind(), **values)

    def _value(self, node: yaml.Node, key: str, hint_: Any, default: Any) -> Any:
        """The value of one key, or ``_UNSET`` where a problem was noted."""
        kind, bounds, may_be_blank = _unwrapped(hint_)
        if may_be_blank and is_blank(node):
            return None
        if kind is Limit and is_blank(node):
            return Limit()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            return self.section(node, key, kind, default=default)
        if kind is tuple:
            return self._list(node, key)
        found: Any
        if get_origin(kind) is Literal:
            found = self.choice(node, key, get_args(kind), note=_NOTES.get(key, ""))
        elif kind is Decimal:
            found = self.number(node, key, least=bounds.least, most=bounds.most)
        elif kind is int:
            found = self.whole(node, key, least=bounds.least, most=bounds.most)
        elif kind is bool:
            found = self.flag(node, key)
        elif kind is date:
            found = self.day(node, key)
        elif isinstance(bounds, Placeholders):
            found = self._template(node, key, bounds.names)
        else:
            found = self._account(node, key)
        return _UNSET if found is None else found

    def _account(self, node: yaml.Node, key: str) -> str | None:
        text = self.text(node, key, allowed=_ACCOUNT)
        if text is not None and len(text) > 10:
            self.refuse(node, key, f"{quoted(text)} is too long for an account code", allowed=_ACCOUNT)
            return None
        return text

    def _list(self, node: yaml.Node, key: str) -> Any:
        before = len(self.problems)
        texts = [self.text(item, key, allowed="a name or a code") for item in self.items(node, key)]
        return _UNSET if len(self.problems) > before else tuple(text for text in texts if text is not None)

    def _template(self, node: yaml.Node, key: str, placeholders: tuple[str, ...]) -> str | None:
        allowed = "printable ASCII with " + " or ".join(f"{{{name}}}" for name in placeholders)
        text = self.text(node, key, allowed=allowed)
        if text is None:
            return None
        used = re.findall(r"\{([^{}]*)\}", text)
        wrong = [name for name in used if name not in placeholders]
        for name in wrong:
            word = quoted(f"{{{name}}}")
            self.refuse(node, key, f"{word} is no placeholder{hint(name, placeholders)}", allowed=allowed)
        if not wrong:
            if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
                self.refuse(node, key, f"{quoted(text)} has a brace without its partner", allowed=allowed)
            elif not used:
                self.refuse(node, key, f"{quoted(text)} would give every bill the same number", allowed=allowed)
            elif not all(" " <= character <= "~" for character in text) or len(text) > 100:
                self.refuse(node, key, f"{quoted(text)} is not what Xero takes as a number", allowed=allowed)
            else:
                return text
        return None


def _value_of(decision: Decision, key: str) -> str:
    """The value in force of a dotted key, as the file spells it."""
    value: object = decision
    for name in key.split("."):
        value = getattr(value, name)
    return str(value)


def _unwrapped(hint_: Any) -> tuple[Any, Any, bool]:
    """(plain type, its Range or Placeholders if any, whether a blank is allowed) of a field's annotation."""
    may_be_blank = type(None) in get_args(hint_)
    if may_be_blank:
        hint_ = next(each for each in get_args(hint_) if each is not type(None))
    bounds = None
    if get_origin(hint_) is Annotated:
        hint_, bounds = get_args(hint_)
    return (tuple if get_origin(hint_) is tuple else hint_), bounds, may_be_blank


def _keys(kind: type[Any]) -> str:
    return ", ".join(each.name for each in dataclasses.fields(kind))
