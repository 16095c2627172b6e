"""Three versions of a draft: base (what we last wrote), theirs (what Xero holds), ours (what ConnectWise implies).

What belongs here: the merge per field and per line (DESIGN.md, "Field ownership"). What does not: reading or writing any
version. Only ours changed: write. Only theirs: keep theirs. Both, to equal or containing values: theirs. Both otherwise:
a conflict. Account, tax type, tracking and item that a person touched stay hers, without a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cwxero_dagster.payables.documents import HEADER_FIELDS, LINE_FIELDS, Meaning

HERS = frozenset({"account_code", "tax_type", "tracking", "item_code"})
WORDS = {
    "contact_id": "vendor",
    "number": "reference",
    "date": "date",
    "due_date": "due date",
    "currency_code": "currency",
    "line_amounts": "tax setting",
    "description": "description",
    "quantity": "quantity",
    "unit_amount": "price",
    "account_code": "account",
    "tax_type": "tax type",
    "tracking": "tracking",
    "item_code": "item",
}


@dataclass(frozen=True)
class Merged:
    """The outcome of a merge."""

    meaning: Meaning
    """The document to write; lines that Xero has carry their ``line_item_id``."""
    written: tuple[str, ...]
    """What of ours would be written, in words; empty: nothing is to be written."""
    kept: tuple[str, ...]
    """What a person changed and keeps."""
    conflicts: tuple[str, ...]


class _Notes:
    def __init__(self) -> None:
        self.written: list[str] = []
        self.kept: list[str] = []
        self.conflicts: list[str] = []


def merge(*, meant: Mapping[str, Any], base: Meaning, theirs: Meaning, ours: Meaning) -> Merged:
    """Merge ``ours`` into ``theirs``. ``meant`` is what the last write said, ``base`` what Xero made of it."""
    notes = _Notes()
    merged: Meaning = {**theirs, "url": theirs["url"] or ours["url"]}
    for field in HEADER_FIELDS:
        merged[field] = _field(field, "", meant[field], base[field], theirs[field], ours[field], notes)
    merged["lines"] = _lines(meant, base, theirs, ours, notes)
    return Merged(merged, tuple(notes.written), tuple(notes.kept), tuple(notes.conflicts))


def touched(base: Meaning, theirs: Meaning) -> bool:
    """True where Xero holds anything else than what our write left."""
    bare = [{key: value for key, value in line.items() if key != "ref"} for line in base["lines"]]
    return any(base[field] != theirs[field] for field in HEADER_FIELDS) or bare != theirs["lines"]


def _field(name: str, where: str, meant: Any, base: Any, theirs: Any, ours: Any, notes: _Notes) -> Any:
    we_changed, they_changed = ours != meant, theirs != base
    label = f"{WORDS[name]}{where}"
    if they_changed and not we_changed:
        notes.kept.append(f"{label} {_shown(theirs)}")
        return theirs
    if we_changed and not they_changed:
        if ours != theirs:
            notes.written.append(f"{label} {_shown(theirs)} -> {_shown(ours)}")
        return ours
    if not we_changed:
        return theirs
    if theirs == ours or name in HERS or (isinstance(ours, str) and ours and ours in str(theirs)):
        notes.kept.append(f"{label} {_shown(theirs)}")
        return theirs
    notes.conflicts.append(f"{label}: {_shown(theirs)} in Xero, {_shown(ours)} by ConnectWise")
    return theirs


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(": ".join(pair) for pair in value) or "none"
    return f'"{value}"' if value != "" else "none"


def _lines(meant: Mapping[str, Any], base: Meaning, theirs: Meaning, ours: Meaning, notes: _Notes) -> list[Meaning]:
    base_by_id = {line["line_item_id"]: line for line in base["lines"]}
    meant_by_ref = {line["ref"]: line for line in meant["lines"]}
    ours_by_ref = {line["ref"]: line for line in ours["lines"]}
    present = {line["line_item_id"] for line in theirs["lines"]}
    merged: list[Meaning] = []
    for held in theirs["lines"]:
        was = base_by_id.get(held["line_item_id"])
        ref = was["ref"] if was else ""
        if was is None or not ref:
            merged.append(held)
            if was is None:
                notes.kept.append(f'the added line "{held["description"][:60]}"')
        elif ref in ours_by_ref:
            merged.append(_line(held, was, meant_by_ref.get(ref, ours_by_ref[ref]), ours_by_ref[ref], notes))
        elif any(held[field] != was[field] for field in LINE_FIELDS):
            notes.conflicts.append(
                f'the line "{held["description"][:60]}" was edited in Xero and is gone in ConnectWise'
            )
            merged.append(held)
        else:
            notes.written.append(f'the line "{held["description"][:60]}" goes')
    _removed(base, present, meant_by_ref, ours_by_ref, notes)
    known = {line["ref"] for line in base["lines"]}
    for line in ours["lines"]:
        if line["ref"] not in known:
            notes.written.append(f'the line "{line["description"][:60]}" is new')
            merged.append(line)
    return merged


def _line(held: Meaning, was: Meaning, meant: Meaning, ours: Meaning, notes: _Notes) -> Meaning:
    where = f' of "{held["description"][:40]}"'
    fields = {
        field: _field(field, where, meant[field], was[field], held[field], ours[field], notes) for field in LINE_FIELDS
    }
    return {"line_item_id": held["line_item_id"], "ref": ours["ref"], **fields}


def _removed(
    base: Meaning,
    present: set[str],
    meant: Mapping[str, Meaning],
    ours: Mapping[str, Meaning],
    notes: _Notes,
) -> None:
    for line in base["lines"]:
        if line["line_item_id"] in present or line["ref"] not in ours:
            continue
        words = f'the line "{line["description"][:60]}"'
        if any(ours[line["ref"]][field] != meant.get(line["ref"], {}).get(field) for field in LINE_FIELDS):
            notes.conflicts.append(f"{words} was deleted in Xero and has changed in ConnectWise")
        else:
            notes.kept.append(f"the deletion of {words}")
