"""Keying a bill and editing one: the form, what stands in it, and what is made of it.

What belongs here: the form's fields and their way to the bookkeeper. What does not: what Xero accepts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cwxero_dagster.sandbox.page import forms
from cwxero_dagster.sandbox.page.bill_actions import link_of
from cwxero_dagster.sandbox.page.bills import Bill, the_bill
from cwxero_dagster.sandbox.page.formats import counted, money, plain
from cwxero_dagster.sandbox.page.forms import Form, RefusedError
from cwxero_dagster.sandbox.page.site import Call, Done, MissingError, Page
from cwxero_dagster.sandbox.serving.systems import Systems
from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import BookLine, NotPossibleError

AMOUNT_TYPES = {"Exclusive": "Tax exclusive", "Inclusive": "Tax inclusive", "NoTax": "No tax"}
_AFTER = {"DRAFT": "is kept as a draft", "SUBMITTED": "waits for approval", "AUTHORISED": "is approved"}
_HEADER_WORDS = {"number": "reference", "on": "date", "due": "due date", "contact_id": "supplier"}
_EMPTY_LINES = 2
_MOST_LINES = 500


@dataclass(frozen=True)
class TypedLine:
    """One line of the form, as texts."""

    description: str = ""
    quantity: str = ""
    unit_amount: str = ""
    account: str = ""
    tax_type: str = ""
    tracking: tuple[tuple[str, str], ...] = ()

    @property
    def blank(self) -> bool:
        """Whether nothing was typed into it."""
        return not (self.description or self.quantity or self.unit_amount)

    def read(self, position: int) -> BookLine:
        """As the bookkeeper keys it. Raises ``RefusedError``."""
        if not (self.quantity or self.unit_amount or self.account or self.tax_type):
            return _TextLine(description=self.description)
        where = f"Line {position}"
        quantity = forms.amount(self.quantity, f"{where}, quantity")
        unit_amount = forms.amount(self.unit_amount, f"{where}, unit price")
        return BookLine(
            description=self.description,
            quantity=Decimal(1) if quantity is None else quantity,
            unit_amount=Decimal(0) if unit_amount is None else unit_amount,
            account_code=self.account or None,
            tax_type=self.tax_type or None,
            tracking=tuple((category, option) for category, option in self.tracking if option),
        )


class _TextLine(BookLine):
    """A line that is a description and nothing else."""

    def sent(self) -> Document:
        """In the API's shape."""
        return {"Description": self.description}


def new_page(call: Call) -> Page:
    """The form for a new bill or credit."""
    today = call.systems.xero.books.today()
    header = {
        "kind": "bill",
        "contact": "",
        "number": "",
        "date": today,
        "due": "",
        "currency": "",
        "amounts": "Exclusive",
    }
    lines = [TypedLine()] * _EMPTY_LINES
    if call.typed is not None:
        header = {name: call.typed.text(name) for name in header}
        lines = _lines_of(call.systems, call.typed) or lines
    return _form_page(call, bill=None, header=header, lines=lines)


def edit_page(call: Call) -> Page:
    """The form of a bill as it stands."""
    bill = the_bill(call)
    if not bill.open:
        message = f"{bill.title} is {bill.label.lower()}: Xero does not let anybody change it any more."
        raise MissingError(message)
    header = _header_of(bill)
    lines = [_typed(call.systems, line) for line in bill.document["LineItems"]]
    if call.typed is not None:
        header = {name: call.typed.text(name) for name in header}
        lines = _lines_of(call.systems, call.typed)
    return _form_page(call, bill=bill, header=header, lines=lines)


def _form_page(call: Call, *, bill: Bill | None, header: dict[str, str], lines: list[TypedLine]) -> Page:
    store, books = call.systems.store, call.systems.xero.books
    contacts = [
        one
        for one in store.all("xero.contacts")
        if one["ContactID"] == header["contact"] or (one.get("ContactStatus") == "ACTIVE" and one.get("IsSupplier"))
    ]
    accounts = [
        one
        for one in store.all("xero.accounts")
        if one.get("Status") == "ACTIVE" and one["Type"] != "BANK" and one.get("SystemAccount") in (None, "ROUNDING")
    ]
    return Page(
        "bill_form.html",
        {
            "desk": "bookkeeper", "bill": bill, "header": header, "lines": lines, "empty": TypedLine(
                tracking=tuple((category["Name"], "") for category in _categories(call.systems))
            ),
            "contacts": sorted(contacts, key=lambda one: str(one["Name"]).lower()), "accounts": accounts,
            "rates": [one for one in store.all("xero.taxrates") if one.get("Status") == "ACTIVE"],
            "categories": _categories(call.systems), "amount_types": AMOUNT_TYPES,
            "currencies": [one["Code"] for one in store.all("xero.currencies")], "base_currency": books.base_currency,
        },
    )  # fmt: skip


