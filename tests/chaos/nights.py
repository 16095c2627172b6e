"""A small firm night after night, in whole syncs: both systems are read, a plan is made, bills are written.

What belongs here: what happens in the firm between its nights, one night under an outage, and what warehouse and Xero
hold afterwards. What does not: which outages there are, and whether what they leave is right.

The nights: everything is read for the first time and six bills are due; then approvals, growth, a shrunk and a returned
order, a price, an archived contact and a deleted order; then the deleted order is missing for the second time; then a
quiet one.
"""

from __future__ import annotations

import copy
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from chaos.disturbances import EACH, LIES, ONCE, Outage, disturbed
from chaos.outcome import documents_of, held_by_ledger, held_by_xero
from chaos.world import APPROVED, DECISION, MemoryStore
from story import CYCLE, Story

from cwxero_dagster.frames import ConnectWiseReference, XeroDocuments
from cwxero_dagster.payables.bills import CREDIT
from cwxero_dagster.sandbox.connectwise import Buyer, ConnectWise
from cwxero_dagster.sandbox.connectwise.api import BASE_PATH
from cwxero_dagster.sandbox.faults import FaultPlan
from cwxero_dagster.sandbox.wire import Clock, Request, Response
from cwxero_dagster.sandbox.xero import Xero
from cwxero_dagster.staging.refusal import StagingRefused
from cwxero_dagster.transport import CallFailed
from cwxero_dagster.warehouse.connection import rows_of
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.notes import StagingNotes
from cwxero_dagster.warehouse.tables import KEYS, table_name

NIGHTS = 4
"""The last one shows what the one before it left."""
DAY = 24 * 3600.0
SOON = 120.0
"""Seconds from a run that did not come to its end to the next: a key of Xero still lives after one, not after three."""
MOST_RUNS = 8
FORTNIGHT = 14
SELDOM_READ = table_name(ConnectWiseReference)
"""Small lists of ConnectWise, some of which are read once a week."""


