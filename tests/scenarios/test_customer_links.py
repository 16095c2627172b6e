"""Under ``link_customers: true``: the customer of a purchase order's line stands on the bill's line in Xero, once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from story import CYCLE, Story

from cwxero_dagster.cli.explain import explain
from cwxero_dagster.pipeline import on_billing, releasing
from cwxero_dagster.pipeline.session import NotReady
from cwxero_dagster.publishing import linking as publishing_linking
from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.sandbox.world.companies import CUSTOMERS, customer

ASHGROVE, BEACON, NO_CONTACT = 250, 251, 270
NAME = {company: CUSTOMERS[company] for company in (ASHGROVE, BEACON, NO_CONTACT)}


def linking(tmp_path: Path, **options: Any) -> Story:
    return Story(tmp_path, link_customers=True, **options)


def drop_shipped(story: Story, *quantities: int, company: int = ASHGROVE, number: str = "PO-1") -> dict[str, Any]:
    """An order that goes straight to a customer, received in full today."""
    fields = {"customerCompany": {"id": company}, "dropShipCustomerFlag": True}
    po = story.order(*quantities or (4,), number=number, cost="10.00", **fields)
    for line in story.lines(po):
        story.buyer.receive(line["id"], int(line["quantity"]))
    return po


def sell(story: Story, line: dict[str, Any], company: int, quantity: int = 4, **fields: Any) -> None:
    """A product of a customer's that the line feeds, read by the weekly job."""
    product_id = story.store.next_id("products", 99_001)
    record = {
        "id": product_id,
        "company": customer(company),
        "catalogItem": line["product"],
        "quantity": Decimal(quantity),
        "extCost": Decimal(10),
        "extPrice": Decimal(20),
        "billableOption": "Billable",
        "cancelledFlag": False,
        "_info": {"lastUpdated": f"{story.clock.now():%Y-%m-%dT%H:%M:%SZ}"},
        **fields,
    }
    story.store.put("cw.products", product_id, record)
    link = {"id": product_id, "lineItemId": line["id"], "productId": product_id, "quantity": Decimal(quantity)}
    story.store.put("cw.product_purchases", product_id, link)


def weekly(story: Story) -> None:
    session = story.session()
    on_billing.read_customer_side(session)
    session.close()


def links(story: Story) -> list[tuple[str, str]]:
    """Customer and description of the line of every link that the simulated Xero holds on a line."""
    names = {one["ContactID"]: one["Name"] for one in story.store.all("xero.contacts")}
    lines = {line["LineItemID"]: line["Description"] for bill in story.bills() for line in bill["LineItems"]}
    held = [one for one in story.store.all("xero.linkedtransactions") if one["SourceLineItemID"] in lines]
    return sorted((names[one["ContactID"]], lines[one["SourceLineItemID"]]) for one in held)


def customers(story: Story) -> list[str]:
    return [name for name, _ in links(story)]


def link_calls(story: Story, method: str = "") -> int:
    return sum("/LinkedTransactions" in seen.path and seen.method.startswith(method) for seen in story.xero.seen)


def strike(story: Story, kind: str, *, method: str = "PUT", **options: Any) -> None:
    story.xero.faults.add(
        Fault(system="xero", kind=kind, method=method, path_contains="/LinkedTransactions", **options)
    )


def the_link(story: Story) -> dict[str, Any]:
    (link,) = story.store.all("xero.linkedtransactions")
    return link


def happened(story: Story, key: str) -> list[str]:
    session = story.session()
    return [row["event"] for row in session.ledger.story(key)]


def test_a_drop_shipped_line_is_linked_once_and_the_second_night_asks_nothing(tmp_path: Path) -> None:
    story = linking(tmp_path)
    po = drop_shipped(story)
    published = story.night()
    assert customers(story) == [NAME[ASHGROVE]]
    assert published.customers == "1 line linked now."
    calls = link_calls(story)
    second = story.night()
    assert (customers(story), link_calls(story), second.customers) == ([NAME[ASHGROVE]], calls, "0 lines linked now.")
    assert happened(story, f"po:{po['id']}").count("linked to a customer") == 1
    told = explain(story.session(), "PO-1")["timeline"]
    (event,) = [one for one in told if one["event"] == "linked to a customer"]
    assert event["detail"].endswith(f" is for {NAME[ASHGROVE]}.")
    assert (story.kinds(), story.xero.complaints) == (set(), [])


