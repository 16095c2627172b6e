"""Whether both sides add up: the tie-out line, and what they book by vendor, account, tax type and tracking option.

What belongs here: sums over rows. What does not: the differences themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from cwxero_dagster.payables.comparison.result import Row, TieOut, Total
from cwxero_dagster.payables.comparison.sides import BillSide
from cwxero_dagster.payables.money import total
from cwxero_dagster.payables.records import ZERO

NOT_GIVEN = "not given"
NONE = "none"


def tie_outs(rows: Iterable[Row], *, base_currency: str) -> Mapping[str, TieOut]:
    """The tie-out of each currency, gross, credits negative; the base currency comes first and is always there."""
    sums = {base_currency: TieOut()}
    for row in rows:
        for currency, share in shares_of(row).items():
            sums[currency] = sums.get(currency, TieOut()) + share
    return sums


def shares_of(row: Row) -> Mapping[str, TieOut]:
    """What a row adds to the tie-out of each currency that its bills are in; nothing where it counts elsewhere."""
    if not row.counted:
        return {bill.currency: TieOut() for bill in row.bills}
    shares = {}
    for currency in dict.fromkeys(bill.currency for bill in row.bills):
        keyed = total(bill.total for bill in row.keyed if bill.currency == currency)
        sync = total(bill.total for bill in row.sync if bill.currency == currency)
        shares[currency] = TieOut(
            keyed=keyed,
            sync=sync,
            only_keyed=ZERO if row.paired else keyed,
            only_sync=ZERO if row.paired else sync,
            differences=sync - keyed if row.paired else ZERO,
            unexplained=row.unexplained if currency == row.bills[0].currency else ZERO,
        )
    return shares


def totals_of(rows: Iterable[Row]) -> tuple[Total, ...]:
    """Both sides by vendor (gross), account (net), tax type (the tax itself) and tracking option (net)."""
    rows = [row for row in rows if row.counted]
    names = {bill.vendor: bill.vendor_name for row in rows for bill in (*row.sync, *row.keyed)}
    sums: dict[tuple[str, str, str], list[Decimal]] = {}
    for row in rows:
        for place, bills in enumerate((row.keyed, row.sync)):
            for bill in bills:
                for by, value, amount in _booked(bill, names):
                    sums.setdefault((by, value, bill.currency), [ZERO, ZERO])[place] += amount
    order = ("vendor", "account", "tax_type", "tracking")
    return tuple(
        Total(by, value, currency, keyed=amounts[0], sync=amounts[1])  # type: ignore[arg-type]
        for (by, value, currency), amounts in sorted(
            sums.items(), key=lambda item: (order.index(item[0][0]), item[0][1].casefold(), item[0])
        )
    )


def _booked(bill: BillSide, names: Mapping[str, str]) -> Iterator[tuple[str, str, Decimal]]:
    yield "vendor", names[bill.vendor] or NONE, bill.total
    for line in bill.lines:
        yield "account", NOT_GIVEN if line.account is None else line.account or NONE, line.net
        yield "tax_type", NOT_GIVEN if line.tax_type is None else line.tax_type or NONE, line.tax
        options = NOT_GIVEN if line.tracking is None else ", ".join(sorted(option for _, option in line.tracking))
        yield "tracking", options or NONE, line.net
