"""What a plan rests on is read again whenever something of it changed, and only then."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from simulation import NOW, Simulation

from cwxero_dagster.pipeline import reading
from cwxero_dagster.pipeline.session import SIMULATED, Session
from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.sandbox_process import SandboxAddress
from cwxero_dagster.settings import load_settings
from cwxero_dagster.writing import Writing


@pytest.fixture
def simulation(tmp_path: Path) -> Simulation:
    """A firm without purchase orders."""
    return Simulation(tmp_path, scenario="empty")


@pytest.fixture
def session(simulation: Simulation) -> Session:
    session = simulation.session()
    reading.read_connectwise(session, night=None)
    reading.read_xero(session, night=None)
    return session


def test_while_nothing_changes_what_was_worked_out_stands(session: Session) -> None:
    known = session.known(live=True)
    assert session.known(live=True) is known
    assert session.known(live=False) is not known
    assert session.known(live=True) is known


def test_new_readings_seeds_and_bills_are_each_seen_at_once(simulation: Simulation, session: Session) -> None:
    seen = [session.known(live=True)]

    def look() -> None:
        now = session.known(live=True)
        assert all(now is not earlier for earlier in seen)
        assert session.known(live=True) is now
        seen.append(now)

    item = next(iter(simulation.store.all("cw.catalog")))
    order = simulation.buyer.raise_po(801, [NewLine(product_id=item["id"], quantity=4, unit_cost=25)])
    simulation.clock.travel(3600)
    reading.read_connectwise(session, night=None)
    look()
    assert order["id"] in seen[-1].purchasing.pos
    vendors = simulation.seeds / "vendors.csv"
    vendors.write_text(
        vendors.read_text(encoding="utf-8") + "899,New vendor,c4d0e5a2-0000-4000-8000-000000000899,New vendor,,\n",
        encoding="utf-8",
    )
    look()
    bill = Writing(
        action="create",
        key=f"po:{order['id']}",
        document_type="ACCPAY",
        cycle="2026-10",
        policy_digest=seen[-1].agreement.decision.digest,
        po_ids=(order["id"],),
        po_numbers=(order["poNumber"],),
        facts="",
        slices=(),
        meaning={},
        status="DRAFT",
        payload_digest="",
    )
    session.ledger.adopt(bill, organisation_id="any", xero_id="some", at=NOW)
    look()
    assert bill.key in seen[-1].ledger.bills


def test_on_request_everything_is_read_and_worked_out_again(session: Session) -> None:
    known = session.known(live=True)
    again = session.known(live=True, anew=True)
    assert again == known
    parts = ("purchasing", "books", "agreement", "ledger")
    assert all(getattr(again, part) is not getattr(known, part) for part in parts)


@pytest.mark.parametrize(
    ("dotenv", "told"),
    [(None, True), ("# nothing yet\n", True), ("CWXERO_PROFILE=\n", True), ("CWXERO_PROFILE=sandbox\n", False)],
)
def test_a_run_that_nobody_told_which_systems_to_work_on_says_that_they_are_simulated(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dotenv: str | None, told: bool
) -> None:
    file, said = tmp_path / ".env", list[str]()
    if dotenv is not None:
        file.write_text(dotenv)
    systems = simulation.settings()
    assert systems.connectwise
    assert systems.xero
    where = SandboxAddress(
        url="", connectwise=asdict(systems.connectwise), xero=asdict(systems.xero), seeds=simulation.seeds
    )
    monkeypatch.setattr("cwxero_dagster.pipeline.session.running_sandbox", lambda home: where)
    session = Session(load_settings({"CWXERO_HOME": str(tmp_path)}, dotenv=file), progress=said.append)
    for _ in range(2):
        assert session.connected.xero == systems.xero
    assert said == ([SIMULATED] if told else [])