def test_without_the_decision_nothing_is_linked_or_asked(tmp_path: Path) -> None:
    story = Story(tmp_path)
    drop_shipped(story)
    assert story.night().customers == ""
    assert (customers(story), link_calls(story)) == ([], 0)


def test_a_shadow_run_links_nothing(tmp_path: Path) -> None:
    story = linking(tmp_path)
    drop_shipped(story)
    story.night()
    drop_shipped(story, number="PO-2")
    story.later()
    calls = link_calls(story)
    story.sync(CYCLE, mode="shadow")
    assert link_calls(story) == calls


def with_a_link_that_waits(tmp_path: Path) -> Story:
    """A bill that was written while Xero had trouble with links."""
    story = linking(tmp_path)
    strike(story, "status", status=503, times=None, method="*")
    drop_shipped(story)
    story.night()
    story.xero.faults.clear()
    return story


def test_an_unsigned_decision_links_nothing(tmp_path: Path) -> None:
    story = with_a_link_that_waits(tmp_path)
    (story.seeds / "signoff.yaml").write_text("[]\n", encoding="utf-8")
    story.night()
    assert customers(story) == []


def test_another_organisation_is_linked_to_nothing(tmp_path: Path) -> None:
    story = with_a_link_that_waits(tmp_path)
    organisation = next(iter(story.store.all("xero.organisation")))
    story.store.put(
        "xero.organisation", "1", {**organisation, "OrganisationID": "9" * 8 + organisation["OrganisationID"][8:]}
    )
    story.later()
    with pytest.raises(NotReady, match="The Xero keys now reach"):
        releasing.publish(story.session(), CYCLE, live=True)
    assert customers(story) == []


def test_a_decision_that_is_signed_later_leaves_earlier_bills_alone(tmp_path: Path) -> None:
    story = Story(tmp_path)
    drop_shipped(story)
    story.night()
    story.decide(link_customers=True)
    drop_shipped(story, company=BEACON, number="PO-2")
    story.night()
    assert customers(story) == [NAME[BEACON]]


def test_the_customers_that_products_name_are_linked_and_a_line_for_two_is_nobodys(tmp_path: Path) -> None:
    # Only the report says which line feeds which product. Without it: tests/dagster/test_on_billing.py.
    story = linking(tmp_path, of_connectwise={"report_available": "yes"})
    po = story.order(4, 4, 4, 4, number="PO-1", cost="10.00")
    one, two, given, stock = story.lines(po)
    sell(story, one, ASHGROVE)
    sell(story, two, ASHGROVE, 2)
    sell(story, two, BEACON, 2)
    sell(story, given, BEACON, billableOption="DoNotBill")
    for line in (one, two, given, stock):
        story.buyer.receive(line["id"], 4)
    first = story.night()
    assert customers(story) == []
    assert first.customers == "0 lines linked now. Not linked, 4 lines: no customer known."
    weekly(story)
    second = story.night()
    assert customers(story) == [NAME[ASHGROVE]]
    assert second.customers.startswith("1 line linked now. Not linked, 1 line: ")
    for reason in ("no customer known.", "not charged.", "for several customers, or for one in part."):
        assert f"Not linked, 1 line: {reason}" in second.customers


