"""The official Python SDK, unchanged, over a socket on loopback."""

from __future__ import annotations

import datetime
import socket
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
import uvicorn
from xero_python.accounting import (
    AccountingApi,
    Contact,
    Contacts,
    CreditNote,
    CreditNotes,
    CurrencyCode,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    Invoices,
    LineItem,
    LineItemTracking,
    LinkedTransaction,
    LinkedTransactions,
    PurchaseOrder,
    PurchaseOrders,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException
from xero_python.identity import IdentityApi

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.wire import Request

TENANT = credentials.XERO_TENANT_ID


def application(handler: Any) -> Any:
    """The smallest ASGI application around a handler of the sandbox."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        raw_query = scope["query_string"].decode()
        request = Request(
            method=scope["method"],
            path=unquote(scope["raw_path"].decode()),
            query=tuple(parse_qsl(raw_query, keep_blank_values=True)),
            headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
            body=body,
            raw_query=raw_query,
        )
        response = handler(request)
        headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
        headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    return serve


@pytest.fixture
def address(firm: Any) -> Iterator[str]:
    """The simulated Xero on a free port of loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(application(firm.xero.handle), log_level="error", lifespan="off", ws="none", loop="asyncio")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=30)
    listening.close()


@pytest.fixture
def client(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    """The SDK's client, signed in with client credentials; only its addresses point elsewhere."""
    monkeypatch.setattr(TokenApi, "client_credentials_token_url", f"{address}/connect/token")
    kept: dict[str, Any] = {}
    token = OAuth2Token(client_id=credentials.XERO_CLIENT_ID, client_secret=credentials.XERO_CLIENT_SECRET)
    made = ApiClient(
        Configuration(oauth2_token=token),
        oauth2_token_getter=lambda: kept,
        oauth2_token_saver=kept.update,
    )
    made.get_client_credentials_token()
    assert kept["token_type"] == "Bearer"
    yield made
    made.rest_client.pool_manager.clear()


@pytest.fixture
def api(client: ApiClient, address: str) -> AccountingApi:
    return AccountingApi(client, base_url=f"{address}/api.xro/2.0")


def invoice(sample: Any, number: str, **more: Any) -> Invoice:
    line = LineItem(
        description="14in laptop",
        quantity=2.0,
        unit_amount=10.1234,
        account_code="310",
        tracking=[LineItemTracking(name="Location", option="Perth")],
    )
    fields = {
        "type": "ACCPAY",
        "contact": Contact(contact_id=sample.ingram),
        "invoice_number": number,
        "date": datetime.date(2026, 6, 3),
        "due_date": datetime.date(2026, 7, 3),
        "line_items": [line],
        "status": "DRAFT",
    }
    return Invoice(**{**fields, **more})


def create(api: AccountingApi, *bills: Invoice, **more: Any) -> list[Any]:
    body = Invoices(invoices=list(bills))
    answer = api.create_invoices(TENANT, body, summarize_errors=False, unitdp=4, **more)
    return sorted(answer.invoices, key=lambda one: one.invoice_number)


def test_it_reads_the_connection_and_the_settings(api: AccountingApi, client: ApiClient, address: str) -> None:
    (connection,) = IdentityApi(client, base_url=address).get_connections()
    (organisation,) = api.get_organisations(TENANT).organisations
    assert connection.tenant_id == TENANT
    assert organisation.name == connection.tenant_name == "Test Firm"
    assert organisation.base_currency.value == "AUD"
    assert {one.name for one in api.get_organisation_actions(TENANT).actions} >= {"CreateDraftBill"}
    assert len(api.get_accounts(TENANT, where='Status=="ACTIVE"').accounts) == 6
    assert [one.tax_type for one in api.get_tax_rates(TENANT, where='TaxType=="INPUT"').tax_rates] == ["INPUT"]
    assert len(api.get_tracking_categories(TENANT).tracking_categories) == 2
    assert [one.code.value for one in api.get_currencies(TENANT).currencies] == ["AUD", "USD"]


def test_it_finds_and_creates_contacts(api: AccountingApi, sample: Any) -> None:
    found = api.get_contacts(TENANT, where='ContactNumber=="801"', include_archived=True).contacts
    (made,) = api.create_contacts(TENANT, Contacts(contacts=[Contact(name="Fresh", contact_number="9")])).contacts
    assert [one.contact_id for one in found] == [sample.ingram]
    assert api.get_contact(TENANT, made.contact_id).contacts[0].name == "Fresh"


def test_it_creates_a_batch_once_reads_it_and_moves_a_bill_on(api: AccountingApi, sample: Any, firm: Any) -> None:
    bills = [invoice(sample, f"INV-{place}") for place in range(3)]
    bills[1].currency_code = CurrencyCode("EUR")
    first = create(api, *bills, idempotency_key="batch-1")
    second = create(api, *bills, idempotency_key="batch-1")

    assert [one.status_attribute_string for one in first] == ["OK", "ERROR", "OK"]
    assert first[1].validation_errors[0].message == "Organisation is not subscribed to currency EUR"
    assert [one.invoice_id for one in first] == [one.invoice_id for one in second]
    assert len(list(firm.store.all("xero.invoices"))) == 2

    (read,) = api.get_invoice(TENANT, first[0].invoice_id, unitdp=4).invoices
    assert (read.date, read.total) == (datetime.date(2026, 6, 3), Decimal("22.28"))
    assert read.line_items[0].unit_amount == Decimal("10.1234")
    assert read.line_items[0].tracking[0].option == "Perth"
    (moved,) = api.update_invoice(
        TENANT, read.invoice_id, Invoices(invoices=[Invoice(status="SUBMITTED")]), unitdp=4
    ).invoices
    assert moved.status == "SUBMITTED"

    listed = api.get_invoices(TENANT, statuses=["SUBMITTED"], page=1, order="Date DESC")
    since = datetime.datetime(2026, 6, 10, 3, 0, tzinfo=datetime.UTC)
    assert [one.invoice_id for one in listed.invoices] == [read.invoice_id]
    assert listed.pagination.item_count == 1
    assert len(api.get_invoices(TENANT, if_modified_since=since).invoices) == 2


def test_a_refused_update_is_its_bad_request(api: AccountingApi, sample: Any) -> None:
    (made,) = create(api, invoice(sample, "INV-1"))
    with pytest.raises(AccountingBadRequestException) as refused:
        api.update_invoice(TENANT, made.invoice_id, Invoices(invoices=[Invoice(status="VOIDED")]))
    assert "Invoice not of valid status for modification" in str(refused.value)


def test_it_writes_credits_orders_and_notes(api: AccountingApi, sample: Any) -> None:
    (bill,) = create(api, invoice(sample, "INV-1"))
    line = LineItem(description="return", quantity=1.0, unit_amount=5.0, account_code="310")
    contact = Contact(contact_id=sample.ingram)
    credit = CreditNote(type="ACCPAYCREDIT", contact=contact, credit_note_number="C-1", line_items=[line])
    order = PurchaseOrder(contact=contact, purchase_order_number="PO-1", line_items=[line], status="AUTHORISED")

    (made,) = api.create_credit_notes(TENANT, CreditNotes(credit_notes=[credit]), unitdp=4).credit_notes
    (placed,) = api.create_purchase_orders(TENANT, PurchaseOrders(purchase_orders=[order])).purchase_orders
    billed = PurchaseOrders(purchase_orders=[PurchaseOrder(status="BILLED")])
    api.update_purchase_order(TENANT, placed.purchase_order_id, billed)
    note = HistoryRecords(history_records=[HistoryRecord(details="From PO-1")])
    api.create_invoice_history(TENANT, bill.invoice_id, note)

    assert api.get_credit_note(TENANT, made.credit_note_id).credit_notes[0].remaining_credit == 5.5
    assert api.get_purchase_order_by_number(TENANT, "PO-1").purchase_orders[0].status == "BILLED"
    records = api.get_invoice_history(TENANT, bill.invoice_id).history_records
    assert [one.details for one in records if one.changes == "Note"] == ["From PO-1"]
    assert api.get_payments(TENANT).payments == []


def test_it_links_a_line_to_a_customer_moves_the_link_and_deletes_it(api: AccountingApi, sample: Any) -> None:
    (bill,) = create(api, invoice(sample, "INV-1"))
    line_id = bill.line_items[0].line_item_id
    link = LinkedTransaction(
        source_transaction_id=bill.invoice_id, source_line_item_id=line_id, contact_id=sample.dicker
    )
    (made,) = api.create_linked_transaction(TENANT, link, idempotency_key="link-1").linked_transactions
    assert (made.type, made.status, made.contact_id) == ("BILLABLEEXPENSE", "DRAFT", sample.dicker)
    with pytest.raises(AccountingBadRequestException, match="linked already"):
        api.create_linked_transaction(TENANT, link, idempotency_key="link-2")

    other = LinkedTransactions(linked_transactions=[LinkedTransaction(contact_id=sample.ingram)])
    api.update_linked_transaction(TENANT, made.linked_transaction_id, other)
    (found,) = api.get_linked_transactions(TENANT, source_transaction_id=bill.invoice_id).linked_transactions
    assert (found.linked_transaction_id, found.contact_id) == (made.linked_transaction_id, sample.ingram)
    api.delete_linked_transaction(TENANT, made.linked_transaction_id)
    assert api.get_linked_transactions(TENANT, source_transaction_id=bill.invoice_id).linked_transactions == []
