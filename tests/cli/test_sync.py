"""``cwxero sync`` and ``plan``: what they answer, what they leave in Xero, and how they end.

One firm, four runs of one cycle: a plan, a shadow sync, a live sync, and the same again.
"""

import re
from dataclasses import dataclass

import pytest

BILL_KEYS = [
    "key", "po_numbers", "action", "reason", "case", "cases", "vendor", "contact_id", "number", "currency", "net",
    "tax", "total", "xero_id", "xero_status",
]  # fmt: skip
CYCLE = "2026-06"
WITH_CHECKS = True


@dataclass
class Run:
    """What a run answered, and what had been written to Xero by then."""

    told: object
    writes: int
    bills: list

    @property
    def answer(self):
        return self.told.json

    def of(self, action):
        return [bill for bill in self.answer["bills"] if bill["action"] == action]


@pytest.fixture(scope="module")
def runs(module_firm):
    def run(*arguments):
        told = module_firm.tell(*arguments, "--cycle", CYCLE, "--json")
        return Run(told, len(module_firm.writes()), module_firm.bills())

    before = Run(None, 0, module_firm.bills())
    return {
        "before": before,
        "plan": run("plan"),
        "shadow": run("sync", "--mode", "shadow"),
        "live": run("sync"),
        "again": run("sync"),
    }


@pytest.mark.parametrize("name", ["plan", "shadow", "live", "again"])
def test_every_answer_has_the_shape_of_the_contract(runs, name):
    told, answer = runs[name].told, runs[name].answer
    assert told.status == 1, told.err
    assert list(answer) == ["cycle", "mode", "policy_digest", "counts", "bills", "api_calls"]
    assert answer["cycle"] == CYCLE
    assert answer["mode"] == ("shadow" if name == "shadow" else "live")
    assert re.fullmatch("[0-9a-f]{64}", answer["policy_digest"])
    assert list(answer["api_calls"]) == ["connectwise", "xero"]
    assert sum(answer["counts"].values()) == len(answer["bills"]) > 0
    for bill in answer["bills"]:
        assert list(bill) == BILL_KEYS
        assert answer["counts"][bill["action"]] > 0
        assert all(re.fullmatch(r"-?[0-9]+\.[0-9]{2}", bill[amount]) for amount in ("net", "tax", "total"))
        assert (bill["case"] is None) == (bill["cases"] == []) == (bill["action"] not in {"hold", "refuse"})


def test_a_plan_and_a_shadow_sync_write_nothing(runs):
    for name in ("plan", "shadow"):
        assert runs[name].writes == 0
        assert runs[name].bills == runs["before"].bills
        assert runs[name].answer["counts"]["create"] > 0
        assert all(bill["xero_id"] is None for bill in runs[name].of("create"))


def test_what_a_plan_says_is_what_a_sync_does(runs):
    both = ("key", "action", "case", "number", "net", "tax", "total", "contact_id")
    said, done = ([[bill[key] for key in both] for bill in runs[name].answer["bills"]] for name in ("plan", "live"))
    assert said == done


def test_a_live_sync_creates_exactly_the_bills_that_it_names(runs):
    created = runs["live"].of("create")
    fresh = {bill["InvoiceID"]: bill for bill in runs["live"].bills}
    for bill in runs["before"].bills:
        fresh.pop(bill["InvoiceID"])
    assert {bill["xero_id"] for bill in created} == set(fresh)
    for bill in created:
        held = fresh[bill["xero_id"]]
        assert f"{held['Total']:.2f}" == bill["total"]
        assert held["InvoiceNumber"] == bill["number"]
        assert held["Status"] == bill["xero_status"] == "DRAFT"
        assert held["Contact"]["ContactID"] == bill["contact_id"]


def test_held_bills_are_not_in_xero(runs):
    numbers = {bill["InvoiceNumber"] for bill in runs["live"].bills} - {
        b["InvoiceNumber"] for b in runs["before"].bills
    }
    for bill in runs["live"].of("hold"):
        assert bill["xero_id"] is None
        assert bill["number"] not in numbers
        assert bill["reason"]


def test_running_it_again_writes_nothing(runs):
    assert runs["again"].writes == runs["live"].writes
    assert runs["again"].bills == runs["live"].bills
    made = len(runs["live"].of("create")) + len(runs["live"].of("credit"))
    assert len(runs["again"].of("unchanged")) == made
    assert runs["again"].answer["counts"].get("hold") == runs["live"].answer["counts"].get("hold")


def test_progress_goes_to_standard_error(runs):
    assert "ConnectWise: staged" in runs["plan"].told.err
    assert runs["plan"].told.out.count("\n") == 1


def test_people_are_told_in_words(runs, module_firm):
    told = module_firm.tell("sync", "--cycle", CYCLE)
    assert told.status == 1, told.err
    assert f"Billing cycle {CYCLE}, live" in told.out
    assert "already as they should be" in told.out
    assert "Held (" in told.out
    assert "cwxero cases" in told.out
    assert "{" not in told.out
    planned = module_firm.tell("plan", "--cycle", CYCLE)
    assert "planned only: nothing was written to Xero" in planned.out


def test_a_cycle_in_which_nothing_is_held_ends_with_zero(runs, module_firm):
    told = module_firm.sync("2026-10")
    assert told.status == 0, told.err
    assert told.json["bills"] == []
    assert told.json["counts"] == {}


def test_an_option_beats_the_environment_which_beats_the_env_file(firm, monkeypatch):
    def in_force():
        return firm.tell("doctor", "--json").json["checks"][0]["finding"]

    (firm.seeds / "lifecycle.yaml").write_text("broken: [\n")  # so that the doctor looks at settings only
    monkeypatch.delenv("CWXERO_PUBLISH_MODE")
    assert "publish mode shadow" in in_force()
    (firm.folder / ".env").write_text("CWXERO_PUBLISH_MODE=live\n")
    assert "publish mode live" in in_force()
    monkeypatch.setenv("CWXERO_PUBLISH_MODE", "shadow")
    assert "publish mode shadow" in in_force()
    assert firm.requests == []


def test_the_mode_of_a_sync_beats_the_environment(runs):
    assert runs["shadow"].answer["mode"] == "shadow"
    assert runs["live"].answer["mode"] == "live"


def test_another_start_day_is_another_cycle(firm, monkeypatch):
    monkeypatch.setenv("CWXERO_CYCLE_START_DAY", "15")
    told = firm.sync(CYCLE, "--mode", "shadow")
    assert told.status in {0, 1}, told.err
    for bill in told.json["bills"]:
        state = _fully_received(firm, bill["key"])
        assert "2026-06-15" <= state <= "2026-07-14", bill["key"]
    assert told.json["bills"]


def _fully_received(firm, key):
    from cwxero_dagster import frames
    from cwxero_dagster.warehouse.database import Warehouse

    rows = frames.PurchaseOrderStates.rows(
        Warehouse(firm.home / "warehouse.duckdb").read(
            frames.PurchaseOrderStates, where="po_id = ?", parameters=[int(key.removeprefix("po:"))]
        )
    )
    return rows[0]["fully_received_on"].isoformat()
