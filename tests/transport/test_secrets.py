"""No secret reaches a log, a message, a repr or what is kept."""

from __future__ import annotations

import logging
import traceback

import httpx
import pytest

from cwxero_dagster.transport import CallFailed, OutcomeUnknown
from cwxero_dagster.transport.redaction import Redactor

SECRET = "s3cr3t-private-key"


def everything_about(failure: BaseException) -> str:
    values = [value for name, value in vars(failure).items() if name != "answer"]
    return "\n".join([*map(str, values), repr(failure), *traceback.format_exception(failure)])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_secret_that_the_system_echoes_is_blotted_out(connect, scripted, caplog, status):
    caplog.set_level(logging.DEBUG)
    token = "Bearer abcdef.ghijklmnopq.rstuv"
    body = {"Message": f"bad key {SECRET}", "access_token": "eyJhbGciOi.abc", "header": token}
    system = scripted(*[httpx.Response(status, json=body)] * 4)
    transport = connect(system, auth=httpx.BasicAuth("me", SECRET), secrets=(SECRET,))
    with pytest.raises(CallFailed) as caught:
        transport.get("/x")
    told = everything_about(caught.value) + caplog.text + repr(transport) + repr(caught.value.answer)
    for secret in (SECRET, "eyJhbGciOi", "abcdef.ghijkl", "bWU6czNjcjN0"):
        assert secret not in told


@pytest.mark.parametrize("status", [200, 400, 500])
def test_keys_that_come_back_with_an_answer_are_blotted_out_of_what_is_kept_of_it(connect, scripted, status):
    basic = "bWU6czNjcjN0LXByaXZhdGUta2V5"
    echo = {"headers": {"authorization": f"Basic {basic}"}, "key": SECRET, "name": "Basic abcdefghijklmnopqrstuvwxyz"}
    transport = connect(
        scripted(httpx.Response(status, json=echo)), auth=httpx.BasicAuth("me", SECRET), secrets=(SECRET,)
    )
    try:
        answer = transport.send("PUT", "/x", b"{}")
    except CallFailed as failure:
        answer = failure.answer
    kept = answer.json()
    assert kept == {**echo, "headers": {"authorization": "Basic ***"}, "key": "***"}


def test_a_key_is_found_as_json_may_spell_it():
    body = b'{"a": "ab\\/cd+ef", "b": "ab/cd+ef"}'
    assert Redactor().body(body, sent="Bearer ab/cd+ef") == b'{"a": "***", "b": "***"}'
    assert Redactor().body(body) == body


def test_errors_of_the_connection_are_named_and_not_quoted(connect, scripted, caplog):
    caplog.set_level(logging.DEBUG)
    system = scripted(httpx.LocalProtocolError(f"Illegal header value b'Basic {SECRET}'"))
    with pytest.raises(OutcomeUnknown) as caught:
        connect(system, secrets=(SECRET,)).send("PUT", "/x", b"{}")
    assert SECRET not in everything_about(caught.value) + caplog.text
    assert caught.value.reason == "LocalProtocolError"


def test_the_log_names_path_and_result_without_the_query(connect, scripted, caplog):
    caplog.set_level(logging.DEBUG, logger="cwxero")
    connect(scripted(httpx.Response(200, json=[]))).get("/Contacts", [("where", "private words")])
    (line,) = [record.getMessage() for record in caplog.records if record.name == "cwxero"]
    assert line == "Xero GET /v1/Contacts: 200, 0 ms"


def test_a_secret_that_straddles_the_cut_of_an_excerpt_is_blotted_out():
    body = b"x" * 490 + SECRET.encode() + b"y" * 100
    assert SECRET[:6] not in Redactor([SECRET]).excerpt(body)


def test_what_is_no_secret_stays_readable():
    text = '{"Message": "basic details are missing, bearer unknown", "Token": "none"}'
    assert Redactor([SECRET]).text(text) == text
