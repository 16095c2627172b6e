"""The one resource that assets take: the firm, with an open session for the length of a run.

What belongs here: opening and closing a session inside Dagster, and turning expected failures into sentences. What does
not: what a session can do (pipeline/session).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg
from pydantic import Field, PrivateAttr

from cwxero_dagster.killed_runs import locked
from cwxero_dagster.payables.problems import SeedsBroken
from cwxero_dagster.pipeline.session import NotReady, Session
from cwxero_dagster.review.entries import WorkbookUnreadable
from cwxero_dagster.review.files import FileInUse
from cwxero_dagster.sandbox_process import SandboxUnavailable
from cwxero_dagster.settings import Settings, SettingsBroken, load_settings
from cwxero_dagster.staging.refusal import StagingRefused
from cwxero_dagster.transport import CallFailed
from cwxero_dagster.warehouse.errors import HomeBusy, WarehouseUnavailable
from cwxero_dagster.warehouse.lock import home_lock
from cwxero_dagster.warehouse.room import refuse_little_room

NIGHT_TAG = "cwxero/night"
"""Runs with the same value read both systems once."""
CHANGES_TAG = "cwxero/changed_purchase_orders"
"""ConnectWise ids of the purchase orders that a run was asked for, with spaces between, or ``EVERYTHING``."""
EVERYTHING = "everything"
CYCLES_OF_CHANGES = "cycles_of_changes"
"""Metadata of ``purchase_order_states``: cycles in which those purchase orders have work."""
EXPECTED = (
    CallFailed,
    FileInUse,
    HomeBusy,
    NotReady,
    SandboxUnavailable,
    SeedsBroken,
    SettingsBroken,
    StagingRefused,
    WarehouseUnavailable,
    WorkbookUnreadable,
)
"""Failures whose text is a sentence for people."""


@contextmanager
def in_words() -> Iterator[None]:
    """Expected failures end the step with their sentence, and are not retried."""
    try:
        yield
    except EXPECTED as failure:
        raise dg.Failure(description=str(failure), allow_retries=False) from failure


class Firm(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Settings, seeds, clients, warehouse and ledger of one home, locked for the length of a run."""

    mode: str = Field(
        default="",
        description="`shadow` (nothing is written to Xero) or `live`; blank: what CWXERO_PUBLISH_MODE says.",
    )

    accept_deletions: bool = Field(
        default=False,
        description="Take it for true, in this run, that the many records which are missing at once were deleted.",
    )

    _session: Session | None = PrivateAttr(default=None)
    _opening: Callable[[], Session] | None = PrivateAttr(default=None)
    _refusal: Exception | None = PrivateAttr(default=None)
    _night: str | None = PrivateAttr(default=None)
    _changes: tuple[str, ...] = PrivateAttr(default=())

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Firm]:
        """A firm for a run. It opens when a step first asks for its session, so that a refusal is a step's sentence."""
        run = context.run
        purpose = f"run {run.run_id[:8]} of job {run.job_name}" if run else "a run"
        self._night = run.tags.get(NIGHT_TAG) if run else None
        self._changes = tuple(run.tags.get(CHANGES_TAG, "").split()) if run else ()
        with ExitStack() as held:

            def opening() -> Session:
                settings = self.settings()
                held.enter_context(home_lock(settings.home, purpose))
                if run and context.instance:
                    locked(context.instance, settings.home, run.run_id)
                session = self.open(settings)
                held.callback(session.close)
                refuse_little_room(session.warehouse.path)
                session.progress = self.progress(context)
                session.seeds()  # broken seeds end a run before either system is asked for anything
                return session

            self._opening = opening
            try:
                yield self
            finally:
                self._session = self._opening = self._refusal = None

    def settings(self) -> Settings:
        """The settings in force, with this run's mode."""
        return load_settings(overrides={"CWXERO_PUBLISH_MODE": self.mode} if self.mode else {})

    def open(self, settings: Settings) -> Session:
        """The session of a run; tests open one with simulated systems."""
        return Session(settings)

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """A session for a sensor's look at ConnectWise: without the home's lock, and so without its warehouse."""
        session = self.open(self.settings())
        try:
            yield session
        finally:
            session.close()

    def progress(self, context: dg.InitResourceContext) -> Callable[[str], None]:
        """Where a run tells how far it is: its log."""
        return context.log.info if context.log else (lambda _: None)

    @property
    def session(self) -> Session:
        """The session of the run. A second run of a home is told who is at work; what failed once stays failed."""
        if self._session is None:
            if self._refusal is not None:
                raise self._refusal
            if self._opening is None:
                message = "the firm is open during a run only"
                raise RuntimeError(message)
            try:
                self._session = self._opening()
            except EXPECTED as refusal:
                self._refusal = refusal
                raise
        return self._session

    @property
    def night(self) -> str | None:
        """The night that this run belongs to; runs of one night stage once."""
        return self._night

    @property
    def for_changes(self) -> bool:
        """True where a sensor asked for this run because purchase orders changed."""
        return bool(self._changes)

    @property
    def changed_orders(self) -> frozenset[int]:
        """ConnectWise ids of the purchase orders that this run was asked for; none where it was for everything."""
        return frozenset(int(name) for name in self._changes if name.isdecimal())

    @property
    def live(self) -> bool:
        """True where this run may write to Xero."""
        return self.session.settings.publish_mode == "live"
