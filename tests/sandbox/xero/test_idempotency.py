"""The same write sent again, and writes whose answer never came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from cwxero_dagster.sandbox.faults import Fault, FaultPlan


def put(firm: Any, body: Any, key: str = "org/batch-1/1", **query: Any) -> httpx.Response:
    asked = {"unitdp": 4, "summarizeErrors": "false", **query}
    answer: httpx.Response = firm.call("PUT", "Invoices", body, headers={"idempotency-key": key}, **asked)
    return answer


def bills(firm: Any) -> int:
    return len(list(firm.store.all("xero.invoices")))


def test_the_same_request_with_its_key_is_done_once_and_answered_byte_for_byte(firm: Any, sample: Any) -> None:
    body = {"Invoices": [sample.bill(), sample.bill(InvoiceNumber="INV-2")]}
    first = put(firm, body)
    firm.clock.travel(359)
    second = put(firm, body)
    assert (first.content, first.status_code) == (second.content, second.status_code)
    assert bills(firm) == 2
    assert second.headers["x-daylimit-remaining"] == "4998"


def test_after_six_minutes_the_key_is_forgotten(firm: Any, sample: Any) -> None:
    body = {"Invoices": [sample.bill()]}
    put(firm, body)
    firm.clock.travel(360)
    put(firm, body)
    assert bills(firm) == 2


def test_another_key_is_another_bill(firm: Any, sample: Any) -> None:
    body = {"Invoices": [sample.bill()]}
    put(firm, body)
    put(firm, body, key="org/batch-1/2")
    assert bills(firm) == 2


def test_a_key_cannot_serve_another_request(firm: Any, sample: Any) -> None:
    body = {"Invoices": [sample.bill()]}
    put(firm, body)
    others = [
        put(firm, {"Invoices": [sample.bill(InvoiceNumber="INV-2")]}),
        put(firm, body, unitdp=2),
        firm.call("POST", "Invoices", body, headers={"idempotency-key": "org/batch-1/1"}),
    ]
    for answer in others:
        assert answer.status_code == 400
        assert "used with a different request" in answer.json()["Message"]
    assert bills(firm) == 1


def test_errors_are_remembered_too(firm: Any, sample: Any) -> None:
    body = {"Invoices": [sample.bill(CurrencyCode="NZD")]}
    first = put(firm, body, summarizeErrors="true")
    firm.store.put("xero.currencies", "NZD", {"Code": "NZD"})
    assert put(firm, body, summarizeErrors="true").content == first.content
    assert put(firm, body, key="new").status_code == 200
    assert bills(firm) == 1


@pytest.mark.parametrize(("length", "status"), [(128, 200), (129, 400)])
def test_a_key_has_at_most_128_characters(length: int, status: int, firm: Any, sample: Any) -> None:
    assert put(firm, {"Invoices": [sample.bill()]}, key="k" * length).status_code == status
    assert bills(firm) == (1 if status == 200 else 0)


def test_reads_ignore_a_key(firm: Any) -> None:
    headers = {"idempotency-key": "k"}
    assert firm.call("GET", "Invoices", headers=headers).status_code == 200
    assert firm.call("GET", "Accounts", headers=headers).status_code == 200


def test_a_request_lost_before_it_arrived_did_nothing_and_can_be_sent_again(make: Any, sample: Any) -> None:
    firm = make(FaultPlan((Fault(system="xero", kind="before", method="PUT"),)))
    body = {"Invoices": [sample.bill()]}
    with pytest.raises(httpx.RemoteProtocolError):
        put(firm, body)
    assert bills(firm) == 0
    assert put(firm, body).status_code == 200
    assert bills(firm) == 1


def test_a_lost_answer_is_had_by_sending_the_same_bytes_again(make: Any, sample: Any) -> None:
    firm = make(FaultPlan((Fault(system="xero", kind="lose", method="PUT"),)))
    body = {"Invoices": [sample.bill()]}
    with pytest.raises(httpx.RemoteProtocolError):
        put(firm, body)
    assert bills(firm) == 1

    (answer,) = put(firm, body).json()["Invoices"]
    assert bills(firm) == 1
    assert firm.read(answer["InvoiceID"])["InvoiceNumber"] == "INV-1 | PO-1001"
    assert [one.status for one in firm.xero.seen if one.method == "PUT"] == [0, 200]


def test_a_lost_answer_without_a_key_is_a_second_bill(make: Any, sample: Any) -> None:
    firm = make(FaultPlan((Fault(system="xero", kind="lose", method="PUT"),)))
    with pytest.raises(httpx.RemoteProtocolError):
        firm.call("PUT", "Invoices", {"Invoices": [sample.bill()]}, headers={"idempotency-key": ""}, unitdp=4)
    firm.call("PUT", "Invoices", {"Invoices": [sample.bill()]}, headers={"idempotency-key": ""}, unitdp=4)
    assert bills(firm) == 2
    assert set(firm.xero.complaints) == {"PUT /api.xro/2.0/Invoices: written without an Idempotency-Key"}


@pytest.mark.parametrize(("cached", "second"), [(False, 200), (True, 503)])
def test_an_injected_server_error_is_remembered_only_by_switch(
    cached: bool, second: int, make: Any, sample: Any
) -> None:
    firm = make(FaultPlan((Fault(system="xero", kind="status", method="PUT"),)), server_errors_cached=cached)
    body = {"Invoices": [sample.bill()]}
    assert put(firm, body).status_code == 503
    assert put(firm, body).status_code == second


def test_half_an_answer_after_the_work_was_done(make: Any, sample: Any) -> None:
    firm = make(FaultPlan((Fault(system="xero", kind="malformed", method="PUT"),)))
    body = {"Invoices": [sample.bill()]}
    broken = put(firm, body)
    with pytest.raises(ValueError, match=r"."):
        broken.json()
    assert put(firm, body).json()["Invoices"][0]["StatusAttributeString"] == "OK"
    assert bills(firm) == 1


def test_a_late_commit_comes_after_the_caller_gave_up(firm: Any, sample: Any) -> None:
    firm.xero.delay_next_write(300)
    body = {"Invoices": [sample.bill()]}
    with pytest.raises(httpx.RemoteProtocolError):
        put(firm, body)
    firm.clock.travel(299)
    assert firm.get("Invoices")["Invoices"] == []
    firm.clock.travel(1)
    assert len(firm.get("Invoices")["Invoices"]) == 1


def test_a_late_commit_after_a_repetition_with_the_same_key_does_nothing(firm: Any, sample: Any) -> None:
    firm.xero.delay_next_write(120)
    body = {"Invoices": [sample.bill()]}
    with pytest.raises(httpx.RemoteProtocolError):
        put(firm, body)
    assert put(firm, body).status_code == 200
    firm.clock.travel(121)
    assert len(firm.get("Invoices")["Invoices"]) == 1


def test_answers_are_remembered_over_a_restart(firm: Any, sample: Any, tmp_path: Path) -> None:
    path, body = tmp_path / "state.sqlite", {"Invoices": [sample.bill(), sample.bill(InvoiceNumber="INV-2")]}
    answers = []
    for _ in range(2):
        restarted = firm.restarted(path)
        answers.append(put(restarted, body).content)
        assert bills(restarted) == 2
        restarted.store.close()
    assert answers[0] == answers[1]
