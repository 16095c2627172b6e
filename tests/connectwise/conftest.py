"""A ConnectWise client over a scripted or a simulated system."""

from __future__ import annotations

import pytest

from cwxero_dagster.access import ConnectWiseAccess
from cwxero_dagster.connectwise.client import ConnectWise


@pytest.fixture
def keys():
    return ConnectWiseAccess(
        base_url="https://api-au.example.com/v4_6_release/apis/3.0/",
        company="brightwater",
        public_key="public+1",
        private_key="private/2==",
        client_id="00000000-0000-4000-8000-000000000001",
    )


@pytest.fixture
def connect(clock, keys):
    opened = []

    def open_to(transport, credentials=None):
        client = ConnectWise(credentials or keys, clock=clock, transport=transport)
        opened.append(client)
        return client

    yield open_to
    for client in opened:
        client.close()
