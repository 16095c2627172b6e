"""The review pack of a cycle, put together.

What belongs here: the one value, and its figures that need few lines. What does not: goods, orders, questions and the
comparison, which have modules of their own.
"""

from __future__ import annotations

from decimal import Decimal

from cwxero_dagster.payables.books import FINAL
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.money import total
from cwxero_dagster.payables.reports.bills import BillRow
from cwxero_dagster.payables.reports.pack import PaidRow, ReviewPack
from cwxero_dagster.payables.reports.payments import paid_not_received
from cwxero_dagster.payables.reports.rounding import Cents
from cwxero_dagster.pipeline.links import bill_link, order_link
from cwxero_dagster.pipeline.packing import questions
from cwxero_dagster.pipeline.packing.by_hand import drafts_by_hand, left_to_key
from cwxero_dagster.pipeline.packing.gathering import Gathered, Row
from cwxero_dagster.pipeline.packing.goods import Goods
from cwxero_dagster.pipeline.packing.orders import Orders
from cwxero_dagster.pipeline.packing.parallel import parallel_run
from cwxero_dagster.pipeline.session import Session


def review_pack(session: Session, key: str) -> ReviewPack:
    """The pack of a cycle, as everything stands in the warehouse."""
    gathered = Gathered(session, key)
    goods, orders = Goods(gathered), Orders(gathered)
    seeds, organisation = gathered.known.agreement.seeds, gathered.known.books.organisation
    signed = [s for s in seeds.signatures if s.digest == seeds.decision.digest]
    return ReviewPack(
        cycle=gathered.cycle,
        organisation=organisation.name if organisation else "",
        base_currency=gathered.base_currency,
        mode=session.settings.publish_mode,
        signed_by=tuple(f"{s.name} ({s.role}, {s.signed_on})" for s in signed),
        made_at=session.clock.now(),
        today=gathered.today,
        as_at=gathered.as_at,
        bills=tuple(gathered.bills.get(key, ())),
        to_key=left_to_key(gathered),
        due=tuple(_due(row) for row in gathered.headers.values() if row["billing_cycle"] == key),
        cases=tuple(questions.open_cases(gathered)),
        decided=tuple(questions.decided_cases(gathered)),
        funnel=orders.funnel(),
        goods=goods.rows,
        keyed=goods.keyed_rows,
        accrual=goods.accrual(),
        drafts=(*_drafts(gathered), *drafts_by_hand(gathered)),
        paid=tuple(_paid(gathered)),
        cents=tuple(_cents(gathered)),
        trend=tuple(orders.trend()),
        volume=orders.volume(),
        parallel=parallel_run(gathered),
    )


def _drafts(gathered: Gathered) -> list[BillRow]:
    """Bills in Xero dated up to ``as_at`` that nobody approved: drafts are not in the accounts."""
    rows = [bill for rows in gathered.bills.values() for bill in rows]
    return [
        bill
        for bill in rows
        if bill.is_in_xero and bill.xero_status not in FINAL and (bill.dated is None or bill.dated <= gathered.as_at)
    ]


def _paid(gathered: Gathered) -> list[PaidRow]:
    known = gathered.known
    resolver = Resolver(known.agreement.seeds, known.books)
    return [
        PaidRow(
            po_number=early.po.po_number,
            vendor=early.po.vendor_name or early.document.contact_name,
            state=early.state.replace("_", " "),
            number=early.document.number,
            dated=early.document.dated,
            currency_code=early.document.currency_code,
            total=early.document.total,
            not_received=early.not_received,
            po_link=order_link(gathered.session.connected, early.po.po_id),
            xero_link=bill_link(gathered.session.connected, early.document.document_id),
        )
        for early in paid_not_received(known.books, known.purchasing, known.ledger, resolver)
    ]


def _cents(gathered: Gathered) -> list[Cents]:
    found = []
    for bill in gathered.bills.get(gathered.key, ()):
        lines = gathered.lines.get(bill.key, ())
        shown = [line["connectwise_tax"] for line in lines if line["connectwise_tax"] is not None]
        if gathered.known.ledger.repricings(bill.key):
            shown = []  # ConnectWise's tax is that of the new price, which another bill or credit makes up for
        held = bill.as_in_xero
        if bill.is_in_xero and not bill.is_held and held:
            # A difference beyond the limit is no cents: a person changed the bill, and its row in the plan says so.
            rounded_there = abs(held.total - bill.total) <= gathered.rounding_limit(bill.key)
            found.append(
                Cents(
                    bill.key,
                    bill.po_numbers,
                    bill.number,
                    bill.currency_code,
                    bill.tax,
                    (-1 if bill.is_credit else 1) * total(shown) if shown else None,
                    (-1 if bill.is_credit else 1) * gathered.rounding_line(bill.key),
                    bill.total,
                    held.total if rounded_there else None,
                )
            )
    return [cents for cents in found if not cents.is_zero]


def _due(header: Row) -> tuple[str, Decimal]:
    return header["currency_code"], header["total"] * (-1 if header["document_type"] == "ACCPAYCREDIT" else 1)
