"""Whatever befalls any request of a whole sync, and for however long: in the end warehouse and Xero hold the same."""

from __future__ import annotations

import random

import pytest
import seeded
from chaos import schedules
from chaos.disturbances import LASTING, ONCE, Outage
from chaos.nights import Nights

SAMPLE = 8

pytestmark = pytest.mark.timeout(0)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    return Nights(tmp_path_factory.mktemp("firm"))


def test_the_calm_nights_ask_for_everything_and_write_in_every_way(nights: Nights) -> None:
    asked = " ".join(name for calm in nights.calm for name in calm.asked)
    for part in (
        "/connect/token", "/connections", "/Organisation", "/lineitems", "/system/reports", "/procurement/settings",
        "PUT /api.xro/2.0/Invoices", "PUT /api.xro/2.0/CreditNotes", "POST /api.xro/2.0/Invoices", "/History",
    ):  # fmt: skip
        assert part in asked, part
    second, third = nights.calm[1].leaves, nights.calm[2].leaves
    assert [key for key, state, _ in second["ledger"] if state == "withdrawn"] == ["po:4"]
    assert second["missing"] == {"connectwise.purchase_orders": {"7": 1}}
    assert third["missing"] == {}
    assert "'po_id': 7, " in "".join(row for row in third["staged.purchase_orders"] if "'present': False" in row)
    assert all(calm.leaves["complaints"] == [] for calm in nights.calm)


def test_each_outage_of_each_request(nights: Nights) -> None:
    cases = [
        (night, Outage(name, kind, lasts))
        for night, calm in enumerate(nights.calm[:-1])
        for name in calm.asked
        for kinds, lasts in ((ONCE, False), (LASTING, True))
        for kind in kinds[name.partition(" ")[0]]
    ]
    chosen = cases if schedules.everything() else random.Random(len(cases)).sample(cases, SAMPLE)
    named = ((f"night {night}: {outage}", lambda n=night, o=outage: nights.struck(n, o)) for night, outage in chosen)
    seeded.trying(named, replay="`make chaos` tries them all")
