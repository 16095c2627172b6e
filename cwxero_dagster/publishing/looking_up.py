"""What Xero holds of documents right now: of writes that have no answer, and of drafts that are about to be written.

What belongs here: the look, and what it says of each document. What does not: when one is looked at, or sent again
(publisher).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cwxero_dagster.payables.books import PURCHASE_ORDER
from cwxero_dagster.publishing.answers import carried_out, confirmation, document_in, identifies
from cwxero_dagster.writing import Outcome, Writing
from cwxero_dagster.xero.client import Xero

NOT_THERE = "Xero holds no such document."
NOT_TAKEN = "Xero did not take the change."
LOOK_BACK = timedelta(hours=26)
"""How far this machine's clock may be ahead of Xero's: a time zone that was taken for another one, and a day."""

Documents = Sequence[Mapping[str, Any]]


def looked_up(xero: Xero, writings: Sequence[Writing], *, sent_at: datetime | None) -> list[Outcome]:
    """What a look-up says of writings that have no answer; see ``lately_changed``. Raises ``transport.CallFailed``."""
    documents = lately_changed(xero, writings, sent_at=sent_at)
    return [found_among(documents, writing) for writing in writings]


def lately_changed(xero: Xero, writings: Sequence[Writing], *, sent_at: datetime | None) -> list[Mapping[str, Any]]:
    """Every document of the kinds of ``writings`` that changed since they were first sent, or their drafts were read.

    ``sent_at``: when they were sent by this machine's clock; None where it is not known: then all documents. When a
    draft was read is known by its own stamp, which is of Xero's clock.
    """
    read = [datetime.fromisoformat(writing.as_read) for writing in writings if writing.as_read]
    since = min([sent_at - LOOK_BACK, *read]) if sent_at else None
    kinds = {writing.document_type for writing in writings}
    bills = xero.bills(modified_since=since) if "ACCPAY" in kinds else ()
    credits_ = xero.supplier_credits(modified_since=since) if "ACCPAYCREDIT" in kinds else ()
    orders = xero.purchase_orders(modified_since=since) if PURCHASE_ORDER in kinds else ()
    names = ("InvoiceID", "CreditNoteID", "PurchaseOrderID")
    by_id = {next(str(d[name]) for name in names if d.get(name)): d for d in [*bills, *credits_, *orders]}
    return list(by_id.values())


def found_among(documents: Documents, writing: Writing) -> Outcome:
    """What became of a writing, as ``documents`` tell; refused where nothing of it is there."""
    mine = _located(documents, writing)
    if len(mine) > 1:
        return Outcome(writing.key, "unknown", message="Several documents in Xero carry its key.")
    if mine and (writing.creates or carried_out(writing, mine[0])):
        return _found_later(writing, mine[0])
    return Outcome(writing.key, "refused", message=NOT_THERE if writing.creates else NOT_TAKEN)


def as_read(documents: Documents, writing: Writing) -> bool:
    """True where none of ``documents`` is the draft of an update, as changed since it was read."""
    read = datetime.fromisoformat(writing.as_read) if writing.as_read else None
    return all(document_in(element).updated_at == read for element in _located(documents, writing))


def _located(documents: Documents, writing: Writing) -> Documents:
    """Documents of Xero that are the one of ``writing``, whatever their status."""
    return [element for element in documents if identifies(writing, element)]


def _found_later(writing: Writing, element: Mapping[str, Any]) -> Outcome:
    """The outcome of a document that a look-up found: a person may have worked on it since it was written.

    Only a document that says just what was written is a base for the next merge.
    """
    outcome = confirmation(writing, element)
    return outcome if carried_out(writing, element) else replace(outcome, base=None)
