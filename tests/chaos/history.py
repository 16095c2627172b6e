"""A history of publishing runs under disturbances: what happens, run by run, until nothing is left to do.

What belongs here: one run on what the world says, killing and repeating it, and asking what came of it. What does not:
what strikes when (schedules), and whether what came of it is right (the tests).

A run here is the publish step of the product, ``releasing.publish``, with the real plan, publisher, ledger and client
on the simulated Xero. Left out is what costs seconds and decides nothing here: ConnectWise is read once (``world``),
Xero's documents go to the plan without being staged, the plan is kept as rows, and the database lives in memory.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
from chaos.disturbances import Killed, Strike, Wire
from chaos.outcome import documents_of, held_by_ledger, held_by_xero
from chaos.world import APPROVED, Acts, MemoryStore
from simulation import SimulatedClock

from cwxero_dagster.payables.actions import WRITES, Action
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.cases.closing import ENDED
from cwxero_dagster.payables.cases.grouping import held_bills
from cwxero_dagster.payables.reading_books import document_of
from cwxero_dagster.pipeline import billing, releasing
from cwxero_dagster.pipeline.bill_frames import plan_rows
from cwxero_dagster.pipeline.releasing import Published
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known
from cwxero_dagster.sandbox.wire import Clock, Request, transport
from cwxero_dagster.sandbox.xero import Xero
from cwxero_dagster.staging import xero_rows
from cwxero_dagster.transport import CallFailed
from cwxero_dagster.warehouse import migrations
from cwxero_dagster.warehouse.case_book import CaseBook
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.parts import PARTS

CYCLE = "2026-10"
DAY = 24 * 3600.0
MOST_RUNS = 12


class LastingWarehouse(Warehouse):
    """A warehouse in memory that outlives a killed process, as a file does. Commits are counted and can be struck."""

    def __init__(self) -> None:
        super().__init__(Path("memory"))
        self._database = duckdb.connect(":memory:")
        self._database.execute("set TimeZone = 'UTC'")
        self._database.execute("set threads = 1")
        migrations.upgrade(self._database, PARTS)
        self.plan: dict[int, Strike] = {}
        self.commits = 0

    def forget(self) -> None:
        """Empty every table, which is quicker than a new database."""
        self.plan, self.commits = {}, 0
        tables = self._database.sql("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        for (table,) in tables:
            if table.startswith("ledger."):
                self._database.execute(f"delete from {table}")

    def remember(self) -> None:
        """Keep the ledger as it stands, for histories that begin here."""
        self._database.execute("create or replace schema halfway")
        for (table,) in self._ledger_tables():
            self._database.execute(f"create table halfway.{table} as select * from ledger.{table}")

    def recall(self) -> None:
        """Put the kept ledger back."""
        for (table,) in self._ledger_tables():
            self._database.execute(f"insert into ledger.{table} select * from halfway.{table}")

    def _ledger_tables(self) -> list[tuple[str]]:
        found: list[tuple[str]] = self._database.sql(
            "select table_name from duckdb_tables() where schema_name = 'ledger'"
        ).fetchall()
        return found

    def backup(self, to: Path) -> None:
        """Nothing: there is no file."""

    def _opened(self) -> Any:
        return _Lent(self._database)

    def _inside(self, connection: Any) -> Iterator[Any]:
        strike: Strike | None = None

        def commit() -> None:
            nonlocal strike
            self.commits += 1
            strike = self.plan.get(self.commits)
            if strike and strike.kind == "killed before commit":
                raise Killed
            self._database.commit()
            if strike:
                raise Killed

        connection.commit = commit
        yield from super()._inside(connection)


class _Lent:
    """The one connection, lent for a transaction: closing it does nothing."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def close(self) -> None:
        pass


@dataclass
class Desk(Session):
    """A run's tools; what the plan rests on comes from the acts instead of the staged tables."""

    acts: Acts | None = None
    act: int = 0
    lasting: LastingWarehouse | None = None
    documents: tuple[Any, ...] = ()
    kept: list[dict[str, Any]] = field(default_factory=list)
    """The plan that people saw; a run makes its own before it publishes."""

    @property
    def warehouse(self) -> LastingWarehouse:  # type: ignore[override]
        assert self.lasting is not None
        return self.lasting

    def read(self) -> None:
        """Read every document of Xero."""
        bills = [_document(xero_rows.bill, record) for record in self.xero.bills()]
        self.documents = (*bills, *(_document(xero_rows.supplier_credit, one) for one in self.xero.supplier_credits()))

    def keep_plan(self, actions: list[Action]) -> None:
        """Keep the plan, and bring the case book up to date."""
        self.kept = plan_rows(actions, CYCLE)
        self.case_book.record(
            held_bills(actions, cycle=CYCLE), cycle=CYCLE, at=self.clock.now(), why=lambda kind, _: ENDED[kind]
        )

    def known(self, *, live: bool, anew: bool = False) -> Known:
        assert self.acts is not None
        books: Books = replace(self.acts.books, documents=self.documents)
        ledger = self.ledger.view(self.case_book.settlements())
        return Known(self.acts.purchasing[self.act], self.acts.agreement, books, ledger)


