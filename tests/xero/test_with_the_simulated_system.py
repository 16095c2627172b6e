"""The client against the simulated Xero, which is stricter than the real one and complains about every oddity."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cwxero_dagster.access import XeroAccess
from cwxero_dagster.sandbox import credentials as fake
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.sandbox.store import Store
from cwxero_dagster.sandbox.wire import Clock, transport
from cwxero_dagster.sandbox.world import build_world, load_world
from cwxero_dagster.sandbox.xero import Xero as Simulated
from cwxero_dagster.sandbox.xero import XeroSwitches
from cwxero_dagster.transport import CredentialsRefused, LimitReached, NotFound, OutcomeUnknown, RequestRefused
from cwxero_dagster.xero.client import Xero
from cwxero_dagster.xero.documents import DocumentLine, bill, encode, envelope, history, purchase_order, supplier_credit
from cwxero_dagster.xero.parse import day_of, moment, number
from cwxero_dagster.xero.refusals import element_errors, explain

BROAD = ("accounting.transactions", "accounting.contacts", "accounting.settings.read", "accounting.attachments")


class SandboxTime:
    """The sandbox's own clock as the client sees it: waiting moves both."""

    def __init__(self, clock):
        self._clock = clock

    def now(self):
        return self._clock.now()

    def monotonic(self):
        return self._clock.now().timestamp()

    def uptime(self):
        return None

    def sleep(self, seconds):
        self._clock.travel(seconds)


@pytest.fixture(scope="module")
def world():
    return build_world(scenario="small")


@pytest.fixture
def simulate(world):
    def with_switches(**switches):
        store = Store()
        load_world(world, store)
        return Simulated(store, Clock(datetime(2026, 10, 1, tzinfo=UTC)), switches=XeroSwitches(**switches))

    return with_switches


@pytest.fixture
def client_of():
    opened = []

    def open_to(system, *, at=None, **changes):
        values = {
            "api_url": "https://api.example.com/api.xro/2.0",
            "identity_url": "https://identity.example.com/connect/token",
            "connections_url": "https://api.example.com/connections",
            "client_id": fake.XERO_CLIENT_ID,
            "client_secret": fake.XERO_CLIENT_SECRET,
            "tenant_id": fake.XERO_TENANT_ID,
        }
        client = Xero(
            XeroAccess(**{**values, **changes}),
            clock=at or SandboxTime(system.books.clock),
            transport=transport(system.handle),
        )
        opened.append(client)
        return client

    yield open_to
    for client in opened:
        client.close()


@pytest.fixture
def vendor(world):
    return next(
        one["ContactID"] for one in world.xero["xero.contacts"] if one.get("ContactStatus", "ACTIVE") == "ACTIVE"
    )


@pytest.fixture
def account(world):
    return next(
        one for one in world.xero["xero.accounts"] if one.get("Type") == "DIRECTCOSTS" and one["Status"] == "ACTIVE"
    )


@pytest.fixture
def make(vendor, account):
    def one(number_="INV-1 | PO-9001", **changes):
        line = DocumentLine(
            description="Dock",
            quantity=Decimal(3),
            unit_amount=Decimal("249.1250"),
            account_code=account["Code"],
            tax_type="INPUT",
        )
        values = {
            "contact_id": vendor,
            "number": number_,
            "date": date(2026, 9, 1),
            "due_date": date(2026, 9, 30),
            "lines": [DocumentLine(description="PO-9001"), line],
            "url": "https://na.example.com/open?recid=9001&k=po:9001",
            "currency": "AUD",
        }
        return bill(**{**values, **changes})

    return one


def numbered(client, number):
    """Ids of the bills with this number."""
    return [one["InvoiceID"] for one in client.bills() if one["InvoiceNumber"] == number]


def put(client, *documents, key="k-1"):
    body = envelope(documents)
    (name,) = body
    made = client.write("PUT", f"/{name}", encode(body), idempotency_key=key).json()[name]
    # Xero answers in an order of its own.
    sent = [document.get("InvoiceNumber") for document in documents]
    return sorted(made, key=lambda one: sent.index(one.get("InvoiceNumber")))