@pytest.mark.parametrize("state", ["none", "archived", "several"])
def test_a_customer_without_one_contact_is_told_and_links_once_it_has_one(tmp_path: Path, state: str) -> None:
    story = linking(tmp_path)
    company = NO_CONTACT if state == "none" else ASHGROVE
    contact = next(one for one in story.store.all("xero.contacts") if one["Name"] == NAME[ASHGROVE])
    other = next(one for one in story.store.all("xero.contacts") if one["Name"] == NAME[BEACON])
    if state == "archived":
        story.bookkeeper.settings.archive_contact(contact["ContactID"])
    if state == "several":
        for one in (contact, other):
            story.store.put(
                "xero.contacts", one["ContactID"], {**one, "ContactNumber": "", "AccountNumber": str(ASHGROVE)}
            )
    drop_shipped(story, company=company)
    published = story.night()
    assert customers(story) == []
    assert {"none": "no contact in Xero", "archived": "is archived in Xero", "several": "2 contacts in Xero"}[
        state
    ] in published.customers
    assert f"{NAME[company]} (number {company} in ConnectWise)" in published.customers
    assert (story.kinds(), len(story.quantities()), link_calls(story)) == (set(), 1, 0)
    found = dict(story.store.get("xero.contacts", contact["ContactID"]) or {})
    story.clock.travel(60)
    story.xero.books.keep(
        "xero.contacts", contact["ContactID"], {**found, "ContactStatus": "ACTIVE", "ContactNumber": str(company)}
    )
    story.later()
    story.sync(CYCLE, night="later")
    assert customers(story) == [NAME[ASHGROVE]]


def test_the_link_follows_a_line_that_goes_and_one_that_comes(tmp_path: Path) -> None:
    story = linking(tmp_path)
    po = drop_shipped(story, 4, 5)
    story.night()
    (_, first), (_, second) = links(story)
    gone = story.lines(po)[0]
    story.buyer.unreceive(gone["id"])
    story.buyer.cancel_line(gone["id"])
    story.night()
    assert len(links(story)) == 1
    assert {description for _, description in links(story)} < {first, second}
    new = story.buyer.add_line(
        po["id"], NewLine(product_id=gone["product"]["id"], quantity=Decimal(3), unit_cost=Decimal(7))
    )
    story.buyer.receive(new["id"], 3)
    story.night()
    assert customers(story) == [NAME[ASHGROVE]] * 2
    assert story.quantities() == {f"po:{po['id']}": ["5", "3"]}
    calls = link_calls(story)
    story.night()
    assert (link_calls(story), story.kinds(), story.xero.complaints) == (calls, set(), [])


def test_goods_that_go_back_and_come_again_are_linked_once_on_their_new_bill(tmp_path: Path) -> None:
    story = linking(tmp_path)
    po = drop_shipped(story)
    story.night()
    line = story.lines(po)[0]["id"]
    story.buyer.unreceive(line)
    story.night()
    assert (story.quantities(), customers(story)) == ({}, [])
    story.buyer.receive(line, 4)
    story.night()
    story.night()
    assert (list(story.quantities().values()), customers(story)) == ([["4"]], [NAME[ASHGROVE]])
    assert story.kinds() == set()


def test_the_link_follows_the_customer_that_connectwise_names_now(tmp_path: Path) -> None:
    story = linking(tmp_path)
    po = drop_shipped(story)
    story.night()
    story.bookkeeper.approve(story.document(f"po:{po['id']}")["InvoiceID"])
    story.buyer.edit_po(po["id"], customerCompany={"id": BEACON})
    story.night()
    assert customers(story) == [NAME[BEACON]]
    story.buyer.edit_po(po["id"], customerCompany={"id": NO_CONTACT})
    story.night()
    assert customers(story) == []


@pytest.mark.parametrize("kind", ["before", "lose", "malformed"])
def test_a_link_whose_answer_is_lost_is_looked_up_and_made_once(tmp_path: Path, kind: str) -> None:
    story = linking(tmp_path)
    po = drop_shipped(story)
    strike(story, kind)
    story.night()
    story.xero.faults.clear()
    sent = link_calls(story, "PUT")
    for _ in range(2):
        story.night()
    assert customers(story) == [NAME[ASHGROVE]]
    assert link_calls(story, "PUT") - sent == (1 if kind == "before" else 0)
    assert "answer lost" in happened(story, f"po:{po['id']}")
    assert (story.quantities(), story.kinds()) == ({f"po:{po['id']}": ["4"]}, set())