class Wires(FaultPlan):
    """Both wires. A request is named by what it asks for, because lines are asked for by several threads at once."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.outage: Outage | None = None
        self._clock = clock
        self._times: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._down = False

    def around(self, system: str, request: Request, process: Callable[[Request], Response]) -> Response:
        """The answer, or what the outage makes of it."""
        with self._counting:
            path = request.path.removeprefix(BASE_PATH)
            what = f"{system} {request.method} {path}?{request.raw_query}".rstrip("?")
            self._times[what] += 1
            name = what if self._times[what] == 1 else f"{what} (again)"
            self.asked.append(name)
            outage = self.outage if self.outage and self._strikes(self.outage, system, what, name) else None
            self._down = self._down or (outage is not None and outage.lasts)
        return disturbed(outage.kind, request, process, self._clock) if outage else process(request)

    def _strikes(self, outage: Outage, system: str, what: str, name: str) -> bool:
        if outage.at == EACH:
            # Each system has its own kinds; a sign-in that is turned away ends the run.
            fits = outage.kind in ONCE[system] and not (outage.kind == "token expired" and "/connect/token" in what)
            return fits and self._times[what] == 1
        return outage.at.startswith(system) and (self._down or outage.at == name)

    def mend(self) -> None:
        """Nothing is wrong from here on."""
        self.outage = None


@dataclass(frozen=True)
class Calm:
    """A night as it goes without an outage."""

    tables: dict[str, dict[str, Any]]
    home: Path
    begins: datetime
    asked: tuple[str, ...]
    """Its requests."""
    leaves: dict[str, Any]


class Nights(Story):
    """The firm, and its calm nights, told once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, **DECISION)
        # Its home goes: the first night has read nothing before.
        shutil.rmtree(self.home)
        self.runs: list[str] = []
        self.calm: list[Calm] = []
        for night in range(NIGHTS):
            now = self.calm[-1].begins if self.calm else self.clock.now()
            self._begin(copy.deepcopy(self.store._tables), self.home, now)
            self._the_day_before(night)
            tables, begins = copy.deepcopy(self.store._tables), self.clock.now()
            home = folder / f"before-{night}"
            if self.home.exists():
                shutil.copytree(self.home, home)
            self._to_rest(f"night {night}")
            assert self.runs == ["ended"], self.runs
            self.calm.append(Calm(tables, home, begins, tuple(self.wires.asked), self._left()))

    def struck(self, night: int, outage: Outage) -> None:
        """Tell ``night`` again under ``outage``; fails where it or the night after it leaves anything else.

        Where an answer was a lie, nobody can know it in that night: the night after it has to put everything right.
        Between the first night and that one nobody does anything: the bills that people would approve are not there.
        A list that a sync can do without may be missing after the first night. Goods that went back are seen a night
        later after a lie, and ConnectWise does not say when they went: the day is the one on which it was seen.
        """
        calm = self.calm[night]
        self._begin(calm.tables, calm.home, calm.begins)
        self.wires.outage = outage
        self._to_rest(f"night {night}")
        if outage.kind not in LIES:
            self._compare(calm, f"after {self.runs}", but="" if night else SELDOM_READ)
            if self.runs == ["ended"] and self._has_the_lists_of(calm):
                return
        self._begin(self.store._tables, self.home, calm.begins)
        if night == 0:
            self._quiet_nights_after(calm)
            return
        self._the_day_before(night + 1)
        self._to_rest("the night after")
        self._compare(self.calm[night + 1], "in the night after", seen_late=outage.kind in LIES)

    def _quiet_nights_after(self, calm: Calm) -> None:
        """Bills are right in the first of them; lists that nothing needs daily come in turn, within a fortnight."""
        for nights in range(1, FORTNIGHT + 1):
            self.clock.travel(DAY)
            self._to_rest(f"{nights} nights after")
            self._compare(calm, "in the night after", but=SELDOM_READ)
            if self._has_the_lists_of(calm):
                return
        self._compare(calm, "a fortnight after")

    def _has_the_lists_of(self, calm: Calm) -> bool:
        return bool(self._left()[SELDOM_READ] == calm.leaves[SELDOM_READ])

    def _begin(self, tables: dict[str, dict[str, Any]], home: Path, now: datetime) -> None:
        """Both systems and the home as they were."""
        if home != self.home:
            shutil.rmtree(self.home, ignore_errors=True)
            if home.exists():
                shutil.copytree(home, self.home)
        self.clock = Clock(now)
        self.store = MemoryStore(tables)
        self.wires = Wires(self.clock)
        self.connectwise = ConnectWise(self.store, self.clock, switches=self.connectwise.switches, faults=self.wires)
        self.xero = Xero(self.store, self.clock, switches=self.xero.switches, faults=self.wires)
        self.buyer, self.bookkeeper = Buyer(self.connectwise), self.xero.bookkeeper
        self.runs = []

    def _to_rest(self, night: str) -> None:
        """Run the sync of a night, and again until nothing is left to do."""
        for _ in range(MOST_RUNS):
            try:
                published = self.sync(CYCLE, night=night)
            except (CallFailed, StagingRefused) as failure:
                self.runs.append(type(failure).__name__)
            else:
                self.runs.append("ended")
                waiting = {"outcome_unknown", "rejected_by_xero"} & {h.kind for a in published.actions for h in a.holds}
                if not waiting and not self.session().ledger.open_requests():
                    return
            self.wires.mend()
            self.clock.travel(SOON)
        message = f"not at rest after {MOST_RUNS} runs: {self.runs}"
        raise AssertionError(message)

    def _the_day_before(self, night: int) -> None:
        """What happens in the firm at noon; the night begins half a day later."""
        self.clock.travel(DAY / 2)
        match night:
            case 0:
                for n in range(6):
                    self._receive(self.order(3, 5, number=f"PO-{7000 + n}", cost=f"{40 + n}.25"))
                self.order(1, number="PO-7006", cost="9.00")
            case 1:
                keys = sorted(documents_of(self.store))
                for key in keys[:APPROVED]:
                    self.bookkeeper.approve(documents_of(self.store)[key][0]["InvoiceID"])
                grows, shrinks, changes, goes_back, _, _, never_comes = self._orders()
                more = self.lines(grows)[0]
                self.buyer.edit_line(more["id"], quantity=more["quantity"] + 2)
                self.buyer.receive(more["id"], 2)
                self.buyer.unreceive(self.lines(shrinks)[0]["id"], 1)
                self.buyer.change_cost(self.lines(changes)[1]["id"], Decimal("47.75"))
                for line in self.lines(goes_back):
                    self.buyer.unreceive(line["id"])
                self.buyer.delete_po(never_comes["id"])
                unused = list(self.store.all("xero.contacts"))[-1]
                self.bookkeeper.settings.archive_contact(unused["ContactID"])
                for n in (7, 8):
                    self._receive(self.order(2, number=f"PO-{7000 + n}", cost="15.50"))
            case 2:
                self._receive(self.order(4, number="PO-7009", cost="8.75"))
        self.clock.travel(DAY / 2)

    def _orders(self) -> list[dict[str, Any]]:
        return list(self.store.all("cw.purchaseorders"))

    def _receive(self, order: dict[str, Any]) -> None:
        for line in self.lines(order):
            self.buyer.receive(line["id"], int(line["quantity"]))

    def _compare(self, calm: Calm, when: str, *, but: str = "", seen_late: bool = False) -> None:
        left, leaves = self._left(), calm.leaves
        if seen_late:
            left, leaves = _without_days_of_returns(left), _without_days_of_returns(leaves)
        for part, expected in leaves.items():
            assert part == but or left[part] == expected, f"{part} differs {when}: {_difference(left[part], expected)}"

    def _left(self) -> dict[str, Any]:
        """What warehouse and Xero hold, without ids and moments that differ every time."""
        warehouse = Warehouse(self.home / "warehouse.duckdb")
        memory = StagingNotes(warehouse).recall()
        with warehouse.transaction() as connection:
            receipts = rows_of(connection, "select * exclude (observed_at) from bills.receipts order by all")
        return {
            **held_by_xero(self.store),
            **held_by_ledger(warehouse),
            **{table_name(model): _observed(warehouse, model) for model in KEYS},
            "receipts": receipts,
            "missing": {source: dict(records) for source, records in memory.missing.items() if records},
            "complaints": list(self.xero.complaints),
        }


