"""Makes what the rules speak of, with defaults: POs, lines, histories, seeds, books, and a small Xero that keeps them.

The firm: vendor 801 is contact ``VENDOR``, goods go to account 310 with tax type INPUT (10 %) where taxable, freight to
425. Go-live is 1 May 2026; staging first ended on 1 May, so whatever is observed later was seen to happen.
"""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import settings

from cwxero_dagster.payables.actions import Action, Guard
from cwxero_dagster.payables.books import Account, Books, Contact, Document, DocumentLine, Organisation, TaxRate
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.documents import Meaning, confirmed, meaning_of_document
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.money import amount_text, line_net, line_tax
from cwxero_dagster.payables.receipts import receipts_of
from cwxero_dagster.payables.records import CatalogItem, Line, PurchaseOrder, Receipt, Reference
from cwxero_dagster.payables.seeds import AccountRow, Seeds, TaxCodeRow, VendorRow
from cwxero_dagster.payables.states import state_of
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.pipeline.working_out import Known, assessed_bills, planned_actions

bounded = settings(derandomize=True, max_examples=60, deadline=None, database=None)
"""How every property here is tried: the same cases on every machine."""

GO_LIVE = date(2026, 5, 1)
STAGED = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
VENDOR = "11111111-1111-4111-8111-111111111111"
OTHER_VENDOR = "22222222-2222-4222-8222-222222222222"
LINK = "https://cw.example.com/po/{po_id}?company={company}"


def d(value: str | int) -> Decimal:
    return Decimal(value)


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def at(month: int, number: int, hour: int = 9) -> datetime:
    return datetime(2026, month, number, hour, tzinfo=UTC)


# --- ConnectWise ------------------------------------------------------------------------------------------------------


def po(po_id: int = 1, **changes: Any) -> PurchaseOrder:
    made = PurchaseOrder(
        po_id=po_id,
        po_number=f"PO-100{po_id}",
        po_date=day(5, 4),
        status_id=3,
        status_name="On Order",
        closed=False,
        closed_at=None,
        vendor_id=801,
        vendor_name="Halcyon Distribution",
        vendor_invoice_number=None,
        vendor_invoice_date=None,
        terms_id=None,
        terms_name="Net 14",
        currency_code="AUD",
        tax_code="GST",
        tax_freight=False,
        freight_cost=None,
        freight_tax=None,
        freight_packing_slip=None,
        sales_tax=None,
        total=None,
        location_name=None,
        business_unit_name=None,
        customer_id=None,
        customer_name=None,
        drop_ship=False,
        shipment_date=None,
        shipment_method=None,
        present=True,
        observed_at=at(5, 5),
    )
    return dataclasses.replace(made, **changes)


def line(line_id: int = 11, *, po_id: int = 1, quantity: str | int = 10, cost: str = "5.00", **changes: Any) -> Line:
    made = Line(
        line_id=line_id,
        po_id=po_id,
        line_number=line_id % 10,
        description=f"Goods {line_id}",
        product_id=None,
        product_identifier=f"SKU-{line_id}",
        quantity=d(quantity),
        unit_cost=d(cost),
        tax=None,
        received_quantity=d(0),
        received_status="Waiting",
        received_at=None,
        packing_slip=None,
        closed=False,
        cancelled=False,
        cancelled_at=None,
        batched=False,
        expected_ship_date=None,
        expected_arrival_date=None,
        last_updated=None,
        present=True,
        observed_at=at(5, 5),
    )
    return dataclasses.replace(made, **changes)


def received(before: Line, quantity: str | int | None = None, *, on: datetime | None = None, **changes: Any) -> Line:
    """The line after goods arrived (in full without ``quantity``), observed the night after."""
    moment = on or at(5, 12)
    whole = quantity is None or d(quantity) == before.quantity
    return dataclasses.replace(
        before,
        **{
            "received_quantity": before.quantity if quantity is None else d(quantity),
            "received_status": "FullyReceived" if whole else "Waiting",
            "received_at": moment,
            "observed_at": moment + timedelta(hours=12),
            **changes,
        },
    )


