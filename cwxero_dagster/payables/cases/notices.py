"""Notices: what people should look at although it holds no bill back.

What belongs here: bringing together what is asked of every bill and order, less what people released. What does not:
what is asked (standing_bills, given_back, unbilled), holds (composing, planning, published), which document may be a
bill's twin (composing/keyed_beside), grouping and the words of a kind (cases, kinds). A notice is a case like any
other: the same facts, once released, are not shown again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import PURCHASE_ORDER, Books, Document
from cwxero_dagster.payables.cases.given_back import gone_back, is_on_another, left_of
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.cases.standing_bills import (
    drift,
    gone_with_its_order,
    not_received,
    stale,
    without_its_bill,
)
from cwxero_dagster.payables.cases.unbilled import covered_by, unbilled
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit


def notices(
    units: Sequence[Unit],
    purchasing: Purchasing,
    agreement: Agreement,
    books: Books,
    resolver: Resolver,
    ledger: LedgerView,
    *,
    beside: Mapping[str, Sequence[Hold]],
    implied: Callable[[Unit], Bill],
    today: date,
) -> list[HeldBill]:
    """Everything to look at in all cycles, less what people released.

    ``beside``: questions about documents beside a bill in Xero, by its key; ``implied``: the would-be bill of a unit.
    """
    found: list[HeldBill] = []
    by_key = {unit.key: unit for unit in units}
    for known in ledger.bills.values():
        twice = beside.get(known.key, ())
        found += _of_bill(known, by_key.get(known.key), implied, purchasing, agreement, books, ledger, today, twice)
    for order in ledger.orders.values():
        document = books.orders_by_id.get((order.xero_id or "").lower())
        found += _named(order, document, gone_with_its_order(order, document, purchasing), purchasing)
    covered = covered_by(units)
    for po_id, state in purchasing.states.items():
        found += unbilled(po_id, state, covered, purchasing, agreement, resolver, ledger, today)
    open_ones = (_without_released(bill, ledger) for bill in found)
    return [bill for bill in open_ones if bill.holds]


def _without_released(bill: HeldBill, ledger: LedgerView) -> HeldBill:
    return replace(bill, holds=tuple(one for one in bill.holds if not ledger.released(one.case_id, one.facts)))


def _of_bill(
    known: KnownBill,
    unit: Unit | None,
    implied: Callable[[Unit], Bill],
    purchasing: Purchasing,
    agreement: Agreement,
    books: Books,
    ledger: LedgerView,
    today: date,
    twice: Sequence[Hold],
) -> Iterator[HeldBill]:
    document = books.by_id.get((known.xero_id or "").lower())
    holds = [*without_its_bill(known, document, books, ledger), *gone_with_its_order(known, document, purchasing)]
    settled = ledger.settled(known.key)
    named = books.by_id.get(settled.named_id) if settled else None
    gone: tuple[Slice, ...] = ()
    by_another = settled is not None and settled.verb == "billed-by" and (named is None or named.live)
    if settled and (by_another or is_on_another(known, settled, purchasing, ledger, books)):
        left = left_of(known, unit, purchasing, agreement, ledger, settled)
        gone = allocation.beyond(unit.stands if unit else known.slices, left)
        of_new = ledger.asked_of_new(known)
        holds += gone_back(known, left, gone, settled, purchasing, books, of_new=of_new)
    elif document is not None and document.live and not settled:
        patience = agreement.decision_for(known).stale_draft_days
        holds += [
            *twice,
            *stale(known, document, patience, today),
            *drift(known, document, lambda: implied(unit) if unit else None),
        ]
        holds += not_received(known, document, purchasing) if document.status == "PAID" else []
    yield from _named(known, document, holds, purchasing, gone)


def _named(
    known: KnownBill,
    document: Document | None,
    asked: Iterable[Hold],
    purchasing: Purchasing,
    gone: tuple[Slice, ...] = (),
) -> Iterator[HeldBill]:
    """The bill, credit or purchase order in Xero about which something is ``asked``; nothing where nothing is."""
    if holds := tuple(asked):
        yield HeldBill(
            known.key,
            known.cycle,
            tuple(purchasing.pos[po_id].po_number for po_id in known.po_ids if po_id in purchasing.pos),
            document.total if document and known.document_type != PURCHASE_ORDER else ZERO,
            document.currency_code if document else "",
            holds,
            known.facts,
            known.document_type,
            known.po_ids,
            known.slices,
            gone,
            known.xero_id,
            notice=True,
        )
