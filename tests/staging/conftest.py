"""Both simulated systems, the real clients in front of them, and a warehouse of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cwxero_dagster.access import ConnectWiseAccess, XeroAccess
from cwxero_dagster.connectwise.client import ConnectWise
from cwxero_dagster.frames import Observation
from cwxero_dagster.sandbox import connectwise as simulated_connectwise
from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox import xero as simulated_xero
from cwxero_dagster.sandbox.faults import FaultPlan
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import Clock, Request, Response, transport
from cwxero_dagster.sandbox.world import build_world, load_world
from cwxero_dagster.staging.connectwise import stage_connectwise
from cwxero_dagster.staging.findings import StagingReport
from cwxero_dagster.staging.xero import stage_xero
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.xero.client import Xero

NIGHT = datetime(2026, 10, 1, 16, tzinfo=UTC)


@dataclass
class Time:
    """The sandbox's clock as the clients see it: waiting moves it on."""

    clock: Clock

    def now(self) -> datetime:
        return self.clock.now()

    def monotonic(self) -> float:
        return self.clock.now().timestamp()

    def uptime(self) -> None:
        return None

    def sleep(self, seconds: float) -> None:
        self.clock.travel(seconds)


@dataclass
class Firm:
    """The sandbox's firm and a sync that stages it."""

    warehouse: Warehouse
    store: Store
    clock: Clock
    connectwise: simulated_connectwise.ConnectWise
    xero: simulated_xero.Xero
    faults: FaultPlan
    asked: list[str] = field(default_factory=list)
    """Method and path of every request to either system."""
    told: list[str] = field(default_factory=list)
    """Lines of progress."""
    rewrite: Callable[[Request, Response], Response] = field(default=lambda _, response: response)
    """What becomes of an answer on its way: a test may let the system say something else."""

    @property
    def buyer(self) -> simulated_connectwise.Buyer:
        return simulated_connectwise.Buyer(self.connectwise)

    @property
    def bookkeeper(self) -> simulated_xero.Bookkeeper:
        return self.xero.bookkeeper

    def later(self, *, hours: float = 0, days: float = 0) -> None:
        self.clock.travel(hours * 3600 + days * 86400)

    def stage(self, **options: Any) -> StagingReport:
        """Stage ConnectWise, with a new client as every run has."""
        client = ConnectWise(
            ConnectWiseAccess(
                base_url="https://connectwise.example/v4_6_release/apis/3.0",
                company=credentials.CONNECTWISE_COMPANY,
                public_key=credentials.CONNECTWISE_PUBLIC_KEY,
                private_key=credentials.CONNECTWISE_PRIVATE_KEY,
                client_id=credentials.CONNECTWISE_CLIENT_ID,
            ),
            clock=Time(self.clock),
            transport=transport(self._counted(self.connectwise.handle)),
        )
        with client:
            return stage_connectwise(
                client,
                self.warehouse,
                **{"whose": "the company", "clock_now": self.clock.now, "progress": self.told.append, **options},
            )

    def stage_xero(self, **options: Any) -> StagingReport:
        """Stage Xero, with a new client (and so a new token) as every run has."""
        client = Xero(
            XeroAccess(
                api_url="https://xero.example/api.xro/2.0",
                identity_url="https://xero.example/connect/token",
                connections_url="https://xero.example/connections",
                client_id=credentials.XERO_CLIENT_ID,
                client_secret=credentials.XERO_CLIENT_SECRET,
                tenant_id=credentials.XERO_TENANT_ID,
            ),
            clock=Time(self.clock),
            transport=transport(self._counted(self.xero.handle)),
        )
        with client:
            return stage_xero(client, self.warehouse, clock_now=self.clock.now, progress=self.told.append, **options)

    def rows(self, model: type[Observation], **wanted: Any) -> list[dict[str, Any]]:
        """Current rows of a table with these values."""
        rows = model.rows(self.warehouse.current(model))
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    def calls(self, part: str = "") -> int:
        """Requests whose method and path contain ``part``."""
        return sum(part in request for request in self.asked)

    def _counted(self, handle: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            self.asked.append(f"{request.method} {request.path}")
            return self.rewrite(request, handle(request))

        return answer


@pytest.fixture
def firm(tmp_path: Path) -> Callable[..., Firm]:
    """A firm of the sandbox's world (``small`` unless told otherwise); other arguments are switches of ConnectWise."""

    def build(scenario: str = "small", **switches: Any) -> Firm:
        store, clock, faults = Store(), Clock(NIGHT), FaultPlan(sleep=lambda _: None)
        load_world(build_world(scenario=scenario), store)
        return Firm(
            warehouse=Warehouse(tmp_path / "warehouse.duckdb"),
            store=store,
            clock=clock,
            connectwise=simulated_connectwise.ConnectWise(
                store, clock, switches=simulated_connectwise.ConnectWiseSwitches(**switches), faults=faults
            ),
            xero=simulated_xero.Xero(store, clock, faults=faults),
            faults=faults,
        )

    return build
