"""What is known against the pinned dependencies: what `make audit` asks, through pip-audit.

What belongs here: asking, and what the answer means. What does not: which versions are pinned (constraints.txt).

A known advisory fails. What could not be asked about never passes for clean: it is said to be not audited, and CI goes
on, because a build must not depend on an advisory service that is down or that its network does not reach. One
package is asked about first, so that such a network costs seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLEAN, KNOWN = 0, 1
_SECONDS = 300
_WORDS = 160

Ask = Callable[[Sequence[str]], str]
"""From pins to pip-audit's JSON; blank where it gave none."""


@dataclass(frozen=True)
class Verdict:
    """Exit status, and what people are told."""

    status: int
    words: str


def audited(pins: Sequence[str], ask: Ask) -> Verdict:
    """The verdict over ``pins`` (``name==version``)."""
    first = _entries(ask(pins[:1]))
    if not _answered(first):
        return Verdict(CLEAN, f"NOT AUDITED: no advisory service can be reached from here. {_next_step(len(pins))}")
    return verdict(pins, ask(pins))


def verdict(pins: Sequence[str], answer: str) -> Verdict:
    """What pip-audit's answer means for ``pins``."""
    entries = _entries(answer)
    answered = _answered(entries)
    if not answered:
        return Verdict(CLEAN, f"NOT AUDITED: the advisory service gave no answer. {_next_step(len(pins))}")
    known = [_told(entry, one) for entry in entries for one in entry.get("vulns") or ()]
    left = [pin for pin in pins if _name(pin.partition("==")[0]) not in answered]
    said = [f"{len(pins) - len(left)} of {len(pins)} pinned dependencies audited."]
    if left:
        said.append(f"NOT AUDITED, because the advisory service does not know them: {', '.join(left)}.")
    if known:
        said += [f"{len(known)} known advisories; raise the pins in constraints.txt:", *known]
    else:
        said.append("Nothing is known against them.")
    return Verdict(KNOWN if known else CLEAN, "\n".join(said))


def pins_of(text: str) -> list[str]:
    """The pins in the text of a constraints file."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _entries(answer: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(answer)
    except ValueError:
        return []
    entries = value.get("dependencies") if isinstance(value, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _answered(entries: Sequence[dict[str, Any]]) -> set[str]:
    """Names that the service knows; a skipped package has a reason in the place of its list."""
    return {_name(str(entry.get("name"))) for entry in entries if isinstance(entry.get("vulns"), list)}


def _name(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _told(entry: dict[str, Any], advisory: dict[str, Any]) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in str(advisory.get("description") or "")).split())
    fixed = ", ".join(str(version) for version in advisory.get("fix_versions") or ()) or "no version yet"
    return f"  {entry['name']} {entry.get('version')}: {advisory.get('id')}, fixed in {fixed}. {text[:_WORDS]}"


def _next_step(pins: int) -> str:
    return (
        f"Nothing is known of the {pins} pinned dependencies, for better or worse. Run `make audit` where the package "
        "index and its advisories can be reached."
    )


def ask_pip_audit(pins: Sequence[str]) -> str:
    """Run pip-audit over ``pins`` alone: nothing is installed or resolved."""
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "pins.txt"
        listing.write_text("\n".join(pins), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(listing), "--no-deps", "--disable-pip"]
        command += ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
        try:
            return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False).stdout
        except subprocess.TimeoutExpired:
            return ""


if __name__ == "__main__":
    found = audited(pins_of(Path(sys.argv[1]).read_text(encoding="utf-8")), ask_pip_audit)
    sys.stdout.write(f"{found.words}\n")
    sys.exit(found.status)
