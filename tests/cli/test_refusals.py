"""Settings, seeds and arguments that cannot be used (2), and runs that stop part-way (3): each with a sentence."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cwxero_dagster.sandbox.credentials import XERO_CLIENT_SECRET
from cwxero_dagster.warehouse.lock import home_lock

CYCLE = "2026-06"
WRONG_TENANT = "99999999-2222-4333-8444-555555555555"


def refused(told):
    """Status 2, a sentence on standard error, nothing on standard output."""
    assert told.status == 2, told.err
    assert told.out == ""
    assert told.err.strip()
    assert "Traceback" not in told.err
    return told.err


# --- nothing was attempted: before any network call ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CWXERO_PROFILE", "prod", "CWXERO_PROFILE"),
        ("CWXERO_PUBLISH_MODE", "yes", "CWXERO_PUBLISH_MODE"),
        ("CWXERO_CYCLE_START_DAY", "31", "CWXERO_CYCLE_START_DAY"),
        ("CWXERO_TIMEZONE", "Sydney", "CWXERO_TIMEZONE"),
        ("CONNECTWISE_BASE_URL", "http://connectwise.example.com/v4_6_release/apis/3.0", "CONNECTWISE_BASE_URL"),
        ("XERO_CLIENT_ID", "", "XERO_CLIENT_ID"),
        ("XERO_TENANT_ID", "two words", "XERO_TENANT_ID"),
    ],
)
def test_a_wrong_setting_names_the_variable_and_an_example(firm, monkeypatch, variable, value, said):
    monkeypatch.setenv(variable, value)
    for command in (["sync", "--cycle", CYCLE], ["plan", "--cycle", CYCLE, "--json"], ["cases"], ["doctor"]):
        told = firm.tell(*command)
        assert told.status == 2
        assert said in told.err + told.out
        assert f"Example: {variable}=" in told.err + told.out
    assert firm.requests == []


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("lifecycle.yaml", "events:\n  raised: bill_it\n", "lifecycle.yaml line 2"),
        ("lifecycle.yaml", "events: [\n", "lifecycle.yaml"),
        ("vendors.csv", "vendor,contact\n1,2\n", "vendors.csv line 1"),
        (
            "accounts.csv",
            "match_on,match_value,account_code,tax_type,item_code\ncolour,red,310,,\n",
            "accounts.csv line 2",
        ),
        ("tax_codes.csv", "connectwise_tax_code,taxable,xero_tax_type\nGST,perhaps,INPUT\n", "tax_codes.csv line 2"),
        ("tracking.csv", "source,connectwise_value,xero_category,xero_option\nmoon,a,b,c\n", "tracking.csv line 2"),
        (
            "payment_terms.csv",
            "connectwise_terms,days,counted_from\nNet 30,thirty,bill_date\n",
            "payment_terms.csv line 2",
        ),
        ("exclusions.csv", "match_on,match_value,reason\nmood,bad,x\n", "exclusions.csv line 2"),
        ("landed_costs.csv", "match_on,match_value,carrier_vendor_id\nboat,x,1\n", "landed_costs.csv line 2"),
        ("signoff.yaml", "- {role: king, name: A, signed_on: 2026-01-01, digest: 00}\n", "signoff.yaml line 1"),
    ],
)
def test_a_broken_seed_names_file_line_and_what_is_allowed(firm, file, text, said):
    (firm.seeds / file).write_text(text)
    err = refused(firm.tell("sync", "--cycle", CYCLE))
    assert said in err
    assert "nothing was attempted" in err
    assert firm.requests == []


def test_all_broken_seeds_are_named_at_once(firm):
    (firm.seeds / "vendors.csv").write_text("vendor\n")
    (firm.seeds / "tracking.csv").write_text("tracking\n")
    err = refused(firm.tell("sync", "--cycle", CYCLE))
    assert "vendors.csv" in err
    assert "tracking.csv" in err


def test_a_cycle_that_is_none_is_refused(firm):
    for text, said in (("2026-13", "YYYY-MM"), ("may", "YYYY-MM"), ("2025-01", "go-live"), ("2099-01", "open one")):
        assert said in refused(firm.tell("sync", "--cycle", text))
    assert "YYYY-MM" in refused(firm.tell("cases", "--cycle", "may"))
    assert firm.requests == []


def test_the_simulated_systems_are_not_served_in_the_live_profile(firm):
    assert "sandbox profile" in refused(firm.tell("sandbox"))


def test_a_busy_port_is_said(firm, monkeypatch):
    port = firm.url.rpartition(":")[2]
    err = refused(firm.tell("ui", "--port", port))
    assert f"Port {port} is taken" in err
    assert "--port" in err


# --- the systems say no -----------------------------------------------------------------------------------------------


def test_keys_of_xero_that_were_revoked_are_unusable_settings(firm, monkeypatch):
    monkeypatch.setenv("XERO_CLIENT_SECRET", "not-the-secret")
    before = firm.bills()
    err = refused(firm.tell("sync", "--cycle", CYCLE))
    assert "XERO_CLIENT_ID and XERO_CLIENT_SECRET" in err
    assert "not-the-secret" not in err
    assert firm.bills() == before


def test_another_organisation_is_never_written_to(firm, monkeypatch):
    monkeypatch.setenv("XERO_TENANT_ID", WRONG_TENANT)
    before = firm.bills()
    assert "Xero" in refused(firm.tell("sync", "--cycle", CYCLE))
    assert firm.bills() == before
    assert not [one for one in firm.writes() if one[0] == "xero"]


def test_keys_that_are_revoked_after_something_was_written_stop_the_run_part_way(firm):
    firm.fault("xero", status=401, method="PUT", path_contains="/Invoices")
    err = stopped(firm.tell("sync", "--cycle", "2026-08"))
    assert "1 document was written to Xero before this; the rest was not sent" in err
    assert "did not accept the keys" in err
    assert "Nothing was done" not in err
    firm.faults.clear()
    assert firm.sync("2026-08").json["counts"]["create"] > 0


def test_keys_that_reach_another_organisation_than_before_are_unusable_settings(firm):
    assert firm.sync(CYCLE).status == 1
    before, written = firm.bills(), firm.writes()
    organisation = next(firm.systems.store.all("xero.organisation"))
    organisation.update(OrganisationID="99999999-2222-4333-8444-555555555555", Name="Somebody Else Ltd")
    firm.systems.xero.books.clock.travel(24 * 3600)
    assert "reach the organisation Somebody Else Ltd" in refused(firm.tell("sync", "--cycle", CYCLE))
    assert (firm.bills(), firm.writes()) == (before, written)


def test_keys_of_connectwise_that_are_wrong_are_unusable_settings(firm, monkeypatch):
    monkeypatch.setenv("CONNECTWISE_PRIVATE_KEY", "not-the-key")
    err = refused(firm.tell("sync", "--cycle", CYCLE))
    assert "CONNECTWISE_PRIVATE_KEY" in err
    assert "not-the-key" not in err


def test_a_connectwise_that_answers_404_to_everything_deletes_nothing(firm):
    assert firm.sync(CYCLE).status == 1
    bills = firm.bills()
    firm.fault("connectwise", status=404, body="")
    err = refused(firm.tell("sync", "--cycle", CYCLE))
    assert "nothing counts as deleted" in err.lower()
    assert firm.bills() == bills
    firm.faults.clear()
    again = firm.sync(CYCLE)
    assert again.json["counts"]["unchanged"] > 0
    assert "withdraw" not in again.json["counts"]


# --- stopped part-way: running it again continues ---------------------------------------------------------------------


def stopped(told):
    assert told.status == 3, (told.status, told.err)
    assert told.out == ""
    assert "Traceback" not in told.err
    return told.err


@pytest.mark.parametrize("system", ["connectwise", "xero"])
def test_a_system_that_is_down_stops_the_run_and_the_next_one_continues(firm, system):
    before = firm.bills()
    firm.fault(system, status=503, body="down")
    err = stopped(firm.tell("sync", "--cycle", CYCLE))
    assert {"connectwise": "ConnectWise", "xero": "Xero"}[system] in err
    assert firm.bills() == before
    firm.faults.clear()
    assert firm.sync(CYCLE).json["counts"]["create"] > 0


def test_the_days_limit_stops_the_run(firm):
    firm.fault(
        "xero", path_contains="/api.xro/", status=429, headers={"Retry-After": "30000", "X-Rate-Limit-Problem": "day"}
    )
    assert "day" in stopped(firm.tell("sync", "--cycle", CYCLE))
    firm.faults.clear()
    assert firm.sync(CYCLE).json["counts"]["create"] > 0


def test_an_empty_list_where_there_were_orders_is_not_a_mass_deletion(firm):
    first = firm.sync(CYCLE).json
    bills = firm.bills()
    firm.systems.clock.travel(24 * 3600)
    firm.fault("connectwise", path_contains="/procurement/purchaseorders", status=200, body=[])
    stopped(firm.tell("sync", "--cycle", CYCLE))
    assert firm.bills() == bills
    firm.faults.clear()
    assert firm.sync(CYCLE).json["counts"]["unchanged"] == first["counts"]["create"] + first["counts"].get("credit", 0)


def test_a_write_without_an_answer_is_looked_up_and_never_doubled(firm):
    planned = firm.tell("plan", "--cycle", CYCLE, "--json").json["counts"]["create"]
    before = len(firm.bills())
    firm.fault("xero", "lose", method="PUT", path_contains="/Invoices")
    told = firm.sync(CYCLE)
    assert told.status == 1
    assert len(firm.bills()) == before + planned
    assert {bill["case"] for bill in told.json["bills"] if bill["action"] == "hold"} >= {"outcome_unknown"}
    firm.faults.clear()
    firm.systems.clock.travel(900)
    assert firm.sync(CYCLE).json["counts"]["unchanged"] >= planned
    assert len(firm.bills()) == before + planned


def test_a_home_that_is_at_work_is_left_alone(firm):
    with home_lock(firm.home, "sync of 2026-05"):
        err = stopped(firm.tell("sync", "--cycle", CYCLE))
        for decision in (
            ["release", "C-00000000", "--reason", "x", "--by", "Ada"],
            ["undo", "C-00000000", "--by", "Ada"],
            ["backup", "copy.duckdb", "--restore"],
        ):
            assert "Sync of 2026-05" in stopped(firm.tell(*decision))
    assert "Sync of 2026-05" in err
    assert firm.requests == []


def test_ctrl_c_ends_the_command_and_loses_nothing(firm):
    firm.fault("connectwise", "slow", seconds=2, path_contains="/lineitems")
    code = "import sys; from cwxero_dagster.cli import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "sync", "--cycle", CYCLE],
        env={**os.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any("lineitems" in path for _, _, path in firm.requests) and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    firm.faults.clear()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert "Interrupted" in err
    assert "Traceback" not in err
    assert out == ""
    assert firm.sync(CYCLE).json["counts"]["create"] > 0


def test_ctrl_c_while_the_command_is_still_loading_is_a_sentence_too():
    code = """
import sys
from cwxero_dagster.cli import main

class PressingKeys:
    def find_spec(self, name, path=None, target=None):
        if name == "dagster":
            raise KeyboardInterrupt

sys.meta_path.insert(0, PressingKeys())
sys.exit(main(["doctor"]))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (
        3,
        "Interrupted. Nothing is lost: running the command again continues.\n",
    )


def test_no_secret_is_ever_shown(firm, monkeypatch):
    monkeypatch.setenv("XERO_CLIENT_SECRET", XERO_CLIENT_SECRET + "x")
    for command in (["sync", "--cycle", CYCLE], ["doctor"], ["doctor", "--json"], ["plan", "--cycle", CYCLE]):
        told = firm.tell(*command)
        assert told.status == 2
        for secret in (XERO_CLIENT_SECRET, firm.environment["CONNECTWISE_PRIVATE_KEY"]):
            assert secret not in told.out
            assert secret not in told.err
