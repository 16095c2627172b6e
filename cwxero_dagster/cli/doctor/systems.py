"""Both systems: whether the keys open them, and what they allow.

What belongs here: checks that ask ConnectWise and Xero. What does not: judging the mapping seeds (seeds_in_xero).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cwxero_dagster.cli.doctor.check import FAIL, OK, WARN, Check
from cwxero_dagster.cli.outcome import PERSON_NEEDED, UNUSABLE
from cwxero_dagster.connectwise.conditions import equals
from cwxero_dagster.payables.calendar import zone_of
from cwxero_dagster.payables.reading_books import organisation_of
from cwxero_dagster.pipeline.reading import company_reached
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.staging.connectwise import same_company
from cwxero_dagster.staging.looking import COLUMNS, REPORT
from cwxero_dagster.staging.refusal import OtherOrganisation
from cwxero_dagster.staging.xero import same_organisation
from cwxero_dagster.transport import MalformedAnswer, PermanentFailure
from cwxero_dagster.warehouse.errors import WarehouseUnavailable
from cwxero_dagster.xero.parse import day_of

CALLS_OF_A_NIGHT = 60
_NEEDED_RIGHTS = (
    ({"accounting.invoices", "accounting.transactions"}, "write bills"),
    ({"accounting.contacts", "accounting.contacts.read"}, "read contacts"),
    ({"accounting.settings", "accounting.settings.read"}, "read accounts and tax rates"),
)
_NEEDED_ACTIONS = {"CreateDraftBill": "create draft bills"}
_FLAGS = {
    "autoClosePurchaseOrderFlag": "closes purchase orders by itself",
    "autoClosePurchaseOrderItemFlag": "closes received lines by itself",
    "taxPurchaseOrderFlag": "taxes purchase orders",
    "taxFreightFlag": "taxes freight",
}


@dataclass(frozen=True)
class Organisation:
    """What the connection to Xero reached."""

    organisation_id: str
    name: str


def connectwise(session: Session) -> Iterator[Check]:
    """ConnectWise answers, the keys are good, and what of its settings matters here."""
    if other := _of_another(session, lambda: same_company(session.warehouse, company_reached(session))):
        yield Check("ConnectWise company", FAIL, other, "", UNUSABLE)
        return
    client = session.connectwise
    client.check_alive()
    info = client.system_info()
    zone = info.get("serverTimeZone")
    version = f"version {info.get('version') or 'unknown'}" + (f", server time zone {zone}" if zone else "")
    yield Check("ConnectWise", OK, f"It answers and takes the keys ({version}).")
    try:
        found = next(iter(client.records("/procurement/settings")), {})
    except (PermanentFailure, MalformedAnswer) as failure:
        yield Check("ConnectWise settings", WARN, f"They cannot be read. {failure}", "Nothing depends on them.")
    else:
        words = [words for flag, words in _FLAGS.items() if found.get(flag) is True]
        yield Check("ConnectWise settings", OK, f"ConnectWise {', '.join(words) or 'closes and taxes nothing itself'}.")
    try:
        list(client.report(REPORT, conditions=equals(COLUMNS[0], 0), columns=COLUMNS))
    except (PermanentFailure, MalformedAnswer):
        yield Check(
            "ConnectWise report",
            WARN,
            f"The role may not read the report {REPORT}, so receipts that do not move their order are found later.",
            "Give the API member's role System > API Reports.",
        )
    else:
        yield Check("ConnectWise report", OK, f"The report {REPORT} can be read.")


def xero(session: Session, found: list[Organisation]) -> Iterator[Check]:
    """Xero takes the keys and reaches the configured organisation; its rights, lock dates and time zone.

    The organisation that was reached is put into ``found``.
    """
    client = session.xero
    configured = session.connected.xero.tenant_id if session.connected.xero else None
    reached = {str(row.get("tenantId")): str(row.get("tenantName") or "") for row in client.connections()}
    yield Check("Xero", OK, "It answers and takes the keys.")
    if configured and configured.lower() not in {tenant.lower() for tenant in reached}:
        names = ", ".join(f"{name} ({tenant})" for tenant, name in reached.items()) or "none"
        finding = f"XERO_TENANT_ID names an organisation that the keys do not reach. They reach: {names}."
        yield Check("Xero organisation", FAIL, finding, "Correct XERO_TENANT_ID or the keys.", UNUSABLE)
        return
    if configured is None and len(reached) != 1:
        finding = f"The keys reach {len(reached)} organisations: {', '.join(reached.values()) or 'none'}."
        yield Check("Xero organisation", FAIL, finding, "Set XERO_TENANT_ID to the one that is meant.", UNUSABLE)
        return
    record = client.organisation()
    if other := _of_another(session, lambda: same_organisation(session.warehouse, record)):
        yield Check("Xero organisation", FAIL, other, "", UNUSABLE)
        return
    organisation = organisation_of(record, (day_of(record, "PeriodLockDate"), day_of(record, "EndOfYearLockDate")))
    yield Check("Xero organisation", OK, f"{organisation.name}, base currency {organisation.base_currency}.")
    yield _rights(client.scopes or frozenset())
    yield _actions(client.actions())
    yield _lock(organisation.locked_until)
    yield _zone(session.settings.timezone, organisation.time_zone)
    yield _budget(client.day_remaining)
    found.append(Organisation(organisation.organisation_id, organisation.name))


def _of_another(session: Session, is_the_same: Callable[[], None]) -> str:
    """What is wrong where this home was read from another firm, of which no run reads or writes; else blank."""
    if not session.warehouse.path.exists():
        return ""
    try:
        is_the_same()
    except OtherOrganisation as other:
        return str(other)
    except WarehouseUnavailable:
        return ""  # its own check tells of it
    return ""


def _rights(granted: frozenset[str]) -> Check:
    missing = [words for any_of, words in _NEEDED_RIGHTS if not any_of & granted]
    if missing:
        fix = "Give the custom connection these scopes in Xero's developer portal and authorise it again."
        return Check("Xero rights", FAIL, f"The connection may not {' or '.join(missing)}.", fix, UNUSABLE)
    return Check("Xero rights", OK, f"Granted: {', '.join(sorted(granted))}.")


def _actions(actions: list[dict[str, Any]]) -> Check:
    status = {str(action.get("Name")): str(action.get("Status")) for action in actions}
    denied = [words for name, words in _NEEDED_ACTIONS.items() if status.get(name, "ALLOWED") != "ALLOWED"]
    if denied:
        finding = f"Xero does not let this connection {' or '.join(denied)}."
        fix = "Ask the organisation's Xero adviser for the permission, or check the subscription plan."
        return Check("Xero permissions", FAIL, finding, fix, PERSON_NEEDED)
    if status.get("UseMulticurrency", "ALLOWED") != "ALLOWED":
        finding = "Draft bills may be created, in the base currency only; others are held."
        return Check("Xero permissions", WARN, finding, "Foreign currencies need a Xero plan that has them.")
    return Check("Xero permissions", OK, "Draft bills may be created, also in foreign currencies.")


def _lock(locked: Any) -> Check:
    if locked is None:
        return Check("lock dates", OK, "No period is locked.")
    finding = f"Xero is locked up to and including {locked}."
    if locked >= datetime.now(UTC).date():
        return Check("lock dates", WARN, finding, "Bills dated up to that day are held; ask the Xero adviser.")
    return Check("lock dates", OK, f"{finding} Bills dated up to that day are held.")


def _zone(configured: str | None, theirs: str | None) -> Check:
    try:
        known = zone_of(theirs) if theirs else "UTC"
    except ValueError:
        finding = f'Xero\'s time zone "{theirs}" is not known here.'
        return Check("time zone", WARN, finding, "Set CWXERO_TIMEZONE to the organisation's IANA time zone.")
    if configured and configured != known:
        finding = f"CWXERO_TIMEZONE is {configured}, the Xero organisation is in {known}."
        return Check("time zone", WARN, finding, f"Set CWXERO_TIMEZONE={known}, unless the difference is meant.")
    if not configured and known != "UTC":
        finding = f"Dates are read in {known}, the Xero organisation's zone; the schedule's hours are UTC."
        return Check("time zone", OK, finding, f"CWXERO_TIMEZONE={known} gives the schedule the same clock.")
    return Check("time zone", OK, f"Dates are read in {known}.")


def _budget(left: int | None) -> Check:
    if left is None:
        return Check("API budget", OK, "Xero did not say how many calls are left today.")
    if left < CALLS_OF_A_NIGHT:
        finding = f"{left} calls to Xero are left today; a night needs up to {CALLS_OF_A_NIGHT}."
        return Check("API budget", WARN, finding, "Wait until the day is over, or find what else uses the connection.")
    return Check("API budget", OK, f"{left} calls to Xero are left today.")
