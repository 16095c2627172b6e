"""Bills that the bookkeeper keyed by hand, and what she paid of them.

What belongs here: bills without a PO (rent, telephone, power), bills of goods received before go-live, and the first
cycle's bills that she keyed beside the sync. What does not: anything that the sync writes.

Her habits: the vendor's invoice number first, the PO number behind a bar when she has it at hand; hardware, software
and freight in their accounts; one GST per line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cwxero_dagster.sandbox.world import catalog, companies, firm, organisation
from cwxero_dagster.sandbox.world.contacts import ENERGY, LANDLORD, TELCO, contact_named, contact_of
from cwxero_dagster.sandbox.world.days import LAST_DAY, at, stamp, working_day
from cwxero_dagster.sandbox.world.documents import Written
from cwxero_dagster.sandbox.world.identity import xero_id
from cwxero_dagster.sandbox.world.order import Order, cents

Record = dict[str, Any]

_TRACKING_OF_LOCATION = dict(zip(firm.LOCATIONS, organisation.TRACKING["Location"], strict=True))
_TRACKING_OF_DEPARTMENT = dict(zip(firm.DEPARTMENTS, organisation.TRACKING["Department"][:4], strict=True))
_RATE = Decimal(1)


@dataclass(frozen=True)
class _Row:
    """One line of a keyed bill."""

    description: str
    quantity: Decimal
    unit_amount: Decimal
    account: str
    tax_type: str = "INPUT"
    tracking: tuple[Record, ...] = ()


def tables(written: list[Written]) -> dict[str, list[Record]]:
    """All keyed bills and their payments."""
    bills = list(_without_order())
    for shape in ("received_before_go_live", "keyed_by_hand", "paid_not_received"):
        keyed = [one for one in written if shape in one.order.tags]
        bills += [_of_order(one, place) for place, one in enumerate(keyed)]
    return {"xero.invoices": bills, "xero.payments": [_pay(bill) for bill in bills if bill["Status"] == "PAID"]}


def _without_order() -> Iterator[Record]:
    for month in range(5, 10):
        first = date(2026, month, 1)
        monthly = (
            (LANDLORD, f"RENT {first:%b %Y}", "Office rent", "6850.00", organisation.RENT),
            (TELCO, f"PT{first:%y%m}88", "Telephone and internet", "612.73", organisation.TELEPHONE),
        )
        for name, number, text, amount, account in monthly:
            row = _Row(f"{text} {first:%B %Y}", Decimal(1), Decimal(amount), account)
            status = "PAID" if month < 9 else "AUTHORISED"
            yield _bill(contact_named(name), number, working_day(first), [row], status)
    row = _Row("Electricity, winter quarter", Decimal(1), Decimal("1944.18"), organisation.POWER)
    yield _bill(contact_named(ENERGY), "EG-4471902", date(2026, 7, 22), [row], "AUTHORISED")


def _of_order(one: Written, place: int) -> Record:
    order = one.order
    everything = "paid_not_received" in order.tags
    rows = [
        _Row(
            line.description,
            line.quantity if everything else min(Decimal(line.received), line.quantity),
            line.unit_cost,
            _account_of(line.item),
            _tax_type(order, taxed=line.taxed),
            _tracking(order),
        )
        for line in order.lines
    ]
    if order.freight:
        freight = _tax_type(order, taxed=order.freight_taxed)
        rows.append(_Row("Freight", Decimal(1), order.freight, organisation.FREIGHT, freight, _tracking(order)))
    number = order.invoice_number or one.number
    status = "PAID"
    if "keyed_by_hand" in order.tags:
        number, rows = _as_she_keyed_it(one, rows, place)
        status = "AUTHORISED"
    elif place % 2 == 0:
        number = f"{number} | {one.number}"
    return _bill(contact_of(order.vendor), number, order.invoice_date or order.arrival, rows, status)


def _as_she_keyed_it(one: Written, rows: list[_Row], place: int) -> tuple[str, list[_Row]]:
    """Her version of a bill that the sync would make too: sometimes the same, sometimes not quite."""
    number = f"{one.order.invoice_number} | {one.number}"
    first = rows[0]
    if place % 3 == 1:
        rows = [
            _Row(first.description, first.quantity, first.unit_amount, organisation.OFFICE, first.tax_type),
            *rows[1:],
        ]
    if place % 3 == 2:
        dearer = first.unit_amount + Decimal("10.00")
        rows = [
            _Row(first.description, first.quantity, dearer, first.account, first.tax_type, first.tracking),
            *rows[1:],
        ]
    return number, rows


def _account_of(item: catalog.Item) -> str:
    if item.category == companies.SOFTWARE:
        return organisation.SOFTWARE
    return organisation.SERVICES if item.category == companies.SERVICES else organisation.HARDWARE


def _tax_type(order: Order, *, taxed: bool) -> str:
    return "INPUT" if taxed and order.tax_percent else "EXEMPTEXPENSES"


def _tracking(order: Order) -> tuple[Record, ...]:
    return tuple(
        organisation.tracked(
            Location=_TRACKING_OF_LOCATION[order.location],
            Department=_TRACKING_OF_DEPARTMENT[order.department],
        )
    )


def _bill(contact: Record, number: str, day: date, rows: list[_Row], status: str) -> Record:
    bill_id = xero_id("bill", f"{contact['ContactID']}/{number}")
    lines = [_line(bill_id, place, row) for place, row in enumerate(rows)]
    net = sum((line["LineAmount"] for line in lines), Decimal("0.00"))
    tax = sum((line["TaxAmount"] for line in lines), Decimal("0.00"))
    return {
        "InvoiceID": bill_id,
        "Type": "ACCPAY",
        "Status": status,
        "InvoiceNumber": number,
        "Reference": "",
        "Contact": contact,
        "Date": day.isoformat(),
        "DueDate": (day + timedelta(days=30)).isoformat(),
        "LineAmountTypes": "Exclusive",
        "LineItems": lines,
        "SubTotal": net,
        "TotalTax": tax,
        "Total": net + tax,
        "AmountDue": net + tax,
        "AmountPaid": Decimal("0.00"),
        "AmountCredited": Decimal("0.00"),
        "CurrencyCode": "AUD",
        "CurrencyRate": _RATE,
        "Payments": [],
        "CreditNotes": [],
        "HasAttachments": False,
        "SentToContact": False,
        "UpdatedDateUTC": stamp(at(working_day(day), 16, 5)),
    }


def _line(bill_id: str, place: int, row: _Row) -> Record:
    amount = cents(row.quantity * row.unit_amount)
    return {
        "LineItemID": xero_id("bill line", f"{bill_id}/{place}"),
        "Description": row.description,
        "Quantity": row.quantity,
        "UnitAmount": row.unit_amount,
        "LineAmount": amount,
        "TaxType": row.tax_type,
        "TaxAmount": cents(amount * organisation.TAX_PERCENT[row.tax_type] / 100),
        "AccountCode": row.account,
        "AccountID": organisation.account_id(row.account),
        "Tracking": list(row.tracking),
    }


def _pay(bill: Record) -> Record:
    """Pay a bill in full, three weeks after its date; returns the payment."""
    day = min(working_day(date.fromisoformat(bill["Date"]) + timedelta(days=21)), LAST_DAY)
    paid = {"PaymentID": xero_id("payment", bill["InvoiceID"]), "Date": day.isoformat(), "Amount": bill["Total"]}
    moment = stamp(at(day, 15, 30))
    bill.update(
        Payments=[dict(paid)],
        AmountPaid=bill["Total"],
        AmountDue=Decimal("0.00"),
        FullyPaidOnDate=day.isoformat(),
        UpdatedDateUTC=moment,
    )
    return {
        **paid,
        "PaymentType": "ACCPAYPAYMENT",
        "Status": "AUTHORISED",
        "CurrencyRate": _RATE,
        "IsReconciled": True,
        "Account": {"AccountID": organisation.account_id(organisation.BANK), "Code": organisation.BANK},
        "Invoice": {key: bill[key] for key in ("InvoiceID", "InvoiceNumber", "Type")},
        "UpdatedDateUTC": moment,
    }
