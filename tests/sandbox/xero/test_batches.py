"""Several documents in one request: partial success, and answers in another order."""

from __future__ import annotations

from typing import Any

import pytest


def five(sample: Any) -> list[dict[str, Any]]:
    good = [sample.bill(InvoiceNumber=f"INV-{place}", Date=f"2026-06-{20 - place:02d}") for place in range(5)]
    good[1]["CurrencyCode"] = "EUR"
    good[3]["LineItems"] = [sample.line(Quantity=-1), sample.line(AccountCode="999")]
    return good


def stored(firm: Any) -> list[str]:
    return [one["InvoiceNumber"] for one in firm.store.all("xero.invoices")]


@pytest.mark.parametrize("said", [{}, {"summarizeErrors": "true"}])
def test_summarised_errors_answer_400_with_the_bad_ones_while_the_good_ones_are_created(
    said: dict[str, str], firm: Any, sample: Any, refusals: Any
) -> None:
    answer = firm.call("PUT", "Invoices", {"Invoices": five(sample)}, unitdp=4, **said)

    assert answer.status_code == 400
    body = answer.json()
    assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
    assert [one["InvoiceNumber"] for one in body["Elements"]] == ["INV-1", "INV-3"]
    assert refusals(body["Elements"][1]) == [
        "The quantity value '-1.0000' is invalid. Quantity must not be less than zero.",
        "Account code '999' is not a valid code for this document.",
    ]
    assert stored(firm) == ["INV-0", "INV-2", "INV-4"]
    assert firm.xero.complaints == ["PUT /api.xro/2.0/Invoices: a batch without summarizeErrors=false"]


def test_without_summary_every_element_is_answered_with_200(firm: Any, sample: Any) -> None:
    answers = {one["InvoiceNumber"]: one for one in firm.put(*five(sample))}
    assert {number: one["StatusAttributeString"] for number, one in answers.items()} == {
        "INV-0": "OK",
        "INV-1": "ERROR",
        "INV-2": "OK",
        "INV-3": "ERROR",
        "INV-4": "OK",
    }
    assert answers["INV-1"]["InvoiceID"] == "00000000-0000-0000-0000-000000000000"
    assert stored(firm) == ["INV-0", "INV-2", "INV-4"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("sent", ["INV-0", "INV-1", "INV-2", "INV-3", "INV-4"]),
        ("reversed", ["INV-4", "INV-3", "INV-2", "INV-1", "INV-0"]),
        ("date", ["INV-4", "INV-3", "INV-2", "INV-1", "INV-0"]),
    ],
)
def test_the_order_of_the_answer(order: str, expected: list[str], make: Any, sample: Any) -> None:
    assert [one["InvoiceNumber"] for one in make(batch_order=order).put(*five(sample))] == expected


def test_the_answer_is_shuffled_always_the_same_way(make: Any, sample: Any) -> None:
    orders = {tuple(one["InvoiceNumber"] for one in make().put(*five(sample))) for _ in range(2)}
    assert len(orders) == 1
    assert list(orders.pop()) != [f"INV-{place}" for place in range(5)]


@pytest.mark.parametrize("count", [2, 3])
def test_a_shuffled_answer_is_never_in_the_order_sent(count: int, firm: Any, sample: Any) -> None:
    for attempt in range(8):
        numbers = [f"INV-{attempt}-{place}" for place in range(count)]
        answer = firm.put(*(sample.bill(InvoiceNumber=number) for number in numbers))
        assert [one["InvoiceNumber"] for one in answer] != numbers


def test_errors_of_lines_stand_in_the_lines_where_the_switch_says_so(make: Any, sample: Any) -> None:
    firm = make(line_errors_on_line=True)
    (answer,) = firm.put(sample.bill(LineItems=[sample.line(AccountCode="999")]))
    assert answer["ValidationErrors"] == []
    assert answer["LineItems"][0]["ValidationErrors"][0]["Message"].startswith("Account code '999'")


def test_too_many_elements_are_refused_as_a_whole(make: Any, sample: Any) -> None:
    firm = make(largest_batch=3)
    answer = firm.call("PUT", "Invoices", {"Invoices": [sample.bill()] * 4}, summarizeErrors="false")
    assert answer.status_code == 400
    assert "at most 3" in answer.json()["Message"]
    assert stored(firm) == []


def test_a_body_that_is_too_large_is_refused(make: Any, sample: Any) -> None:
    answer = make(largest_body=100).call("PUT", "Invoices", {"Invoices": [sample.bill()]})
    assert answer.status_code == 413


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"Invoices": "x"}', b'{"Invoices": []}', b'{"Invoices": [NaN]}'])
def test_a_body_that_cannot_be_read_is_refused(body: bytes, firm: Any) -> None:
    headers = {
        "authorization": f"Bearer {firm.token}",
        "accept": "application/json",
        "content-type": "application/json",
    }
    answer = firm.client.put("/api.xro/2.0/Invoices", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["Type"] == "PostDataInvalidException"


def test_a_body_that_is_not_declared_as_json_is_refused(firm: Any, sample: Any) -> None:
    headers = {"authorization": f"Bearer {firm.token}", "accept": "application/json"}
    answer = firm.client.put("/api.xro/2.0/Invoices", content=b'{"Invoices": []}', headers=headers)
    assert answer.json()["Type"] == "PostDataInvalidException"


def test_amounts_leave_as_text_where_the_switch_says_so(make: Any) -> None:
    made = make(amounts_as_text=True).bill()
    assert (made["Total"], made["LineItems"][0]["Quantity"]) == ("550.00", "2.0000")
