"""The rings of the house: imports go inwards only, and each outside thing has one door."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "cwxero_dagster"
FILES = sorted((ROOT / PACKAGE).rglob("*.py"))

RULES = {"payables", "frames"}
INPUT_OUTPUT = {"connectwise", "pipeline", "publishing", "staging", "transport", "warehouse", "xero"}
ABOVE_RULES = {"dagster", "dagster_webserver", "duckdb", "httpx", "requests", "starlette", "uvicorn"}


def room_of(path: Path) -> str:
    """The first part of a module's name inside the package: a folder, or a file's own name."""
    return path.relative_to(ROOT / PACKAGE).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a file imports, wherever in the file."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def found(paths: list[Path], is_wrong: object) -> list[str]:
    assert callable(is_wrong)
    return [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in paths
        for line, name in imports_of(path)
        if is_wrong(name)
    ]


def is_within(name: str, *modules: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def inside(room: str) -> list[Path]:
    return [path for path in FILES if room_of(path) == room]


def own_room(name: str) -> str | None:
    """The room of this package that an imported name lies in."""
    parts = name.split(".")
    return parts[1] if parts[0] == PACKAGE and len(parts) > 1 else None


def test_there_is_something_to_look_at() -> None:
    rooms = {room_of(path) for path in FILES}
    assert {*RULES, "connectwise", "pipeline", "publishing", "sandbox", "settings"} <= rooms


@pytest.mark.parametrize("room", sorted(RULES))
def test_the_rules_know_no_outside_world(room: str) -> None:
    assert found(inside(room), lambda name: name.split(".")[0] in ABOVE_RULES) == []


RULES_IN_ORDER = ["lifecycle", "seeds", "units", "composing", "planning"]
"""The way of the data through the rules. What all of them speak of lies in ``payables`` itself."""


def test_the_rules_walk_one_way() -> None:
    def against(path: Path, name: str) -> bool:
        own, other = path.relative_to(ROOT / PACKAGE / "payables").parts[0], name.split(".")[2]
        if other not in RULES_IN_ORDER:
            return False
        return own not in RULES_IN_ORDER or RULES_IN_ORDER.index(own) < RULES_IN_ORDER.index(other)

    shared = {path for path in inside("payables") if path.parent.name == "payables"}
    walked = [
        path for path in inside("payables") if path.relative_to(ROOT / PACKAGE / "payables").parts[0] in RULES_IN_ORDER
    ]
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in [*walked, *shared]
        for line, name in imports_of(path)
        if is_within(name, f"{PACKAGE}.payables") and against(path, name)
    ]
    mapping_reads_its_rows = [one for one in wrong if "payables/mapping.py" in one and ".seeds." in one]
    assert [one for one in wrong if one not in mapping_reads_its_rows] == []


def test_the_rules_import_nothing_of_outer_rings() -> None:
    paths = [path for path in FILES if room_of(path) in RULES]
    assert found(paths, lambda name: own_room(name) not in {None, *RULES}) == []


@pytest.mark.parametrize("room", sorted(INPUT_OUTPUT))
def test_input_and_output_know_no_dagster(room: str) -> None:
    assert found(inside(room), lambda name: is_within(name, "dagster", "dagster_webserver", "dagster_shared")) == []


def test_what_people_read_knows_nothing_of_how_it_was_gathered() -> None:
    assert (
        found(inside("review"), lambda name: own_room(name) in {"pipeline", "publishing", "staging", "warehouse"}) == []
    )


def test_the_command_line_is_imported_by_nobody() -> None:
    paths = [path for path in FILES if room_of(path) != "cli"]
    assert found(paths, lambda name: own_room(name) == "cli") == []


def test_the_sandbox_imports_nothing_of_the_product() -> None:
    assert found(inside("sandbox"), lambda name: own_room(name) not in {None, "sandbox"}) == []


def test_the_sandbox_is_imported_by_the_command_line_alone() -> None:
    paths = [path for path in FILES if room_of(path) not in {"sandbox", "cli"}]
    assert found(paths, lambda name: is_within(name, f"{PACKAGE}.sandbox")) == []


def test_nobody_reaches_into_dagsters_inside() -> None:
    assert found(FILES, lambda name: is_within(name, "dagster._core", "dagster._utils", "dagster._check")) == []


def test_only_the_settings_read_the_environment() -> None:
    allowed = {"settings", "cli"}
    read = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        if room_of(path) not in allowed
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "environb", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    named = found(
        [path for path in FILES if room_of(path) not in allowed],
        lambda name: name in {"os.environ", "os.environb", "os.getenv"},
    )
    assert read + named == []


def test_first_docstrings_point_to_rooms_that_exist() -> None:
    there = {path.relative_to(ROOT / PACKAGE).with_suffix("").as_posix().removesuffix("/__init__") for path in FILES}
    floors = "|".join(sorted({one.partition("/")[0] for one in there if "/" in one}))
    pointing = re.compile(rf"(?<![\w/.])(?:{floors})/[a-z_]+(?:/[a-z_]+)*")
    lost = [
        f"{path.relative_to(ROOT)} points to {place}"
        for path in FILES
        for place in pointing.findall(ast.get_docstring(tree_of(path)) or "")
        if place not in there and not (ROOT / PACKAGE / place).is_dir()
    ]
    assert lost == []
