"""How the bills of a row differ: field by field, with a kind, the money it makes and a reason in words.

What belongs here: comparing bills that were paired, and naming what only one side has. What does not: which belong
together (pairing, lines). The money of the differences adds up to the difference of the totals; what is left is named
as unexplained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.comparison.coding import coding_differences
from cwxero_dagster.payables.comparison.headings import header_differences
from cwxero_dagster.payables.comparison.lines import LinePair, pair_lines
from cwxero_dagster.payables.comparison.naming import Names
from cwxero_dagster.payables.comparison.result import IN_LATER_CYCLE, Difference, Kind, Row, digest
from cwxero_dagster.payables.comparison.sides import BillSide, LineSide
from cwxero_dagster.payables.money import (
    amount_text,
    money_text,
    plain,
    price_text,
    product,
    rounded,
    total,
    unit_text,
)
from cwxero_dagster.payables.records import ZERO


def compared(row: Row, names: Names, *, limit: Decimal) -> Row:
    """The row of a pair with its differences; ``limit``: the rounding that the decision allows."""
    lines = pair_lines(
        [line for bill in row.sync for line in bill.lines], [line for bill in row.keyed for line in bill.lines]
    )
    same_currency = {bill.currency for bill in row.sync} == {bill.currency for bill in row.keyed}
    found = header_differences(row)
    if same_currency:
        for pair in lines:
            found += line_differences(pair, names, limit=limit)
        gap = total(bill.total for bill in row.sync) - total(bill.total for bill in row.keyed)
        rest = gap - total(each.amount for each in found)
        if rest:
            found.append(_rest(row, rest, limit=limit))
    else:
        found = [part for each in found for part in _in_each_currency(each, row)]
    return replace(row, differences=tuple(identified(each, row) for each in found))


def identified(difference: Difference, row: Row) -> Difference:
    """The difference with the digest of what it is about."""
    facts = digest(
        *([difference.currency] if difference.currency else []),
        row.row_id,
        difference.field,
        difference.line,
        difference.sync,
        difference.keyed,
        amount_text(difference.amount),
    )
    return replace(difference, facts=facts)


def _in_each_currency(difference: Difference, row: Row) -> list[Difference]:
    """The difference of currency with its money, once a currency; of what the lines say, nothing can be compared."""
    if difference.field != "currency":
        return [difference]
    found = []
    for currency in dict.fromkeys(bill.currency for bill in row.bills):
        ours, theirs = (
            total(bill.total for bill in bills if bill.currency == currency) for bills in (row.sync, row.keyed)
        )
        found.append(replace(difference, amount=ours - theirs, currency=currency))
    return found


# --- its lines --------------------------------------------------------------------------------------------------------


def line_differences(pair: LinePair, names: Names, *, limit: Decimal) -> list[Difference]:
    """What a pair of lines does not agree on. The amounts add up to the difference of net and tax."""
    sync, keyed = pair.sync, pair.keyed
    if sync is None or keyed is None:
        return [_one_sided_line(line, ours=line is sync) for line in (sync, keyed) if line is not None]
    if sync.total_only or keyed.total_only:
        sync = replace(sync, net=sync.net + sync.tax, tax=ZERO)
        keyed = replace(keyed, net=keyed.net + keyed.tax, tax=ZERO)
    follows = _tax_that_follows(sync, keyed)
    found = _with_tax(_money(sync, keyed, limit=limit), gap=sync.net - keyed.net, tax=follows)
    rest = sync.tax - keyed.tax - follows
    coded, rest = coding_differences(sync, keyed, names, tax_gap=rest)
    if rest:
        small = abs(rest) <= limit
        words = "by rounding" if small else "on the same amount: one of the two taxes was changed by hand"
        reason = f"Tax is {money_text(sync.tax)} by the rule and {money_text(keyed.tax)} with you, {words}."
        found.append(
            Difference(
                field="tax",
                kind="rounding" if small else "tax",
                line=sync.description,
                sync=amount_text(sync.tax),
                keyed=amount_text(keyed.tax),
                amount=rest,
                reason=reason,
                pattern="rounding" if small else "tax amount",
            )
        )
    return found + coded


def _tax_that_follows(sync: LineSide, keyed: LineSide) -> Decimal:
    """The tax that a difference of net brings with it, at the sync's rate (else the keyed one)."""
    gap = sync.net - keyed.net
    rated = sync if sync.net else keyed
    return rounded(product(gap, rated.tax) / rated.net) if gap and rated.net else ZERO


def _with_tax(found: list[Difference], *, gap: Decimal, tax: Decimal) -> list[Difference]:
    """The differences of net with their shares of the tax that follows; the last one takes what rounding leaves."""
    shares = [rounded(product(each.amount, tax) / gap) for each in found[:-1]]
    if found:
        shares.append(tax - total(shares))
    return [replace(each, amount=each.amount + share) for each, share in zip(found, shares, strict=True)]


def _one_sided_line(line: LineSide, *, ours: bool) -> Difference:
    amount = line.net + line.tax
    if line.freight:
        reason = (
            f"The purchase order carries freight of {money_text(line.net)}; your bill has none."
            if ours
            else f"You keyed freight of {money_text(line.net)}; the purchase order carries none."
        )
    else:
        reason = (
            f'"{line.description}" was received and is not on your bill.'
            if ours
            else f'"{line.description}" is on your bill and not among what was received.'
        )
    shown = amount_text(line.net)
    return Difference(
        field="freight" if line.freight else "line",
        kind="freight" if line.freight else ("extra" if ours else "missing"),
        line=line.description,
        sync=shown if ours else "",
        keyed="" if ours else shown,
        amount=amount if ours else -amount,
        reason=reason,
        pattern=f"freight {'extra' if ours else 'missing'}" if line.freight else "",
    )


