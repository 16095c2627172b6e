"""What a person does to contacts, accounts and lock dates in Xero: archive, restore, merge, lock.

What belongs here: those actions of the user interface. What does not: bills (``bookkeeper``), anything over HTTP.
"""

from __future__ import annotations

import copy
from datetime import date

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.desk import NotPossibleError, alone


def contact_of(books: Books, contact_id: str) -> Document:
    """The contact. Raises ``NotPossibleError``."""
    contact = books.contact(contact_id)
    if contact is None:
        message = f"no contact {contact_id}"
        raise NotPossibleError(message)
    return contact


class SettingsDesk:
    """One person's work on what bills refer to."""

    def __init__(self, books: Books) -> None:
        self._books = books

    @alone
    def archive_contact(self, contact_id: str, *, merged_to: str | None = None) -> Document:
        """Archive a contact, or merge it into another."""
        contact = copy.deepcopy(contact_of(self._books, contact_id))
        contact["ContactStatus"] = "ARCHIVED"
        if merged_to is not None:
            contact["MergedToContactID"] = contact_of(self._books, merged_to)["ContactID"]
        return self._books.keep("xero.contacts", contact["ContactID"], contact)

    @alone
    def restore_contact(self, contact_id: str) -> Document:
        """Bring an archived contact back."""
        contact = copy.deepcopy(contact_of(self._books, contact_id))
        contact["ContactStatus"] = "ACTIVE"
        return self._books.keep("xero.contacts", contact["ContactID"], contact)

    @alone
    def set_lock_dates(self, *, period: date | None = None, end_of_year: date | None = None) -> Document:
        """Set both lock dates; None takes a lock away."""
        organisation = dict(self._books.organisation)
        for name, day in (("PeriodLockDate", period), ("EndOfYearLockDate", end_of_year)):
            organisation.pop(name, None)
            if day is not None:
                organisation[name] = day.isoformat()
        return self._books.store.put("xero.organisation", "1", organisation)

    @alone
    def archive_account(self, code: str) -> Document:
        """Archive an account."""
        account = self._books.account(code=code)
        if account is None:
            message = f"no account {code}"
            raise NotPossibleError(message)
        return self._books.keep("xero.accounts", account["AccountID"], {**account, "Status": "ARCHIVED"})