def key_bill(call: Call) -> Done:
    """Key the bill that the form describes, and leave it in the status of the button that was pressed."""
    form = call.form
    status = form.chosen("save", "Button", tuple(_AFTER))
    credit = form.text("kind") == "credit"
    on = form.day("date", "Date")
    due = form.day("due", "Due date")
    lines = _read_lines(_lines_of(call.systems, form))
    if on is None:
        message = "Date is blank. Fill it in."
        raise RefusedError(message)
    if status != "DRAFT" and not credit and due is None:
        message = "Due date is blank. Xero needs one before a bill can wait for approval or be approved."
        raise RefusedError(message)
    made = Bill(
        call.systems.bookkeeper.key_bill(
            form.needed("contact", "From"),
            form.text("number"),
            lines,
            on=on,
            due=due,
            status=status,
            currency=form.text("currency") or None,
            line_amount_types=form.chosen("amounts", "Amounts are", AMOUNT_TYPES),
            credit=credit,
        )
    )
    text = f"{made.title} from {made.contact} over {money(made.total)} {made.currency} {_AFTER[status]}."
    return Done(text, link_of(made))


def edit_bill(call: Call) -> Done:
    """Make the bill what the form says; while no line is added or removed, lines keep their identity in Xero."""
    bill, bookkeeper = the_bill(call), call.systems.bookkeeper
    before = [_typed(call.systems, line) for line in bill.document["LineItems"]]
    after = _lines_of(call.systems, call.form)
    lines = _read_lines(after)
    header = _changed_header(bill, call.form)
    said = [_HEADER_WORDS[name] for name in header]
    if len(before) != len(after):
        header["lines"] = lines
        said.append(f"{counted(len(after), 'line')} instead of {len(before)}")
    else:
        places = [place for place, typed in enumerate(after) if typed != before[place]]
        for place in places:
            _edit_line(call, bill.id, place, lines[place])
        said += [f"line {place + 1}" for place in places]
    if header:
        bookkeeper.edit_bill(bill.id, **header)
    if not said:
        return Done(f"Nothing was changed on {bill.title}.", link_of(bill))
    after_bill = the_bill(call)
    total = f"{money(after_bill.total)} {after_bill.currency}"
    return Done(f"{after_bill.title} was changed ({', '.join(said)}). Its total is {total}.", link_of(bill))


def _edit_line(call: Call, bill_id: str, place: int, line: BookLine) -> None:
    sent = {name: value for name, value in line.sent().items() if value is not None}
    try:
        call.systems.bookkeeper.edit_line(bill_id, place, **sent)
    except NotPossibleError as refusal:
        message = f"Line {place + 1}: {refusal}"
        raise NotPossibleError(message) from None


def _changed_header(bill: Bill, form: Form) -> dict[str, Any]:
    old = _header_of(bill)
    changes: dict[str, Any] = {}
    if (number := form.text("number")) != old["number"]:
        changes["number"] = number
    for name, argument, label in (("date", "on", "Date"), ("due", "due", "Due date")):
        day: date | None = form.day(name, label)
        if day is not None and day.isoformat() != old[name]:
            changes[argument] = day
    if (contact := form.needed("contact", "From")) != old["contact"]:
        changes["contact_id"] = contact
    return changes


def _header_of(bill: Bill) -> dict[str, str]:
    return {
        "kind": "credit" if bill.credit else "bill",
        "contact": str(bill.document["Contact"]["ContactID"]),
        "number": bill.number,
        "date": str(bill.get("Date")),
        "due": str(bill.get("DueDate")),
        "currency": bill.currency,
        "amounts": str(bill.get("LineAmountTypes")),
    }


# --- lines


def _categories(systems: Systems) -> list[Document]:
    return [one for one in systems.store.all("xero.trackingcategories") if one.get("Status", "ACTIVE") == "ACTIVE"]


def _typed(systems: Systems, line: Document) -> TypedLine:
    chosen = {one["Name"]: one["Option"] for one in line.get("Tracking", [])}
    return TypedLine(
        description=_one_newline(line.get("Description", "")).strip(),
        quantity=plain(line.get("Quantity")),
        unit_amount=plain(line.get("UnitAmount")),
        account=str(line.get("AccountCode") or ""),
        tax_type=str(line.get("TaxType") or ""),
        tracking=tuple((one["Name"], chosen.get(one["Name"], "")) for one in _categories(systems)),
    )


def _lines_of(systems: Systems, form: Form) -> list[TypedLine]:
    """The form's lines that are not blank."""
    names = ("description", "quantity", "unit_amount", "account", "tax_type")
    categories = [one["Name"] for one in _categories(systems)]
    columns = [form.all(name) for name in (*names, *(f"tracking_{category}" for category in categories))]
    if any(len(column) != len(columns[0]) for column in columns) or len(columns[0]) > _MOST_LINES:
        message = "The lines of the form do not fit together. Open the form again."
        raise RefusedError(message)
    lines = []
    for description, *texts in zip(*columns, strict=True):
        tracking = tuple(zip(categories, texts[4:], strict=True))
        lines.append(TypedLine(_one_newline(description), texts[0], texts[1], texts[2], texts[3], tracking))
    return [line for line in lines if not line.blank]


def _read_lines(lines: list[TypedLine]) -> list[BookLine]:
    return [line.read(position) for position, line in enumerate(lines, 1)]


def _one_newline(text: str) -> str:
    """Browsers send line ends as CR LF, whatever was in the field."""
    return text.replace("\r\n", "\n")