def _money(sync: LineSide, keyed: LineSide, *, limit: Decimal) -> list[Difference]:
    gap = sync.net - keyed.net
    if not gap:
        return []
    ours, theirs = money_text(sync.net), money_text(keyed.net)
    if abs(gap) <= limit:
        reason = f"{money_text(abs(gap))} by rounding: {ours} by the rule, {theirs} with you."
        return [_amounts(sync, keyed, "rounding", gap, reason, pattern="rounding")]
    if sync.freight:
        reason = f"Freight is {ours} on the purchase order and {theirs} on your bill."
        return [_amounts(sync, keyed, "freight", gap, reason)]
    return _count_and_price(sync, keyed, gap) or [
        _amounts(sync, keyed, "price", gap, f"The amount is {ours} by the rule and {theirs} with you.")
    ]


def _count_and_price(sync: LineSide, keyed: LineSide, gap: Decimal) -> list[Difference]:
    """The difference as one of quantity and one of price; none where the two lines are not counted alike.

    A quantity of 1 beside another one and another price is an amount keyed as a whole.
    """
    if sync.quantity is None or keyed.quantity is None or sync.unit_amount is None or keyed.unit_amount is None:
        return []
    same_count, same_price = sync.quantity == keyed.quantity, sync.unit_amount == keyed.unit_amount
    if same_count == same_price and (same_count or 1 in {sync.quantity, keyed.quantity}):
        return []
    found = []
    by_count = ZERO
    if not same_count:
        by_count = gap if same_price else rounded(product(sync.quantity - keyed.quantity, keyed.unit_amount))
        ours, theirs = plain(sync.quantity), plain(keyed.quantity)
        reason = f"{ours} were received according to ConnectWise; you keyed {theirs}."
        found.append(
            Difference(
                field="quantity",
                kind="quantity",
                line=sync.description,
                sync=ours,
                keyed=theirs,
                amount=by_count,
                reason=reason,
            )
        )
    if not same_price:
        ours, theirs = price_text(sync.unit_amount), price_text(keyed.unit_amount)
        reason = f"The purchase order says {ours} each; you keyed {theirs}."
        found.append(
            Difference(
                field="unit_amount",
                kind="price",
                line=sync.description,
                sync=unit_text(sync.unit_amount),
                keyed=unit_text(keyed.unit_amount),
                amount=gap - by_count,
                reason=reason,
            )
        )
    return found


def _amounts(
    sync: LineSide, keyed: LineSide, kind: Kind, gap: Decimal, reason: str, *, pattern: str = ""
) -> Difference:
    return Difference(
        field="net",
        kind=kind,
        line=sync.description,
        sync=amount_text(sync.net),
        keyed=amount_text(keyed.net),
        amount=gap,
        reason=reason,
        pattern=pattern,
    )


def _rest(row: Row, rest: Decimal, *, limit: Decimal) -> Difference:
    small = abs(rest) <= limit
    words = "by rounding" if small else "and the lines do not tell why"
    return Difference(
        field="total",
        kind="rounding" if small else "price",
        sync=amount_text(total(bill.total for bill in row.sync)),
        keyed=amount_text(total(bill.total for bill in row.keyed)),
        amount=rest,
        explained=small,
        reason=f"The totals differ by {money_text(abs(rest))}, {words}.",
        pattern="rounding" if small else "",
    )


def in_later_cycle(whole: Row, cycle: str) -> Row:
    """What a cycle tells of its own sync bills in a pair that a later cycle compares: a difference a bill, no money.

    The keyed bill has bills of both cycles. It is counted once, in the later one, and a person decides here whether the
    goods of this cycle are on it.
    """
    later = max(bill.cycle for bill in whole.sync)
    row = Row(match=IN_LATER_CYCLE, sync=tuple(bill for bill in whole.sync if bill.cycle == cycle), keyed=())
    hers = " and ".join(_shown(bill) for bill in whole.keyed)
    found = [
        Difference(
            field="billing_cycle",
            kind="timing",
            sync=_shown(bill),
            keyed=hers,
            reason=(
                f"You keyed {hers} for this bill and for others that were due in {later}, so all of them are compared "
                f"in {later}, and {money_text(bill.total, bill.currency)} counts there. Accept it here if these goods "
                "are on your bill."
            ),
            pattern=f"cycle {later}",
        )
        for bill in row.sync
    ]
    return replace(row, differences=tuple(identified(each, row) for each in found))


# --- what only one side has -------------------------------------------------------------------------------------------


def one_sided(row: Row, reasons: Sequence[str]) -> Row:
    """The row of bills that only one side has, or of a knot, with a difference a bill; ``reasons`` run parallel."""
    found = []
    for bill, reason in zip(row.bills, reasons, strict=True):
        ours = bill in row.sync
        shown = _shown(bill)
        found.append(
            Difference(
                field="bill",
                kind="extra" if ours else "missing",
                sync=shown if ours else "",
                keyed="" if ours else shown,
                amount=bill.total if ours else -bill.total,
                reason=reason,
                pattern=f"{row.match} {bill.vendor_name}" if row.match != "ambiguous" else "",
            )
        )
    return replace(row, differences=tuple(identified(each, row) for each in found))


def _shown(bill: BillSide) -> str:
    return f"{bill.number or bill.id}, {money_text(bill.total, bill.currency)}"
