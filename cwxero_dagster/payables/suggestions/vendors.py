"""Which Xero contact a vendor is: by bills that name its purchase orders, then by its name.

What belongs here: proposals for vendors.csv. What does not: what counts as mapped (mapping.Resolver).
"""

from __future__ import annotations

from collections import Counter

from cwxero_dagster.payables.books import Contact
from cwxero_dagster.payables.records import PurchaseOrder
from cwxero_dagster.payables.suggestions.basis import Basis
from cwxero_dagster.payables.suggestions.names import alike, core, same
from cwxero_dagster.payables.suggestions.suggestion import Suggestion, confidence_of
from cwxero_dagster.payables.wording import counted

FILE = "vendors.csv"
ENOUGH_BILLS = 2
"""Bills of one contact that name a vendor's purchase orders before nobody would ask."""


def vendor_suggestions(basis: Basis) -> list[Suggestion]:
    """A row for every vendor on a purchase order that has no contact, the one with most purchase orders first."""
    orders: dict[int, list[PurchaseOrder]] = {}
    for po in basis.orders:
        if po.vendor_id is not None:
            orders.setdefault(po.vendor_id, []).append(po)
    taken = {contact.contact_id.lower() for vendor_id in orders if (contact := basis.resolver.contact(vendor_id))}
    without = [vendor_id for vendor_id in orders if basis.resolver.contact(vendor_id) is None]
    return [
        _suggestion(basis, vendor_id, orders[vendor_id][0].vendor_name or "", taken)
        for vendor_id in sorted(without, key=lambda vendor_id: (-len(orders[vendor_id]), vendor_id))
    ]


def _suggestion(basis: Basis, vendor_id: int, name: str, taken: set[str]) -> Suggestion:
    contact, confidence, reason = _by_bills(basis, vendor_id, name) or _by_name(basis, name)
    if contact and contact.contact_id.lower() in taken:
        reason += f' "{contact.name}" is the contact of another vendor already.'
        confidence = "low"
    row = {"connectwise_vendor_id": str(vendor_id), "connectwise_vendor_name": name}
    if contact:
        row |= {"xero_contact_id": contact.contact_id, "xero_contact_name": contact.name}
    return Suggestion(FILE, row, confidence, reason)


def _by_bills(basis: Basis, vendor_id: int, name: str) -> tuple[Contact, str, str] | None:
    votes: Counter[str] = Counter()
    for named in basis.named:
        contact = basis.books.contact(named.document.contact_id)
        if named.po.vendor_id == vendor_id and contact and contact.active:
            votes[contact.contact_id] += 1
    if not votes:
        return None
    contact_id, count = votes.most_common(1)[0]
    contact = basis.books.contacts[contact_id.lower()]
    confidence = confidence_of(votes, contact_id, enough=1 if alike(name, contact.name) else ENOUGH_BILLS)
    others = votes.total() - count
    but = f"; {counted(others, 'bill')} of other contacts do too" if others else ""
    verb = "names" if count == 1 else "name"
    reason = f'{counted(count, "bill")} of "{contact.name}" in Xero {verb} purchase orders of this vendor{but}.'
    return contact, confidence, reason


def _by_name(basis: Basis, name: str) -> tuple[Contact | None, str, str]:
    contacts = basis.contacts
    exact = [contact for contact in contacts if same(contact.name, name)]
    rest = [contact for contact in contacts if core(contact.name) == core(name)]
    near = [contact for contact in contacts if alike(contact.name, name)]
    if len(exact) == 1 and len(near) == 1:
        return exact[0], "high", "The contact has the same name, and no other one is like it."
    if len(exact) == 1:
        others = ", ".join(f'"{contact.name}"' for contact in near if contact is not exact[0])
        return exact[0], "medium", f"The contact has the same name; {others} is like it."
    if len(rest) == 1 and len(near) == 1:
        return rest[0], "medium", "The contact has the same name but for the form of company."
    if len(near) == 1:
        return near[0], "low", "The contact has a similar name."
    if near:
        choices = ", ".join(f'"{contact.name}"' for contact in near[:4])
        return None, "none", f"Several contacts have such a name: {choices}. Choose one."
    archived = next((one for one in basis.books.contacts.values() if not one.active and alike(one.name, name)), None)
    if archived:
        return None, "none", f'Only the archived contact "{archived.name}" has such a name. Restore it in Xero.'
    return None, "none", "No contact in Xero has such a name. Create it there, or name the right one here."
