"""A transport over a scripted system."""

from __future__ import annotations

import pytest

from cwxero_dagster.transport import Limits, Transport


@pytest.fixture
def connect(clock):
    opened = []

    def open_to(system, *, limits=None, base_url="https://api.example.com/v1", **options):
        transport = Transport(
            "Xero",
            base_url,
            limits=limits or Limits(per_minute=55, concurrent=4, day_reserve=50),
            clock=clock,
            transport=system.transport,
            chance=lambda: 1.0,
            **options,
        )
        opened.append(transport)
        return transport

    yield open_to
    for transport in opened:
        transport.close()
