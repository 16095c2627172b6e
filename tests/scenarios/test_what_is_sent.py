"""Everything that whole syncs send to Xero is held against Xero's own specification, body by body."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from simulation import Simulation
from specification import violations
from test_the_world import CYCLES

from cwxero_dagster.sandbox.wire import Request, Response


def test_every_body_that_syncs_send_fits_xeros_specification(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # About what is sent where no rounding line is called for (test_rounding.py) and a change of an order that was
    # closed months ago is noticed (staging/test_purchase_orders.py: changes that do not move their order).
    simulation = Simulation(
        tmp_path, scenario="small", of_connectwise={"line_patch_moves_header": True}, of_xero={"half_cents": "up"}
    )
    sent: list[tuple[str, str, bytes]] = []
    handle = simulation.xero.handle

    def noting(request: Request) -> Response:
        if request.method != "GET" and request.path.startswith("/api.xro"):
            sent.append((request.method, request.path.split("/")[3], request.body))
        return handle(request)

    monkeypatch.setattr(simulation.xero, "handle", noting)
    _sync_everything(simulation)
    created = {name for method, name, _ in sent if method == "PUT"}
    _reprice_and_take_back(simulation)
    _sync_everything(simulation)
    changed = [one["Status"] for method, name, body in sent if method == "POST" for one in json.loads(body)[name]]
    assert created == {"Invoices", "CreditNotes"}
    assert sorted(changed) == ["DELETED", "DRAFT"], "a withdrawal and an update were sent"
    assert [found for _, name, body in sent for found in violations(name, body)] == []


def _sync_everything(simulation: Simulation) -> None:
    for cycle in CYCLES:
        simulation.sync(cycle)
        simulation.clock.travel(120)


def _reprice_and_take_back(simulation: Simulation) -> None:
    """One bill gets another price, the goods of another go back."""
    keys = sorted(key for key, (bill, *_) in simulation.published().items() if bill["Type"] == "ACCPAY")
    repriced, returned = (int(key.removeprefix("po:")) for key in keys[:2])
    for line in list(simulation.store.all("cw.lineitems")):
        if line["purchaseOrderId"] == repriced:
            simulation.buyer.change_cost(line["id"], line["unitCost"] + 1)
        if line["purchaseOrderId"] == returned and line["receivedQuantity"]:
            simulation.buyer.unreceive(line["id"])
