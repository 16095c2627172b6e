"""Reading: what is tried again, what is not, and what a person is told."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from cwxero_dagster.transport import (
    CallFailed,
    CredentialsRefused,
    LimitReached,
    MalformedAnswer,
    NotFound,
    RequestRefused,
    SystemDown,
)


def test_numbers_with_a_fraction_arrive_exact(connect, scripted):
    system = scripted(httpx.Response(200, content=b'{"cost": 0.1, "count": 3, "large": 1234567890.123456789}'))
    value = connect(system).get("/lines").json()
    assert value == {"cost": Decimal("0.1"), "count": 3, "large": Decimal("1234567890.123456789")}
    assert isinstance(value["cost"], Decimal)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(500),
        httpx.Response(503, text="Organisation offline"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("dropped"),
        httpx.Response(200, content=b'{"cut": '),
        httpx.Response(200, content=b'{"cost": NaN}'),
    ],
    ids=["500", "503", "no connection", "timeout", "dropped", "half an answer", "not a number"],
)
def test_a_read_is_tried_again_after_trouble_that_may_pass(connect, scripted, clock, trouble):
    system = scripted(trouble, httpx.Response(200, json={"ok": True}))
    assert connect(system).get("/x").json() == {"ok": True}
    assert clock.slept == [1.0]


def test_a_read_is_given_up_after_four_tries_with_growing_waits(connect, scripted, clock):
    system = scripted(*[httpx.Response(502)] * 4)
    with pytest.raises(SystemDown) as caught:
        connect(system).get("/x")
    assert len(system.requests) == 4
    assert clock.slept == [1.0, 2.0, 4.0]
    assert caught.value.status == 502


def test_an_answer_that_stays_garbled_is_malformed(connect, scripted):
    system = scripted(*[httpx.Response(200, content=b"<html>")] * 4)
    with pytest.raises(MalformedAnswer, match="cannot be understood") as caught:
        connect(system).get("/x")
    assert caught.value.body_excerpt == "<html>"
    assert "<html>" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RequestRefused),
        (401, CredentialsRefused),
        (403, CredentialsRefused),
        (404, NotFound),
        (409, RequestRefused),
        (412, RequestRefused),
    ],
)
def test_a_refusal_is_not_tried_again_and_carries_the_systems_words(connect, scripted, status, kind):
    system = scripted(httpx.Response(status, json={"Message": "the words  of it."}))
    with pytest.raises(kind, match="This changed nothing in") as caught:
        connect(system).get("/x", what="the chart of accounts")
    assert len(system.requests) == 1
    assert caught.value.status == status
    assert str(status) not in str(caught.value)
    if kind is not NotFound:
        assert '"the words of it"' in str(caught.value)
    assert "the chart of accounts" in str(caught.value)


def test_a_redirect_is_not_followed(connect, scripted):
    system = scripted(httpx.Response(302, headers={"location": "https://elsewhere.example/"}))
    with pytest.raises(RequestRefused, match="moved elsewhere"):
        connect(system).get("/x")
    assert len(system.requests) == 1


def test_a_minute_limit_is_waited_for_as_long_as_the_system_says(connect, scripted, clock):
    system = scripted(httpx.Response(429, headers={"retry-after": "30"}), httpx.Response(200, json=[]))
    assert connect(system).get("/x").json() == []
    assert clock.slept == [30.0]


def test_a_limit_that_ends_at_a_date_is_waited_for(connect, scripted, clock):
    at = "Mon, 01 Jun 2026 09:00:20 GMT"
    system = scripted(httpx.Response(429, headers={"retry-after": at}), httpx.Response(200, json=[]))
    connect(system).get("/x")
    assert clock.slept == [20.0]


def test_a_concurrency_limit_without_a_time_is_backed_off_from(connect, scripted, clock):
    refused = httpx.Response(429, headers={"x-rate-limit-problem": "concurrent"})
    system = scripted(refused, refused, httpx.Response(200, json=[]))
    connect(system).get("/x")
    assert clock.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    ("headers", "limit", "seconds"),
    [
        ({"x-rate-limit-problem": "DayLimit", "retry-after": "10"}, "day", 10.0),
        ({"x-rate-limit-problem": "day"}, "day", None),
        ({"retry-after": "66975"}, "unknown", 66975.0),
        ({"x-rate-limit-problem": "minute", "retry-after": "66"}, "minute", 66.0),
    ],
)
def test_a_limit_beyond_the_longest_wait_ends_the_call(connect, scripted, clock, headers, limit, seconds):
    system = scripted(httpx.Response(429, headers=headers))
    with pytest.raises(LimitReached) as caught:
        connect(system).get("/x")
    assert (caught.value.limit, caught.value.retry_after) == (limit, seconds)
    assert clock.slept == []


def test_a_limit_that_stays_is_reported_after_four_tries(connect, scripted):
    system = scripted(*[httpx.Response(429, headers={"retry-after": "1"})] * 4)
    with pytest.raises(LimitReached, match="continues where it stopped"):
        connect(system).get("/x")


def test_retry_after_that_makes_no_sense_is_treated_as_absent(connect, scripted, clock):
    system = scripted(httpx.Response(429, headers={"retry-after": "soon"}), httpx.Response(200, json=[]))
    connect(system).get("/x")
    assert clock.slept == [1.0]


@pytest.mark.parametrize("path", ["https://elsewhere.example/x", "/x?y=1", "/x#y"])
def test_keys_are_sent_below_the_configured_address_only(connect, scripted, path):
    system = scripted()
    with pytest.raises(ValueError, match="not a path"):
        connect(system).get(path)
    assert system.requests == []


def test_an_address_that_was_allowed_may_be_called(connect, scripted):
    system = scripted(httpx.Response(200, json=[]))
    connect(system, also=("https://api.example.com/connections",)).get("https://api.example.com/connections")
    assert str(system.requests[0].url) == "https://api.example.com/connections"


def test_parameters_arrive_as_they_were_meant(connect, scripted):
    system = scripted(httpx.Response(200, json=[]))
    connect(system).get("/x", [("where", 'Name=="A & B + C"'), ("page", "1")])
    assert dict(system.requests[0].url.params) == {"where": 'Name=="A & B + C"', "page": "1"}


@pytest.mark.parametrize(
    "address",
    [
        "http://api.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "ftp://localhost",
        "api.example.com",
        "https://user:word@api.example.com",
        "https://api.example.com/?a=b",
        "",
    ],
)
def test_an_unsafe_address_is_refused(connect, scripted, address):
    with pytest.raises(ValueError, match="the address set for Xero"):
        connect(scripted(), base_url=address)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8080/a", "http://localhost:1/a", "http://[::1]:9/a"])
def test_plain_http_is_for_this_machine(connect, scripted, address):
    system = scripted(httpx.Response(200, json=[]))
    connect(system, base_url=address).get("/x")
    assert str(system.requests[0].url) == f"{address}/x"


def test_every_failure_names_its_system_and_says_what_to_do(connect, scripted):
    system = scripted(*[httpx.ConnectError("nobody there")] * 4)
    with pytest.raises(CallFailed) as caught:
        connect(system).get("/x")
    assert caught.value.system == "Xero"
    assert str(caught.value) == caught.value.message_for_people
    assert "Run the same again in a few minutes" in str(caught.value)
    assert caught.value.reason == "ConnectError"
