"""The fault planner: which request is struck, what it sees, and what a broken faults file says."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from cwxero_dagster.sandbox.faults import Dropped, Fault, FaultFileError, FaultPlan
from cwxero_dagster.sandbox.wire import Request, Response, transport


class Counter:
    """A system that counts what it processed."""

    def __init__(self) -> None:
        self.processed = 0

    def __call__(self, request: Request) -> Response:
        self.processed += 1
        return Response(200, b'{"n": 12345}')


def ask(plan: FaultPlan, system: Counter, path: str = "/orders", method: str = "GET") -> Response:
    return plan.around("connectwise", Request(method, path), system)


def test_without_faults_every_request_is_processed() -> None:
    system = Counter()
    assert ask(FaultPlan(), system).status == 200
    assert system.processed == 1


def test_a_request_dropped_before_is_never_processed() -> None:
    system, plan = Counter(), FaultPlan((Fault(system="connectwise", kind="before"),))
    with pytest.raises(Dropped):
        ask(plan, system)
    assert system.processed == 0
    assert ask(plan, system).status == 200


def test_a_lost_answer_was_processed() -> None:
    system, plan = Counter(), FaultPlan((Fault(system="connectwise", kind="lose"),))
    with pytest.raises(Dropped):
        ask(plan, system)
    assert system.processed == 1


def test_the_nth_match_is_struck_as_often_as_planned() -> None:
    fault = Fault(system="connectwise", kind="status", path_contains="orders", nth=2, times=2, status=500)
    system, plan = Counter(), FaultPlan((fault,))
    assert [ask(plan, system, path).status for path in ("/orders", "/else", "/orders", "/orders", "/orders")] == [
        200,
        200,
        500,
        500,
        200,
    ]
    assert plan.planned == ()
    assert [path for _, _, path in plan.struck] == ["/orders", "/orders"]


def test_a_fault_without_end_strikes_until_it_is_cleared() -> None:
    system = Counter()
    plan = FaultPlan(
        (Fault(system="connectwise", kind="status", status=429, headers={"Retry-After": "7"}, times=None),)
    )
    answers = [ask(plan, system) for _ in range(5)]
    assert {(answer.status, answer.headers["Retry-After"]) for answer in answers} == {(429, "7")}
    plan.clear()
    assert ask(plan, system).status == 200


def test_method_and_system_narrow_a_fault() -> None:
    system = Counter()
    plan = FaultPlan(
        (
            Fault(system="connectwise", kind="status", method="PUT", times=None),
            Fault(system="xero", kind="status", times=None),
        )
    )
    assert ask(plan, system).status == 200
    assert ask(plan, system, method="PUT").status == 503


def test_a_status_fault_answers_json_or_text_as_given() -> None:
    system = Counter()
    empty = ask(FaultPlan((Fault(system="connectwise", kind="status", status=200, body=[]),)), system)
    assert (empty.status, empty.body, empty.headers["content-type"]) == (200, b"[]", "application/json")
    text = ask(FaultPlan((Fault(system="connectwise", kind="status", status=502, body="<html>bad gateway"),)), system)
    assert (text.status, text.body) == (502, b"<html>bad gateway")
    assert system.processed == 0


def test_a_malformed_answer_is_no_json_and_was_processed() -> None:
    system = Counter()
    answer = ask(FaultPlan((Fault(system="connectwise", kind="malformed"),)), system)
    assert system.processed == 1
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


def test_a_slow_answer_waits_and_arrives_whole() -> None:
    waited: list[float] = []
    system, plan = Counter(), FaultPlan((Fault(system="connectwise", kind="slow", seconds=12.5),), sleep=waited.append)
    assert json.loads(ask(plan, system).body) == {"n": 12345}
    assert waited == [12.5]


def test_a_client_over_the_in_process_transport_sees_a_dropped_connection_as_httpx_does() -> None:
    plan = FaultPlan((Fault(system="connectwise", kind="before"),))
    handler = transport(lambda request: plan.around("connectwise", request, Counter()))
    with httpx.Client(transport=handler) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get("http://sandbox/orders")


def test_a_faults_file_loads(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('[{"system": "xero", "kind": "lose", "method": "PUT", "nth": 2, "times": null}]')
    assert FaultPlan.load(path).planned == (Fault(system="xero", kind="lose", method="PUT", nth=2, times=None),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[\n {", "line 2, column 3: is not JSON"),
        ('{"system": "xero"}', "holds a JSON object; allowed is a list"),
        ("[7]", "fault 1: is a JSON number; allowed is an object"),
        ('[{"kind": "lose"}]', 'fault 1: has no "system"; allowed: connectwise or xero'),
        ('[{"system": "xero", "kind": "lose"}, {"system": "xero"}]', 'fault 2: has no "kind"'),
        ('[{"system": "sage", "kind": "lose"}]', 'field "system": "sage" is not allowed; allowed: connectwise or xero'),
        ('[{"system": "xero", "kind": ["lose"]}]', 'field "kind": ["lose"] is not allowed; allowed: before, lose'),
        ('[{"system": "xero", "kind": "lose", "knd": 1}]', 'unknown field "knd"'),
        ('[{"system": "xero", "kind": "lose", "nth": 0}]', 'field "nth": 0 is not allowed; allowed: a whole number'),
        ('[{"system": "xero", "kind": "lose", "nth": true}]', 'field "nth": true is not allowed'),
        ('[{"system": "xero", "kind": "status", "status": 700}]', 'field "status": 700 is not allowed'),
        ('[{"system": "xero", "kind": "status", "headers": {"a": 1}}]', 'field "headers"'),
        ('[{"system": "xero", "kind": "slow", "seconds": "5"}]', 'field "seconds": "5" is not allowed'),
        ('[{"system": "xero", "kind": "lose", "method": "put"}]', 'field "method": "put" is not allowed'),
    ],
)
def test_a_broken_faults_file_names_the_place_the_value_and_what_is_allowed(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text)
    with pytest.raises(FaultFileError) as caught:
        FaultPlan.load(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_faults_file_that_is_missing_or_no_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(FaultFileError, match="cannot be read"):
        FaultPlan.load(tmp_path / "none.json")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FaultFileError, match="not UTF-8"):
        FaultPlan.load(tmp_path / "binary")
