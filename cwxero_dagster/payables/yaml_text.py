"""YAML that people edit, read with its places: every key and value knows its line, and everything wrong is collected.

What belongs here: composing a document without constructing objects, and the checks that any edited YAML file needs
(unknown or repeated keys, wrong shapes, numbers, days). What does not: which keys a file has (lifecycle).

Values are read from the text as written, not from YAML's own guesses: ``0400`` stays an account code, ``2.0`` never
becomes a float, and ``NO`` stays text where text is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal

import yaml

from cwxero_dagster.payables.calendar import day_in
from cwxero_dagster.payables.money import decimal, fits
from cwxero_dagster.payables.problems import Problem, hint, quoted

_TAG = "tag:yaml.org,2002:"
_SCALARS = {_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp")}
_YES, _NO = {"true", "yes", "on"}, {"false", "no", "off"}


class YamlText:
    """One file while it is read; ``problems`` grows, nothing raises."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def root(self, text: str) -> yaml.Node | None:
        """The document's root; None for an empty file and for text that is no YAML (then a problem is noted)."""
        try:
            return yaml.compose(text.removeprefix("\ufeff"), Loader=yaml.SafeLoader)
        except yaml.reader.ReaderError as broken:
            line = text.count("\n", 0, broken.position) + 1
            self._note(f"character {broken.position + 1} of the file cannot be printed; remove it", line=line)
        except yaml.MarkedYAMLError as broken:
            mark = broken.problem_mark or broken.context_mark
            found = ", ".join(part for part in (broken.context, broken.problem) if part)
            self._note(
                f"this is no valid YAML ({found}); look at indentation, colons and quotation marks here and just above",
                line=mark.line + 1 if mark else None,
                position=mark.column + 1 if mark else None,
            )
        except RecursionError:
            self._note("the file is nested too deeply to be read")
        return None

    def refuse(self, node: yaml.Node, key: str, message: str, *, allowed: str | None = None) -> None:
        """Note a problem at ``node``."""
        value = node.value if isinstance(node, yaml.ScalarNode) else None
        mark = node.start_mark
        self._note(message, line=mark.line + 1, position=mark.column + 1, column=key, value=value, allowed=allowed)

    def entries(self, node: yaml.Node, key: str, allowed: Collection[str]) -> Mapping[str, yaml.Node]:
        """The values of a mapping by key; unknown, repeated and odd keys are refused, a blank node has none."""
        if is_blank(node):
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.refuse(node, key, f"{self._found(node)} stands where keys should be", allowed=", ".join(allowed))
            return {}
        found: dict[str, yaml.Node] = {}
        lines: dict[str, int] = {}
        for name_node, value in node.value:
            name = name_node.value if isinstance(name_node, yaml.ScalarNode) else None
            path = f"{key}.{name}" if key else str(name)
            if name is None or name not in allowed:
                word = self._found(name_node)
                nearby = hint(name, allowed) if name else ""
                self.refuse(
                    name_node, path if name else key, f"{word} is no key here{nearby}", allowed=", ".join(allowed)
                )
            elif name in found:
                first = lines[name]
                self.refuse(
                    name_node, path, f"{name} is set twice, on lines {first} and {name_node.start_mark.line + 1}"
                )
            else:
                found[name], lines[name] = value, name_node.start_mark.line + 1
        return found

    def items(self, node: yaml.Node, key: str) -> Iterator[yaml.Node]:
        """The items of a list; a blank node has none, anything else is refused."""
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        elif not is_blank(node):
            self.refuse(node, key, f"{self._found(node)} is no list", allowed="a list such as [one, two], or []")

    def text(self, node: yaml.Node, key: str, *, allowed: str) -> str | None:
        """A value as it is written, outer spaces cut; blank and nested values are refused."""
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS and not is_blank(node) and node.value.strip():
            return str(node.value.strip())
        self.refuse(node, key, f"{self._found(node)} is no value that can stand here", allowed=allowed)
        return None

    def choice(self, node: yaml.Node, key: str, words: Collection[str], *, note: str = "") -> str | None:
        """One of the allowed words; ``note`` follows them in a message."""
        allowed = ", ".join(words) + note
        text = self.text(node, key, allowed=allowed)
        if text is None or text in words:
            return text
        self.refuse(node, key, f"{quoted(text)} is not one of the words{hint(text, words)}", allowed=allowed)
        return None

    def flag(self, node: yaml.Node, key: str) -> bool | None:
        """True or false."""
        text = self.text(node, key, allowed="true or false")
        if text is None or text.lower() in _YES | _NO:
            return None if text is None else text.lower() in _YES
        self.refuse(node, key, f"{quoted(text)} is neither true nor false", allowed="true or false")
        return None

    def number(self, node: yaml.Node, key: str, *, least: int, most: int) -> Decimal | None:
        """A plain number from ``least`` to ``most`` with at most ten decimals."""
        allowed = f"a plain number from {least} to {most:,}, such as 2.50"
        text = self.text(node, key, allowed=allowed)
        if text is None:
            return None
        try:
            value = decimal(text)
        except ValueError:
            self.refuse(node, key, f"{quoted(text)} is no plain number", allowed=allowed)
            return None
        if not least <= value <= most or not fits(value, 10):
            self.refuse(node, key, f"{quoted(text)} is out of range", allowed=allowed)
            return None
        return value

    def whole(self, node: yaml.Node, key: str, *, least: int, most: int) -> int | None:
        """A whole number from ``least`` to ``most``."""
        allowed = f"a whole number from {least} to {most}" if least < most else f"{least}"
        text = self.text(node, key, allowed=allowed)
        if text is None:
            return None
        if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) and least <= int(text) <= most:
            return int(text)
        self.refuse(node, key, f"{quoted(text)} cannot stand here", allowed=allowed)
        return None

    def day(self, node: yaml.Node, key: str) -> date | None:
        """A calendar day, YYYY-MM-DD."""
        allowed = "a day that exists, written YYYY-MM-DD, such as 2026-05-01"
        text = self.text(node, key, allowed=allowed)
        if text is None:
            return None
        day = day_in(text)
        if day is None:
            self.refuse(node, key, f"{quoted(text)} is no such day", allowed=allowed)
        return day

    def _note(
        self,
        message: str,
        *,
        line: int | None = None,
        position: int | None = None,
        column: str | None = None,
        value: str | None = None,
        allowed: str | None = None,
    ) -> None:
        self.problems.append(
            Problem(
                file=self.file,
                message=message,
                line=line,
                position=position,
                column=column or None,
                value=value,
                allowed=allowed,
            )
        )

    @staticmethod
    def _found(node: yaml.Node) -> str:
        if isinstance(node, yaml.MappingNode):
            return "a group of keys"
        if isinstance(node, yaml.SequenceNode):
            return "a list"
        return "a blank" if is_blank(node) or not node.value.strip() else quoted(str(node.value))


def is_blank(node: yaml.Node) -> bool:
    """Whether nothing was given: an empty value, ``null`` or ``~``."""
    return isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "null"
