"""Questions to a person and decisions in force, as rows.

What belongs here: which cases a cycle's pack shows. What does not: their words (payables/cases).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.reports.pack import CaseRow
from cwxero_dagster.pipeline.links import bill_link, order_link
from cwxero_dagster.pipeline.packing.gathering import Gathered
from cwxero_dagster.warehouse.case_book import KeptCase


def open_cases(gathered: Gathered) -> list[CaseRow]:
    """The cycle's open questions, gravest first."""
    return [case_row(gathered, kept) for kept in gathered.session.case_book.cases(cycle=gathered.key)]


def decided_cases(gathered: Gathered) -> list[CaseRow]:
    """Releases and settlements in force on bills and goods of the cycle."""
    kept = gathered.session.case_book.cases(cycle=gathered.key, status=None)
    return [case_row(gathered, one) for one in kept if one.status in {"released", "settled"}]


def case_row(gathered: Gathered, kept: KeptCase) -> CaseRow:
    """A case as the pack shows it."""
    case, first = kept.case, day_of(kept.first_seen, gathered.session.zone())
    orders = [po.po_id for po in gathered.known.purchasing.pos.values() if po.po_number in case.po_numbers[:1]]
    return CaseRow(
        case_id=case.case_id,
        title=case.title,
        what_happened=case.what_happened,
        what_we_did=case.what_we_did,
        what_to_do=case.what_to_do,
        owner=case.meaning.owner,
        status=kept.status,
        because=kept.closed_because,
        ways_out=case.ways_out,
        po_numbers=case.po_numbers,
        bills=len(case.bill_keys),
        money=case.money,
        first_seen=first,
        days=(gathered.today - first).days,
        token=case.token,
        po_link=order_link(gathered.session.connected, orders[0]) if orders else None,
        in_xero=tuple(_in_xero(gathered, case.documents)),
        counts=case.counts,
    )


def _in_xero(gathered: Gathered, document_ids: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Documents that Xero shows, by the numbers that a person knows them by there."""
    for document in map(gathered.document, document_ids):
        if document is not None:
            name = document.number or f"one without a number of {document.contact_name}"
            yield name, bill_link(gathered.session.connected, document.document_id)
