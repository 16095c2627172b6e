"""The order of an examination, and telling its findings.

What belongs here: what is looked at when, and when it ends early. What does not: the checks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

from cwxero_dagster.cli import showing
from cwxero_dagster.cli.doctor import here, seeds_in_xero, systems
from cwxero_dagster.cli.doctor.check import FAIL, OK, Check, exit_status
from cwxero_dagster.cli.outcome import STOPPED, UNUSABLE, status_of, trouble_of_the_machine
from cwxero_dagster.payables.problems import SeedsBroken
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.sandbox_process import SandboxUnavailable
from cwxero_dagster.settings import Settings, SettingsBroken
from cwxero_dagster.transport import CallFailed
from cwxero_dagster.warehouse.errors import WarehouseUnavailable


def examine(load: Callable[[], Settings], *, as_json: bool) -> int:
    """Run every check that makes sense, tell the findings, and give the exit status.

    Settings or seeds that cannot be used end the examination before any network call.
    """
    checks = []
    for check in _all(load):
        checks.append(check)
        if not as_json:
            showing.check(check.status, check.name, check.finding, check.fix)
    status = exit_status(checks)
    if as_json:
        found = [
            {"name": check.name, "status": check.status, "finding": check.finding, "fix": check.fix} for check in checks
        ]
        json.dump({"checks": found, "exit": status}, sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
    return status


def _all(load: Callable[[], Settings]) -> Iterator[Check]:
    try:
        settings = load()
    except SettingsBroken as broken:
        problems = "\n".join(map(str, broken.problems))
        yield Check("settings", FAIL, problems, "Correct them in the environment or in .env.", UNUSABLE)
        return
    yield Check("settings", OK, f"Profile {settings.profile}, publish mode {settings.publish_mode}.")
    session = Session(settings)
    try:
        home = list(here.home(settings))
        yield from home
        usable = all(check.status_code != UNUSABLE for check in home)
        try:
            seeds = session.seeds()
        except SeedsBroken as broken:
            fix = f"Correct the files in {settings.seeds_folder}."
            yield Check("mapping seeds", FAIL, "\n".join(map(str, broken.problems)), fix, UNUSABLE)
            return
        except SandboxUnavailable as failure:
            yield Check("sandbox", FAIL, str(failure), "", STOPPED)
            return
        yield here.seeds(seeds)
        if not usable:
            return
        yield here.room(session)
        yield from _readable(here.history(session), settings)
        yield from _guarded("ConnectWise", systems.connectwise(session))
        found: list[systems.Organisation] = []
        yield from _guarded("Xero", systems.xero(session, found))
        organisation = {name for one in found for name in (one.organisation_id, one.name)}
        yield from _told_already(here.signatures(session, seeds, organisation))
        for one in found:
            yield from _guarded("Xero", seeds_in_xero.checks(session, seeds, one))
    finally:
        session.close()


def _readable(checks: Iterator[Check], settings: Settings) -> Iterator[Check]:
    """Checks up to the first file that the machine does not let be read, which is a finding of its own."""
    try:
        yield from checks
    except Exception as failure:
        if not trouble_of_the_machine(failure, settings.home):
            raise
        finding = f"What earlier nights left in {settings.home} cannot be read: the disk is full or does not work."
        yield Check("home", FAIL, finding, "Free some space, or correct the permissions of the folder.", STOPPED)


def _told_already(checks: Iterator[Check]) -> Iterator[Check]:
    """Checks that also ask the warehouse; where it cannot be read, its own check said so."""
    with suppress(WarehouseUnavailable):
        yield from checks


def _guarded(system: str, checks: Iterator[Check]) -> Iterator[Check]:
    """Checks up to the first call that fails, which is a finding of its own."""
    try:
        yield from checks
    except CallFailed as failure:
        yield Check(system, FAIL, str(failure), "", status_of(failure))
