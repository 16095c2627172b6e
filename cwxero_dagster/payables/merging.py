"""Three versions of a draft: base (what we last wrote), theirs (what Xero holds), ours (what ConnectWise implies).

What belongs here: the merge per field and per line (DESIGN.md, "Field ownership"), and whether a person worked on a
draft. What does not: reading or writing any version. Only ours changed: write. Only theirs: keep theirs. Both, to equal
or containing values: theirs. Both otherwise: a conflict. Account, tax type, tracking and item that a person touched
stay hers, without a conflict.

What is hers stays hers: a merged document says which of its fields a person changed (``hers``: what we had meant and
last written), and which lines she deleted (``deleted``). The base of the next merge leaves these out, so that writing
another field never turns her work into ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cwxero_dagster.payables.books import FINAL, Document
from cwxero_dagster.payables.documents import (
    HEADER_FIELDS,
    INVOICE_FIELDS,
    LINE_FIELDS,
    Meaning,
    comparable_lines,
    meaning_of_document,
)
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.money import amount_text, money_text
from cwxero_dagster.payables.work_by_hand import (
    AMOUNTS,
    More,
    amount,
    billed_by_hand,
    comes_to,
    more_by_hand,
    named,
    retyped,
    standing_for,
)

HERS = frozenset({"account_code", "tax_type", "tracking", "item_code"})
TEXTS = frozenset({"number", "description"})
"""Fields in which a value that contains the other says the same and more."""
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
    invoice: Meaning = {field: ours[field] for field in INVOICE_FIELDS if field in ours}
    merged: Meaning = {**theirs, "url": theirs["url"] or ours["url"], **invoice}
    merged |= _fields(HEADER_FIELDS, "", as_meant(meant), base, theirs, ours, notes)
    meant_lines = {line["ref"]: as_meant(line) for line in meant["lines"] if line.get("ref")}
    meant_lines |= {gone["meant"]["ref"]: gone["meant"] for gone in meant.get("deleted", [])}
    merged["lines"] = _lines(meant_lines, base, theirs, ours, notes)
    deleted = _deleted(meant_lines, base, theirs, ours, notes)
    if deleted:
        merged["deleted"] = deleted
    return Merged(merged, tuple(notes.written), tuple(notes.kept), tuple(notes.conflicts))


def touched(base: Mapping[str, Any], theirs: Meaning) -> bool:
    """True where Xero holds anything else than what our write left."""
    was = {line["line_item_id"]: line for line in base["lines"]}
    now = {line["line_item_id"]: line for line in theirs["lines"]}
    if any(base[field] != theirs[field] for field in HEADER_FIELDS) or was.keys() != now.keys():
        return True
    return any(was[line_id][field] != line[field] for line_id, line in now.items() for field in LINE_FIELDS)


def untouched(known: KnownBill, document: Document) -> bool:
    """True where nobody worked on a draft since our last write.

    Touched means any difference from base, an attachment, or an update stamp after our last write that is not the one
    of our own note in its history or of our own link of a line (whether those move the stamp is not known).
    """
    base = known.base
    if base is None or document.status in FINAL or document.has_attachments:
        return False
    seen = (("status", document.status), ("total", amount_text(document.total)))
    if any(base.get(name) not in {None, now} for name, now in seen):
        return False
    ours = {base.get(name) for name in ("updated_at", "noted_at", "linked_at")}
    if base.get("updated_at") is not None and document.stamp not in ours:
        return False
    return not touched(base, meaning_of_document(document))


def differences(theirs: Meaning, ours: Meaning) -> list[str]:
    """What two versions of a document say differently, in words."""
    found = [
        f"{WORDS[field]} {_shown(theirs[field])} in Xero, {_shown(ours[field])} by ConnectWise"
        for field in HEADER_FIELDS
        if theirs[field] != ours[field]
    ]
    return [*found, *_lines_apart(comparable_lines(theirs), comparable_lines(ours))]


def _lines_apart(theirs: Sequence[Meaning], ours: Sequence[Meaning]) -> list[str]:
    if len(theirs) != len(ours):
        return [f"lines {len(theirs)} in Xero, {len(ours)} by ConnectWise"]
    return [
        f'{WORDS[name]} of "{line["description"][:40]}": {_shown(held[name])} in Xero, '
        f"{_shown(line[name])} by ConnectWise"
        for held, line in zip(theirs, ours, strict=True)
        for name in line
        if held[name] != line[name]
    ]


def as_meant(meant: Mapping[str, Any]) -> Mapping[str, Any]:
    """What we last meant by a document or line, also in the fields where her value was sent along."""
    return {**meant, **{field: values["meant"] for field, values in meant.get("hers", {}).items()}}


def _fields(
    names: Sequence[str],
    where: str,
    meant: Mapping[str, Any],
    base: Mapping[str, Any],
    theirs: Mapping[str, Any],
    ours: Mapping[str, Any],
    notes: _Notes,
) -> Meaning:
    """The merged fields, and under ``hers`` what we had meant and written where a person's value stands."""
    values: Meaning = {
        name: _field(name, where, meant[name], base[name], theirs[name], ours[name], notes) for name in names
    }
    hers = {name: {"meant": meant[name], "base": base[name]} for name in names if theirs[name] != base[name]}
    return {**values, "hers": hers} if hers else values