def receipt(line_id: int = 11, quantity: str | int = 10, **changes: Any) -> Receipt:
    made = Receipt(
        po_id=1,
        line_id=line_id,
        sequence=1,
        quantity=d(quantity),
        received_on=day(5, 12),
        day_is_observed=False,
        packing_slip=None,
        unit_cost=d("5.00"),
        observed_at=at(5, 12, 21),
        batched_before=False,
    )
    return dataclasses.replace(made, **changes)


def item(product_id: int = 7, **changes: Any) -> CatalogItem:
    made = CatalogItem(product_id, "SKU-7", "Hardware", "Laptops", "Goods", "Inventory", taxable=True)
    return dataclasses.replace(made, **changes)


def purchasing(
    orders: Sequence[PurchaseOrder] | PurchaseOrder,
    history: Iterable[Line],
    *,
    catalog: Sequence[CatalogItem] = (),
    reference: Reference | None = None,
    **changes: Any,
) -> Purchasing:
    """Purchasing from every observation of every line, in order; the last one of a line is how it stands."""
    headers = [orders] if isinstance(orders, PurchaseOrder) else list(orders)
    observations = list(history)
    reference = reference or Reference(terms_days={"net 14": 14})
    current = {seen.line_id: seen for seen in sorted(observations, key=lambda seen: seen.observed_at)}
    receipts = receipts_of(observations, zone="UTC")
    lines = {head.po_id: [seen for seen in current.values() if seen.po_id == head.po_id] for head in headers}
    events = {head.po_id: [event for event in receipts if event.po_id == head.po_id] for head in headers}
    made = Purchasing(
        pos={head.po_id: head for head in headers},
        lines=lines,
        receipts=events,
        states={
            head.po_id: state_of(head, lines[head.po_id], events[head.po_id], reference, zone="UTC") for head in headers
        },
        catalog={one.product_id: one for one in catalog},
        reference=reference,
        first_staged_at=STAGED,
        headers_seen={head.po_id: [head] for head in headers},
        lines_seen={head.po_id: [seen for seen in observations if seen.po_id == head.po_id] for head in headers},
    )
    return dataclasses.replace(made, **changes)


# --- the firm ---------------------------------------------------------------------------------------------------------


def vendor_row(vendor_id: str = "801", contact_id: str | None = VENDOR, **changes: Any) -> VendorRow:
    made = VendorRow(
        line=2,
        connectwise_vendor_id=vendor_id,
        connectwise_vendor_name=None,
        xero_contact_id=contact_id,
        xero_contact_name=None,
        default_account_code=None,
        default_tax_type=None,
    )
    return dataclasses.replace(made, **changes)


def account_row(match_on: Any, match_value: str | None, code: str | None, tax: str | None = None) -> AccountRow:
    return AccountRow(
        line=2, match_on=match_on, match_value=match_value, account_code=code, tax_type=tax, item_code=None
    )


def tax_row(code: str | None, tax_type: str, *, taxable: bool) -> TaxCodeRow:
    return TaxCodeRow(line=2, connectwise_tax_code=code, taxable=taxable, xero_tax_type=tax_type)


def seeds(**changes: Any) -> Seeds:
    made = Seeds(
        decision=Decision(),
        vendors=(vendor_row(),),
        accounts=(account_row("default", None, "310"), account_row("freight", None, "425")),
        tax_codes=(
            tax_row("GST", "INPUT", taxable=True),
            tax_row("GST", "EXEMPTEXPENSES", taxable=False),
            tax_row(None, "EXEMPTEXPENSES", taxable=False),
        ),
    )
    return dataclasses.replace(made, **changes)


def deciding(**sections: Mapping[str, Any] | Any) -> Decision:
    """The default decision with some keys changed: ``deciding(bill={"status": "SUBMITTED"}, lock_date="draft")``."""
    decision = Decision()
    values = {
        name: dataclasses.replace(getattr(decision, name), **value) if isinstance(value, Mapping) else value
        for name, value in sections.items()
    }
    return dataclasses.replace(decision, **values)


def agreement(made: Seeds | None = None, **changes: Any) -> Agreement:
    return dataclasses.replace(
        Agreement(seeds=made or seeds(), cycle_start_day=1, po_link=LINK, company="acme", live=True), **changes
    )


# --- Xero -------------------------------------------------------------------------------------------------------------


def contact(contact_id: str = VENDOR, **changes: Any) -> Contact:
    return dataclasses.replace(Contact(contact_id, "Halcyon", None, None, "ACTIVE", None), **changes)


