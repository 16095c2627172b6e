"""Links of a bill's line to a customer: what a link needs, what follows for it, and when it may go."""

from __future__ import annotations

from typing import Any

import pytest

from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.sandbox.xero.desk import NotPossibleError


def link_of(made: dict[str, Any], contact: str, position: int = 0, **more: Any) -> dict[str, Any]:
    line = made["LineItems"][position]["LineItemID"]
    return {"SourceTransactionID": made["InvoiceID"], "SourceLineItemID": line, "ContactID": contact, **more}


def link(firm: Any, made: dict[str, Any], contact: str) -> dict[str, Any]:
    answer = firm.call("PUT", "LinkedTransactions", {"LinkedTransactions": [link_of(made, contact)]})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["LinkedTransactions"][0])


def listed(firm: Any, **query: Any) -> list[tuple[str, str]]:
    found = firm.get("LinkedTransactions", **query)["LinkedTransactions"]
    return [(one["ContactID"], one["Status"]) for one in found]


def test_a_line_is_linked_to_a_customer_once(firm: Any, sample: Any) -> None:
    made = firm.bill()
    first = link(firm, made, sample.dicker)
    second = firm.call("PUT", "LinkedTransactions", link_of(made, sample.ingram))
    assert (first["Type"], first["SourceTransactionTypeCode"]) == ("BILLABLEEXPENSE", "ACCPAY")
    assert second.status_code == 400
    assert listed(firm, SourceTransactionID=made["InvoiceID"]) == [(sample.dicker, "DRAFT")]
    assert firm.get(f"LinkedTransactions/{first['LinkedTransactionID']}")["LinkedTransactions"] == [first]
    assert firm.xero.complaints == []


REFUSED = [
    (
        "a line of another bill",
        {"SourceLineItemID": "other"},
        "The SourceLineItemID and SourceTransactionID do not match",
    ),
    (
        "a bill that is none",
        {"SourceTransactionID": "none"},
        "The SourceLineItemID and SourceTransactionID do not match",
    ),
    ("no line at all", {"SourceLineItemID": None}, "The SourceLineItemID and SourceTransactionID do not match"),
    ("an archived customer", {"ContactID": "old"}, "has been archived"),
    ("an unknown customer", {"ContactID": "none"}, "matched no contact"),
    ("another type", {"Type": "INCOME"}, "Type: 'INCOME' is not valid"),
    ("a target that is none", {"TargetTransactionID": "none"}, "target transaction could not be found"),
]