@dataclass
class History:
    """Runs on one world until nothing is left to do."""

    acts: Acts
    warehouse: LastingWarehouse
    pauses: Iterator[float]
    """Seconds between one run and the next."""
    people: Callable[[History, int, Request], None] = lambda *_: None
    between: Callable[[History], None] = lambda _: None
    """What people do between two runs."""
    runs: list[str] = field(default_factory=list)
    expected: dict[str, Any] = field(default_factory=dict)
    """What a calm history ended with; its fixture sets it, and ``commits``."""
    commits: int = 0
    halfway: History | None = None
    """A calm history at the end of its first act, where this one begins; None: it begins at the beginning."""

    def __post_init__(self) -> None:
        self.warehouse.forget()
        self.clock = Clock(self.halfway.clock_halfway if self.halfway else self.acts.starts)
        self.store = MemoryStore(self.halfway.tables_halfway if self.halfway else self.acts.tables)
        if self.halfway:
            self.warehouse.recall()
        self.xero = Xero(self.store, self.clock)
        self.wire = Wire(self.xero, self.clock, lambda number, request: self.people(self, number, request))
        self.settings = self.acts.settings

    def plan(self, strikes: list[Strike]) -> None:
        """What strikes when."""
        for strike in strikes:
            plan = self.warehouse.plan if strike.kind.endswith("commit") else self.wire.plan
            plan[strike.at] = strike

    def tell(self) -> None:
        """Both acts, each until it is done."""
        if self.halfway is None:
            self.until_done(act=0)
            self.approve()
        self.until_done(act=1)

    def tell_and_remember(self) -> None:
        """Both acts, keeping what stands between them for histories that begin there."""
        self.until_done(act=0)
        self.approve()
        self.warehouse.remember()
        self.clock_halfway = self.clock.now()
        self.tables_halfway = copy.deepcopy(self.store._tables)
        self.requests_halfway, self.commits_halfway = len(self.wire.seen), self.warehouse.commits
        self.until_done(act=1)
        self.expected, self.commits = self.outcome(), self.warehouse.commits

    def approve(self) -> None:
        """Finance approves the first bills."""
        keys = sorted(self.documents())
        for key in keys[:APPROVED]:
            for document in self.documents()[key]:
                if document["Status"] in {"DRAFT", "SUBMITTED"}:
                    self.xero.bookkeeper.approve(document["InvoiceID"])

    def until_done(self, *, act: int) -> None:
        """Run and run again; fails where it does not come to rest."""
        for _ in range(MOST_RUNS):
            self.clock.travel(next(self.pauses))
            self.between(self)
            published = self._run(act)
            if published is not None and self._at_rest(published):
                return
        message = f"not at rest after {MOST_RUNS} runs: {self.runs}"
        raise AssertionError(message)

    def _run(self, act: int) -> Published | None:
        desk = Desk(
            self.settings,
            clock=SimulatedClock(self.clock),
            xero_transport=transport(self.wire),
            acts=self.acts,
            act=act,
            lasting=self.warehouse,
        )
        try:
            with _light(desk):
                desk.read()
                billing.make_plan(desk, CYCLE, live=True)
                published = releasing.publish(desk, CYCLE, live=True)
        except Killed:
            self.runs.append("killed")
        except CallFailed as failure:
            self.runs.append(type(failure).__name__)
        else:
            self.runs.append("ended")
            return published
        finally:
            desk.close()
        return None

    @staticmethod
    def _at_rest(published: Published) -> bool:
        waiting = {"outcome_unknown", "rejected_by_xero"} & {h.kind for a in published.actions for h in a.holds}
        # A write that the kept plan did not have yet is left to the next run.
        writes = any(action.action in WRITES for action in published.actions)
        return not (published.report.outcomes or waiting or writes)

    # --- what came of it ------------------------------------------------------------------------------------------

    def documents(self) -> dict[str, list[dict[str, Any]]]:
        """Every document that carries a key of ours, removed ones included."""
        return documents_of(self.store)

    def open_cases(self) -> list[tuple[str, tuple[str, ...]]]:
        """Kind and bill keys of every open case."""
        return [(kept.case.kind, kept.case.bill_keys) for kept in CaseBook(self.warehouse).cases()]

    def outcome(self) -> dict[str, Any]:
        """What Xero, the ledger and the case book hold at the end, without ids and times."""
        self.warehouse.plan = {}
        return {**held_by_xero(self.store), **held_by_ledger(self.warehouse), "complaints": list(self.xero.complaints)}


@contextmanager
def _light(desk: Desk) -> Iterator[None]:
    """The publish step works with the desk's documents and plan in the place of staged tables."""

    def read_xero(_session: Session, **_options: Any) -> None:
        desk.read()

    def keep_plan(_session: Session, _cycle: str, actions: list[Action], *_known: Any, **_options: Any) -> None:
        desk.keep_plan(actions)

    def kept_plan(_session: Session, _cycle: str) -> list[dict[str, Any]]:
        return desk.kept

    with (
        mock.patch.object(releasing, "read_xero", read_xero),
        mock.patch.object(billing, "keep_plan", keep_plan),
        mock.patch.object(releasing, "keep_plan", keep_plan),
        mock.patch.object(releasing, "kept_plan", kept_plan),
        mock.patch.object(releasing, "keep_published"),
        mock.patch.object(releasing, "read_back"),
    ):
        yield


_READ: dict[str, Document] = {}


def _document(row_of: Callable[[Any], dict[str, Any]], record: dict[str, Any]) -> Document:
    """A record as the plan sees it; the same text is understood once."""
    text = json.dumps(record, default=str)
    if text not in _READ:
        _READ[text] = document_of(row_of(record))
    return _READ[text]
