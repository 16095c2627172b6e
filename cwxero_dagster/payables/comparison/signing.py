"""A cycle that was signed off as ready: what was signed, and what changed since.

What belongs here: that comparison. What does not: keeping signatures and reports (pipeline).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cwxero_dagster.payables.comparison.knots import Group
from cwxero_dagster.payables.comparison.result import Comparison, Row, SetAside
from cwxero_dagster.payables.money import money_text

SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class SignedRow:
    """A row as it was signed."""

    match: str
    sync: tuple[str, ...]
    keyed: tuple[str, ...]
    facts: str
    figures: str
    """Both totals in words, so that a change can be told."""
    label: str
    open: int | None = None
    """Differences without a verdict; None where the signature is older than that was kept."""


@dataclass(frozen=True)
class SignedCycle:
    """Who signed a cycle off as ready, when, and what it said then."""

    cycle: str
    by: str
    at: datetime
    policy_digest: str
    rows: Mapping[str, SignedRow]
    """By row id; what was set aside is among them."""

    @property
    def pairs(self) -> tuple[Group, ...]:
        """The pairs as they were signed, which stay what they are."""
        return tuple(
            Group(row.match, row.sync, row.keyed) for row in self.rows.values() if row.sync and row.keyed
            if row.match != "ambiguous"
        )  # fmt: skip


def signed_rows(comparison: Comparison) -> dict[str, SignedRow]:
    """The comparison's rows, and what it set aside, as a signature keeps them."""
    aside = {one.row_id: _aside(one) for one in comparison.set_aside}
    return {row.row_id: _signed(row) for row in comparison.rows} | aside


def _signed(row: Row) -> SignedRow:
    return SignedRow(
        match=row.match,
        sync=tuple(bill.id for bill in row.sync),
        keyed=tuple(bill.id for bill in row.keyed),
        facts=row.facts,
        figures=", ".join(
            f"{'the sync' if bill in row.sync else 'you'} {money_text(bill.total, bill.currency)}" for bill in row.bills
        ),
        label=f"{row.vendor_name} {' + '.join(bill.number or 'without a number' for bill in row.bills)}".strip(),
        open=len(row.open),
    )


def _aside(one: SetAside) -> SignedRow:
    bill = one.bill
    return SignedRow(
        match=SET_ASIDE,
        sync=(),
        keyed=(bill.id,),
        facts="",
        figures=f"you {money_text(bill.total, bill.currency)}",
        label=f"{bill.vendor_name} {bill.number or 'without a number'}, set aside",
        open=0,
    )


def changes_since(signed: SignedCycle, comparison: Comparison) -> tuple[str, ...]:
    """A sentence for each row that is new, gone, other than it was signed, or without a verdict that it had."""
    now = signed_rows(comparison)
    if any(row.open is None for row in signed.rows.values()):
        now = {row_id: row for row_id, row in now.items() if row.match != SET_ASIDE}
    sentences = [f"New: {row.label} ({row.figures})." for row_id, row in now.items() if row_id not in signed.rows]
    sentences += [
        f"No longer there: {row.label} ({row.figures})." for row_id, row in signed.rows.items() if row_id not in now
    ]
    for row_id, row in now.items():
        before = signed.rows.get(row_id)
        if before and (before.facts, before.figures) != (row.facts, row.figures):
            sentences.append(f"Changed: {row.label}, signed with {before.figures}, now {row.figures}.")
        elif before and before.open is not None and (row.open or 0) > before.open:
            more = (row.open or 0) - before.open
            were = "difference was" if more == 1 else "differences were"
            sentences.append(f"Open again: {row.label}, {more} {were} decided and no longer.")
    return tuple(sentences)


def sign_off_in_words(signed: SignedCycle | None, changes: tuple[str, ...]) -> str:
    """Whether a cycle is signed off, and what changed since, in one sentence."""
    if signed is None:
        return "Not signed off."
    words = f"Signed off as ready by {signed.by} on {signed.at:%Y-%m-%d}"
    if not changes:
        return f"{words}; nothing changed since."
    return f"{words}; changed since then: {len(changes)} {'row' if len(changes) == 1 else 'rows'}."