def account(code: str, **changes: Any) -> Account:
    return dataclasses.replace(Account(code, f"Account {code}", "ACTIVE", "EXPENSE", "EXPENSE", None), **changes)


def rate(tax_type: str, percent: str, **changes: Any) -> TaxRate:
    made = TaxRate(tax_type, tax_type, "ACTIVE", d(percent), frozenset({"expenses"}))
    return dataclasses.replace(made, **changes)


def books(**changes: Any) -> Books:
    made = Books(
        organisation=Organisation("org", "Demo", "AUD", None, None, None),
        accounts={code: account(code) for code in ("310", "425", "500")},
        tax_rates={"INPUT": rate("INPUT", "10"), "EXEMPTEXPENSES": rate("EXEMPTEXPENSES", "0")},
        currencies=frozenset({"AUD", "USD"}),
        contacts={one.contact_id: one for one in (contact(), contact(OTHER_VENDOR))},
    )
    return dataclasses.replace(made, **changes)


def document(document_id: str | None = None, **changes: Any) -> Document:
    """A bill that a person keyed."""
    made = Document(
        document_id=document_id or str(uuid.uuid5(uuid.NAMESPACE_URL, repr(sorted(changes)))),
        document_type="ACCPAY",
        number="K-1",
        contact_id=VENDOR,
        contact_name="Halcyon",
        status="DRAFT",
        dated=day(5, 12),
        due_date=day(5, 26),
        currency_code="AUD",
        net=d("50.00"),
        tax=d("0.00"),
        total=d("50.00"),
        url=None,
        has_attachments=False,
        updated_at=NOW,
        line_amounts="Exclusive",
        lines=(),
    )
    return dataclasses.replace(made, **changes)


def held_by_xero(meaning: Meaning, made: Books, *, document_type: str = "ACCPAY", **changes: Any) -> Document:
    """The document that Xero makes of a writing: own ids for new lines, and its own computation of tax and total."""
    lines, net, tax = [], d(0), d(0)
    for index, each in enumerate(meaning["lines"]):
        quantity = d(each["quantity"]) if each["quantity"] else None
        unit = d(each["unit_amount"]) if each["unit_amount"] else None
        if quantity is not None and unit is not None:
            amount = line_net(quantity, unit)
            percent = made.tax_rates[each["tax_type"]].rate if each["tax_type"] else d(0)
            net += amount
            tax += line_tax(amount, percent)
        lines.append(
            DocumentLine(
                line_item_id=each.get("line_item_id") or str(uuid.uuid5(uuid.NAMESPACE_URL, f"{index}{each['ref']}")),
                description=each["description"],
                quantity=quantity,
                unit_amount=unit,
                account_code=each["account_code"] or None,
                tax_type=each["tax_type"] or None,
                tracking=tuple((category, option) for category, option in each["tracking"]),
                item_code=each["item_code"] or None,
            )
        )
    key = meaning["url"] or meaning["lines"][0]["description"]
    made_of = document(
        str(uuid.uuid5(uuid.NAMESPACE_URL, f"{meaning['number']} {key}")),
        document_type=document_type,
        number=meaning["number"],
        contact_id=meaning["contact_id"],
        dated=date.fromisoformat(meaning["date"]),
        due_date=date.fromisoformat(meaning["due_date"]) if meaning["due_date"] else None,
        currency_code=meaning["currency_code"],
        line_amounts=meaning["line_amounts"],
        url=meaning["url"] or None,
        net=net,
        tax=tax,
        total=net + tax,
        lines=tuple(lines),
    )
    return dataclasses.replace(made_of, **changes)


def base_of(meaning: Meaning, kept: Document) -> dict[str, Any]:
    """What the ledger keeps as the base of a writing that Xero confirmed."""
    base = confirmed(meaning, meaning_of_document(kept))
    assert base is not None
    return json.loads(
        json.dumps({**base, "status": kept.status, "total": amount_text(kept.total), "updated_at": kept.stamp})
    )


# --- nights -----------------------------------------------------------------------------------------------------------


def known(made: Purchasing, **changes: Any) -> Known:
    return dataclasses.replace(
        Known(purchasing=made, agreement=agreement(), books=books(), ledger=LedgerView()), **changes
    )


def assessed(all_known: Known, cycle: str = "2026-05") -> list[Assessed]:
    return assessed_bills(all_known, cycle)