def _field(name: str, where: str, meant: Any, base: Any, theirs: Any, ours: Any, notes: _Notes) -> Any:
    we_changed, they_changed = ours != meant, theirs != base
    label = f"{WORDS[name]}{where}"
    if not they_changed:
        if not we_changed or ours == theirs:
            return theirs
        notes.written.append(f"{label} {_shown(theirs)} -> {_shown(ours)}")
        return ours
    if we_changed and not _agree(name, theirs, ours):
        notes.conflicts.append(f"{label}: {_shown(theirs)} in Xero, {_shown(ours)} by ConnectWise")
    else:
        notes.kept.append(f"{label}, now {_shown(theirs)}")
    return theirs


def _agree(name: str, theirs: Any, ours: Any) -> bool:
    if theirs == ours or name in HERS:
        return True
    return name in TEXTS and bool(theirs and ours) and (ours in theirs or theirs in ours)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(": ".join(pair) for pair in value) or "none"
    return f'"{value}"' if value != "" else "none"


def _lines(
    meant: Mapping[str, Mapping[str, Any]], base: Meaning, theirs: Meaning, ours: Meaning, notes: _Notes
) -> list[Meaning]:
    base_by_id = {line["line_item_id"]: line for line in base["lines"]}
    ours_by_ref = {line["ref"]: line for line in ours["lines"]}
    known = {line["ref"] for line in base["lines"]}
    new = [line for line in ours["lines"] if line["ref"] not in known]
    hers = more_by_hand(base, theirs)
    meant_by_her = _meant_by_her(hers, new, notes)
    same_sum = comes_to(theirs) == comes_to(ours)
    merged: list[Meaning] = []
    for held in theirs["lines"]:
        was = base_by_id.get(held["line_item_id"])
        if was is None and held["line_item_id"] in meant_by_her:
            merged.append(_taken_over(held, meant_by_her[held["line_item_id"]], notes))
        elif was is None:
            notes.kept.append(f"{named(held)}, which was added")
            merged.append({**held, "ref": ""})
        elif was["ref"] in ours_by_ref:
            line = ours_by_ref[was["ref"]]
            where = f' of "{was["description"][:40]}"'
            before = meant.get(was["ref"], was)
            doubt = billed_by_hand(hers, before=before, was=was, held=held, ours=line, same_sum=same_sum)
            if doubt:
                notes.conflicts.append(doubt)
                line = {**line, **{name: before[name] for name in AMOUNTS}}
            fields = _fields(LINE_FIELDS, where, before, was, held, line, notes)
            if held["quantity"] and not fields["quantity"]:
                fields = _words_alone(fields)
            merged.append({**_named(held, fields), "ref": was["ref"], **fields, **_costs(line)})
        elif any(held[field] != was[field] for field in LINE_FIELDS):
            notes.conflicts.append(f"{named(held)} was edited in Xero and is gone in ConnectWise")
            merged.append({**held, "ref": ""})
        else:
            notes.written.append(f"{named(held)} goes")
    stands = [line["ref"] for line in meant_by_her.values()]
    for line in new:
        if line["ref"] not in stands:
            notes.written.append(f"{named(line)} is new")
            merged.append(line)
    return merged


