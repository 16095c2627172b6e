"""Contacts in Xero: the vendors under the names that the bookkeeper gave them, and people who have no vendor record.

What belongs here: contacts and what they carry of ConnectWise's ids. What does not: bills.
"""

from __future__ import annotations

from typing import Any

from cwxero_dagster.sandbox.world.companies import (
    ARCHIVED_VENDOR,
    CUSTOMERS,
    DELETED_VENDOR,
    HOSTILE_VENDORS,
    VENDORS,
    Vendor,
)
from cwxero_dagster.sandbox.world.identity import xero_id
from cwxero_dagster.sandbox.world.organisation import SET_UP

Record = dict[str, Any]

LANDLORD, TELCO, ENERGY = "Harbourside Property Trust", "Pacific Telco", "Eastgrid Energy"
_NAMES_IN_XERO = {
    801: "Halcyon Distribution",
    803: "Southern Cable Supplies (NSW)",
    804: "Southern Cable Supplies (QLD)",
    807: "Cumulus Licensing",
    HOSTILE_VENDORS[1].id: "O'Brien & Soehne Elektro",
    829: "Kestrel Networks Pty Limited",
}
_BILL_TERMS = {
    "Net 7": (7, "DAYSAFTERBILLDATE"),
    "Net 14": (14, "DAYSAFTERBILLDATE"),
    "EOM 20": (20, "OFFOLLOWINGMONTH"),
}


def contact_of(vendor: Vendor) -> Record:
    """Reference to a vendor's contact."""
    return {"ContactID": xero_id("contact", vendor.id), "Name": _NAMES_IN_XERO.get(vendor.id, vendor.name)}


def contact_named(name: str) -> Record:
    """Reference to a contact without a vendor record."""
    return {"ContactID": xero_id("contact", name), "Name": name}


def tables() -> dict[str, list[Record]]:
    """All contacts."""
    suppliers = [_supplier(vendor) for vendor in VENDORS if vendor is not DELETED_VENDOR]
    for vendor in VENDORS:
        if vendor.found_by == "ambiguous":
            twin = contact_named(f"{vendor.name} - old account")
            suppliers.append(_contact(twin, IsSupplier=True, AccountNumber=str(vendor.id)))
    others = [_contact(contact_named(name), IsSupplier=True) for name in (LANDLORD, TELCO, ENERGY)]
    customers = [_customer(place, company_id) for place, company_id in enumerate(list(CUSTOMERS)[:15])]
    return {"xero.contacts": suppliers + others + customers}


def _supplier(vendor: Vendor) -> Record:
    contact = _contact(contact_of(vendor), IsSupplier=True)
    if vendor.currency != "AUD":
        contact["DefaultCurrency"] = vendor.currency
    if vendor.found_by == "contact_number":
        contact["ContactNumber"] = str(vendor.id)
    if vendor.found_by in ("account_number", "ambiguous"):
        contact["AccountNumber"] = str(vendor.id)
    if vendor is ARCHIVED_VENDOR:
        contact["ContactStatus"] = "ARCHIVED"
    if vendor.terms in _BILL_TERMS:
        day, kind = _BILL_TERMS[vendor.terms]
        contact["PaymentTerms"] = {"Bills": {"Day": day, "Type": kind}}
    return contact


def _customer(place: int, company_id: int) -> Record:
    """A customer's contact: most carry the company's id as contact code, some as account number, the last none."""
    contact = _contact(contact_named(CUSTOMERS[company_id]), IsCustomer=True)
    if place < 14:
        contact["ContactNumber" if place < 12 else "AccountNumber"] = str(company_id)
    return contact


def _contact(reference: Record, **details: Any) -> Record:
    return {
        **reference,
        "ContactStatus": "ACTIVE",
        "EmailAddress": "",
        "Addresses": [],
        "Phones": [],
        "ContactPersons": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "HasAttachments": False,
        "UpdatedDateUTC": SET_UP,
        **details,
    }
