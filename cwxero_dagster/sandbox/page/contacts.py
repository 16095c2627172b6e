"""Contacts and lock dates in Xero: the settings of the bookkeeper's that stop bills.

What belongs here: the list of contacts with archive and restore, and both lock dates. What does not: bills.
"""

from __future__ import annotations

from collections import Counter

from cwxero_dagster.sandbox.page.bills import all_bills
from cwxero_dagster.sandbox.page.formats import day
from cwxero_dagster.sandbox.page.listing import listing
from cwxero_dagster.sandbox.page.site import Call, Done, MissingError, Page
from cwxero_dagster.sandbox.store import Document


def contact_list(call: Call) -> Page:
    """All contacts, suppliers first."""
    query = dict(call.query)
    searched = query.get("q", "").lower().strip()
    everyone = list(call.systems.store.all("xero.contacts"))
    found = [
        one
        for one in everyone
        if searched in f"{one['Name']}\n{one.get('ContactNumber', '')}\n{one.get('AccountNumber', '')}".lower()
        and (query.get("status") != "archived" or one.get("ContactStatus") == "ARCHIVED")
        and (query.get("status") == "all" or query.get("status") == "archived" or one.get("IsSupplier"))
    ]
    bills = Counter(bill.document["Contact"]["ContactID"] for bill in all_bills(call.systems))
    rows = listing(
        found, path=call.path, query=query, columns={"name": lambda one: str(one["Name"]).lower()}, default_sort="name"
    )
    counts = {
        "suppliers": sum(bool(one.get("IsSupplier")) for one in everyone),
        "all": len(everyone),
        "archived": sum(one.get("ContactStatus") == "ARCHIVED" for one in everyone),
    }
    return Page("contacts.html", {"desk": "bookkeeper", "list": rows, "bills": bills, "counts": counts})


def archive(call: Call) -> Done:
    """Archive a contact: Xero then takes no new bills for it."""
    contact = _contact(call)
    call.systems.bookkeeper.settings.archive_contact(contact["ContactID"])
    return Done(f"{contact['Name']} is archived. Xero refuses new bills for it until it is restored.")


def restore(call: Call) -> Done:
    """Bring an archived contact back."""
    contact = _contact(call)
    call.systems.bookkeeper.settings.restore_contact(contact["ContactID"])
    return Done(f"{contact['Name']} is active again.")


def _contact(call: Call) -> Document:
    found = call.systems.store.get("xero.contacts", call.params["id"])
    if found is None:
        message = f"There is no contact {call.params['id']} in this Xero."
        raise MissingError(message)
    return found


def lock_dates(call: Call) -> Page:
    """Both lock dates."""
    return Page("lock_dates.html", {"desk": "bookkeeper", "organisation": call.systems.xero.books.organisation})


def set_lock_dates(call: Call) -> Done:
    """Set both lock dates; a blank one takes that lock away."""
    period = call.form.day("period", "Period lock date")
    end_of_year = call.form.day("end_of_year", "End of year lock date")
    call.systems.bookkeeper.settings.set_lock_dates(period=period, end_of_year=end_of_year)
    said = [
        f"the {name} is locked up to {day(on)}" if on else f"no {name} is locked"
        for name, on in (("period", period), ("end of year", end_of_year))
    ]
    return Done(f"Lock dates saved: {said[0]}, {said[1]}.")
