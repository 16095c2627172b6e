"""``cwxero doctor``: a line each, with the fix, and what the exit status tells a monitor."""

import errno

import pytest
from warehouse.damaged import damage_in_the_middle

from cwxero_dagster.sandbox.credentials import CONNECTWISE_PRIVATE_KEY, XERO_CLIENT_SECRET
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.lock import home_lock


def checks(told):
    return {check["name"]: check for check in told.json["checks"]}


def test_a_fresh_home_in_order_ends_with_zero(firm):
    told = firm.tell("doctor", "--json")
    found = checks(told)
    assert told.status == 0, told.out
    assert list(told.json) == ["checks", "exit"]
    assert told.json["exit"] == 0
    assert all(list(check) == ["name", "status", "finding", "fix"] for check in told.json["checks"])
    for name in (
        "settings", "home", "lock", "mapping seeds", "sign-off", "ConnectWise", "ConnectWise report", "Xero",
        "Xero organisation", "Xero rights", "Xero permissions", "lock dates", "time zone", "API budget", "tracking",
    ):  # fmt: skip
        assert found[name]["status"] == "OK", found[name]
    assert found["last good night"]["status"] == "WARN"
    assert "Nothing has run" in found["last good night"]["finding"]
    assert "Brightwater" in found["Xero organisation"]["finding"]
    assert firm.writes() == []


def test_what_the_seeds_name_and_xero_does_not_have_is_named_with_its_line(firm):
    found = checks(firm.tell("doctor", "--json"))
    assert found["accounts"]["status"] == "WARN"
    assert 'accounts.csv line 18, column account_code: "313"' in found["accounts"]["finding"]
    assert "Lantern Hardware" in found["contacts"]["finding"]
    assert '"CAPEXINPUT" may not be used with account 453 (expenses)' in found["tax types"]["finding"]


def test_people_read_a_line_each(firm):
    told = firm.tell("doctor")
    assert told.status == 0
    assert told.out.startswith("OK    settings: ")
    assert "\n      -> " in told.out
    assert "{" not in told.out


def test_broken_settings_and_seeds_end_it_before_any_call(firm, monkeypatch):
    (firm.seeds / "vendors.csv").write_text("nothing\n")
    told = firm.tell("doctor", "--json")
    assert told.status == told.json["exit"] == 2
    assert checks(told)["mapping seeds"]["status"] == "FAIL"
    monkeypatch.setenv("CWXERO_PUBLISH_MODE", "always")
    told = firm.tell("doctor", "--json")
    assert told.status == 2
    assert "CWXERO_PUBLISH_MODE" in checks(told)["settings"]["finding"]
    assert firm.requests == []


def test_missing_signatures_need_a_person_in_live_mode_only(firm, monkeypatch):
    (firm.seeds / "signoff.yaml").write_text("[]\n")
    told = firm.tell("doctor", "--json")
    assert told.status == 1
    assert checks(told)["sign-off"]["status"] == "FAIL"
    monkeypatch.setenv("CWXERO_PUBLISH_MODE", "shadow")
    told = firm.tell("doctor", "--json")
    assert told.status == 0
    assert checks(told)["sign-off"]["status"] == "WARN"


@pytest.mark.parametrize(
    ("variable", "value", "check"),
    [
        ("CONNECTWISE_PRIVATE_KEY", "wrong", "ConnectWise"),
        ("XERO_CLIENT_SECRET", "wrong", "Xero"),
        ("XERO_TENANT_ID", "99999999-2222-4333-8444-555555555555", "Xero organisation"),
    ],
)
def test_keys_and_organisation_that_do_not_fit_are_unusable_settings(firm, monkeypatch, variable, value, check):
    monkeypatch.setenv(variable, value)
    told = firm.tell("doctor", "--json")
    assert told.status == 2
    assert checks(told)[check]["status"] == "FAIL"


def test_another_organisation_than_the_home_was_read_from_is_named_and_nobody_is_asked_to_sign_for_it(firm):
    assert firm.sync("2026-08").status == 0
    organisation = next(firm.systems.store.all("xero.organisation"))
    organisation.update(OrganisationID="99999999-2222-4333-8444-555555555555", Name="Somebody Else Ltd")
    told = firm.tell("doctor", "--json")
    found = checks(told)
    assert told.status == 2
    assert found["Xero organisation"]["status"] == "FAIL"
    assert "reach the organisation Somebody Else Ltd, but this warehouse holds" in found["Xero organisation"]["finding"]
    assert found["sign-off"]["status"] == "OK"


@pytest.mark.parametrize(("system", "check"), [("connectwise", "ConnectWise"), ("xero", "Xero")])
def test_a_system_that_is_down_is_told_and_the_other_one_is_still_looked_at(firm, system, check):
    firm.fault(system, status=503, body="down")
    told = firm.tell("doctor", "--json")
    found = checks(told)
    assert told.status == 3
    assert found[check]["status"] == "FAIL"
    other = {"ConnectWise": "Xero organisation", "Xero": "ConnectWise settings"}[check]
    assert found[other]["status"] == "OK"


def test_a_time_zone_that_differs_is_a_warning(firm, monkeypatch):
    monkeypatch.setenv("CWXERO_TIMEZONE", "Europe/London")
    found = checks(firm.tell("doctor", "--json"))
    assert found["time zone"]["status"] == "WARN"
    assert "Australia/Sydney" in found["time zone"]["fix"]