def test_every_list_can_be_read_and_nothing_is_complained_about(simulate, client_of, world):
    system = simulate()
    client = client_of(system)
    assert client.connections()[0]["tenantId"] == fake.XERO_TENANT_ID
    assert client.organisation()["BaseCurrency"] == "AUD"
    assert {action["Name"] for action in client.actions()} >= {"CreateDraftBill"}
    assert len(client.accounts()) == len(world.xero["xero.accounts"])
    assert len(client.tax_rates()) == len(world.xero["xero.taxrates"])
    assert len(client.tracking_categories()) == len(world.xero["xero.trackingcategories"])
    assert len(client.currencies()) == len(world.xero["xero.currencies"])
    assert len(list(client.contacts())) == len(world.xero["xero.contacts"])
    assert len(list(client.bills())) == len(world.xero["xero.invoices"])
    assert list(client.supplier_credits()) == []
    assert list(client.purchase_orders()) == []
    assert system.complaints == []


def test_a_bill_comes_back_as_it_was_sent(simulate, client_of, make):
    system = simulate()
    client = client_of(system)
    (made,) = put(client, make())
    found = client.bill(made["InvoiceID"])
    assert found["InvoiceNumber"] == "INV-1 | PO-9001"
    assert day_of(found, "Date") == date(2026, 9, 1)
    assert number(found["LineItems"][1]["UnitAmount"]) == Decimal("249.1250")
    assert number(found["Total"]) == Decimal("822.12")
    assert moment(found["UpdatedDateUTC"]) == datetime(2026, 10, 1, tzinfo=UTC)
    assert system.complaints == []


def test_amounts_sent_as_text_are_read_all_the_same(simulate, client_of, make):
    client = client_of(simulate(amounts_as_text=True))
    (made,) = put(client, make())
    assert number(client.bill(made["InvoiceID"])["Total"]) == Decimal("822.12")


def test_deleted_and_voided_bills_are_read_too(simulate, client_of, make):
    system = simulate()
    client = client_of(system)
    deleted, voided = put(client, make("A-1"), make("A-2"))
    system.bookkeeper.delete(deleted["InvoiceID"])
    system.bookkeeper.approve(voided["InvoiceID"])
    system.bookkeeper.void(voided["InvoiceID"])
    found = {one["InvoiceID"]: one["Status"] for one in client.bills()}
    assert found[deleted["InvoiceID"]] == "DELETED"
    assert found[voided["InvoiceID"]] == "VOIDED"


def test_only_what_changed_since_is_read(simulate, client_of, make):
    system = simulate()
    client = client_of(system)
    system.books.clock.travel(3600)
    since = system.books.clock.now()
    assert list(client.bills(modified_since=since)) == []
    (made,) = put(client, make())
    assert [one["InvoiceID"] for one in client.bills(modified_since=since)] == [made["InvoiceID"]]


@pytest.mark.parametrize("name", ["INV-1 | PO-9001", "X, Y & Z + 1%", "a=b&c", "(1) #2/3?", '19" rack, \\ "x"'])
def test_a_bill_comes_back_under_its_number(simulate, client_of, make, name):
    client = client_of(simulate())
    made, _other = put(client, make(name), make("other"))
    assert numbered(client, name) == [made["InvoiceID"]]


def test_credits_orders_and_notes_can_be_written_and_read(simulate, client_of, make, vendor, account):
    system = simulate()
    client = client_of(system)
    line = DocumentLine(
        description="Returned dock",
        quantity=Decimal(1),
        unit_amount=Decimal(10),
        account_code=account["Code"],
        tax_type="INPUT",
    )
    credit = supplier_credit(contact_id=vendor, number="PO-9001/C1", date=date(2026, 9, 1), lines=[line])
    order = purchase_order(contact_id=vendor, number="PO 9001/x", date=date(2026, 9, 1), lines=[line], reference="9001")
    (made,) = put(client, credit, key="k-1")
    (placed,) = put(client, order, key="k-2")
    note = client.write(
        "PUT", f"/CreditNotes/{made['CreditNoteID']}/History", encode(history("Published.")), idempotency_key="k-3"
    )
    assert note.status == 200
    assert client.credit(made["CreditNoteID"])["CreditNoteNumber"] == "PO-9001/C1"
    assert [one["CreditNoteID"] for one in client.supplier_credits()] == [made["CreditNoteID"]]
    assert [(one["PurchaseOrderID"], one["Reference"]) for one in client.purchase_orders()] == [
        (placed["PurchaseOrderID"], "9001")
    ]
    assert system.complaints == []


