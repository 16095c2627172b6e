"""What Xero would refuse, found before anything is sent.

What belongs here: holding a would-be bill against the organisation's contacts, accounts, tax types, tracking options,
currencies and lock dates as last read. What does not: documents that Xero holds already in a locked period (locked),
refusals that only Xero can know of (publishing keeps those). Sources: xero_api sections 2 (errors), 6, 8, 9, 10.
"""

from __future__ import annotations

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Account, Books, TaxRate
from cwxero_dagster.payables.holds import Hold, hold

UNUSABLE_TYPES = frozenset({"BANK"})
UNUSABLE_SYSTEM_ACCOUNTS = frozenset({"DEBTORS", "CREDITORS", "BANKCURRENCYGAIN", "GST", "GSTONIMPORTS"})
CLASS_FLAGS = {
    "ASSET": "assets",
    "EQUITY": "equity",
    "EXPENSE": "expenses",
    "LIABILITY": "liabilities",
    "REVENUE": "revenue",
}


def refusals(bill: Bill, books: Books, *, lock_date: str) -> list[Hold]:
    """Holds for everything that Xero is known to refuse.

    ``lock_date`` is the decision's: under ``hold`` a bill in a locked period is held, under ``draft`` it is not.
    """
    return [
        *_contact(bill, books),
        *_coding(bill, books),
        *_tracking(bill, books),
        *_currency(bill, books),
        *(_lock(bill, books) if lock_date == "hold" else []),
    ]


def _contact(bill: Bill, books: Books) -> list[Hold]:
    contact = books.contact(bill.contact_id) if bill.contact_id else None
    if bill.contact_id is None or (contact and contact.active):
        return []
    name = contact.name if contact else bill.vendor_name
    state = "is archived in Xero" if contact and contact.status == "ARCHIVED" else "cannot be used in Xero"
    if contact is None:
        state = "is not among Xero's contacts"
    return [hold("contact_archived", f"contact {bill.contact_id}", f"The contact {name} {state}.", bill.facts)]


def unusable(account: Account | None) -> str:
    """Why no line of a bill can be on an account, to follow its name; blank where one can."""
    if account is None:
        return "is not in Xero's chart of accounts"
    if account.status != "ACTIVE":
        return f'"{account.name}" is archived in Xero'
    if account.account_type in UNUSABLE_TYPES or account.system_account in UNUSABLE_SYSTEM_ACCOUNTS:
        return f'"{account.name}" cannot be used on a bill'
    return ""


def allows(rate: TaxRate, account: Account) -> bool:
    """True where Xero takes a tax type on an account of this class; of a class that is not known it is not tested."""
    flag = CLASS_FLAGS.get(account.account_class)
    return flag is None or flag in rate.applies_to


def _coding(bill: Bill, books: Books) -> list[Hold]:
    found: dict[tuple[str, str], Hold] = {}
    for line in bill.lines:
        if not line.priced or line.account_code is None:
            continue
        account = books.accounts.get(line.account_code)
        if reason := unusable(account):
            cause = f"account {line.account_code}"
            detail = f"Account {line.account_code} {reason}."
            found[("account_invalid", cause)] = hold("account_invalid", cause, detail, bill.facts)
        if line.tax_type is None or bill.line_amounts == "NoTax":
            continue
        rate = books.tax_rates.get(line.tax_type)
        if rate is None or rate.status != "ACTIVE":
            cause = f"tax type {line.tax_type}"
            named = f'"{rate.name}" ({line.tax_type})' if rate else line.tax_type
            detail = f"Tax rate {named} is not active in Xero."
            found[("account_tax_conflict", cause)] = hold("account_tax_conflict", cause, detail, bill.facts)
        elif account and not allows(rate, account) and not unusable(account):
            cause = f"tax type {line.tax_type} with account {line.account_code}"
            detail = (
                f'Xero does not allow tax rate "{rate.name}" ({line.tax_type}) on account {line.account_code} '
                f'"{account.name}" ({CLASS_FLAGS[account.account_class]}).'
            )
            found[("account_tax_conflict", cause)] = hold("account_tax_conflict", cause, detail, bill.facts)
    return list(found.values())


def _tracking(bill: Bill, books: Books) -> list[Hold]:
    found: dict[str, Hold] = {}
    for category, option in sorted({pair for line in bill.lines for pair in line.tracking}):
        known = books.tracking.get(category.strip().lower())
        if known and option.strip().lower() in known.options:
            continue
        cause = f"{category}: {option}"
        what = "has no active option" if known else "is not an active tracking category; it was to carry"
        found[cause] = hold("tracking_invalid", cause, f'In Xero, "{category}" {what} "{option}".', bill.facts)
    return list(found.values())


def _currency(bill: Bill, books: Books) -> list[Hold]:
    own = books.organisation.base_currency if books.organisation else ""
    if not books.currencies or bill.currency_code in {own, *books.currencies}:
        return []
    detail = f"{bill.currency_code} is not among the currencies of the Xero organisation."
    return [hold("currency_not_enabled", f"currency {bill.currency_code}", detail, bill.facts)]


def _lock(bill: Bill, books: Books) -> list[Hold]:
    locked = books.organisation.locked_until if books.organisation else None
    if locked is None or bill.dated > locked:
        return []
    detail = f"Bill {bill.number} is dated {bill.dated}; Xero is locked up to and including {locked}."
    return [hold("lock_date", f"locked until {locked}", detail, bill.facts, locked)]
