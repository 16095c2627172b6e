"""What people do in Xero in a life: they work on drafts, key bills of their own, and answer cases.

What belongs here: each of these, as it leaves Xero and the ledger. What does not: approving (life), what the sync
writes (xero).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from payables.lives.xero import with_bill, with_document
from payables.making import day, document

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.books import Document, DocumentLine
from cwxero_dagster.payables.cases.grouping import Case, HeldBill, group, held_bills
from cwxero_dagster.payables.ledger_view import CLOSING, KnownBill, Settlement
from cwxero_dagster.payables.money import line_net
from cwxero_dagster.pipeline.working_out import Known

EDITS: dict[str, dict[str, Any]] = {
    "one piece less": {"quantity": Decimal(-1)},
    "dearer": {"unit_amount": Decimal(1)},
    "another account": {"account_code": "500"},
}
"""What a person may do to the first line of a draft; figures are added."""


def edited(known: Known, how: str, moment: datetime) -> Known:
    """The same after a person worked on the first draft of the sync."""
    ours = {(bill.xero_id or "").lower() for bill in known.ledger.bills.values()}
    for draft in known.books.documents:
        priced = [index for index, line in enumerate(draft.lines) if line.unit_amount is not None]
        if draft.document_id.lower() in ours and draft.status == "DRAFT" and priced:
            lines = list(draft.lines)
            lines[priced[0]] = _changed(lines[priced[0]], how)
            change = sum((_net(line) for line in lines), Decimal(0)) - sum(map(_net, draft.lines), Decimal(0))
            money = {"net": draft.net + change, "total": draft.total + change}
            changed = dataclasses.replace(draft, lines=tuple(lines), updated_at=moment, **money)
            return with_document(known, changed)
    return known


def worked_on_an_order(known: Known, how: str, moment: datetime) -> Known:
    """The same after a person approved, edited or deleted the first live purchase order of the sync in Xero."""
    ours = {(order.xero_id or "").lower() for order in known.ledger.orders.values()}
    for order in known.books.orders:
        if order.document_id.lower() in ours and order.status in {"DRAFT", "AUTHORISED"}:
            if how in EDITS:
                changed = dataclasses.replace(order, lines=(_changed(order.lines[0], how), *order.lines[1:]))
            else:
                changed = dataclasses.replace(order, status={"approve": "AUTHORISED", "delete": "DELETED"}[how])
            return with_document(known, dataclasses.replace(changed, updated_at=moment))
    return known


def took_back(known: Known, written: Mapping[str, datetime]) -> Known:
    """The same after a person took the last decision back, as far as nothing was published on it.

    ``written``: when the sync last wrote each bill.
    """
    if not known.ledger.settlements:
        return known
    *others, last = known.ledger.settlements
    stems = {key.split("/")[0] for key in last.bill_keys}
    if any(at > last.at for key, at in written.items() if key.split("/")[0] in stems):
        return known
    bills = dict(known.ledger.bills)
    closed = {key for one in others if one.verb in CLOSING for key in one.bill_keys}
    for key in last.bill_keys:
        if key in bills and key not in closed and bills[key].state == "settled":
            if bills[key].xero_id is None:
                del bills[key]
            else:
                bills[key] = dataclasses.replace(bills[key], state="withdrawn")
    ledger = dataclasses.replace(known.ledger, bills=bills, settlements=tuple(others))
    return dataclasses.replace(known, ledger=ledger)


def locked(known: Known, until: date | None) -> Known:
    """The same with Xero locked up to and including a day; None: nothing is locked."""
    organisation = known.books.organisation
    assert organisation is not None
    books = dataclasses.replace(known.books, organisation=dataclasses.replace(organisation, period_lock=until))
    return dataclasses.replace(known, books=books)


def _changed(line: DocumentLine, how: str) -> DocumentLine:
    changes = {
        name: getattr(line, name) + value if isinstance(value, Decimal) else value for name, value in EDITS[how].items()
    }
    changed = dataclasses.replace(line, **changes)
    return changed if changed.quantity else line


def _net(line: DocumentLine) -> Decimal:
    return line_net(line.quantity or Decimal(0), line.unit_amount or Decimal(0))


def keyed(known: Known, number: str, pieces: int, moment: datetime) -> Known:
    """The same after a person keyed a bill under a number, once, for so many pieces at 5.00."""
    if any(one.document_id == f"keyed-{number}" for one in known.books.documents):
        return known
    net = Decimal(5 * pieces)
    line = DocumentLine(f"hers {number}", f"Goods {number}", Decimal(pieces), Decimal(5), "310", None, (), None)
    hers = document(f"keyed-{number}", number=number, net=net, total=net, lines=(line,), dated=day(5, 6))
    return with_document(known, dataclasses.replace(hers, updated_at=moment))


def answered(known: Known, actions: Iterable[Action], case: int, way: int, moment: datetime) -> Known:
    """The same after a person answered one of the open cases in one of the ways that fit it."""
    held = [bill for action in actions for bill in held_bills([action], cycle=_cycle(action))]
    cases = [one for one in group(held) if one.ways_out]
    if not cases:
        return known
    asked = cases[case % len(cases)]
    verb = asked.ways_out[way % len(asked.ways_out)]
    named = _named(known, asked) if verb == "billed-by" else None
    if verb == "billed-by" and named is None:
        return known
    settlement = Settlement(
        case_id=asked.case_id,
        verb=verb,
        facts=asked.facts,
        bill_keys=asked.bill_keys,
        by="Ann",
        reason="checked",
        at=moment,
        xero_id=named,
        asked_at=moment,
        gone={bill.key: bill.gone for bill in asked.bills},
        on_bills={bill.key: bill.on_bills for bill in asked.bills},
    )
    ledger = dataclasses.replace(known.ledger, settlements=(*known.ledger.settlements, settlement))
    found = dataclasses.replace(known, ledger=ledger)
    for bill in asked.bills if verb in CLOSING else ():
        found = _closed(found, bill, moment)
    return found


def _cycle(action: Action) -> str:
    source = action.known or action.bill
    return source.cycle if source else ""


def _named(known: Known, asked: Case) -> str | None:
    """Id of a live document of her own that may be the bill."""
    ours = {(bill.xero_id or "").lower() for bill in known.ledger.bills.values()}
    wanted = {bill.document_type for bill in asked.bills}
    hers: list[Document] = [
        one
        for one in known.books.documents
        if one.live and one.document_id.lower() not in ours and {one.document_type} == wanted
    ]
    return hers[0].document_id if hers else None


def _closed(known: Known, bill: HeldBill, moment: datetime) -> Known:
    """The ledger says that the goods of a bill stay taken."""
    there = known.ledger.bills.get(bill.key)
    if there is not None and bill.xero_id is not None:
        return with_bill(known, dataclasses.replace(there, slices=bill.slices or there.slices))
    settled = KnownBill(
        key=bill.key,
        document_type=bill.document_type,
        cycle=bill.cycle,
        policy_digest="",
        state="settled",
        xero_id=None,
        po_ids=bill.po_ids,
        slices=bill.slices,
        facts=bill.facts,
        written=bill.meaning,
        base=None,
        issued_at=moment,
    )
    return with_bill(known, settled)
