"""Who a vendor is on both sides of a comparison."""

from __future__ import annotations

import pytest
from payables.making import VENDOR, books, seeds

from cwxero_dagster.payables.comparison.sides import Vendors


@pytest.mark.parametrize(
    ("mapped", "same"),
    [
        ((), False),
        ([("Halcyon Trading", VENDOR)], True),
        ([("Halcyon Trading", None)], False),
        ([(None, VENDOR)], False),
    ],
)
def test_a_vendors_name_in_connectwise_is_the_contact_that_its_bills_go_to(
    mapped: list[tuple[str | None, str | None]], same: bool
) -> None:
    vendors = Vendors(books(), seeds(vendors=()), mapped)
    assert (vendors.named("halcyon trading ") == vendors.of_contact(VENDOR)) is same
