"""One run's tools: settings, seeds, clients, warehouse, ledger, and everything that a plan rests on.

What belongs here: opening what a step needs, once, when it is first needed. What does not: the steps themselves (the
neighbours of this module), Dagster, any rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import httpx

from cwxero_dagster.access import ConnectWiseAccess, XeroAccess
from cwxero_dagster.connectwise.client import ConnectWise
from cwxero_dagster.payables.calendar import zone_of
from cwxero_dagster.payables.lifecycle import Decision, parse_decision
from cwxero_dagster.payables.mapping import ambiguous_numbers
from cwxero_dagster.payables.planning.doubted import without_doubtful_bases
from cwxero_dagster.payables.problems import SeedsBroken
from cwxero_dagster.payables.seeds import Seeds
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.services import TwoWay
from cwxero_dagster.pipeline.readings import read_books, read_organisation, read_purchasing
from cwxero_dagster.pipeline.working_out import Known
from cwxero_dagster.sandbox_process import running_sandbox
from cwxero_dagster.seed_files import load_seeds
from cwxero_dagster.settings import Settings
from cwxero_dagster.transport import Clock, SystemClock
from cwxero_dagster.warehouse.case_book import CaseBook
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.ledger import Ledger
from cwxero_dagster.xero.client import Xero

Progress = Callable[[str], None]
SIMULATED = (
    "Working on the simulated ConnectWise and Xero, and on nothing real: neither the environment nor a .env file names "
    "CWXERO_PROFILE."
)


class NotReady(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """Something has to be put right before anything can run; the text says what and how."""


@dataclass
class Session:
    """Everything one run works with. Nothing is opened before a step needs it."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    progress: Progress = lambda _: None
    accept_deletions: bool = False
    """A person said that the many records which are missing at once were deleted on purpose."""
    connectwise_transport: httpx.BaseTransport | None = None
    xero_transport: httpx.BaseTransport | None = None
    _known: dict[bool, Known] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def connected(self) -> Settings:
        """Settings with both systems' addresses; starts the simulated ones in the sandbox profile."""
        if self.settings.connectwise and self.settings.xero:
            return self.settings
        if not self.settings.profile_given:
            self.progress(SIMULATED)
        address = running_sandbox(self.settings.home)
        return self.settings.with_systems(
            connectwise=ConnectWiseAccess(**address.connectwise), xero=XeroAccess(**address.xero)
        )

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse of this home."""
        return Warehouse(self.settings.home / "warehouse.duckdb")

    @cached_property
    def ledger(self) -> Ledger:
        """The publish ledger."""
        return Ledger(self.warehouse)

    @cached_property
    def case_book(self) -> CaseBook:
        """The open cases and what people decided."""
        return CaseBook(self.warehouse)

    @cached_property
    def connectwise(self) -> ConnectWise:
        """The ConnectWise client."""
        settings = self.connected.connectwise
        if settings is None:
            raise NotReady("ConnectWise is not configured.")
        return ConnectWise(settings, clock=self.clock, transport=self.connectwise_transport)

    @cached_property
    def xero(self) -> Xero:
        """The Xero client."""
        settings = self.connected.xero
        if settings is None:
            raise NotReady("Xero is not configured.")
        return Xero(settings, clock=self.clock, transport=self.xero_transport)

    def close(self) -> None:
        """Give connections back."""
        for name in ("connectwise", "xero"):
            if name in self.__dict__:
                self.__dict__[name].close()

    def calls(self) -> dict[str, int]:
        """Requests made so far, by system."""
        return {name: self.__dict__[name].calls if name in self.__dict__ else 0 for name in ("connectwise", "xero")}

    # --- what everything rests on -------------------------------------------------------------------------------

    def seeds(self) -> Seeds:
        """The mapping seeds as they stand now. Raises ``SeedsBroken``."""
        if self.settings.profile == "sandbox":
            _ = self.connected  # the sandbox lays its own seeds into the home
        return load_seeds(self.settings.seeds_folder)

    def earlier_decisions(self) -> dict[str, Decision]:
        """Decisions that a plan was made under or that somebody signed here, by digest."""
        return {
            digest: decision
            for digest, text in self.ledger.decisions().items()
            if (decision := parse_decision(text, "lifecycle.yaml")[0]) is not None
        }

    def base_currency(self) -> str:
        """The Xero organisation's own currency, as last read; blank before the first staging."""
        organisation = read_organisation(self.warehouse)
        return organisation.base_currency if organisation else ""

    def zone(self) -> str:
        """The calendar that dates are read in: the setting, else the Xero organisation's, else UTC."""
        if self.settings.timezone:
            return self.settings.timezone
        organisation = read_organisation(self.warehouse)
        if organisation and organisation.time_zone:
            try:
                return zone_of(organisation.time_zone)
            except ValueError:
                return "UTC"
        return "UTC"

    def purchasing(self) -> Purchasing:
        """ConnectWise as it stands, read by the decision in force and by those of earlier bills."""
        books = read_books(self.warehouse)
        two_way = TwoWay.agreed(self.seeds(), self.earlier_decisions(), self.ledger.view(), books)
        return read_purchasing(self.warehouse, zone=self.zone(), two_way=two_way)

    def known(self, *, live: bool, anew: bool = False) -> Known:
        """Everything that a plan rests on, as the warehouse, the seeds and the ledger hold it now.

        While all of it is as it was, the answer is the one of before, and with it what followed from it. ``anew``:
        nothing of before counts, everything is read and worked out again.
        """
        if anew:
            self._known.clear()
            self.warehouse.remember_nothing()
        seeds = self.seeds()
        connected = self.connected
        with self.warehouse.transaction():
            decisions = self.earlier_decisions()
            books = read_books(self.warehouse)
            ledger = without_doubtful_bases(self.ledger.view(self.case_book.settlements()), books)
            two_way = TwoWay.agreed(seeds, decisions, ledger, books)
            purchasing = read_purchasing(self.warehouse, zone=self.zone(), two_way=two_way)
            ambiguous = ambiguous_numbers(seeds, purchasing.pos.values())
            if ambiguous:
                raise SeedsBroken(ambiguous)
            known = Known(
                purchasing=purchasing,
                agreement=Agreement(
                    seeds=seeds,
                    cycle_start_day=self.settings.cycle_start_day,
                    po_link=connected.po_url or "",
                    company=connected.connectwise.company if connected.connectwise else "",
                    decisions=decisions,
                    live=live,
                ),
                books=books,
                ledger=ledger,
            )
        if self._known.get(live) != known:
            self._known[live] = known
        return self._known[live]
