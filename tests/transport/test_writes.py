"""Writing: one request, unless it was certainly not carried out."""

from __future__ import annotations

import httpx
import pytest

from cwxero_dagster.transport import (
    CredentialsRefused,
    LimitReached,
    NotFound,
    OutcomeUnknown,
    RequestRefused,
    SystemDown,
)

BODY = b'{"Invoices":[{"InvoiceNumber":"A-1 | PO-1001"}]}'


def write(transport):
    return transport.send("PUT", "/Invoices", BODY, headers={"idempotency-key": "k-1"}, what="bills")


def test_the_bytes_arrive_as_they_are(connect, scripted):
    system = scripted(httpx.Response(200, json={"Invoices": []}))
    assert write(connect(system)).json() == {"Invoices": []}
    assert system.requests[0].content == BODY
    assert system.requests[0].headers["idempotency-key"] == "k-1"


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.WriteError("reset"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("dropped"),
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(504),
        httpx.Response(408),
        httpx.Response(200, content=b'{"Invoices": [{"Invoi'),
        httpx.Response(200, content=b""),
        httpx.DecodingError("no gzip"),
    ],
    ids=str,
)
def test_whatever_leaves_doubt_is_unknown_and_never_sent_twice(connect, scripted, trouble):
    system = scripted(trouble)
    with pytest.raises(OutcomeUnknown, match="not known whether it was saved"):
        write(connect(system))
    assert len(system.requests) == 1


@pytest.mark.parametrize(
    "trouble", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("")]
)
def test_what_never_left_may_go_again(connect, scripted, trouble):
    system = scripted(trouble, httpx.Response(200, json={}))
    write(connect(system))
    assert [request.content for request in system.requests] == [BODY, BODY]


def test_a_system_that_cannot_be_reached_is_down_and_not_unknown(connect, scripted):
    system = scripted(*[httpx.ConnectError("refused")] * 4)
    with pytest.raises(SystemDown):
        write(connect(system))


@pytest.mark.parametrize("headers", [{"retry-after": "20"}, {"x-rate-limit-problem": "concurrent"}])
def test_a_write_turned_away_by_a_short_limit_goes_again_with_identical_bytes(connect, scripted, headers):
    system = scripted(httpx.Response(429, headers=headers), httpx.Response(200, json={}))
    write(connect(system))
    first, second = system.requests
    assert first.content == second.content == BODY
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_doubt_after_a_limit_is_still_doubt(connect, scripted):
    system = scripted(httpx.Response(429, headers={"retry-after": "20"}), httpx.ReadTimeout("slow"))
    with pytest.raises(OutcomeUnknown):
        write(connect(system))


def test_a_day_limit_ends_the_write(connect, scripted):
    system = scripted(httpx.Response(429, headers={"x-rate-limit-problem": "day", "retry-after": "5"}))
    with pytest.raises(LimitReached) as caught:
        write(connect(system))
    assert caught.value.limit == "day"


@pytest.mark.parametrize(("status", "kind"), [(400, RequestRefused), (403, CredentialsRefused), (302, RequestRefused)])
def test_a_refusal_is_certain(connect, scripted, status, kind):
    system = scripted(httpx.Response(status, json={"Message": "A validation exception occurred"}))
    with pytest.raises(kind) as caught:
        write(connect(system))
    assert caught.value.answer.json() == {"Message": "A validation exception occurred"}


def test_a_write_that_finds_no_place_says_what_was_written_and_what_to_check(connect, scripted):
    with pytest.raises(NotFound) as caught:
        write(connect(scripted(httpx.Response(404))))
    said = str(caught.value)
    assert "did not take bills" in said
    assert "`cwxero doctor`" in said
    assert "does not have bills" not in said


@pytest.mark.parametrize(
    ("body", "said", "to_do"),
    [({}, ", and gave no reason.", "ask the data team"), ({"Message": "Odd."}, '. It says: "Odd".', "what it names")],
)
def test_a_refused_write_names_what_was_refused_and_speaks_of_words_only_where_there_are_any(
    connect, scripted, body, said, to_do
):
    with pytest.raises(RequestRefused) as caught:
        write(connect(scripted(httpx.Response(409, json=body))))
    assert f" refused bills{said} This changed nothing in " in str(caught.value)
    assert to_do in str(caught.value)
    assert caught.value.said == body.get("Message", "").rstrip(".")


def test_an_answer_without_a_body_that_says_so_is_a_success(connect, scripted):
    assert write(connect(scripted(httpx.Response(204)))).status == 204


def test_writes_stop_before_the_days_reserve_and_reads_go_on(connect, scripted):
    left = {"x-daylimit-remaining": "50"}
    system = scripted(httpx.Response(200, headers=left, json=[]), httpx.Response(200, headers=left, json=[]))
    transport = connect(system)
    transport.get("/x")
    assert transport.day_remaining == 50
    with pytest.raises(LimitReached, match="Run again tomorrow") as caught:
        write(transport)
    assert caught.value.limit == "reserve"
    assert len(system.requests) == 1
    transport.get("/x")


def test_a_write_above_the_reserve_goes_out(connect, scripted):
    system = scripted(
        httpx.Response(200, headers={"x-daylimit-remaining": "51", "x-minlimit-remaining": "58"}, json=[]),
        httpx.Response(200, json={}),
    )
    transport = connect(system)
    transport.get("/x")
    write(transport)
    assert transport.minute_remaining == 58
    assert len(system.requests) == 2
