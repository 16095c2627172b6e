"""Xero and the ledger in a life: what becomes of what a sync writes.

What belongs here: carrying out an action as the publisher and the ledger do when nothing goes wrong. What does not:
planning it (life), what people do to documents (people).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from datetime import datetime

from payables.making import base_of, held_by_xero

from cwxero_dagster.payables.actions import WRITES, Action
from cwxero_dagster.payables.books import PURCHASE_ORDER, Books, Document
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.planning.planning_orders import CLOSED
from cwxero_dagster.pipeline.working_out import Known
from cwxero_dagster.pipeline.writings import writing_of
from cwxero_dagster.writing import Writing


def carried_out(known: Known, actions: Iterable[Action], cycle: str, moment: datetime) -> Known:
    """Everything after a sync of one cycle: held bills belong to it, and Xero holds what is to be written."""
    planned = list(actions)
    unsent = {unit.key for unit in known.units} - known.ledger.bills.keys()
    waiting = {action.key: cycle for action in planned if action.key in unsent and action.action != "exclude"}
    ledger = dataclasses.replace(known.ledger, cycles={**known.ledger.cycles, **waiting})
    found = dataclasses.replace(known, ledger=ledger)
    for action in planned:
        if action.action in WRITES:
            found = _written(found, writing_of(action, known, cycle), moment)
    return found


def with_document(known: Known, document: Document) -> Known:
    """The same with a bill, credit or purchase order as Xero holds it now."""
    books, orders = known.books, document.document_type == PURCHASE_ORDER
    before = books.orders if orders else books.documents
    kept = tuple({one.document_id: one for one in (*before, document)}.values())
    changed = dataclasses.replace(books, **{"orders" if orders else "documents": kept})
    return dataclasses.replace(known, books=changed)


def with_bill(known: Known, bill: KnownBill) -> Known:
    """The same with a bill, credit or purchase order as the ledger knows it now."""
    where = "orders" if bill.document_type == PURCHASE_ORDER else "bills"
    kept = {**getattr(known.ledger, where), bill.key: bill}
    ledger: LedgerView = dataclasses.replace(known.ledger, **{where: kept})
    return dataclasses.replace(known, ledger=ledger)


def _written(known: Known, writing: Writing, moment: datetime) -> Known:
    is_order = writing.document_type == PURCHASE_ORDER
    earlier = (known.ledger.orders if is_order else known.ledger.bills).get(writing.key)
    there = (known.books.orders_by_id if is_order else known.books.by_id).get((writing.xero_id or "").lower())
    if writing.action in {"withdraw", "close"}:
        assert earlier is not None
        assert there is not None
        status = CLOSED if writing.action == "close" else "DELETED"
        state = "confirmed" if writing.action == "close" else "settled" if writing.closes else "withdrawn"
        since = moment if state == "withdrawn" else None
        known = with_bill(known, dataclasses.replace(earlier, state=state, withdrawn_at=since))
        return with_document(known, dataclasses.replace(there, status=status, updated_at=moment))
    held = _held(writing, known.books, there, moment)
    bill = KnownBill(
        key=writing.key,
        document_type=writing.document_type,
        cycle=writing.cycle,
        policy_digest=writing.policy_digest,
        state="confirmed",
        xero_id=held.document_id,
        po_ids=writing.po_ids,
        slices=writing.slices,
        facts=writing.facts,
        written=json.loads(json.dumps(writing.meaning)),
        base=base_of(writing.meaning, held),
        issued_at=earlier.issued_at if earlier else moment,
    )
    return with_bill(with_document(known, held), bill)


def _held(writing: Writing, books: Books, there: Document | None, moment: datetime) -> Document:
    held = held_by_xero(
        writing.meaning, books, document_type=writing.document_type, status=writing.status, updated_at=moment
    )
    if there is None:
        return held
    return dataclasses.replace(held, document_id=there.document_id, has_attachments=there.has_attachments)