@pytest.mark.parametrize(("fields", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_link_that_cannot_be_is_refused(firm: Any, sample: Any, fields: dict[str, Any], said: str) -> None:
    made, other = firm.bill(), firm.bill()
    ids = {"other": other["LineItems"][0]["LineItemID"], "old": sample.old, "none": sample.guid(99)}
    wrong = {name: ids.get(str(value), value) for name, value in fields.items()}
    answer = firm.call("PUT", "LinkedTransactions", {**link_of(made, sample.dicker), **wrong})
    assert answer.status_code == 400
    assert said in answer.json()["Elements"][0]["ValidationErrors"][0]["Message"]
    assert listed(firm) == []


def test_a_refusal_may_come_as_a_success_with_errors_in_it(make: Any, sample: Any) -> None:
    firm = make(link_refusals="element")
    answer = firm.call("PUT", "LinkedTransactions", link_of(firm.bill(), sample.old))
    (element,) = answer.json()["LinkedTransactions"]
    assert (answer.status_code, "archived" in element["ValidationErrors"][0]["Message"]) == (200, True)
    assert listed(firm) == []


@pytest.mark.parametrize("move", ["delete", "void"])
def test_a_bill_that_is_gone_takes_no_link_and_its_links_are_void(firm: Any, sample: Any, move: str) -> None:
    made = firm.bill(Status="AUTHORISED" if move == "void" else "DRAFT")
    kept = link(firm, made, sample.dicker)
    getattr(firm.person, move)(made["InvoiceID"])
    assert listed(firm) == [(sample.dicker, "VOIDED")]
    assert firm.call("DELETE", f"LinkedTransactions/{kept['LinkedTransactionID']}").status_code == 400
    second = {**sample.bill(), "LineItems": [sample.line(), sample.line()]}
    two = firm.bill(**second, Status="AUTHORISED" if move == "void" else "DRAFT")
    getattr(firm.person, move)(two["InvoiceID"])
    assert firm.call("PUT", "LinkedTransactions", link_of(two, sample.dicker)).status_code == 400


def test_a_line_of_words_cannot_be_billed_on(firm: Any, sample: Any) -> None:
    made = firm.bill(LineItems=[{"Description": "words"}, sample.line()])
    assert firm.call("PUT", "LinkedTransactions", link_of(made, sample.dicker)).status_code == 400
    assert firm.call("PUT", "LinkedTransactions", link_of(made, sample.dicker, 1)).status_code == 200


def test_the_status_follows_bill_and_customers_invoice(firm: Any, sample: Any) -> None:
    made = firm.bill()
    kept = link(firm, made, sample.dicker)
    firm.person.approve(made["InvoiceID"])
    assert listed(firm, ContactID=sample.dicker, Status="APPROVED") == [(sample.dicker, "APPROVED")]
    firm.person.links.invoice(kept["LinkedTransactionID"])
    assert listed(firm) == [(sample.dicker, "ONDRAFT")]
    assert firm.call("DELETE", f"LinkedTransactions/{kept['LinkedTransactionID']}").status_code == 400
    with pytest.raises(NotPossibleError):
        firm.person.links.assign(made["InvoiceID"], 0, sample.ingram)


def test_a_link_is_given_to_another_customer_and_deleted_with_an_empty_answer(firm: Any, sample: Any) -> None:
    kept = link(firm, firm.bill(), sample.dicker)
    address = f"LinkedTransactions/{kept['LinkedTransactionID']}"
    moved = firm.call("POST", address, {"LinkedTransactions": [{"ContactID": sample.ingram}]})
    assert (moved.status_code, listed(firm)) == (200, [(sample.ingram, "DRAFT")])
    gone = firm.call("DELETE", address)
    assert (gone.status_code, gone.content, listed(firm)) == (204, b"", [])
    assert firm.call("DELETE", address).status_code == 404


def test_only_the_first_of_several_links_is_looked_at(firm: Any, sample: Any) -> None:
    made = firm.bill(LineItems=[sample.line(), sample.line()])
    both = [link_of(made, sample.dicker), link_of(made, sample.dicker, 1)]
    answer = firm.call("PUT", "LinkedTransactions", {"LinkedTransactions": both})
    assert (answer.status_code, len(listed(firm))) == (200, 1)
    assert any("beside the first" in complaint for complaint in firm.xero.complaints)


@pytest.mark.parametrize(
    ("position", "updated", "left"), [("refused", False, 2), ("goes", True, 1), ("stays", True, 2)]
)
def test_a_write_that_drops_a_linked_line(make: Any, sample: Any, position: str, updated: bool, left: int) -> None:
    firm = make(linked_lines=position)
    made = firm.bill(LineItems=[sample.line(), sample.line(Description="second")])
    link(firm, made, sample.dicker)
    assert firm.call("PUT", "LinkedTransactions", link_of(made, sample.dicker, 1)).status_code == 200
    element = firm.change(made["InvoiceID"], LineItems=[{"LineItemID": made["LineItems"][0]["LineItemID"]}])
    assert (element["StatusAttributeString"] != "ERROR", len(listed(firm))) == (updated, left)
    deleted = firm.change(made["InvoiceID"], Status="DELETED")
    assert (deleted["StatusAttributeString"] != "ERROR") is updated


@pytest.mark.parametrize("moves", [True, False])
def test_a_link_may_move_the_stamp_of_its_bill(make: Any, sample: Any, moves: bool) -> None:
    firm = make(links_move_stamp=moves)
    made = firm.bill()
    firm.clock.travel(60)
    link(firm, made, sample.dicker)
    assert (firm.read(made["InvoiceID"])["UpdatedDateUTC"] != made["UpdatedDateUTC"]) is moves


def test_a_page_holds_a_hundred_links(firm: Any, sample: Any) -> None:
    made = firm.bill(LineItems=[sample.line() for _ in range(101)])
    firm.clock.travel(60)
    for position in range(101):
        firm.clock.travel(2)
        assert firm.call("PUT", "LinkedTransactions", link_of(made, sample.dicker, position)).status_code == 200
    asked = {"SourceTransactionID": made["InvoiceID"]}
    assert [len(listed(firm, **asked, page=page)) for page in (1, 2, 3)] == [100, 1, 0]


@pytest.mark.parametrize(
    ("query", "status"),
    [({"SourceTransactionID": "x"}, 400), ({"Status": "DRAFT"}, 400), ({"page": 0}, 400), ({"Wrong": 1}, 200)],
)
def test_a_filter_that_cannot_be_is_refused(firm: Any, query: dict[str, Any], status: int) -> None:
    assert firm.call("GET", "LinkedTransactions", **query).status_code == status


def test_the_same_link_sent_twice_under_one_key_is_made_once_also_when_its_answer_was_lost(
    firm: Any, sample: Any
) -> None:
    made = firm.bill()
    key = {"idempotency-key": "link/1"}
    firm.xero.faults.add(Fault(system="xero", kind="lose", method="PUT", path_contains="/LinkedTransactions"))
    with pytest.raises(Exception, match="disconnected"):
        firm.call("PUT", "LinkedTransactions", link_of(made, sample.dicker), headers=key)
    again = firm.call("PUT", "LinkedTransactions", link_of(made, sample.dicker), headers=key)
    assert (again.status_code, len(listed(firm))) == (200, 1)


def test_without_the_right_nothing_is_linked(make: Any, sample: Any) -> None:
    firm = make(scopes=("accounting.contacts", "accounting.invoices.read"))
    answer = firm.call(
        "PUT", "LinkedTransactions", link_of({"InvoiceID": "x", "LineItems": [{"LineItemID": "y"}]}, "z")
    )
    assert (answer.status_code, firm.call("GET", "LinkedTransactions").status_code) == (401, 200)


def test_a_link_needs_the_id_that_the_line_has_now(firm: Any, sample: Any) -> None:
    made = firm.bill()
    firm.change(made["InvoiceID"], Status="SUBMITTED")
    assert firm.call("PUT", "LinkedTransactions", link_of(made, sample.dicker)).status_code == 400
