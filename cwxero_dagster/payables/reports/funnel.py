"""The lifecycle funnel: how far the purchase orders of a cycle have come.

What belongs here: the steps and counting orders into them. What does not: the state of an order (states). Each step
counts everything that reached it, so no step is larger than the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cwxero_dagster.payables.money import by_currency

STEPS = ("Sent to the vendor", "Something received", "Fully received", "On a bill in Xero", "Approved", "Paid")


@dataclass(frozen=True)
class Passed:
    """How far one order has come."""

    reached: int
    """Number of ``STEPS`` that it passed."""
    currency_code: str
    amount: Decimal


@dataclass(frozen=True)
class Step:
    """Everything that reached one step."""

    name: str
    orders: int
    money: Mapping[str, Decimal]


def steps_passed(state: str, statuses: Iterable[str]) -> int:
    """Steps that an order passed: from its state, and the status of each of its bills in Xero.

    Approved and paid mean all of its bills. An order that is not fully received may be billed already (a bill a
    delivery); it then stands where its goods do, because the rest is to come.
    """
    received = {"raised": 1, "partially_received": 2, "fully_received": 3}.get(state, 0)
    bills = list(statuses)
    if received < 3 or not bills:
        return received
    if all(status == "PAID" for status in bills):
        return 6
    return 5 if all(status in {"AUTHORISED", "PAID"} for status in bills) else 4


def funnel(orders: Iterable[Passed]) -> tuple[Step, ...]:
    """Orders and money at each step."""
    known = list(orders)
    found = []
    for number, name in enumerate(STEPS, start=1):
        mine = [order for order in known if order.reached >= number]
        found.append(Step(name, len(mine), by_currency((order.currency_code, order.amount) for order in mine)))
    return tuple(found)
