"""Ten thousand purchase orders with about forty thousand lines: seconds and memory from staging to plan.

Run: ``python benchmarks/volume.py [copies]``. The sandbox's world is copied 20 times under other ids and staged through
the real clients; every figure is printed, none is asserted.
"""

from __future__ import annotations

import copy
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from simulation import Simulation

from cwxero_dagster.checks.covering import every_purchase_order_is_accounted_for
from cwxero_dagster.pipeline import billing, covering, deriving, on_billing, reading

APART = 100_000


def multiply(simulation: Simulation, copies: int) -> None:
    """Copy every purchase order of the world with its lines, under ids of its own."""
    orders, lines = simulation.world.connectwise["cw.purchaseorders"], simulation.world.connectwise["cw.lineitems"]
    more_orders, more_lines = [], []
    for number in range(1, copies):
        for order in orders:
            twin = copy.deepcopy(order)
            twin["id"] += number * APART
            twin["poNumber"] = f"{twin['poNumber']}-{number}"
            if twin.get("vendorInvoiceNumber"):
                twin["vendorInvoiceNumber"] = f"{twin['vendorInvoiceNumber']}-{number}"
            more_orders.append((twin["id"], twin))
        for line in lines:
            twin = copy.deepcopy(line)
            twin["id"] += number * APART
            twin["purchaseOrderId"] += number * APART
            more_lines.append((twin["id"], twin))
    simulation.store.put_many("cw.purchaseorders", more_orders)
    simulation.store.put_many("cw.lineitems", more_lines)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long the block took, and the most memory that the process ever had."""
    started = time.perf_counter()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:<34} {time.perf_counter() - started:7.1f} s   peak {peak:6.0f} MiB", flush=True)


def main() -> None:
    copies = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        simulation = Simulation(Path(folder), scenario="msp", mode="shadow")
        with timed("making the world"):
            multiply(simulation, copies)
        session = simulation.session()
        print(
            f"{sum(1 for _ in simulation.store.all('cw.purchaseorders')):,} purchase orders, "
            f"{sum(1 for _ in simulation.store.all('cw.lineitems')):,} lines"
        )
        with timed("staging, first time"):
            reading.read_connectwise(session, night=None)
            reading.read_xero(session, night=None)
        with timed("staging, nothing changed"):
            reading.read_connectwise(session, night=None)
        with timed("receipts and states"):
            deriving.derive_receipts(session)
            deriving.derive_states(session)
        with timed("bills of a cycle"):
            composed = billing.compose(session, "2026-07", live=False)
        with timed("plan of a cycle"):
            actions = billing.make_plan(session, "2026-07", live=False)
        with timed("coverage of every order"):
            covering.keep_coverage(session, live=False)
        with timed("coverage checked"):
            every_purchase_order_is_accounted_for(session)
        with timed("cost led to customers"):
            on_billing.read_customer_side(session)
            on_billing.keep_on_billing(session)
        with timed("every value read, as doctor does"):
            session.warehouse.read_whole()
        size = sum(file.stat().st_size for file in simulation.home.glob("warehouse.duckdb*")) / 1e6
        print(f"{len(composed.headers):,} bills in the cycle, {len(actions):,} actions, warehouse {size:.0f} MB")


if __name__ == "__main__":
    main()