def test_nothing_is_asked_while_a_lost_link_may_still_be_made(tmp_path: Path) -> None:
    story = linking(tmp_path)
    drop_shipped(story)
    handle = story.xero.handle

    def late(request: Any) -> Any:
        if request.path.endswith("/LinkedTransactions") and request.method == "PUT":
            story.xero.delay_next_write(240)
        return handle(request)

    story.xero.handle = late
    story.night()
    story.xero.handle = handle
    calls = link_calls(story)
    story.clock.travel(120)
    story.sync(CYCLE)
    assert (customers(story), link_calls(story)) == ([], calls)
    story.night()
    assert (customers(story), link_calls(story, "PUT")) == ([NAME[ASHGROVE]], 1)


def test_a_run_that_dies_with_a_link_under_way_does_not_make_it_twice(tmp_path: Path) -> None:
    story = linking(tmp_path)
    drop_shipped(story)
    story.dies_after_a_put("/LinkedTransactions")
    for _ in range(2):
        story.night()
    assert (customers(story), link_calls(story, "PUT")) == ([NAME[ASHGROVE]], 1)


@pytest.mark.parametrize("kind", ["before", "lose"])
def test_taking_a_link_back_without_an_answer_is_looked_up_too(tmp_path: Path, kind: str) -> None:
    story = linking(tmp_path)
    po = drop_shipped(story)
    story.night()
    story.buyer.edit_po(po["id"], customerCompany={"id": BEACON})
    strike(story, kind, method="DELETE")
    story.night()
    story.xero.faults.clear()
    story.night()
    assert customers(story) == [NAME[BEACON]]


@pytest.mark.parametrize("position", ["status", "element"])
def test_a_refused_link_is_not_sent_again_and_the_bill_stands(tmp_path: Path, position: str) -> None:
    story = linking(tmp_path, of_xero={"link_refusals": position})
    po = drop_shipped(story)
    contact = next(one for one in story.store.all("xero.contacts") if one["Name"] == NAME[ASHGROVE])
    handle = story.xero.handle

    def archived_meanwhile(request: Any) -> Any:
        if request.path.endswith("/LinkedTransactions") and request.method == "PUT":
            story.bookkeeper.settings.archive_contact(contact["ContactID"])
        return handle(request)

    story.xero.handle = archived_meanwhile
    story.night()
    story.xero.handle = handle
    story.bookkeeper.settings.restore_contact(contact["ContactID"])
    story.night()
    assert (customers(story), link_calls(story, "PUT")) == ([], 1)
    assert "link refused by Xero" in happened(story, f"po:{po['id']}")
    assert (story.quantities(), story.kinds()) == ({f"po:{po['id']}": ["4"]}, set())


def test_a_day_limit_leaves_links_to_the_next_run_and_the_night_ends_well(tmp_path: Path) -> None:
    story = linking(tmp_path)
    drop_shipped(story, 4, 5)
    strike(
        story, "status", status=429, headers={"Retry-After": "40000", "X-Rate-Limit-Problem": "day"}, nth=2, times=None
    )
    published = story.night()
    assert (published.report.count("confirmed"), len(customers(story))) == (1, 1)
    story.xero.faults.clear()
    story.night()
    assert customers(story) == [NAME[ASHGROVE]] * 2


def test_a_run_makes_so_many_calls_for_links_and_the_next_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing_linking, "MOST_CALLS", 4)
    story = linking(tmp_path)
    drop_shipped(story)
    drop_shipped(story, company=BEACON, number="PO-2")
    story.night()
    assert len(customers(story)) == 1
    story.night()
    assert customers(story) == [NAME[ASHGROVE], NAME[BEACON]]


# --- a person's work --------------------------------------------------------------------------------------------------


def test_a_link_that_a_person_removed_is_not_made_again(tmp_path: Path) -> None:
    story = linking(tmp_path)
    po = drop_shipped(story, 4, 5)
    story.night()
    removed = next(iter(story.store.all("xero.linkedtransactions")))
    story.bookkeeper.links.remove(removed["LinkedTransactionID"])
    story.night()
    assert len(customers(story)) == 1
    for company in (BEACON, ASHGROVE):
        story.buyer.edit_po(po["id"], customerCompany={"id": company})
        story.night()
    assert customers(story) == [NAME[ASHGROVE]]
    assert "customer left to a person" in happened(story, f"po:{po['id']}")


