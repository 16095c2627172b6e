from dataclasses import replace

import pytest
from payables.making import d, line, po

from cwxero_dagster.payables.records import PurchaseOrder, records


@pytest.mark.parametrize(
    ("quantity", "received", "status", "counts"),
    [
        ("37.5", "37", "FullyReceived", "37.5"),
        ("37.5", "38", "FullyReceived", "37.5"),
        ("0.5", "0", "FullyReceived", "0.5"),
        ("37.5", "37", "Waiting", "37"),
        ("10", "9", "FullyReceived", "9"),
        ("10", "0", "FullyReceived", "0"),
        ("10", "12", "FullyReceived", "12"),
        ("-2.5", "-2", "FullyReceived", "-2.5"),
        ("0", "0", "FullyReceived", "0"),
    ],
)
def test_fully_received_counts_as_the_whole_quantity_where_they_differ_by_less_than_one(
    quantity: str, received: str, status: str, counts: str
) -> None:
    seen = line(quantity=quantity, received_quantity=d(received), received_status=status)
    assert seen.received == d(counts)


def test_nothing_is_received_on_a_line_that_is_gone() -> None:
    assert replace(line(received_quantity=d(5)), present=False).received == 0


def test_records_take_the_columns_that_they_name_and_leave_the_others() -> None:
    row = {**vars(po()), "fingerprint": "x", "body": "{}"}
    assert records(PurchaseOrder, [row]) == [po()]


def test_a_po_without_freight_has_none() -> None:
    assert (po().freight, po(freight_cost=d("12.50")).freight) == (0, d("12.50"))
