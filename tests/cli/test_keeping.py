"""``backup``, ``lifecycle`` and ``signoff``; what a firm keeps and agrees on."""

import pytest

from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.lifecycle import presets
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.ledger import Ledger

CYCLE = "2026-08"
"""A cycle with bills and a supplier credit."""


def documents(firm):
    store = firm.systems.store
    return [one for kind in ("xero.invoices", "xero.creditnotes") for one in store.all(kind)]


def ledger(firm) -> LedgerView:
    return Ledger(Warehouse(firm.home / "warehouse.duckdb")).view(())


def test_a_restored_backup_knows_nothing_of_later_bills_and_still_doubles_none(firm):
    assert firm.tell("plan", "--cycle", CYCLE).status == 0
    copy = firm.folder / "copy.duckdb"
    assert firm.tell("backup", str(copy)).status == 0
    first = firm.sync(CYCLE).json
    made = first["counts"]["create"] + first["counts"]["credit"]
    there = documents(firm)
    told = firm.tell("backup", str(copy), "--restore")
    assert told.status == 0, told.err
    assert "before-restore" in told.out
    again = firm.sync(CYCLE).json
    assert documents(firm) == there
    assert again["counts"]["unchanged"] == made
    assert firm.sync(CYCLE).json["counts"] == again["counts"]


def test_a_restored_copy_says_which_decisions_it_does_not_have(firm):
    firm.sync(CYCLE)
    copy = firm.folder / "copy.duckdb"
    firm.tell("backup", str(copy))
    case = next(one for one in firm.tell("cases", "--json").json["cases"] if "release" in one["ways_out"])
    assert firm.tell("release", case["id"], "--by", "Ann", "--reason", "all is well").status == 0
    told = firm.tell("backup", str(copy), "--restore")
    assert told.status == 1
    assert f"{case['id']} ({KINDS[case['kind']].title}, {', '.join(case['po_numbers'])}): release, Ann on " in told.out
    assert told.out.rstrip().endswith("all is well")


def test_a_copy_over_a_file_that_cannot_be_read_says_where_the_decisions_can_be_seen(firm):
    firm.sync(CYCLE)
    copy = firm.folder / "copy.duckdb"
    firm.tell("backup", str(copy))
    (firm.home / "warehouse.duckdb").write_bytes(b"no warehouse")
    told = firm.tell("backup", str(copy), "--restore")
    assert told.status == 1
    assert f"The sheet Decided of the workbooks in {firm.home / 'review'} shows what was decided" in told.out
    doctor = firm.tell("doctor", "--json")
    lost = next(check for check in doctor.json["checks"] if check["name"] == "lost decisions")
    assert (doctor.status, lost["status"]) == (1, "FAIL")
    assert "which decisions people took after that copy was made is not known" in lost["finding"]


def test_each_release_of_a_night_is_preceded_by_a_backup_of_its_own_that_can_be_put_back(firm):
    made = {cycle: firm.sync(cycle).json["counts"] for cycle in (CYCLE, "2026-07")}
    assert all(counts["create"] for counts in made.values())
    there = documents(firm)
    copies = sorted((firm.home / "backups").iterdir())
    assert [copy.name.split("-before-")[1] for copy in copies] == [f"{CYCLE}.duckdb", "2026-07.duckdb"]
    for known, copy in zip(({}, {CYCLE}), copies, strict=True):
        assert firm.tell("backup", str(copy), "--restore").status == 0
        assert {bill.cycle for bill in ledger(firm).bills.values()} == {*known}
    for cycle in made:
        firm.sync(cycle)
    assert documents(firm) == there


def test_restoring_what_is_no_backup_changes_nothing(firm):
    broken = firm.folder / "notes.txt"
    broken.write_text("hello")
    for file, said in ((broken, "notes.txt"), (firm.folder / "absent.duckdb", "no copy")):
        told = firm.tell("backup", str(file), "--restore")
        assert told.status == 3
        assert said in told.err
        assert not (firm.home / "warehouse.duckdb").exists()


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_printed_and_can_be_read_back(firm, name):
    told = firm.tell("lifecycle", "--preset", name)
    assert told.status == 0
    (firm.seeds / "lifecycle.yaml").write_text(told.out)
    shown = firm.tell("lifecycle")
    assert shown.status == 0, shown.err
    assert "Nothing that was first received before" in shown.out
    assert "Signed by: nobody yet" in shown.out
    assert firm.requests == []


def test_a_preset_that_is_none_is_refused_with_the_names(firm):
    told = firm.tell("lifecycle", "--preset", "yearly")
    assert told.status == 2
    assert "scheduled_batch" in told.err


def test_the_decision_in_force_is_told_with_its_signatures(firm):
    told = firm.tell("lifecycle")
    assert "Priya Raman (procurement)" in told.out
    assert "Tom Ashdown (finance)" in told.out


def test_two_roles_sign_under_two_names(firm):
    file = firm.seeds / "signoff.yaml"
    file.write_text("# who agreed\n[]\n")
    assert firm.tell("signoff", "--role", "procurement", "--name", "Ada Lovelace").status == 0
    refused = firm.tell("signoff", "--role", "finance", "--name", "ada  lovelace")
    assert refused.status == 2
    assert "two different people" in refused.err
    assert "finance" not in file.read_text()
    assert firm.tell("signoff", "--role", "finance", "--name", "Grace Hopper").status == 0
    shown = firm.tell("lifecycle").out
    assert "Ada Lovelace (procurement), Grace Hopper (finance)" in shown
    assert "# who agreed" in file.read_text()
    assert firm.requests == []


def test_what_changed_since_a_signature_is_told_though_nothing_ran_under_the_decision_that_was_signed(firm):
    (firm.seeds / "lifecycle.yaml").write_text("version: 1\ngo_live: 2026-05-01\nstale_draft_days: 21\n")
    assert firm.tell("signoff", "--role", "procurement", "--name", "Ada Lovelace").status == 0
    assert firm.tell("signoff", "--role", "finance", "--name", "Grace Hopper").status == 0
    (firm.seeds / "lifecycle.yaml").write_text("version: 1\ngo_live: 2026-05-01\nlock_date: draft\n")
    (sign_off,) = [check for check in firm.tell("doctor", "--json").json["checks"] if check["name"] == "sign-off"]
    assert "lock_date: hold -> draft; stale_draft_days: 21 -> 14." in sign_off["finding"]


def test_a_role_that_is_none_is_refused(firm):
    told = firm.tell("signoff", "--role", "king", "--name", "Ada")
    assert told.status == 2
    assert "procurement" in told.err


def test_no_command_prints_the_commands(firm):
    told = firm.tell()
    assert told.status == 2
    assert "sync" in told.err or "COMMAND" in told.err
    helped = firm.tell("--help")
    assert helped.status == 0
    for name in (
        "demo",
        "sandbox",
        "doctor",
        "sync",
        "plan",
        "cases",
        "release",
        "settle",
        "undo",
        "explain",
        "backup",
    ):
        assert name in helped.out
