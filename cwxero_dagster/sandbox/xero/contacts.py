"""Contacts: creating, updating, and finding the one that a document means.

What belongs here: the rules of contacts. What does not: addresses and paging (endpoints.py, listing.py).
"""

from __future__ import annotations

import copy
import re
from typing import Any

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import sentences
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.refusals import DocumentRefusedError, Findings

TABLE = "xero.contacts"
_TEXTS = {
    "Name": 255, "ContactNumber": 50, "AccountNumber": 50, "FirstName": 255, "LastName": 255, "EmailAddress": 255,
    "CompanyNumber": 50, "TaxNumber": 50, "BankAccountDetails": 255, "DefaultCurrency": 3,
    "PurchasesDefaultAccountCode": 10, "SalesDefaultAccountCode": 10, "AccountsPayableTaxType": 50,
    "AccountsReceivableTaxType": 50, "ContactStatus": 20,
}  # fmt: skip
_STRUCTURES = ("Addresses", "Phones", "ContactPersons", "PaymentTerms")
_BAD_NAME = re.compile(r"[<>]|  |^ | $")
_STATUSES = ("ACTIVE", "ARCHIVED")


def write_contact(
    books: Books, sent: Document, current: Document | None, *, where: str, prune_persons: bool = False
) -> Document:
    """Create a contact or update ``current``; what is not sent stays. Raises ``DocumentRefusedError``."""
    findings = Findings()
    contact = copy.deepcopy(current) if current is not None else _blank(books)
    for name in sorted(sent.keys() - _TEXTS.keys() - {*_STRUCTURES, "ContactID"}):
        books.complain(f"{where}: contact field {name} is not writable")
    for name, longest in _TEXTS.items():
        if (value := sent.get(name)) is not None:
            if not isinstance(value, str) or len(value) > longest:
                findings.add(sentences.field_invalid(name, value))
            contact[name] = value
    for name in _STRUCTURES:
        if name in sent:
            contact[name] = sent[name]
        elif name == "ContactPersons" and prune_persons:
            contact.pop(name, None)
    if contact["ContactStatus"] not in _STATUSES:
        findings.add(sentences.field_invalid("ContactStatus", contact["ContactStatus"]))
    if not contact.get("Name") or _BAD_NAME.search(str(contact["Name"])):
        findings.add(sentences.field_invalid("Name", contact.get("Name", "")))
    _refuse_taken(books, contact, findings)
    if findings.any:
        raise DocumentRefusedError(findings)
    return books.keep(TABLE, contact["ContactID"], contact)


def find_contact(books: Books, named: Document, *, by_name: bool) -> Document | None:
    """The contact that ContactID, else ContactNumber, else (``by_name``) Name means."""
    if named.get("ContactID"):
        return books.contact(named["ContactID"])
    for name in ("ContactNumber", "Name") if by_name else ("ContactNumber",):
        if wanted := named.get(name):
            return _with(books, name, wanted)
    return None


class ContactOfDocument:
    """The contact of a document that is being written; contact changes wait until the document is accepted."""

    def __init__(self, books: Books, named: Any, findings: Findings, where: str, *, creates: bool) -> None:
        self._books = books
        self._where = where
        self._named: Document = named if isinstance(named, dict) else {}
        self._found = find_contact(books, self._named, by_name=creates)
        beside = sorted(self._named.keys() - {"ContactID"})
        if beside:
            books.complain(f"{where}: Contact carries {', '.join(beside)} beside ContactID")
        if self._found is not None:
            if self._found.get("ContactStatus", "ACTIVE") != "ACTIVE":
                findings.add(sentences.CONTACT_ARCHIVED)
        elif not creates and not (self._named.get("ContactID") or self._named.get("ContactNumber")):
            findings.add(sentences.PO_CONTACT_MISSING)
        elif not creates or self._named.get("ContactID") or not self._named.get("Name"):
            findings.add(sentences.CONTACT_UNKNOWN if self._named else sentences.CONTACT_MISSING)

    def settle(self) -> Document:
        """What the document stores of its contact, after creating or updating it as sent.

        Raises ``DocumentRefusedError``.
        """
        contact = self._found
        if contact is None:
            contact = write_contact(self._books, self._named, None, where=self._where)
        elif self._books.switches.contact_fields_update and self._named.keys() - {"ContactID"}:
            contact = write_contact(self._books, self._named, contact, where=self._where, prune_persons=True)
        return {"ContactID": contact["ContactID"], "Name": contact["Name"]}


def _blank(books: Books) -> Document:
    return {
        "ContactID": books.new_id("contact"),
        "ContactStatus": "ACTIVE",
        "Addresses": [],
        "Phones": [],
        "IsSupplier": False,
        "IsCustomer": False,
    }


def _with(books: Books, name: str, value: Any) -> Document | None:
    return next((one for one in books.store.all(TABLE) if one.get(name) == value), None)


def _refuse_taken(books: Books, contact: Document, findings: Findings) -> None:
    unique = {"Name": sentences.contact_name_taken, "ContactNumber": sentences.contact_number_taken}
    if books.switches.account_number_unique:
        unique["AccountNumber"] = lambda number: sentences.field_invalid("AccountNumber", number)
    for name, sentence in unique.items():
        value = contact.get(name)
        if not value:
            continue
        for other in books.store.all(TABLE):
            if other["ContactID"] != contact["ContactID"] and other.get(name) == value:
                findings.add(sentence(value))