def _meant_by_her(hers: Sequence[More], new: Sequence[Meaning], notes: _Notes) -> dict[str, Meaning]:
    """New lines of ours that a person may have billed already, by the id of her line: none is written beside it."""
    found: dict[str, Meaning] = {}
    for line in new:
        more = standing_for(hers, line, found.keys())
        if more is not None:
            found[more.line["line_item_id"]] = line
            notes.conflicts.append(
                f"{more.told}, may be {named(line)} over {money_text(amount(line))}, which ConnectWise has now. It was "
                "not written beside hers; if both are owed, add the second one to the bill yourself"
            )
    return found


def _taken_over(held: Meaning, line: Meaning, notes: _Notes) -> Meaning:
    """A line that a person added, as the one that bills ``line`` from now on; what she typed in it stays hers."""
    notes.written.append(f"{named(held)}, which was added, stands for {named(line)}")
    hers = {name: {"meant": line[name], "base": line[name]} for name in LINE_FIELDS if held[name] != line[name]}
    return {**held, "ref": line["ref"], **_costs(line), **({"hers": hers} if hers else {})}


def _costs(line: Meaning) -> Meaning:
    """At which unit cost a line bills its goods, and of a change of price from which one: kept, and never sent."""
    return {name: line[name] for name in ("unit_cost", "cost_before") if name in line}


def _words_alone(fields: Meaning) -> Meaning:
    """A line that has become free of charge: words have no account, tax or tracking, hers included."""
    hers = {name: values for name, values in fields.get("hers", {}).items() if name not in HERS}
    kept = {name: value for name, value in fields.items() if name != "hers"}
    blank = {name: [] if name == "tracking" else "" for name in HERS}
    return {**kept, **blank, **({"hers": hers} if hers else {})}


def _named(held: Mapping[str, Any], fields: Meaning) -> Meaning:
    """The id of the line that Xero holds; none where a field becomes blank, so that the line is made anew.

    A blank field is not sent, and whether Xero then keeps what the line had is not known (the sandbox's switch
    ``echoed_lines``). A line whose id is not sent goes, with all that it had (xero_api, section 2).
    """
    anew = any(held[name] and not fields[name] for name in LINE_FIELDS)
    return {} if anew else {"line_item_id": held["line_item_id"]}


def _deleted(
    meant: Mapping[str, Mapping[str, Any]], base: Meaning, theirs: Meaning, ours: Meaning, notes: _Notes
) -> list[Meaning]:
    """Lines of ours that a person deleted: they stay deleted, and are carried along to be known the next time."""
    present = {line["line_item_id"] for line in theirs["lines"]}
    ours_by_ref = {line["ref"]: line for line in ours["lines"]}
    hers = more_by_hand(base, theirs)
    gone = []
    for was in base["lines"]:
        if was["line_item_id"] in present:
            continue
        line, before = ours_by_ref.get(was["ref"]), meant.get(was["ref"], was)
        if line is None:
            notes.conflicts += [doubt] if (doubt := retyped(hers, was)) else []
            continue
        if any(line[field] != before[field] for field in LINE_FIELDS):
            notes.conflicts.append(f"{named(was)} was deleted in Xero and has changed in ConnectWise")
        else:
            notes.kept.append(f"the deletion of {named(was)}")
        gone.append({"base": was, "meant": dict(before)})
    return gone
