"""Rate limits: per minute, per day, at once."""

from __future__ import annotations

import threading
from typing import Any

from cwxero_dagster.sandbox.faults import Fault, FaultPlan


def test_every_answer_tells_what_is_left(firm: Any) -> None:
    first, second = firm.call("GET", "Organisation"), firm.call("GET", "Nonsense")
    names = ("x-daylimit-remaining", "x-minlimit-remaining", "x-appminlimit-remaining")
    assert [first.headers[name] for name in names] == ["4999", "59", "9999"]
    assert [second.headers[name] for name in names] == ["4998", "58", "9998"]


def test_the_minute_is_full_until_its_first_call_is_a_minute_old(make: Any) -> None:
    firm = make(calls_per_minute=2)
    firm.get("Organisation")
    firm.clock.travel(20)
    firm.get("Organisation")
    firm.clock.travel(20)

    full = firm.call("GET", "Organisation")
    assert full.status_code == 429
    assert (full.headers["retry-after"], full.headers["x-rate-limit-problem"]) == ("20", "minute")
    assert full.headers["x-minlimit-remaining"] == "0"
    firm.clock.travel(20)
    assert firm.call("GET", "Organisation").status_code == 200
    assert firm.call("GET", "Organisation").status_code == 429


def test_the_day_is_full_until_its_first_call_is_a_day_old(make: Any) -> None:
    firm = make(calls_per_day=1)
    firm.get("Organisation")
    firm.clock.travel(3600)
    firm.sign_in()

    full = firm.call("GET", "Organisation")
    assert (full.status_code, full.headers["x-rate-limit-problem"]) == (429, "day")
    assert full.headers["retry-after"] == str(23 * 3600)
    firm.clock.travel(23 * 3600)
    firm.sign_in()
    assert firm.call("GET", "Organisation").status_code == 200


def test_a_write_that_is_turned_away_is_not_done(make: Any, sample: Any) -> None:
    firm = make(calls_per_minute=1)
    firm.get("Organisation")
    answer = firm.call(
        "PUT", "Invoices", {"Invoices": [sample.bill()]}, headers={"idempotency-key": "k1"}, summarizeErrors="false"
    )
    assert answer.status_code == 429
    assert list(firm.store.all("xero.invoices")) == []
    firm.clock.travel(61)
    again = firm.call(
        "PUT", "Invoices", {"Invoices": [sample.bill()]}, headers={"idempotency-key": "k1"}, summarizeErrors="false"
    )
    assert again.status_code == 200


def test_too_many_requests_at_once_are_turned_away_without_a_time_to_wait(make: Any) -> None:
    everyone_is_in, leave = threading.Semaphore(0), threading.Event()

    def hold(_: float) -> None:
        everyone_is_in.release()
        leave.wait(30)

    faults = FaultPlan((Fault(system="xero", kind="slow", path_contains="Organisation", times=2),), sleep=hold)
    firm = make(faults, concurrent_calls=2)
    inside: list[int] = []
    threads = [
        threading.Thread(target=lambda: inside.append(firm.call("GET", "Organisation").status_code)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert everyone_is_in.acquire(timeout=30)

    third = firm.call("GET", "Accounts")
    leave.set()
    for thread in threads:
        thread.join()

    assert (third.status_code, third.headers["x-rate-limit-problem"]) == (429, "concurrent")
    assert "retry-after" not in third.headers
    assert inside == [200, 200]
    assert firm.xero.limits.peak == 3
    assert firm.call("GET", "Accounts").status_code == 200


def test_tokens_do_not_count(firm: Any) -> None:
    for _ in range(5):
        firm.sign_in()
    assert firm.call("GET", "Organisation").headers["x-minlimit-remaining"] == "59"