def _observed(warehouse: Warehouse, model: Any) -> list[str]:
    """Every observation of a table. Xero gives a document another id and moment each time it is told; its day is
    compared in Xero itself.

    How often a document was seen to say the same is no part of it: after a lost answer a bill's rounding line comes a
    night later, so the bill is seen once more, or once less, between its write and its line.
    """
    left_out = {"observed_at", "observation"}
    if model is XeroDocuments:
        left_out |= {"document_id", "updated_at", "fingerprint", "body", "date"}
    rows = warehouse.history_rows(model, [name for name in model.to_schema().columns if name not in left_out])
    told = [str(row) for row in rows]
    return sorted(set(told) if model is XeroDocuments else told)


def _without_days_of_returns(left: dict[str, Any]) -> dict[str, Any]:
    """The days of goods that went back, and of the credits for them, left out."""
    undated = {
        key: [one | {"Date": None} if one["Type"] == CREDIT else one for one in found]
        for key, found in left["xero"].items()
    }
    return left | {
        "xero": undated,
        "receipts": [row | {"received_on": None} if row["day_is_observed"] else row for row in left["receipts"]],
    }


def _difference(left: Any, expected: Any) -> str:
    if isinstance(left, list) and isinstance(expected, list):
        more, less = [one for one in left if one not in expected], [one for one in expected if one not in left]
        return f"{len(left)} for {len(expected)}; too much {more[:3]}; missing {less[:3]}"[:1500]
    return f"{left} for {expected}"[:1500]
