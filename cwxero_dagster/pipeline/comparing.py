"""The parallel run of a cycle: reads both sides from the warehouse, calls the rule, keeps what comes of it.

What belongs here: which documents are the bookkeeper's, people's verdicts, and keeping the result. What does not:
comparing (payables/comparison), the files that people read (comparison_files), signing a cycle off (signing_off).
Nothing here can write to ConnectWise or Xero: it opens neither client, and plans as a shadow run does.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cwxero_dagster import frames
from cwxero_dagster.payables.calendar import cycle as cycle_named
from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.comparison.comparing import Sides, compare
from cwxero_dagster.payables.comparison.dispositions import Answer, taken
from cwxero_dagster.payables.comparison.knots import Group
from cwxero_dagster.payables.comparison.naming import Names
from cwxero_dagster.payables.comparison.readiness import not_over
from cwxero_dagster.payables.comparison.result import Comparison, Disposition
from cwxero_dagster.payables.comparison.sides import Vendors, csv_sides, sync_side, without_copies, xero_side
from cwxero_dagster.payables.comparison.signing import SignedCycle, SignedRow, changes_since
from cwxero_dagster.payables.states import PurchaseOrderState
from cwxero_dagster.pipeline import comparison_files
from cwxero_dagster.pipeline.comparison_rows import (
    comparison_rows,
    difference_rows,
    pattern_rows,
    run_row,
    sum_rows,
    total_rows,
)
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known, every_assessed


@dataclass(frozen=True)
class Compared:
    """A cycle's comparison as it stands now, and what was signed of it."""

    comparison: Comparison
    signed: SignedCycle | None
    changes: tuple[str, ...]
    """What is other than it was signed, a sentence a row."""


def run_comparison(session: Session, cycle: str) -> Compared:
    """Compare the cycle, keep the result and write its files. What people filled in was taken before (answering)."""
    compared = comparison_of(session, cycle)
    keep(session, compared.comparison, compared.changes)
    if compared.signed is None:
        comparison_files.write_reports(session.settings.home, compared.comparison)
    else:
        comparison_files.write_changes(session.settings.home, cycle, compared.changes)
    return compared


def comparison_of(session: Session, cycle: str) -> Compared:
    """The comparison of a cycle as everything stands now; nothing is kept."""
    known = session.known(live=False)
    signatures = signed_cycles(session)
    comparison = compare(
        sides_of(known, signatures.values()),
        cycle,
        decision=known.agreement.decision,
        dispositions=dispositions_of(session, cycle),
    )
    last_day = cycle_named(cycle, session.settings.cycle_start_day).last_day
    if comparison.readiness.ready and day_of(session.clock.now(), session.zone()) <= last_day:
        comparison = replace(comparison, remarks=(*comparison.remarks, not_over(last_day)))
    signed = signatures.get(cycle)
    return Compared(comparison, signed, changes_since(signed, comparison) if signed else ())


def sides_of(known: Known, signatures: Iterable[SignedCycle]) -> Sides:
    """Both sides of all cycles.

    The bookkeeper's documents are all that Xero holds, but those that the ledger knows, that carry a key of ours, and
    that were deleted or voided.
    """
    seeds, books = known.agreement.seeds, known.books
    assessed = every_assessed(known)
    vendors = Vendors(books, seeds, ((one.bill.vendor_name, one.bill.contact_id) for one in assessed))
    base = books.organisation.base_currency if books.organisation else ""
    ours = {bill.xero_id.lower() for bill in known.ledger.bills.values() if bill.xero_id}
    start_day = known.agreement.cycle_start_day
    keyed = [
        xero_side(document, vendors, cycle_start_day=start_day)
        for document in books.documents
        if document.live and document.key is None and document.document_id.lower() not in ours
    ]
    listed, copies = without_copies(
        keyed, csv_sides(seeds.keyed_bills, vendors, currency=base, cycle_start_day=start_day)
    )
    settled = [
        Group("settled", (key,), (one.xero_id,))
        for one in known.ledger.settlements
        if one.verb == "billed-by" and one.xero_id
        for key in one.bill_keys
    ]
    remarks = (f"{len(copies)} bills of keyed_bills.csv are in Xero too and were taken from there.",) if copies else ()
    return Sides(
        sync=[sync_side(one, vendors) for one in assessed],
        keyed=[*keyed, *listed],
        base_currency=base,
        orders=_order_words(known),
        fixed=(*settled, *(pair for signed in signatures for pair in signed.pairs)),
        remarks=remarks,
        names=Names.of(books),
    )