def the_bill(all_known: Known, cycle: str = "2026-05") -> Assessed:
    (only,) = assessed(all_known, cycle)
    return only


def plan_of(all_known: Known, cycle: str = "2026-05", **guard: Any) -> list[Action]:
    return planned_actions(all_known, cycle, Guard(**{"now": NOW, **guard}))


def the_action(all_known: Known, cycle: str = "2026-05", **guard: Any) -> Action:
    (only,) = plan_of(all_known, cycle, **guard)
    return only


def after(all_known: Known, *actions: Action) -> Known:
    """Everything as it is after Xero confirmed these creations and updates."""
    bills = dict(all_known.ledger.bills)
    documents = {kept.document_id: kept for kept in all_known.books.documents}
    for action in actions:
        assert action.bill is not None
        assert action.meaning is not None
        kept = held_by_xero(action.meaning, all_known.books, document_type=action.bill.document_type)
        if action.document:
            kept = dataclasses.replace(kept, document_id=action.document.document_id, status=action.document.status)
        documents[kept.document_id] = kept
        bills[action.key] = KnownBill(
            key=action.key,
            document_type=action.bill.document_type,
            cycle=action.bill.cycle,
            policy_digest=all_known.agreement.decision.digest,
            state="confirmed",
            xero_id=kept.document_id,
            po_ids=tuple(one.po_id for one in action.bill.pos),
            slices=action.bill.slices,
            facts=action.bill.facts,
            written=json.loads(json.dumps(action.meaning)),
            base=base_of(action.meaning, kept),
        )
    return dataclasses.replace(
        all_known,
        ledger=dataclasses.replace(all_known.ledger, bills=bills),
        books=dataclasses.replace(all_known.books, documents=tuple(documents.values())),
    )


def with_documents(all_known: Known, *documents: Document) -> Known:
    """The same with these documents in Xero instead of those of the same id."""
    kept = {one.document_id: one for one in (*all_known.books.documents, *documents)}
    return dataclasses.replace(all_known, books=dataclasses.replace(all_known.books, documents=tuple(kept.values())))


def in_xero(all_known: Known, **changes: Any) -> Known:
    """The same after a person changed the only document in Xero."""
    (only,) = all_known.books.documents
    return with_documents(all_known, dataclasses.replace(only, **changes))


def edited_line(all_known: Known, index: int = 0, **changes: Any) -> tuple[DocumentLine, ...]:
    """The lines of the only document, with one of them changed."""
    (only,) = all_known.books.documents
    lines = list(only.lines)
    lines[index] = dataclasses.replace(lines[index], **changes)
    return tuple(lines)


def deciding_on(all_known: Known, action: Action, verb: str = "release", **changes: Any) -> Known:
    """The same after a person took a decision on everything that holds ``action``."""
    decisions = [
        Settlement(
            case_id=one.case_id,
            verb=verb,
            facts=frozenset({one.facts}),
            bill_keys=(action.key,),
            by="Ann",
            reason="checked",
            at=NOW,
            gone={action.key: action.bill.gone if action.bill else None},
            **changes,
        )
        for one in action.holds
    ]
    settlements = (*all_known.ledger.settlements, *decisions)
    return dataclasses.replace(all_known, ledger=dataclasses.replace(all_known.ledger, settlements=settlements))


def night(all_known: Known, made: Purchasing) -> Known:
    """The same with ConnectWise as it stands now."""
    return dataclasses.replace(all_known, purchasing=made)


def kinds(held: Assessed | Action) -> list[str]:
    return [one.kind for one in held.holds]


A_BILL: dict[str, Any] = {
    "document_id": "d1",
    "document_type": "ACCPAY",
    "number": None,
    "contact_id": VENDOR,
    "contact_name": None,
    "status": "DRAFT",
    "date": day(5, 12),
    "due_date": None,
    "currency_code": "AUD",
    "net": d("1.00"),
    "tax": d("0.10"),
    "total": d("1.10"),
    "url": None,
    "has_attachments": None,
    "updated_at": None,
    "present": True,
    "body": '{"LineAmountTypes":"Exclusive","LineItems":[{"AccountCode":"310","Quantity":10,"UnitAmount":0.1}]}',
}
"""A row of ``XeroDocuments``."""
