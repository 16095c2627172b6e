"""PO headers and lines of one run.

What belongs here: which headers to read, which lines to read, and lines that vanished. What does not: how windows of
time are asked for (``windows.py``), the sweep (``sweep.py``), and the report (``looking.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cwxero_dagster.connectwise.conditions import chunks
from cwxero_dagster.frames import PurchaseOrderLines, PurchaseOrders
from cwxero_dagster.staging import connectwise_rows, looking, sweep, windows
from cwxero_dagster.staging.absence import absent, refuse_many
from cwxero_dagster.staging.clients import ConnectWiseReader
from cwxero_dagster.staging.findings import Findings, Row
from cwxero_dagster.staging.known import Known, KnownOrder
from cwxero_dagster.staging.windows import PURCHASE_ORDERS, Form
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.notes import MISSING_LINES, Memory

SOURCE = "connectwise.purchase_orders"
_TOLD_EVERY = 25


@dataclass(frozen=True)
class OrdersRun:
    """Everything that reading POs needs to know."""

    client: ConnectWiseReader
    warehouse: Warehouse
    memory: Memory
    findings: Findings
    known: Known
    started: datetime
    nightly: bool
    also: Collection[int]
    lines_since: date | None
    accept_deletions: bool
    progress: Callable[[str], None]

    def read(self) -> Form:
        """Headers, then lines; answers the form of time window that this server understands."""
        after = self.memory.watermarks.get(SOURCE)
        form = Form.MOMENTS
        if after is not None:
            form = windows.usable_form(
                self.client, self.memory, self.findings, self.known.orders.values(), self.started
            )
        read = list(windows.changed(self.client, PURCHASE_ORDERS, form, after, self.started))
        if form is Form.NOT_AT_ALL and not self.accept_deletions:
            refuse_many(sweep.SYSTEM, "purchase orders", (), known=len(self.known.present()), read=len(read))
        for record in read:
            self._header(connectwise_rows.purchase_order(record))
        if after is None:
            form = windows.usable_form(self.client, self.memory, self.findings, self._just_read(), self.started)
        self._named(self.also)
        self._named(
            sweep.sweep(
                self.client,
                self.warehouse,
                self.memory,
                self.findings,
                self.known,
                self.started,
                accept_deletions=self.accept_deletions,
            )
        )
        moved = {row["po_id"] for row in self.findings.found(PurchaseOrders) if self._needs_lines(row)}
        moved |= self._with_missing_lines()
        gone = {row["po_id"] for row in self.findings.found(PurchaseOrders) if not row["present"]}
        # A run for POs that a sensor saw change leaves the search for others to the night.
        if self.nightly or not self.also:
            moved |= looking.moved_lines(
                self.client,
                self.memory,
                self.findings,
                self.known,
                skip=moved | gone,
                now=self.started,
                nightly=self.nightly,
            )
        self._lines(moved - gone)
        self._headers_left_behind()
        self.findings.watermarks[SOURCE] = self.started
        return form

    def _header(self, row: Row) -> None:
        self.findings.add(PurchaseOrders, row)

    def _named(self, po_ids: Collection[int]) -> None:
        unread = sorted({*po_ids} - {row["po_id"] for row in self.findings.found(PurchaseOrders)})
        for condition in chunks("id", unread):
            for record in self.client.records(PURCHASE_ORDERS, conditions=condition):
                self._header(connectwise_rows.purchase_order(record))

    def _just_read(self) -> list[KnownOrder]:
        names = KnownOrder.__dataclass_fields__
        return [KnownOrder(**{name: row[name] for name in names}) for row in self.findings.found(PurchaseOrders)]

    def _needs_lines(self, row: Row) -> bool:
        """A header that is new here, moved or came back; old closed POs, from before anything counts, have no say."""
        if not row["present"]:
            return False
        last = row["closed_at"] or row["last_updated"]
        if row["closed"] and self.lines_since is not None and last is not None and last.date() < self.lines_since:
            return False
        known = self.known.orders.get(row["po_id"])
        named = row["po_id"] in self.also
        return named or known is None or not known.present or known.fingerprint != row["fingerprint"]

    def _with_missing_lines(self) -> set[int]:
        """POs of which a line was missing last time: it has to be missing twice."""
        waiting = self.memory.missing.get(MISSING_LINES, {})
        return {
            po_id for po_id, lines in self.known.lines.items() if any(str(line.line_id) in waiting for line in lines)
        }

    def _lines(self, po_ids: Collection[int]) -> None:
        wanted = sorted(po_ids)
        shortened: list[int] = []
        read: dict[int, set[int]] = {}
        for po_id, records in self.client.lines_of(wanted):
            rows = [connectwise_rows.purchase_order_line(record, po_id) for record in records]
            for row in rows:
                self.findings.add(PurchaseOrderLines, row)
            read[po_id] = {row["line_id"] for row in rows}
            self.findings.looked_at.setdefault(po_id, None)
            if any(line.line_id not in read[po_id] for line in self.known.lines.get(po_id, ())):
                shortened.append(po_id)
            if len(read) % _TOLD_EVERY == 0:
                self.progress(f"ConnectWise: lines of {len(read)} of {len(wanted)} purchase orders read")
        for po_id in wanted:
            if po_id not in read:
                # Its lines are not known, so its header would look unchanged the next time and they never would be.
                self.findings.drop(PurchaseOrders, (po_id,))
        if not self.accept_deletions:
            refuse_many(
                sweep.SYSTEM,
                "purchase orders in full (lines are missing)",
                [str(po_id) for po_id in shortened],
                known=len(self.known.present()),
                read=None,
            )
        missing = self.memory.missing.get(MISSING_LINES, {})
        for po_id in read:
            self._vanished(po_id, read[po_id], missing)

    def _headers_left_behind(self) -> None:
        """Headers whose totals changed with a line, though not their moment; and their lines, in the order of others.

        Lines are read after their header, so that whoever changes both in between is noticed the next time.
        """
        shown: dict[int, dict[int, str]] = {}
        for row in self.findings.found(PurchaseOrderLines):
            if row["present"]:
                shown.setdefault(row["po_id"], {})[row["line_id"]] = row["fingerprint"]
        headers = {row["po_id"] for row in self.findings.found(PurchaseOrders)}
        known = {po_id: {line.line_id: line.fingerprint for line in self.known.lines.get(po_id, ())} for po_id in shown}
        left_behind = {po_id for po_id, lines in shown.items() if po_id not in headers and lines != known[po_id]}
        self._named(left_behind)
        self._lines(left_behind)

    def _vanished(self, po_id: int, read: set[int], missing: Mapping[str, int]) -> None:
        known = {str(line.line_id) for line in self.known.lines.get(po_id, ())}
        before = {record: missing[record] for record in known if record in missing}
        found = absent(known, [str(line_id) for line_id in read], before)
        path = f"{PURCHASE_ORDERS}/{po_id}/lineitems"
        gone = {record for record in found.twice if sweep.answered(self.client, f"{path}/{record}") is None}
        if gone and not self._witness(po_id, read, missing):
            gone = set()
        still = {record: times for record, times in found.times.items() if record not in gone}
        self.findings.note_missing(MISSING_LINES, still, found={*found.back, *gone})
        self.findings.add_gone(self.warehouse, PurchaseOrderLines, {(int(record),) for record in gone})

    def _witness(self, po_id: int, read: set[int], missing: Collection[str]) -> bool:
        """Whether ConnectWise answers for a line that is known to be there: of this PO, else of another one.

        ``missing``: lines that an earlier reading did not show; one of them would prove nothing.
        """
        line_id = next(iter(sorted(read)), None)
        if line_id is None:
            others = (
                line
                for lines in self.known.lines.values()
                for line in lines
                if line.po_id != po_id and str(line.line_id) not in missing
            )
            other = next(others, None)
            if other is None:
                return False
            po_id, line_id = other.po_id, other.line_id
        return sweep.answered(self.client, f"{PURCHASE_ORDERS}/{po_id}/lineitems/{line_id}") is not None
