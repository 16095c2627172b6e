"""Makes both sides of a parallel run, with defaults that agree with each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.comparison.comparing import Sides, compare
from cwxero_dagster.payables.comparison.result import Comparison, Row
from cwxero_dagster.payables.comparison.sides import BillSide, LineSide, numbers_in
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.money import line_net, line_tax, total

CYCLE = "2026-05"
VENDOR = "halcyon"


def d(value: str | int) -> Decimal:
    return Decimal(value)


def goods(description: str = "Laptop", quantity: str | int = 2, unit: str = "50.00", **changes: Any) -> LineSide:
    """A line with 10 % tax, coded as the rule codes it."""
    net = line_net(d(quantity), d(unit))
    made = LineSide(
        description=description,
        net=net,
        tax=line_tax(net, d(10)),
        quantity=d(quantity),
        unit_amount=d(unit),
        account="310",
        tax_type="INPUT",
        tracking=(("Location", "Sydney"),),
    )
    return dataclasses.replace(made, **changes)


def freight(amount: str = "12.00", **changes: Any) -> LineSide:
    return goods("Freight", 1, amount, **{"account": "425", "freight": True, **changes})


def _bill(side_id: str, number: str, lines: Iterable[LineSide], **changes: Any) -> BillSide:
    kept = tuple(lines)
    net, tax = total(line.net for line in kept), total(line.tax for line in kept)
    made = BillSide(
        id=side_id,
        cycle=CYCLE,
        number=number,
        invoice_numbers=frozenset(),
        po_numbers=(),
        vendor=VENDOR,
        vendor_name="Halcyon",
        dated=date(2026, 5, 12),
        due_date=None,
        currency="AUD",
        net=net,
        tax=tax,
        total=net + tax,
        lines=kept,
    )
    return dataclasses.replace(made, **changes)


def ours(place: int, *lines: LineSide, invoice: str | None = None, **changes: Any) -> BillSide:
    """The sync's bill of purchase order ``PO-10{place}``."""
    order = f"PO-{1000 + place}"
    number = f"{invoice} | {order}" if invoice else order
    settings = {"po_numbers": (order,), "invoice_numbers": numbers_in(invoice), **changes}
    return _bill(f"po:{place}", number, lines or (goods(),), **settings)


def theirs(name: str, number: str = "", *lines: LineSide, text: str = "", **changes: Any) -> BillSide:
    """A keyed bill; ``text`` is what else it says."""
    settings = {"invoice_numbers": numbers_in(number), "text": f"{number} {text}", **changes}
    return _bill(name, number, lines or (goods(),), **settings)


def credit(*lines: LineSide) -> tuple[LineSide, ...]:
    """The lines of a supplier credit: negative."""
    return tuple(
        dataclasses.replace(line, net=-line.net, tax=-line.tax, unit_amount=-(line.unit_amount or 0)) for line in lines
    )


def compared(
    sync: Iterable[BillSide],
    keyed: Iterable[BillSide],
    *,
    cycle: str = CYCLE,
    decision: Decision | None = None,
    dispositions: Any = (),
    **changes: Any,
) -> Comparison:
    sync = list(sync)
    orders: Mapping[str, str] = {number: "fully received" for bill in sync for number in bill.po_numbers}
    sides = Sides(sync=sync, keyed=list(keyed), base_currency="AUD", **{"orders": orders, **changes})
    return compare(sides, cycle, decision=decision or Decision(), dispositions=dispositions)


def found(comparison: Comparison) -> set[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Match and ids of every row."""
    return {(row.match, tuple(_ids(row.sync)), tuple(_ids(row.keyed))) for row in comparison.rows}


def _ids(bills: Iterable[BillSide]) -> list[str]:
    return sorted(bill.id for bill in bills)


def the_row(comparison: Comparison) -> Row:
    (row,) = comparison.rows
    return row


def kinds(row: Row) -> list[tuple[str, str, str]]:
    """Kind, field and amount of each difference."""
    return [(each.kind, each.field, f"{each.amount:f}") for each in row.differences]
