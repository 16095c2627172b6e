"""The bookkeeper's desk: what a button does is what Xero's API shows afterwards."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

RENT = "RENT Sep 2026"
KEYED = "70082 | PO-1003"
LINE = ("description", "quantity", "unit_amount", "account", "tax_type", "tracking_Location", "tracking_Department")


def bill_id(running: Any, number: str) -> str:
    return next(
        str(one["InvoiceID"]) for one in running.systems.store.all("xero.invoices") if one["InvoiceNumber"] == number
    )


def contact_id(running: Any, name: str) -> str:
    return next(str(one["ContactID"]) for one in running.systems.store.all("xero.contacts") if one["Name"] == name)


def lines(*rows: tuple[str, ...]) -> dict[str, list[str]]:
    """The line fields of the form: one tuple a line, blank where it is shorter."""
    return {name: [(row + ("",) * len(LINE))[place] for row in rows] for place, name in enumerate(LINE)}


def new_bill(running: Any, *rows: tuple[str, ...], save: str = "DRAFT", **fields: str) -> str:
    """Key a bill on the page; its id."""
    header = {
        "kind": "bill", "contact": contact_id(running, "Lumen Displays"), "number": "INV-1", "date": "2026-09-20",
        "due": "2026-10-20", "currency": "AUD", "amounts": "Exclusive", "save": save, **fields,
    }  # fmt: skip
    said = running.press("/page/bills/new", {**header, **lines(*rows)}, back="/page/bills/new")
    assert "refused" not in said, said
    assert "Not done" not in said, said
    return bill_id(running, header["number"])


def edit_form(running: Any, bill: str) -> dict[str, Any]:
    """The edit form as the page shows it, filled in."""
    shown = running.page(f"/page/bills/{bill}/edit").partition("<template")[0]
    fields: dict[str, Any] = {}
    for field in re.finditer(r'<input (?=[^>]*name="(?P<n>[^"]+)")[^>]*?(?:value="(?P<v>[^"]*)")?[^>]*>', shown):
        value = re.search(r'value="([^"]*)"', field[0])
        fields.setdefault(field["n"], []).append(html.unescape(value[1]) if value else "")
    for area in re.finditer(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', shown, re.DOTALL):
        fields.setdefault(area[1], []).append(html.unescape(area[2]))
    for select in re.finditer(r'<select name="([^"]+)"[^>]*>(.*?)</select>', shown, re.DOTALL):
        chosen = re.search(r"<option([^>]*) selected>([^<]*)", select[2])
        value = re.search(r'value="([^"]*)"', chosen[1]) if chosen else None
        fields.setdefault(select[1], []).append(html.unescape(value[1] if value else chosen[2]) if chosen else "")
    del fields["back"]
    return fields


def test_a_keyed_bill_is_what_was_typed(running: Any) -> None:
    made = new_bill(
        running,
        ("Screens", "2", "1,199.5", "310", "INPUT", "Sydney Office", "Managed Svcs"),
        ("A line of text",),
        ("Off", "1", "-10", "310", "EXEMPTEXPENSES"),
    )
    bill = running.bill(made)
    assert (bill["Status"], bill["InvoiceNumber"], bill["DueDateString"]) == ("DRAFT", "INV-1", "2026-10-20T00:00:00")
    assert (bill["SubTotal"], bill["TotalTax"], bill["Total"]) == (2389, 239.9, 2628.9)
    first, text, last = bill["LineItems"]
    assert [one["Option"] for one in first["Tracking"]] == ["Sydney Office", "Managed Svcs"]
    assert "Quantity" not in text
    assert last["UnitAmount"] == -10


def test_a_supplier_credit_is_keyed_and_used(running: Any) -> None:
    bill = new_bill(running, ("Screens", "1", "100", "310", "EXEMPTEXPENSES"), save="AUTHORISED")
    header = {
        "kind": "credit", "contact": contact_id(running, "Lumen Displays"), "number": "CN-1", "date": "2026-09-21",
        "due": "", "currency": "AUD", "amounts": "Exclusive", "save": "AUTHORISED",
    }  # fmt: skip
    running.press("/page/bills/new", {**header, **lines(("Returned", "1", "40", "310", "EXEMPTEXPENSES"))})
    credit = next(running.systems.store.all("xero.creditnotes"))
    page = f"/page/bills/{credit['CreditNoteID']}"
    assert "Use on a bill" in running.page(page)
    said = running.press(f"{page}/use", {"bill": bill, "amount": "40"}, back=page)
    assert said == "Supplier credit CN-1 was used on Bill INV-1; 60.00 AUD of the bill is still due."
    assert (running.bill(bill)["AmountCredited"], running.bill(bill)["AmountDue"]) == (40, 60)


def test_submit_approve_pay_in_two_parts(running: Any) -> None:
    bill = new_bill(running, ("Screens", "1", "100", "310", "EXEMPTEXPENSES"))
    page = f"/page/bills/{bill}"
    running.press(f"{page}/submit", back=page)
    assert running.bill(bill)["Status"] == "SUBMITTED"
    running.press(f"{page}/approve", back=page)
    assert running.bill(bill)["Status"] == "AUTHORISED"
    said = running.press(f"{page}/pay", {"amount": "30", "on": "2026-09-25"}, back=page)
    assert said == "30.00 AUD was paid on Bill INV-1; 70.00 AUD is still due."
    running.press(f"{page}/pay", {"amount": "", "on": "2026-09-26"}, back=page)
    paid = running.bill(bill)
    assert (paid["Status"], paid["AmountDue"], len(paid["Payments"])) == ("PAID", 0, 2)
    shown = running.page(page)
    assert "Paid on 25 Sep 2026" in shown
    assert "Make a payment" not in shown


def test_delete_void_copy_and_attach(running: Any) -> None:
    draft = new_bill(running, ("Screens", "1", "100", "310"))
    running.press(f"/page/bills/{draft}/attach")
    assert running.bill(draft)["HasAttachments"] is True
    said = running.press(f"/page/bills/{draft}/copy")
    assert "A new draft was made from Bill INV-1" in said
    copies = [one for one in running.systems.store.all("xero.invoices") if one["InvoiceNumber"] == "INV-1"]
    assert len({one["InvoiceID"] for one in copies}) == 2
    running.press(f"/page/bills/{draft}/delete")
    assert running.bill(draft)["Status"] == "DELETED"
    rent = bill_id(running, RENT)
    running.press(f"/page/bills/{rent}/void")
    assert running.bill(rent)["Status"] == "VOIDED"


def test_many_bills_are_approved_at_once_and_what_is_refused_is_named(running: Any) -> None:
    one = new_bill(running, ("Screens", "1", "100", "310"), number="INV-1")
    two = new_bill(running, ("Screens", "1", "100", "310"), number="INV-2")
    rent = bill_id(running, RENT)
    said = running.press("/page/bills", {"id": [one, rent, two], "do": "approve"}, back="/page/bills?status=draft")
    assert said.startswith("2 documents are approved. Xero refused Bill RENT Sep 2026: ")
    assert [running.bill(found)["Status"] for found in (one, two)] == ["AUTHORISED", "AUTHORISED"]
    assert "No bill is ticked" in running.press("/page/bills", {"do": "approve"})


def test_editing_one_line_keeps_every_lines_identity(running: Any) -> None:
    bill = bill_id(running, KEYED)
    before = running.bill(bill)
    form = edit_form(running, bill)
    form["unit_amount"][0] = "12.3456"
    form["number"] = ["70082 | PO-1003 corrected"]
    said = running.press(f"/page/bills/{bill}/edit", form, back=f"/page/bills/{bill}/edit")
    assert "was changed (reference, line 1)" in said
    after = running.bill(bill)
    assert after["InvoiceNumber"] == "70082 | PO-1003 corrected"
    assert [one["LineItemID"] for one in after["LineItems"]] == [one["LineItemID"] for one in before["LineItems"]]
    assert after["LineItems"][0]["UnitAmount"] == 12.3456
    assert after["LineItems"][1:] == before["LineItems"][1:]
    assert after["UpdatedDateUTCString"] > before["UpdatedDateUTCString"]


def test_saving_without_a_change_leaves_the_bill_alone(running: Any) -> None:
    for number in (KEYED, RENT):
        bill = bill_id(running, number)
        before = running.bill(bill)
        said = running.press(f"/page/bills/{bill}/edit", edit_form(running, bill))
        assert said.startswith("Nothing was changed")
        assert running.bill(bill) == before


def test_a_line_is_added_and_another_removed(running: Any) -> None:
    bill = new_bill(running, ("One", "1", "100", "310", "INPUT"), ("Text only",), ("Two", "2", "50", "425", "INPUT"))
    form = edit_form(running, bill)
    for name in LINE:
        del form[name][0]
        form[name] += {"description": ["Three", "Four"], "unit_amount": ["5", "6"], "account": ["310", "310"]}.get(
            name, ["", ""]
        )
    said = running.press(f"/page/bills/{bill}/edit", form)
    assert "4 lines instead of 3" in said
    found = running.bill(bill)["LineItems"]
    assert [one["Description"] for one in found] == ["Text only", "Two", "Three", "Four"]
    assert "Quantity" not in found[0]
    assert found[1]["LineAmount"] == 100


def test_xeros_own_sentence_is_shown_and_what_was_typed_is_kept(running: Any) -> None:
    fields = {
        "kind": "bill", "contact": contact_id(running, "Lumen Displays"), "number": "INV-1", "date": "2026-09-20",
        "due": "2026-10-20", "currency": "AUD", "amounts": "Exclusive", "save": "DRAFT",
        **lines(("Screens", "3", "100", "310", "CAPEXINPUT")),
    }  # fmt: skip
    answer = running.client.post(
        f"{running.url}/page/bills/new", data={**fields, "back": "/page/bills/new"}, headers={"Origin": running.url}
    )
    shown = html.unescape(running.page(answer.headers["location"]))
    assert "Xero refused:" in shown
    assert "The TaxType code 'CAPEXINPUT' cannot be used with account code '310'." in shown
    assert 'value="INV-1"' in shown
    assert ">Screens</textarea>" in shown
    assert "INV-1" not in running.page("/page/bills")
    assert 'value="INV-1"' not in running.page("/page/bills/new"), "what was typed is kept for one page only"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("date", "", "Date is blank"),
        ("date", "31.05.2026", "Date: '31.05.2026' is not a date"),
        ("contact", "", "From is blank"),
        ("quantity", "two", "Line 1, quantity: 'two' is not a number"),
        ("unit_amount", "1e99", "Line 1, unit price: '1e99' is not a number"),
        ("unit_amount", "NaN", "Line 1, unit price: 'NaN' is not a number"),
        ("amounts", "Sideways", "Amounts are: 'Sideways' is not on offer"),
        ("save", "PAID", "Button: 'PAID' is not on offer"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(running: Any, field: str, value: str, said: str) -> None:
    fields = {
        "kind": "bill", "contact": contact_id(running, "Lumen Displays"), "number": "INV-1", "date": "2026-09-20",
        "due": "2026-10-20", "currency": "AUD", "amounts": "Exclusive", "save": "DRAFT",
        **lines(("Screens", "3", "100", "310")),
    }  # fmt: skip
    assert said in html.unescape(running.press("/page/bills/new", {**fields, field: value}))
    assert "INV-1" not in running.page("/page/bills")


def test_a_paid_bill_is_not_offered_for_editing(running: Any) -> None:
    paid = bill_id(running, "RENT May 2026")
    assert running.client.get(f"{running.url}/page/bills/{paid}/edit").status_code == 404
    before = running.bill(paid)
    assert "Xero refused:" in running.press(f"/page/bills/{paid}/void")
    assert running.bill(paid) == before


def test_the_list_filters_by_status_words_kind_and_month(running: Any) -> None:
    only = running.page("/page/bills?status=paid&q=rent&month=2026-05")
    assert "RENT May 2026" in only
    assert "RENT Jun 2026" not in only
    assert "1 to 1 of 1 document" in only
    assert "Nothing matches" in running.page("/page/bills?kind=credit")
    by_name = running.page("/page/bills?sort=number")
    assert by_name.index("EG-4471902") < by_name.index("RENT May 2026") < by_name.index("SI70002")
    turned = running.page("/page/bills?sort=-number")
    assert turned.index("EG-4471902") > turned.index("RENT May 2026") > turned.index("SI70002")


def test_contacts_are_archived_and_restored(running: Any) -> None:
    contact = contact_id(running, "Lumen Displays")
    said = running.press(f"/page/contacts/{contact}/archive", back="/page/contacts")
    assert said.startswith("Lumen Displays is archived.")
    shown = running.xero(f"/Contacts/{contact}")["Contacts"][0]
    assert shown["ContactStatus"] == "ARCHIVED"
    assert "Lumen Displays" in running.page("/page/contacts?status=archived")
    assert "Lumen Displays" not in running.page("/page/bills/new")
    running.press(f"/page/contacts/{contact}/restore")
    assert running.xero(f"/Contacts/{contact}")["Contacts"][0]["ContactStatus"] == "ACTIVE"


def test_lock_dates_are_set_and_taken_away(running: Any) -> None:
    running.press("/page/lock-dates", {"period": "2026-09-30", "end_of_year": ""})
    organisation = running.xero("/Organisation")["Organisations"][0]
    assert "PeriodLockDate" in organisation
    assert "EndOfYearLockDate" not in organisation
    assert "lies in a locked period (period lock date 30 Sep 2026)" in running.page(
        f"/page/bills/{bill_id(running, RENT)}"
    )
    running.press("/page/lock-dates", {"period": "", "end_of_year": "2026-06-30"})
    organisation = running.xero("/Organisation")["Organisations"][0]
    assert "PeriodLockDate" not in organisation
    assert "EndOfYearLockDate" in organisation


def test_a_line_that_is_billed_on_shows_its_customer(running: Any) -> None:
    bill = new_bill(running, ("Screens", "1", "100", "310"), ("Cables", "1", "10", "310"))
    customer = contact_id(running, "Lumen Displays")
    tag = '<span class="tag" title="Billed on to this customer">Lumen Displays</span>'
    assert tag not in running.page(f"/page/bills/{bill}")
    running.systems.xero.bookkeeper.links.assign(bill, 1, customer)
    assert running.page(f"/page/bills/{bill}").count(tag) == 1
