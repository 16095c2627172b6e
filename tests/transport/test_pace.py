"""Staying below the limits, and counting."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from cwxero_dagster.transport import Limits
from cwxero_dagster.transport.calls import backoff


def test_no_minute_holds_more_calls_than_allowed(connect, clock, scripted):
    at = []

    def answer(_request):
        at.append(clock.monotonic())
        return httpx.Response(200, json=[])

    transport = connect(scripted(*[answer] * 25), limits=Limits(per_minute=10, concurrent=4))
    for _ in range(25):
        transport.get("/x")
    assert all(later - earlier >= 60 for earlier, later in zip(at, at[10:], strict=False))
    assert clock.monotonic() == pytest.approx(120)


def test_calls_run_side_by_side_up_to_the_limit_and_no_further(connect, scripted):
    meeting = threading.Barrier(4, timeout=30)
    lock = threading.Lock()
    running, most = 0, 0

    def answer(_request):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        meeting.wait()
        with lock:
            running -= 1
        # Nobody leaves before all have counted down; else a fifth call would start beside three that still count.
        meeting.wait()
        return httpx.Response(200, json=[])

    transport = connect(scripted(*[answer] * 12), limits=Limits(per_minute=100, concurrent=4))
    with ThreadPoolExecutor(max_workers=12) as pool:
        list(pool.map(lambda _: transport.get("/x"), range(12)))
    assert most == 4


def test_one_limit_holds_everybody_back(connect, scripted, clock):
    system = scripted(
        httpx.Response(429, headers={"retry-after": "30"}), *[httpx.Response(200, json=[]) for _ in range(2)]
    )
    transport = connect(system)
    transport.get("/x")
    transport.get("/y")
    assert clock.slept == [30.0]


def test_every_request_counts_failed_ones_too(connect, scripted):
    system = scripted(httpx.Response(500), httpx.ReadTimeout("slow"), httpx.Response(200, json=[]), httpx.Response(404))
    transport = connect(system)
    transport.get("/x")
    with pytest.raises(Exception, match="does not have"):
        transport.get("/y")
    assert transport.calls == 4


@pytest.mark.parametrize(("attempt", "least", "most"), [(1, 0.5, 1.0), (2, 1.0, 2.0), (3, 2.0, 4.0), (9, 10.0, 20.0)])
def test_waits_double_up_to_a_cap_and_are_spread(attempt, least, most):
    assert backoff(attempt, 0.0) == least
    assert backoff(attempt, 1.0) == most