def test_a_home_at_work_is_a_warning(firm):
    with home_lock(firm.home, "sync of 2026-05"):
        found = checks(firm.tell("doctor", "--json"))
    assert found["lock"]["status"] == "WARN"
    assert "Sync of 2026-05" in found["lock"]["finding"]


def test_the_report_that_the_role_may_not_read_is_a_warning(firm):
    firm.fault("connectwise", path_contains="/system/reports", status=403, body={"code": "Forbidden"})
    found = checks(firm.tell("doctor", "--json"))
    assert found["ConnectWise report"]["status"] == "WARN"
    assert "API Reports" in found["ConnectWise report"]["fix"]


def test_a_night_that_is_too_long_ago_is_what_a_monitor_watches(firm):
    assert firm.tell("plan", "--cycle", "2026-10").status == 0
    assert checks(firm.tell("doctor", "--json"))["last good night"]["status"] == "FAIL", "a plan is no sync"
    assert firm.sync("2026-10").status == 0
    told = firm.tell("doctor", "--json")
    assert (told.status, checks(told)["last good night"]["status"]) == (0, "OK")
    firm.systems.clock.travel(27 * 3600)
    told = firm.tell("doctor", "--json")
    assert told.status == told.json["exit"] == 3
    assert "27 hours ago" in checks(told)["last good night"]["finding"]


def test_a_night_of_a_clock_that_was_ahead_is_not_taken_for_a_good_one(firm):
    assert firm.sync("2026-10").status == 0
    firm.systems.clock.travel(-40 * 24 * 3600)
    found = checks(firm.tell("doctor", "--json"))["last good night"]
    assert found["status"] == "WARN"
    assert "carries a later time than it is now" in found["finding"]


def test_the_home_of_another_company_than_the_settings_reach_is_named(firm):
    assert firm.sync("2026-08").status == 0
    with Warehouse(firm.home / "warehouse.duckdb").transaction() as connection:
        connection.execute("update staged.belongs_to set whose = 'the company Somebody Else'")
    told = firm.tell("doctor", "--json")
    found = checks(told)["ConnectWise company"]
    assert (told.status, found["status"]) == (2, "FAIL")
    assert "This home holds the purchase orders of the company Somebody Else" in found["finding"]


def test_a_warehouse_that_is_damaged_in_the_middle_is_told_though_what_is_asked_for_can_be_read(firm):
    assert firm.sync("2026-10").status == 0
    path = firm.home / "warehouse.duckdb"
    assert checks(firm.tell("doctor", "--json"))["warehouse"]["status"] == "OK"
    warehouse = Warehouse(path)
    with warehouse.transaction() as connection:
        connection.sql("create table padding as select md5(range::varchar) as text from range(200000)")
    damage_in_the_middle(path)
    told = firm.tell("doctor", "--json")
    found = checks(told)["warehouse"]
    assert (told.status, found["status"]) == (3, "FAIL")
    assert "`cwxero backup FILE --restore`" in found["finding"]


def test_a_warehouse_that_cannot_be_opened_is_a_finding_and_everything_else_is_looked_at(firm):
    firm.home.mkdir()
    (firm.home / "warehouse.duckdb").write_bytes(b"What is this?" * 1000)
    told = firm.tell("doctor", "--json")
    found = checks(told)
    assert (told.status, found["warehouse"]["status"]) == (3, "FAIL")
    assert {"API budget", "accounts", "contacts"} <= set(found)
    assert told.err == ""


def test_a_disk_without_room_for_what_earlier_nights_left_is_a_finding(firm, monkeypatch):
    assert firm.sync("2026-10").status == 0

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cwxero_dagster.cli.doctor.here.dg.DagsterInstance.from_config", full)
    monkeypatch.setattr("cwxero_dagster.warehouse.lock._write", full)
    told = firm.tell("doctor", "--json")
    found = checks(told)
    assert (told.status, found["lock"]["status"], found["home"]["status"]) == (3, "FAIL", "FAIL")
    assert "disk is full" in found["home"]["finding"]
    assert "ConnectWise" in found


def test_cases_tell_of_a_write_without_an_answer_also_where_no_case_could_be_made(firm):
    firm.fault("xero", "lose", method="PUT", path_contains="/Invoices")
    firm.sync("2026-06")
    firm.faults.clear()
    assert "without an answer yet" not in firm.tell("cases").out, "the case says it"
    case = firm.case("outcome_unknown", "PO-1016")
    assert f"Data team (case {case['id']}): Nothing to do today" in firm.tell("explain", "PO-1016").out
    with Warehouse(firm.home / "warehouse.duckdb").transaction() as connection:
        connection.execute("delete from ledger.cases where kind = 'outcome_unknown'")
    assert "1 write to Xero without an answer yet" in firm.tell("cases").out
    assert "Data team: Nothing to do today" in firm.tell("explain", "PO-1016").out


def test_a_write_without_an_answer_is_told(firm):
    firm.fault("xero", "lose", method="PUT", path_contains="/Invoices")
    firm.sync("2026-06")
    firm.faults.clear()
    assert checks(firm.tell("doctor", "--json"))["unanswered writes"]["status"] == "WARN"


def test_no_secret_is_shown(firm):
    for told in (firm.tell("doctor"), firm.tell("doctor", "--json")):
        for secret in (CONNECTWISE_PRIVATE_KEY, XERO_CLIENT_SECRET):
            assert secret not in told.out + told.err
