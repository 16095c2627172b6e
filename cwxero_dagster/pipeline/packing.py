"""Gathers the review pack of a cycle from what runs kept; asks neither system for anything.

What belongs here: reading plan, bills, cases, ledger and purchasing, and calling one rule a figure. What does not: the
rules (payables/reports), files (review).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables import cutover
from cwxero_dagster.payables.bills import FREIGHT_LINE, Slice
from cwxero_dagster.payables.books import FINAL, Document
from cwxero_dagster.payables.calendar import Cycle, cycle_of, day_of
from cwxero_dagster.payables.calendar import cycle as cycle_named
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.money import decimals_text, line_net, total
from cwxero_dagster.payables.records import ZERO, PurchaseOrder
from cwxero_dagster.payables.reports.accrual import Accrual, Cost, proposal
from cwxero_dagster.payables.reports.bills import BillRow, CycleFigures, cycle_figures, place_of
from cwxero_dagster.payables.reports.funnel import Passed, Step, funnel, steps_passed
from cwxero_dagster.payables.reports.goods import Unbilled, unbilled
from cwxero_dagster.payables.reports.pack import CaseRow, GoodsRow, PaidRow, ReviewPack
from cwxero_dagster.payables.reports.payments import paid_not_received
from cwxero_dagster.payables.reports.rounding import Cents
from cwxero_dagster.payables.reports.volume import Volume, volume
from cwxero_dagster.pipeline.answering import case_token
from cwxero_dagster.pipeline.links import bill_link, order_link
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known
from cwxero_dagster.warehouse.case_book import KeptCase

Row = Mapping[str, Any]
_NOT_SENT = frozenset({"draft", "deleted"})


def review_pack(session: Session, key: str) -> ReviewPack:
    """The pack of a cycle, as everything stands in the warehouse."""
    return _Gathering(session, key).pack()


@dataclass
class _Gathering:
    """Everything that the figures of one cycle are taken from, read once."""

    session: Session
    key: str

    @cached_property
    def known(self) -> Known:
        return self.session.known(live=self.session.settings.publish_mode == "live")

    @cached_property
    def cycle(self) -> Cycle:
        return cycle_named(self.key, self.session.settings.cycle_start_day)

    @cached_property
    def today(self) -> date:
        return day_of(self.session.clock.now(), self.session.zone())

    @cached_property
    def as_at(self) -> date:
        return min(self.today, self.cycle.last_day)

    @cached_property
    def base_currency(self) -> str:
        organisation = self.known.books.organisation
        return organisation.base_currency if organisation else ""

    @cached_property
    def headers(self) -> Mapping[str, Row]:
        rows = frames.BillHeaders.rows(self.session.warehouse.read(frames.BillHeaders))
        return {row["bill_key"]: row for row in rows}

    @cached_property
    def lines(self) -> Mapping[str, Sequence[Row]]:
        found: dict[str, list[Row]] = {}
        for row in frames.BillLines.rows(self.session.warehouse.read(frames.BillLines)):
            found.setdefault(row["bill_key"], []).append(row)
        return found

    @cached_property
    def bills(self) -> Mapping[str, Sequence[BillRow]]:
        """Bills of every cycle, as its plan says."""
        asked = self.session.ledger.keys_with("held")
        found: dict[str, list[BillRow]] = {}
        for row in frames.Plan.rows(self.session.warehouse.read(frames.Plan)):
            found.setdefault(row["billing_cycle"], []).append(self._bill(row, asked))
        return {cycle: sorted(rows, key=lambda bill: (bill.po_numbers, bill.key)) for cycle, rows in found.items()}

    def pack(self) -> ReviewPack:
        seeds, organisation = self.known.agreement.seeds, self.known.books.organisation
        signed = [s for s in seeds.signatures if s.digest == seeds.decision.digest]
        goods = self._goods()
        return ReviewPack(
            cycle=self.cycle,
            organisation=organisation.name if organisation else "",
            base_currency=self.base_currency,
            mode=self.session.settings.publish_mode,
            signed_by=tuple(f"{s.name} ({s.role}, {s.signed_on})" for s in signed),
            made_at=self.session.clock.now(),
            today=self.today,
            as_at=self.as_at,
            bills=tuple(self.bills.get(self.key, ())),
            due=tuple(_due(row) for row in self.headers.values() if row["billing_cycle"] == self.key),
            cases=tuple(self._case(kept) for kept in self.session.case_book.cases(cycle=self.key)),
            decided=tuple(self._decided()),
            funnel=self._funnel(),
            goods=tuple(self._goods_row(item) for item in goods),
            accrual=self._accrual(goods),
            drafts=tuple(self._drafts()),
            paid=tuple(self._paid()),
            cents=tuple(self._cents()),
            trend=tuple(self._trend()),
            volume=self._volume(),
        )

    # --- bills and cases ----------------------------------------------------------------------------------------

    def _bill(self, row: Row, asked: frozenset[str]) -> BillRow:
        header = self.headers.get(row["bill_key"], {})
        document = self._document(row["xero_id"])
        sign = -1 if row["document_type"] == "ACCPAYCREDIT" else 1
        status = document.status if document else row["xero_status"]
        place = place_of(row["action"], xero_id=row["xero_id"], xero_status=status)
        po_ids = [int(po_id) for po_id in (header.get("po_ids") or "").split()]
        return BillRow(
            key=row["bill_key"],
            place=place,
            po_numbers=tuple(json.loads(row["po_numbers"])),
            vendor=row["vendor_name"] or "",
            number=row["number"],
            is_credit=sign < 0,
            dated=document.dated if document else header.get("date"),
            due_date=document.due_date if document else header.get("due_date"),
            due_on=header.get("due_on"),
            currency_code=row["currency_code"],
            net=sign * row["net"],
            tax=sign * row["tax"],
            total=sign * row["total"],
            xero_total=sign * document.total if document and document.live else None,
            xero_status=status,
            reason=row["reason"],
            question=KINDS[row["case"]].title if row["case"] else None,
            po_link=order_link(self.session.connected, po_ids[0]) if po_ids else None,
            xero_link=bill_link(self.session.connected, row["xero_id"]) if row["xero_id"] else None,
            asked_before=row["bill_key"] in asked,
        )

    def _document(self, xero_id: str | None) -> Document | None:
        return self.known.books.by_id.get(xero_id.lower()) if xero_id else None

    def _decided(self) -> list[CaseRow]:
        kept = self.session.case_book.cases(status=None)
        keys = {bill.key for bill in self.bills.get(self.key, ())}
        in_force = {
            settlement.case_id for settlement in self.known.ledger.settlements if keys & set(settlement.bill_keys)
        }
        return [
            self._case(one) for one in kept if one.status in {"released", "settled"} and one.case.case_id in in_force
        ]

    def _case(self, kept: KeptCase) -> CaseRow:
        case, first = kept.case, day_of(kept.first_seen, self.session.zone())
        orders = [po.po_id for po in self.known.purchasing.pos.values() if po.po_number in case.po_numbers[:1]]
        return CaseRow(
            case_id=case.case_id,
            title=case.meaning.title,
            what_happened=case.what_happened,
            what_we_did=case.what_we_did,
            what_to_do=case.meaning.what_to_do,
            owner=case.meaning.owner,
            status=kept.status,
            because=kept.closed_because,
            ways_out=case.meaning.ways_out,
            po_numbers=case.po_numbers,
            bills=len(case.bill_keys),
            amount=case.amount,
            currency_code=case.currency_code,
            first_seen=first,
            days=(self.today - first).days,
            token=case_token(case),
            po_link=order_link(self.session.connected, orders[0]) if orders else None,
        )

    # --- goods --------------------------------------------------------------------------------------------------

    def _goods(self) -> list[Unbilled]:
        """Everything that was received by ``as_at`` and is on no bill of that day, oldest first."""
        covered = self._covered()
        found = []
        for po_id, po in self.known.purchasing.pos.items():
            purchasing = self.known.purchasing
            found += unbilled(
                po,
                purchasing.lines.get(po_id, ()),
                purchasing.receipts.get(po_id, ()),
                covered=covered.get(po_id, ()),
                elsewhere=self._elsewhere(po),
                day=self.as_at,
            )
        return sorted(found, key=lambda item: (item.since, item.po.po_number, item.name))

    def _covered(self) -> Mapping[int, Sequence[Slice]]:
        """Quantities by PO that a bill dated up to ``as_at`` holds, a person settled, or a rule keeps out."""
        found: dict[int, list[Slice]] = {}
        for bill in self.known.ledger.bills.values():
            document = self._document(bill.xero_id)
            gone = document is not None and not document.live
            later = document is not None and document.dated is not None and document.dated > self.as_at
            if bill.state == "settled" or (bill.xero_id and bill.state != "withdrawn" and not gone and not later):
                for part in bill.slices:
                    found.setdefault(part.po_id, []).append(part)
        return found

    @cached_property
    def _kept_out(self) -> Mapping[int, Mapping[int, Decimal]]:
        """Quantity by PO and line of bills that are kept out."""
        rows = frames.Plan.rows(self.session.warehouse.read(frames.Plan, where="action = 'exclude'"))
        found: dict[int, dict[int, Decimal]] = {}
        for row in rows:
            for line in self.lines.get(row["bill_key"], ()):
                line_id = FREIGHT_LINE if line["kind"] == "freight" else line["line_id"]
                if line_id is not None:
                    end = Decimal(1) if line_id == FREIGHT_LINE else line["to_quantity"] or ZERO
                    found.setdefault(line["po_id"], {})[line_id] = end
        return found

    def _elsewhere(self, po: PurchaseOrder) -> Mapping[int, Decimal]:
        purchasing, go_live = self.known.purchasing, self.known.agreement.decision.go_live
        found = {**cutover.elsewhere(po, purchasing, go_live)}
        if cutover.all_elsewhere(po, purchasing, go_live):
            found[FREIGHT_LINE] = Decimal(1)
        settled = {bill.key for bill in self.known.ledger.bills_of(po.po_id) if bill.state == "settled"}
        if not settled:
            for line_id, end in self._kept_out.get(po.po_id, {}).items():
                found[line_id] = max(found.get(line_id, ZERO), end, key=abs)
        return found

    @cached_property
    def _reasons(self) -> Mapping[str, str]:
        """Why an order's goods are on no bill yet, where a plan says so."""
        waiting = [bill for rows in self.bills.values() for bill in rows if not bill.is_in_xero]
        return {number: bill.reason for bill in waiting for number in bill.po_numbers}

    def _goods_row(self, item: Unbilled) -> GoodsRow:
        state = self.known.purchasing.states[item.po.po_id]
        waits = (
            f"The rest of the order is awaited: {decimals_text(state.received)} of "
            f"{decimals_text(state.ordered - state.cancelled)} received."
        )
        otherwise = waits if state.state == "partially_received" else "No bill is due under the lifecycle decision."
        return GoodsRow(
            po_number=item.po.po_number,
            vendor=item.po.vendor_name or "",
            goods=item.name,
            quantity=item.quantity,
            currency_code=item.po.currency_code or self.base_currency,
            amount=item.amount,
            since=item.since,
            days=(self.as_at - item.since).days,
            why=self._reasons.get(item.po.po_number, otherwise),
            po_link=order_link(self.session.connected, item.po.po_id),
        )

    def _accrual(self, goods: Sequence[Unbilled]) -> Accrual:
        resolver = Resolver(self.known.agreement.seeds, self.known.books)
        return proposal(
            [self._cost(item, resolver) for item in goods],
            account=self.known.agreement.decision.accrual.account,
            posted_on=self.as_at,
            reversed_on=self.as_at + timedelta(days=1),
        )

    def _cost(self, item: Unbilled, resolver: Resolver) -> Cost:
        po, line = item.po, item.line
        if line is None:
            coding = resolver.freight_coding(po.vendor_id, tax_code=po.tax_code, taxable=po.tax_freight)
        else:
            product = self.known.purchasing.catalog.get(line.product_id) if line.product_id else None
            coding = resolver.coding(
                product,
                po.vendor_id,
                identifier=line.product_identifier,
                tax_code=po.tax_code,
                taxable=bool(line.tax),
            )
        currency = po.currency_code or self.base_currency
        return Cost(coding.account_code, resolver.tracking(po)[0], currency, item.amount, po.po_number)

    def _drafts(self) -> list[BillRow]:
        """Bills in Xero dated up to ``as_at`` that nobody approved: drafts are not in the accounts."""
        rows = [bill for rows in self.bills.values() for bill in rows]
        return [
            bill
            for bill in rows
            if bill.is_in_xero and bill.xero_status not in FINAL and (bill.dated is None or bill.dated <= self.as_at)
        ]

    def _paid(self) -> list[PaidRow]:
        known = self.known
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
                po_link=order_link(self.session.connected, early.po.po_id),
                xero_link=bill_link(self.session.connected, early.document.document_id),
            )
            for early in paid_not_received(known.books.documents, known.purchasing, known.ledger)
        ]

    # --- cents, orders, trend -----------------------------------------------------------------------------------

    def _cents(self) -> list[Cents]:
        found = []
        for bill in self.bills.get(self.key, ()):
            lines = self.lines.get(bill.key, ())
            shown = [line["connectwise_tax"] for line in lines if line["connectwise_tax"] is not None]
            if bill.is_in_xero and not bill.is_held:
                found.append(
                    Cents(
                        bill.key,
                        bill.po_numbers,
                        bill.number,
                        bill.currency_code,
                        bill.tax,
                        (-1 if bill.is_credit else 1) * total(shown) if shown else None,
                        total(line["net"] for line in lines if line["kind"] == "rounding"),
                        bill.total,
                        bill.xero_total,
                    )
                )
        return [cents for cents in found if not cents.is_zero]

    @cached_property
    def _orders(self) -> Mapping[str, Sequence[PurchaseOrder]]:
        """Purchase orders that were sent to a vendor, by the cycle of their date."""
        found: dict[str, list[PurchaseOrder]] = {}
        for po in self.known.purchasing.pos.values():
            if po.po_date and self.known.purchasing.states[po.po_id].state not in _NOT_SENT:
                found.setdefault(cycle_of(po.po_date, self.session.settings.cycle_start_day), []).append(po)
        return found

    def _funnel(self) -> tuple[Step, ...]:
        statuses: dict[int, list[str]] = {}
        for bill in self.known.ledger.bills.values():
            document = self._document(bill.xero_id)
            if bill.document_type == "ACCPAY" and document and document.live:
                for po_id in bill.po_ids:
                    statuses.setdefault(po_id, []).append(document.status)
        return funnel(
            Passed(
                steps_passed(self.known.purchasing.states[po.po_id].state, statuses.get(po.po_id, ())),
                po.currency_code or self.base_currency,
                self._amount(po),
            )
            for po in self._orders.get(self.key, ())
        )

    def _amount(self, po: PurchaseOrder) -> Decimal:
        if po.total is not None:
            return po.total
        lines = self.known.purchasing.lines.get(po.po_id, ())
        return total(line_net(line.quantity, line.unit_cost) for line in lines if line.present)

    def _trend(self) -> list[CycleFigures]:
        before = sorted(cycle for cycle in self.bills if cycle < self.key)
        return [
            cycle_figures(cycle, self.bills.get(cycle, ()), orders=len(self._orders.get(cycle, ())))
            for cycle in [*before, self.key]
        ]

    def _volume(self) -> Volume | None:
        """From complete cycles up to this one that hold an order; the first orders begin the count."""
        ended = sorted(
            cycle
            for cycle in self._orders
            if cycle <= self.key and cycle_named(cycle, self.session.settings.cycle_start_day).last_day < self.today
        )
        return volume([len(self._orders[cycle]) for cycle in ended])


def _due(header: Row) -> tuple[str, Decimal]:
    return header["currency_code"], header["total"] * (-1 if header["document_type"] == "ACCPAYCREDIT" else 1)
