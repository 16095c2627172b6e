"""Everything that the figures of one cycle are taken from, read once.

What belongs here: reading, and a cycle's bills as rows, because most figures begin with them. What does not: figures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.calendar import Cycle, day_of
from cwxero_dagster.payables.calendar import cycle as cycle_named
from cwxero_dagster.payables.composing.rounding_lines import amount_held
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.money import decimal
from cwxero_dagster.payables.planning.keying import ToKey
from cwxero_dagster.payables.reports.bills import IN_QUESTION, IN_XERO, AsInXero, BillRow, place_of
from cwxero_dagster.pipeline.keying import keyed_by_hand
from cwxero_dagster.pipeline.links import bill_link, order_link
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known

Row = Mapping[str, Any]


@dataclass
class Gathered:
    """The warehouse as it stands, for the pack of one cycle."""

    session: Session
    key: str

    @cached_property
    def known(self) -> Known:
        """What runs kept of both systems, and the agreement."""
        return self.session.known(live=self.session.settings.publish_mode == "live")

    @cached_property
    def cycle(self) -> Cycle:
        """The cycle of the pack."""
        return cycle_named(self.key, self.session.settings.cycle_start_day)

    @cached_property
    def today(self) -> date:
        """Today in the calendar of the organisation."""
        return day_of(self.session.clock.now(), self.session.zone())

    @cached_property
    def as_at(self) -> date:
        """The last day of the cycle, or today while it is open."""
        return min(self.today, self.cycle.last_day)

    @cached_property
    def base_currency(self) -> str:
        """The organisation's own currency."""
        organisation = self.known.books.organisation
        return organisation.base_currency if organisation else ""

    @cached_property
    def by_hand(self) -> Sequence[ToKey]:
        """Bills of every cycle that people key by hand; none where the decision creates bills."""
        return keyed_by_hand(self.known)

    @cached_property
    def headers(self) -> Mapping[str, Row]:
        """Would-be bills of every cycle, by key."""
        rows = frames.BillHeaders.rows(self.session.warehouse.read(frames.BillHeaders))
        return {row["bill_key"]: row for row in rows}

    @cached_property
    def lines(self) -> Mapping[str, Sequence[Row]]:
        """Their lines, by bill key."""
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

    def _bill(self, row: Row, asked: frozenset[str]) -> BillRow:
        header = self.headers.get(row["bill_key"], {})
        document = self.document(row["xero_id"])
        sign = -1 if row["document_type"] == "ACCPAYCREDIT" else 1
        status = document.status if document else row["xero_status"]
        place = place_of(row["action"], xero_id=row["xero_id"], xero_status=status)
        po_ids = [int(po_id) for po_id in (header.get("po_ids") or "").split()]
        as_planned = AsInXero(row["currency_code"], sign * row["net"], sign * row["tax"], sign * row["total"])
        there = as_planned if place in {IN_XERO, IN_QUESTION} else None
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
            as_in_xero=as_in_xero(document) if document and document.live else there,
            written=self._written(row["bill_key"], as_planned),
            xero_status=status,
            reason=row["reason"],
            question=KINDS[row["case"]].title if row["case"] else None,
            stake=None if row["at_stake"] is None else (row["stake_currency"], row["at_stake"]),
            po_link=order_link(self.session.connected, po_ids[0]) if po_ids else None,
            xero_link=bill_link(self.session.connected, row["xero_id"]) if row["xero_id"] else None,
            asked_before=row["bill_key"] in asked,
        )

    def _written(self, key: str, planned: AsInXero) -> Decimal | None:
        """The total as it was last written; what is planned where the two are cents apart, as Xero rounds otherwise."""
        bill = self.known.ledger.live(key)
        base = (bill.base if bill else None) or {}
        if base.get("total") is None or base["currency_code"] != planned.currency_code:
            return None
        written = decimal(base["total"]).copy_sign(planned.total)
        return planned.total if abs(written - planned.total) <= self.rounding_limit(key) else written

    def keyed_bill(self, document: Document, po_numbers: tuple[str, ...]) -> BillRow:
        """A bill that the bookkeeper keyed, as a row; ``po_numbers``: whose goods it has."""
        held = as_in_xero(document)
        return BillRow(
            key=document.document_id,
            place=IN_XERO,
            po_numbers=po_numbers,
            vendor=document.contact_name,
            number=document.number,
            is_credit=document.document_type == "ACCPAYCREDIT",
            dated=document.dated,
            due_date=document.due_date,
            due_on=None,
            currency_code=held.currency_code,
            net=held.net,
            tax=held.tax,
            total=held.total,
            as_in_xero=held,
            written=None,
            xero_status=document.status,
            reason="You keyed it.",
            question=None,
            stake=None,
            po_link=None,
            xero_link=bill_link(self.session.connected, document.document_id),
            asked_before=False,
        )

    def rounding_line(self, bill_key: str) -> Decimal:
        """Amount of the rounding line that the bill of a key has in Xero; zero for none."""
        bill = self.known.ledger.live(bill_key)
        document = self.document(bill.xero_id) if bill else None
        return amount_held(document, self.rounding_limit(bill_key)) if document else Decimal(0)

    def rounding_limit(self, bill_key: str) -> Decimal:
        """How many cents the decision that the bill of a key follows takes for rounding."""
        return self.known.agreement.decision_for(self.known.ledger.live(bill_key)).rounding.limit

    def document(self, xero_id: str | None) -> Document | None:
        """The document in Xero; None where Xero shows none."""
        return self.known.books.by_id.get(xero_id.lower()) if xero_id else None


def as_in_xero(document: Document) -> AsInXero:
    """The figures of a live document."""
    sign = -1 if document.document_type == "ACCPAYCREDIT" else 1
    net, whole = sign * document.net, sign * document.total
    return AsInXero(document.currency_code, net, whole - net, whole)
