from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from advisories import CLEAN, KNOWN, audited, pins_of, verdict
from packaging.requirements import Requirement

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
PINS = ["anyio==4.1.0", "ast_serialize==0.13.1", "zope==1.0"]
ADVISORY = {"id": "PYSEC-2026-7", "fix_versions": ["4.1.1"], "description": "A\nforged\x1b[2J header."}


def answer(*entries: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(entries), "fixes": []})


def known(name: str, *advisories: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": "1", "vulns": list(advisories)}


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": "Dependency not found"}


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (answer(known("anyio"), known("ast-serialize"), known("zope")), CLEAN, "3 of 3 pinned dependencies audited."),
        (
            answer(known("anyio", ADVISORY), known("ast-serialize"), known("zope")),
            KNOWN,
            "PYSEC-2026-7, fixed in 4.1.1",
        ),
        (answer(known("anyio"), known("ast-serialize"), skipped("zope")), CLEAN, "NOT AUDITED, because"),
        (answer(known("anyio", ADVISORY), skipped("ast-serialize"), skipped("zope")), KNOWN, "zope==1.0."),
        (answer(known("anyio"), known("ast-serialize")), CLEAN, "does not know them: zope==1.0."),
        (answer(*(skipped(name) for name in ("anyio", "ast-serialize", "zope"))), CLEAN, "NOT AUDITED: "),
        (answer(), CLEAN, "NOT AUDITED: "),
        ("", CLEAN, "NOT AUDITED: "),
        ("<html>", CLEAN, "NOT AUDITED: "),
        ("[]", CLEAN, "NOT AUDITED: "),
        ('{"dependencies": 3}', CLEAN, "NOT AUDITED: "),
    ],
)
def test_an_advisory_fails_and_what_was_not_asked_never_passes_for_clean(text: str, status: int, words: str) -> None:
    found = verdict(PINS, text)
    assert found.status == status
    assert words in found.words
    if "NOT AUDITED: " in words:
        assert "Nothing is known of the 3 pinned dependencies, for better or worse" in found.words


def test_an_advisory_is_told_in_one_line_without_its_control_characters() -> None:
    told = verdict(PINS, answer(known("anyio", ADVISORY))).words.splitlines()[-1]
    assert told == "  anyio 1: PYSEC-2026-7, fixed in 4.1.1. A forged [2J header."


def test_one_package_is_asked_about_first_and_no_other_where_there_is_no_service() -> None:
    asked: list[list[str]] = []

    def ask(pins: Sequence[str]) -> str:
        asked.append(list(pins))
        return answer(*(known(pin.partition("==")[0]) for pin in pins)) if len(asked) > 2 else ""

    assert audited(PINS, ask).words.startswith("NOT AUDITED: no advisory service can be reached from here.")
    assert asked == [PINS[:1]]
    asked += [[]]
    assert audited(PINS, ask).words.startswith("3 of 3")
    assert asked[-2:] == [PINS[:1], PINS]


def test_everything_that_the_project_installs_is_pinned_and_so_audited() -> None:
    pinned = {_plain(Requirement(pin).name) for pin in pins_of(CONSTRAINTS.read_text(encoding="utf-8"))}
    waiting, seen = [("cwxero", ("", "dev", "audit"))], set()
    while waiting:
        name, extras = waiting.pop()
        for text in requires(name) or ():
            needed = Requirement(text)
            if needed.marker and not any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                continue
            found = _plain(needed.name)
            if (found, *needed.extras) not in seen:
                seen.add((found, *needed.extras))
                assert found in pinned, f"{found}, which {name} needs, has no line in constraints.txt"
                # Installed by `make audit` alone, so nothing is known here of what it needs itself.
                if found != "pip-audit":
                    waiting.append((found, ("", *needed.extras)))
    assert len(seen) > 60


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
