"""A firm on simulated systems, reached without a socket: what scenario and pipeline tests work with.

What belongs here: setting a simulation up, and asking it what it holds. What does not: assertions.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flipped import connectwise_switches, xero_switches

from cwxero_dagster import sandbox
from cwxero_dagster.access import ConnectWiseAccess, XeroAccess
from cwxero_dagster.payables.numbering import key_in
from cwxero_dagster.pipeline import billing, deriving, reading, releasing
from cwxero_dagster.pipeline.releasing import Published
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.connectwise import Buyer, ConnectWise
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import Clock, Request, Response, transport
from cwxero_dagster.sandbox.world import World, build_world, load_world
from cwxero_dagster.sandbox.xero import Seen, Xero
from cwxero_dagster.settings import Settings, load_settings
from cwxero_dagster.transport import Uptime
from cwxero_dagster.warehouse.connection import Connection, open_file

NOW = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:1"


class SimulatedClock:
    """The product's clock, which is the sandbox's: waiting is travelling."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = clock.now().timestamp()

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.now().timestamp() - self._start

    def uptime(self) -> Uptime | None:
        """Not told, unless a test has it told."""
        return None

    def sleep(self, seconds: float) -> None:
        self._clock.travel(seconds)


class Simulation:
    """Both simulated systems, the people who work in them, and a home for the product.

    ``of_connectwise`` and ``of_xero`` are switches that a test insists on; the others stand as the environment says
    (``flipped.py``).
    """

    def __init__(
        self,
        folder: Path,
        *,
        scenario: str = "small",
        mode: str = "live",
        now: datetime = NOW,
        of_connectwise: Mapping[str, Any] | None = None,
        of_xero: Mapping[str, Any] | None = None,
    ) -> None:
        self.home = folder / "home"
        self.seeds = folder / "mapping_seeds"
        shutil.copytree(Path(sandbox.__file__).parent / "mapping_seeds", self.seeds, dirs_exist_ok=True)
        self.clock = Clock(now)
        self.store = Store()
        self.world: World = build_world(scenario=scenario)
        load_world(self.world, self.store)
        self.connectwise = ConnectWise(self.store, self.clock, switches=connectwise_switches(of_connectwise))
        self.xero = Xero(self.store, self.clock, switches=xero_switches(of_xero))
        self.buyer = Buyer(self.connectwise)
        self.bookkeeper = self.xero.bookkeeper
        self.mode = mode
        self._connectwise_requests = 0

    def settings(self, mode: str | None = None) -> Settings:
        """The product's settings, pointed at the simulation."""
        environ = {
            "CWXERO_HOME": str(self.home),
            "CWXERO_MAPPING_SEEDS": str(self.seeds),
            "CWXERO_PUBLISH_MODE": mode or self.mode,
        }
        return load_settings(environ, dotenv=None).with_systems(
            connectwise=ConnectWiseAccess(
                base_url=f"{ADDRESS}/v4_6_release/apis/3.0",
                company=credentials.CONNECTWISE_COMPANY,
                public_key=credentials.CONNECTWISE_PUBLIC_KEY,
                private_key=credentials.CONNECTWISE_PRIVATE_KEY,
                client_id=credentials.CONNECTWISE_CLIENT_ID,
            ),
            xero=XeroAccess(
                api_url=f"{ADDRESS}/api.xro/2.0",
                identity_url=f"{ADDRESS}/connect/token",
                connections_url=f"{ADDRESS}/connections",
                client_id=credentials.XERO_CLIENT_ID,
                client_secret=credentials.XERO_CLIENT_SECRET,
                tenant_id=credentials.XERO_TENANT_ID,
            ),
        )

    def session(self, mode: str | None = None) -> Session:
        """A run's tools on the simulation."""
        return Session(
            self.settings(mode),
            clock=SimulatedClock(self.clock),
            connectwise_transport=transport(self._count),
            xero_transport=transport(self.xero.handle),
        )

    def requests(self) -> int:
        """Requests that either system has seen, token requests included."""
        return self._connectwise_requests + len(self.xero.seen)

    def _count(self, request: Request) -> Response:
        self._connectwise_requests += 1
        return self.connectwise.handle(request)

    def bills(self, *, live: bool = True) -> list[dict[str, Any]]:
        """Bills that the simulated Xero holds; ``live`` leaves deleted and voided ones out."""
        gone = {"DELETED", "VOIDED"} if live else set()
        return [bill for bill in self.store.all("xero.invoices") if bill["Status"] not in gone]

    def sync(self, cycle: str, *, mode: str | None = None, night: str | None = None) -> Published:
        """One sync of a cycle, as the job does it."""
        session = self.session(mode)
        live = session.settings.publish_mode == "live"
        held = self._held(session)
        try:
            reading.read_connectwise(session, night=night)
            reading.read_xero(session, night=night)
            deriving.derive_receipts(session)
            deriving.derive_states(session)
            billing.compose(session, cycle, live=live)
            billing.make_plan(session, cycle, live=live)
            return releasing.publish(session, cycle, live=live)
        finally:
            held.close()
            session.close()

    @staticmethod
    def _held(session: Session) -> Connection:
        """The warehouse's file, which stays open beside the run that opens and closes it for each transaction.

        In one process DuckDB then opens it at no cost; what a run may leave behind is for the tests of the command.
        """
        with session.warehouse.transaction():
            return open_file(session.warehouse.path, patience=0)

    def published(self, *, live: bool = True) -> dict[str, list[dict[str, Any]]]:
        """Bills and credits that came from the product, by bill key."""
        found: dict[str, list[dict[str, Any]]] = {}
        for bill in self.bills(live=live):
            if key := key_in(bill.get("Url")):
                found.setdefault(key, []).append(bill)
        for credit in self.store.all("xero.creditnotes"):
            match = re.search(r"\[((?:po|vi):[^\]]+)\]", str((credit.get("LineItems") or [{}])[0].get("Description")))
            if match and (not live or credit["Status"] not in {"DELETED", "VOIDED"}):
                found.setdefault(match[1], []).append(credit)
        return found

    def writes(self) -> list[Seen]:
        """Requests that could have changed Xero."""
        return [seen for seen in self.xero.seen if seen.method in {"PUT", "POST"} and seen.path.startswith("/api.xro")]


def actions(published: Published) -> dict[str, str]:
    """Action by bill key."""
    return {action.key: action.action for action in published.actions}