@pytest.mark.parametrize("nested", [True, False])
def test_one_wrong_bill_is_told_apart_and_explained(simulate, client_of, make, nested):
    client = client_of(simulate(line_errors_on_line=nested))
    wrong = make("WRONG")
    wrong["LineItems"][1]["AccountCode"] = "99999"
    by_number = {one["InvoiceNumber"]: one for one in put(client, make("GOOD"), wrong)}
    assert element_errors(by_number["GOOD"]) == []
    (message,) = element_errors(by_number["WRONG"])
    assert explain(message).kind == "account_invalid"
    assert "99999" in explain(message).sentence


def test_an_archived_contact_is_recognised(simulate, client_of, make, vendor):
    system = simulate()
    system.bookkeeper.settings.archive_contact(vendor)
    (refused,) = put(client_of(system), make())
    assert [explain(message).kind for message in element_errors(refused)] == ["contact_archived"]


@pytest.mark.parametrize("kind", ["before", "lose", "malformed"])
def test_a_write_without_a_clear_answer_is_unknown_and_is_sent_once(simulate, client_of, make, kind):
    system = simulate()
    system.faults.add(Fault(system="xero", kind=kind, method="PUT", path_contains="/Invoices"))
    client = client_of(system)
    with pytest.raises(OutcomeUnknown):
        put(client, make())
    assert sum(one.method == "PUT" for one in system.seen) == 1
    assert len(numbered(client, "INV-1 | PO-9001")) == (0 if kind == "before" else 1)


def test_a_replay_with_the_same_bytes_and_key_makes_no_second_bill(simulate, client_of, make):
    system = simulate()
    system.faults.add(Fault(system="xero", kind="lose", method="PUT", path_contains="/Invoices"))
    client = client_of(system)
    with pytest.raises(OutcomeUnknown):
        put(client, make())
    (made,) = put(client, make())
    assert numbered(client, "INV-1 | PO-9001") == [made["InvoiceID"]]


def test_a_key_that_was_used_for_something_else_is_refused_and_explained(simulate, client_of, make):
    client = client_of(simulate())
    put(client, make("A-1"))
    with pytest.raises(RequestRefused) as caught:
        put(client, make("A-2"))
    assert "different request" in str(caught.value)
    assert explain(caught.value.answer.json()["Message"]).kind == "outcome_unknown"


def test_the_limits_of_xero_are_never_met(simulate, client_of):
    system = simulate()
    client = client_of(system)
    for _ in range(130):
        client.organisation()
    assert {one.status for one in system.seen} == {200}


def test_writes_stop_before_the_day_is_used_up(simulate, client_of, make):
    client = client_of(simulate(calls_per_day=53))
    client.organisation()
    put(client, make("A-1"), key="k-1")
    put(client, make("A-2"), key="k-2")
    with pytest.raises(LimitReached, match="kept for reading"):
        put(client, make("A-3"), key="k-3")
    assert client.day_remaining == 50
    assert client.organisation()["Name"]


def test_the_days_limit_itself_ends_a_read_at_once(simulate, client_of):
    client = client_of(simulate(calls_per_day=2))
    client.organisation()
    client.organisation()
    with pytest.raises(LimitReached, match="Run the same again tomorrow") as caught:
        client.organisation()
    assert caught.value.limit == "day"
    assert caught.value.retry_after > 3600


def test_a_token_that_ended_at_xero_is_renewed_without_losing_a_write(simulate, client_of, make, clock):
    system = simulate()
    client = client_of(system, at=clock)
    client.organisation()
    system.books.clock.travel(timedelta(minutes=31).total_seconds())
    (made,) = put(client, make())
    assert client.bill(made["InvoiceID"])
    assert sum(one.path == "/connect/token" for one in system.seen) == 2


def test_wrong_keys_and_a_wrong_organisation_are_refused(simulate, client_of):
    with pytest.raises(CredentialsRefused):
        client_of(simulate(), client_secret="wrong").organisation()
    with pytest.raises(CredentialsRefused):
        client_of(simulate(), tenant_id="99999999-2222-4333-8444-555555555555").organisation()


def test_a_connection_from_before_granular_scopes_works(simulate, client_of, make):
    client = client_of(simulate(scopes=BROAD))
    assert put(client, make())
    assert client.scopes == set(BROAD)


def test_a_document_that_is_not_there_is_not_found(simulate, client_of):
    client = client_of(simulate())
    for read in (client.bill, client.credit):
        with pytest.raises(NotFound):
            read("99999999-2222-4333-8444-555555555555")


def test_the_organisation_is_found_where_none_was_configured(simulate, client_of):
    system = simulate(tenant_header_required=True)
    client = client_of(system, tenant_id=None)
    client.connections()
    assert client.organisation()["Name"]
