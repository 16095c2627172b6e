"""The mapping seeds against Xero: everything that they name exists there and can be used.

What belongs here: naming file, line and value of what Xero does not have. What does not: holding bills for it
(payables/composing/preflight does that bill by bill).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cwxero_dagster.cli.doctor.check import OK, WARN, Check, shortened
from cwxero_dagster.cli.doctor.systems import Organisation
from cwxero_dagster.payables.books import Account, TaxRate
from cwxero_dagster.payables.composing.preflight import CLASS_FLAGS
from cwxero_dagster.payables.problems import Problem
from cwxero_dagster.payables.reading_books import account_of, contact_of, tax_rate_of, tracking_of
from cwxero_dagster.payables.seeds import Seeds
from cwxero_dagster.pipeline.session import Session

_FIX = "Correct the row, or what it names in Xero; the bills that need it are held until then."


def checks(session: Session, seeds: Seeds, organisation: Organisation) -> Iterator[Check]:
    """One finding each for accounts, tax types, tracking and contacts that the seeds name."""
    client = session.xero
    accounts = {one.code: one for one in map(account_of, client.accounts()) if one.code}
    rates = {one.tax_type: one for one in map(tax_rate_of, client.tax_rates())}
    yield _told("accounts", list(_accounts(seeds, accounts)), f"All accounts are active in {organisation.name}.")
    yield _told(
        "tax types", list(_tax_types(seeds, rates, accounts)), f"All tax types are active in {organisation.name}."
    )
    categories = {one.name.lower(): one for one in map(tracking_of, client.tracking_categories()) if one.active}
    problems = [
        _problem(
            "tracking.csv", row.line, "xero_option", row.xero_option, f"is no active option of {row.xero_category}"
        )
        for row in seeds.tracking
        if row.xero_category.lower() not in categories
        or row.xero_option.lower() not in categories[row.xero_category.lower()].options
    ]
    yield _told("tracking", problems, "All tracking options are active.")
    yield _told("contacts", list(_contacts(session, seeds)), "All contacts that vendors.csv names are active.")


def _told(name: str, problems: list[Problem], good: str) -> Check:
    if not problems:
        return Check(name, OK, good)
    return Check(name, WARN, shortened([str(problem) for problem in problems]), _FIX)


def _problem(file: str, line: int | None, column: str, value: str, message: str) -> Problem:
    return Problem(file=file, line=line, column=column, value=value, message=f'"{value}" {message}')


def _accounts(seeds: Seeds, accounts: Mapping[str, Account]) -> Iterator[Problem]:
    decision = seeds.decision
    named = [
        *(("accounts.csv", row.line, "account_code", row.account_code) for row in seeds.accounts),
        *(("vendors.csv", row.line, "default_account_code", row.default_account_code) for row in seeds.vendors),
        ("lifecycle.yaml", None, "rounding.account", decision.rounding.account),
        ("lifecycle.yaml", None, "accrual.account", decision.accrual.account),
    ]
    for file, line, column, code in named:
        account = accounts.get(code) if code else None
        if code and account is None:
            yield _problem(file, line, column, code, "is not in Xero's chart of accounts")
        elif code and account and account.status != "ACTIVE":
            yield _problem(file, line, column, code, f"({account.name}) is archived in Xero")
        elif code and account and account.account_type == "BANK":
            yield _problem(file, line, column, code, f"({account.name}) is a bank account; no bill can use it")


def _tax_types(seeds: Seeds, rates: Mapping[str, TaxRate], accounts: Mapping[str, Account]) -> Iterator[Problem]:
    named = [
        *(("accounts.csv", row.line, "tax_type", row.tax_type) for row in seeds.accounts),
        *(("vendors.csv", row.line, "default_tax_type", row.default_tax_type) for row in seeds.vendors),
        *(("tax_codes.csv", row.line, "xero_tax_type", row.xero_tax_type) for row in seeds.tax_codes),
    ]
    for file, line, column, tax_type in named:
        rate = rates.get(tax_type) if tax_type else None
        if tax_type and (rate is None or rate.status != "ACTIVE"):
            yield _problem(file, line, column, tax_type, "is not an active tax rate in Xero")
    for row in seeds.accounts:
        rate, account = rates.get(row.tax_type or ""), accounts.get(row.account_code or "")
        flag = CLASS_FLAGS.get(account.account_class) if account else None
        if rate and rate.status == "ACTIVE" and flag and flag not in rate.applies_to:
            message = f"may not be used with account {row.account_code} ({flag})"
            yield _problem("accounts.csv", row.line, "tax_type", rate.tax_type, message)


def _contacts(session: Session, seeds: Seeds) -> Iterator[Problem]:
    rows = [row for row in seeds.vendors if row.xero_contact_id]
    wanted = list(dict.fromkeys(row.xero_contact_id for row in rows if row.xero_contact_id))
    found = {one.contact_id.lower(): one for one in map(contact_of, session.xero.contacts(ids=wanted))}
    for row in rows:
        contact = found.get((row.xero_contact_id or "").lower())
        name = row.connectwise_vendor_name or f"vendor {row.connectwise_vendor_id}"
        if contact is None:
            message = f"({name}) is not among Xero's contacts"
        elif not contact.active and not contact.merged_to:
            message = f"({name}) is {contact.status.lower()} in Xero"
        else:
            continue
        yield _problem("vendors.csv", row.line, "xero_contact_id", row.xero_contact_id or "", message)
