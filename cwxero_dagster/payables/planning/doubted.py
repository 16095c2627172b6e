"""What was last written to a document, where a restored copy of the ledger may be older than the last write.

What belongs here: taking such a write for unknown. What does not: which bills a restore puts in doubt
(warehouse/lost_decisions), what follows where the last write is not known (drafts, published).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cwxero_dagster.payables.books import FINAL, Books, Document
from cwxero_dagster.payables.documents import meaning_of_document
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.merging import touched
from cwxero_dagster.payables.money import amount_text


def without_doubtful_bases(ledger: LedgerView, books: Books) -> LedgerView:
    """The ledger, in which nothing is taken for a person's work that the sync may have written itself."""
    return replace(
        ledger,
        bills=_as_far_as_known(ledger.bills, books.by_id),
        orders=_as_far_as_known(ledger.orders, books.orders_by_id),
    )


def _as_far_as_known(known: Mapping[str, KnownBill], documents: Mapping[str, Document]) -> Mapping[str, KnownBill]:
    if not any(one.in_doubt for one in known.values()):
        return known
    return {key: _without(one, documents.get((one.xero_id or "").lower())) for key, one in known.items()}


def _without(one: KnownBill, document: Document | None) -> KnownBill:
    """A draft that says what the ledger has as its last write is known, whoever moved its stamp.

    To an approved bill nothing is written, so what changed there is only told (cases/standing_bills). The write that
    is known still tells whose vendor invoice a draft is: without it another bill would be made for the same invoice.
    """
    if not one.in_doubt or one.base is None or document is None or document.status in FINAL:
        return one
    same_total = one.base.get("total") in {None, amount_text(document.total)}
    if same_total and not touched(one.base, meaning_of_document(document)):
        return one
    return replace(one, base=None)
