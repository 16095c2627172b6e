"""Documents that people keyed for what a bill of the sync bills already: both stand in Xero, and one may be too many.

Before a bill is created its twins are looked for; she may key hers in that moment, or on any later day. What belongs
here: which bill a document is asked about beside, and whether a person has answered for the two. What does not: what
makes two documents alike (twins), bills that are yet to be created (assessing), copies of a bill of ours (published).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.books import PURCHASE_ORDER, Books, Document
from cwxero_dagster.payables.composing.twins import SAME_NUMBER, SAME_TOTAL, Sought, Twins, asked, normalised, told
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.merging import untouched
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.records import PurchaseOrder
from cwxero_dagster.payables.units.invoices import written_invoice
from cwxero_dagster.payables.wording import status_words

_Pair = tuple[KnownBill, Document, str]
"""A bill of the sync, its document, and why the other document is taken for it."""


def keyed_beside(
    ledger: LedgerView, books: Books, twins: Twins, pos: Mapping[int, PurchaseOrder]
) -> Mapping[str, list[Hold]]:
    """What is asked about documents beside bills that stand in Xero, by the key of the bill.

    A document is asked about once, beside the bill that it is most like; never again once a person let it stand beside
    any of its order. ``pos``: the orders whose bills are looked at.
    """
    pairs: dict[str, list[_Pair]] = {}
    for known in ledger.bills.values():
        document = books.by_id.get((known.xero_id or "").lower())
        if document is None or not _stands(known, document, ledger):
            continue
        orders = tuple(pos[po_id] for po_id in known.po_ids if po_id in pos)
        if len(orders) < len(known.po_ids):
            continue
        for other, reason in twins.like(_sought(known, document, orders)):
            if other.key != known.key:
                pairs.setdefault(other.document_id, []).append((known, document, reason))
    found: dict[str, list[Hold]] = {}
    for document_id, beside in pairs.items():
        other = books.by_id[document_id.lower()]
        if not any(_answered(known, document, other, ledger) for known, document, _ in beside):
            known, document, reason = min(beside, key=lambda pair: _unlike(pair, other))
            found.setdefault(known.key, []).append(_question(known, document, other, reason))
    return found


def _stands(known: KnownBill, document: Document, ledger: LedgerView) -> bool:
    settled = ledger.settled(known.key) is not None or known.state in {"settled", "withdrawn"}
    return document.live and document.document_type != PURCHASE_ORDER and not settled and document.dated is not None


def _sought(known: KnownBill, document: Document, pos: tuple[PurchaseOrder, ...]) -> Sought:
    """How the bill reads in Xero: as a person left it, under the vendor invoice that it was written for."""
    assert document.dated is not None  # noqa: S101 - what has no date is not asked about
    invoice = written_invoice(known.written)
    numbers = frozenset(map(normalised, (document.number, invoice.number if invoice else ""))) - {""}
    return Sought(
        document.contact_id,
        document.document_type,
        document.currency_code,
        document.total,
        document.dated,
        numbers,
        pos,
    )


def _unlike(pair: _Pair, other: Document) -> tuple[int, Decimal]:
    _, document, reason = pair
    weakest = {SAME_NUMBER: 0, SAME_TOTAL: 2}.get(reason, 1)
    return weakest, abs(document.total - other.total)


def _question(known: KnownBill, document: Document, other: Document, reason: str) -> Hold:
    detail = (
        f"{told(other, reason)} Beside it stands {document.number or 'one without a number'} of the sync, "
        f"{status_words(document.status)}, for {money_text(document.total, document.currency_code)}."
    )
    goes = ("billed-by",) if untouched(known, document) and document.document_type == "ACCPAY" else ()
    return replace(asked(known.key, detail, other, document.document_id), ways_out=("release", *goes), beside=True)


def _answered(known: KnownBill, document: Document, other: Document, ledger: LedgerView) -> bool:
    """True where a person let both stand: now, or before ours was created, took on more goods or took its number."""
    rested_on = (document.document_id, known.facts, other.stamp, document.number)
    questions = (asked(known.key, "", other, facts) for facts in rested_on)
    return any(ledger.released(one.case_id, one.facts) for one in questions)