def _order_words(known: Known) -> Mapping[str, str]:
    states: Mapping[int, PurchaseOrderState] = known.purchasing.states
    return {
        po.po_number: states[po.po_id].state.replace("_", " ")
        for po in known.purchasing.pos.values()
        if po.po_id in states and po.po_number.strip()
    }


def keep(session: Session, comparison: Comparison, changes: Sequence[str] = ()) -> None:
    """Keep a comparison in the place of the cycle's last one; ``changes``: since the cycle was signed off."""
    with session.warehouse.transaction():
        for model, rows in (
            (frames.ParallelRuns, [run_row(comparison, changes, at=session.clock.now())]),
            (frames.ComparisonSums, sum_rows(comparison)),
            (frames.ComparisonPatterns, pattern_rows(comparison)),
            (frames.Comparisons, comparison_rows(comparison)),
            (frames.ComparisonDifferences, difference_rows(comparison)),
            (frames.ComparisonTotals, total_rows(comparison)),
        ):
            session.warehouse.replace_cycle(model, comparison.cycle, model.of(rows))


# --- verdicts ---------------------------------------------------------------------------------------------------------


def keep_answers(
    session: Session, cycle: str, answers: Collection[Answer]
) -> tuple[Sequence[Disposition], Mapping[str, str]]:
    """Keep the verdicts that people filled in beside rows and patterns of the cycle's last comparison, each once.

    Returns those that were taken now, and by row or pattern a sentence for each that could not be. A verdict counts for
    the differences that were shown.
    """
    if not answers:
        return (), {}
    with session.warehouse.transaction():
        shown: dict[str, set[str]] = {}
        for row in frames.ComparisonDifferences.rows(session.warehouse.read_cycle(frames.ComparisonDifferences, cycle)):
            for subject in (row["row_id"], row["pattern_id"]):
                if subject:
                    shown.setdefault(subject, set()).add(row["facts"])
        kept = dispositions_of(session, cycle)
        fresh, refused = taken(answers, shown, kept=kept, at=session.clock.now())
        rows = frames.ComparisonDispositions.rows(
            session.warehouse.read_cycle(frames.ComparisonDispositions, cycle)
        ) + [
            {
                "billing_cycle": cycle,
                "subject": one.subject,
                "facts": json.dumps(sorted(one.facts)),
                "verdict": one.verdict,
                "note": one.note,
                "decided_by": one.by,
                "decided_at": one.at,
            }
            for one in fresh
        ]
        session.warehouse.replace_cycle(frames.ComparisonDispositions, cycle, frames.ComparisonDispositions.of(rows))
    return fresh, refused


def dispositions_of(session: Session, cycle: str) -> list[Disposition]:
    """The verdicts that people gave on a cycle, oldest first."""
    rows = frames.ComparisonDispositions.rows(session.warehouse.read_cycle(frames.ComparisonDispositions, cycle))
    return [
        Disposition(
            subject=row["subject"],
            facts=frozenset(json.loads(row["facts"])),
            verdict=row["verdict"],
            note=row["note"],
            by=row["decided_by"],
            at=row["decided_at"],
        )
        for row in rows
    ]


# --- sign-offs --------------------------------------------------------------------------------------------------------


def signed_cycles(session: Session) -> dict[str, SignedCycle]:
    """The last sign-off of each cycle."""
    rows = frames.ComparisonSignatures.rows(session.warehouse.read(frames.ComparisonSignatures))
    return {
        row["billing_cycle"]: SignedCycle(
            cycle=row["billing_cycle"],
            by=row["signed_by"],
            at=row["signed_at"],
            policy_digest=row["policy_digest"],
            rows={
                row_id: SignedRow(**{**kept, "sync": tuple(kept["sync"]), "keyed": tuple(kept["keyed"])})
                for row_id, kept in json.loads(row["signed_rows"]).items()
            },
        )
        for row in sorted(rows, key=lambda row: row["signed_at"])
    }