def test_a_link_that_a_person_gave_to_somebody_else_or_invoiced_stays(tmp_path: Path) -> None:
    story = linking(tmp_path)
    po = drop_shipped(story, 4, 5)
    story.night()
    bill = story.document(f"po:{po['id']}")
    other = next(one for one in story.store.all("xero.contacts") if one["Name"] == CUSTOMERS[252])
    story.bookkeeper.links.assign(bill["InvoiceID"], 0, other["ContactID"])
    second = next(one for one in story.store.all("xero.linkedtransactions") if one["ContactID"] != other["ContactID"])
    story.bookkeeper.links.invoice(second["LinkedTransactionID"])
    before = links(story)
    for company in (BEACON, NO_CONTACT):
        story.buyer.edit_po(po["id"], customerCompany={"id": company})
        story.night()
    assert links(story) == before
    assert link_calls(story, "DELETE") == 0


def test_a_line_that_a_person_linked_first_is_hers(tmp_path: Path) -> None:
    story = linking(tmp_path)
    strike(story, "status", status=503, times=None, method="GET")
    po = drop_shipped(story)
    story.night()
    story.xero.faults.clear()
    other = next(one for one in story.store.all("xero.contacts") if one["Name"] == NAME[BEACON])
    story.bookkeeper.links.assign(story.document(f"po:{po['id']}")["InvoiceID"], 0, other["ContactID"])
    story.night()
    calls = link_calls(story)
    story.night()
    assert (customers(story), link_calls(story), link_calls(story, "PUT")) == ([NAME[BEACON]], calls, 0)


@pytest.mark.parametrize("moves", [True, False])
@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED"])
def test_our_own_link_is_nobodys_work_on_the_bill(tmp_path: Path, moves: bool, status: str) -> None:
    story = linking(tmp_path, of_xero={"links_move_stamp": moves}, bill={"status": status}, history_notes=True)
    handle = story.xero.handle

    def some_seconds_later(request: Any) -> Any:
        if "/LinkedTransactions" in request.path:
            story.clock.travel(3)
        return handle(request)

    story.xero.handle = some_seconds_later
    po = drop_shipped(story)
    story.night()
    line = story.lines(po)[0]["id"]
    story.buyer.change_cost(line, Decimal("12.00"))
    story.night()
    (held,) = story.document(f"po:{po['id']}")["LineItems"]
    assert (held["UnitAmount"], customers(story)) == (12, [NAME[ASHGROVE]])
    story.buyer.edit_po(po["id"], customerCompany={"id": NO_CONTACT})
    story.night()
    assert customers(story) == []
    story.buyer.unreceive(line)
    story.night()
    assert (story.quantities(), story.kinds()) == ({}, set())


@pytest.mark.parametrize("position", ["refused", "goes", "stays"])
def test_a_bill_is_changed_and_withdrawn_whatever_xero_makes_of_linked_lines(tmp_path: Path, position: str) -> None:
    story = linking(tmp_path, of_xero={"linked_lines": position})
    po = drop_shipped(story, 4, 5)
    story.night()
    first, second = (line["id"] for line in story.lines(po))
    story.buyer.unreceive(first)
    story.buyer.cancel_line(first)
    story.night()
    assert (story.quantities(), len(links(story)), story.kinds()) == ({f"po:{po['id']}": ["5"]}, 1, set())
    story.buyer.unreceive(second)
    story.night()
    assert (story.quantities(), links(story), story.kinds()) == ({}, [], set())
    assert list(story.store.all("xero.linkedtransactions")) == []


def test_a_ledger_that_was_rebuilt_doubles_no_link(tmp_path: Path) -> None:
    story = linking(tmp_path)
    drop_shipped(story)
    story.night()
    (story.home / "warehouse.duckdb").unlink()
    for _ in range(3):
        story.night()
    assert customers(story) == [NAME[ASHGROVE]]
    assert the_link(story)
