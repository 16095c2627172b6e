"""How two bills differ before their lines are looked at: vendor, currency, number, dates, billing cycle.

What belongs here: that comparison and its words. What does not: amounts (differences), coding of lines (coding).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from cwxero_dagster.payables.comparison.result import Difference, Row
from cwxero_dagster.payables.comparison.sides import BillSide
from cwxero_dagster.payables.composing.twins import names, normalised


def header_differences(row: Row) -> list[Difference]:
    """Vendor, currency, number and dates."""
    sync, keyed = row.sync[0], row.keyed[0]
    found = []
    if sync.vendor != keyed.vendor:
        reason = (
            f"The sync bills {sync.vendor_name or 'no vendor'}, you keyed {keyed.vendor_name}. One of the two is the "
            "wrong contact, or vendors.csv names another one."
        )
        found.append(
            Difference(
                field="contact",
                kind="mapping",
                sync=sync.vendor_name,
                keyed=keyed.vendor_name,
                reason=reason,
                pattern="contact",
            )
        )
    ours, theirs = _joined(bill.currency for bill in row.sync), _joined(bill.currency for bill in row.keyed)
    if ours != theirs:
        reason = f"The purchase order is in {ours}, you keyed the bill in {theirs}; the totals are not added up."
        found.append(Difference(field="currency", kind="mapping", sync=ours, keyed=theirs, reason=reason))
    if len(row.sync) == len(row.keyed) == 1:
        found += _number(sync, keyed) + _dates(sync, keyed)
    return _with_timing(found, row)


def _joined(values: Iterable[str]) -> str:
    return ", ".join(sorted(set(values)))


def _number(sync: BillSide, keyed: BillSide) -> list[Difference]:
    """Her number is right where it holds the vendor's invoice number; without one, where it is ours or names the PO."""
    if sync.invoice_numbers:
        right = bool(sync.invoice_numbers & ({normalised(keyed.number)} | keyed.invoice_numbers))
    else:
        named = any(names(keyed.number, number) for number in sync.po_numbers)
        right = named or normalised(sync.number) == normalised(keyed.number)
    if right:
        return []
    reason = "The vendor's invoice number differs: one of the two was mistyped."
    if not sync.invoice_numbers:
        reason = "ConnectWise knows no vendor invoice number for this purchase order yet."
    elif not keyed.number:
        reason = "You keyed no number."
    elif not keyed.invoice_numbers - {normalised(number) for number in sync.po_numbers}:
        reason = "You keyed the purchase order's number without the vendor's invoice number."
    return [
        Difference(field="number", kind="number", sync=sync.number, keyed=keyed.number, reason=reason, pattern="number")
    ]


def _dates(sync: BillSide, keyed: BillSide) -> list[Difference]:
    found = []
    if keyed.dated and sync.dated and keyed.dated != sync.dated:
        days = (keyed.dated - sync.dated).days
        later = "later" if days > 0 else "earlier"
        reason = f"Your date is {abs(days)} day{'s' if abs(days) != 1 else ''} {later} than the rule's."
        found.append(_dated("date", sync.dated, keyed.dated, reason, later))
    if keyed.due_date and sync.due_date and keyed.due_date != sync.due_date and not _same_terms(sync, keyed):
        days = (keyed.due_date - sync.due_date).days
        later = "later" if days > 0 else "earlier"
        reason = f"You let it fall due {abs(days)} day{'s' if abs(days) != 1 else ''} {later} than the payment terms."
        found.append(_dated("due_date", sync.due_date, keyed.due_date, reason, later))
    return found


def _same_terms(sync: BillSide, keyed: BillSide) -> bool:
    """True where the due days differ only because the dates of the bills do."""
    if not (sync.dated and keyed.dated and sync.due_date and keyed.due_date):
        return False
    return sync.due_date - sync.dated == keyed.due_date - keyed.dated


def _dated(name: str, ours: date, theirs: date, reason: str, later: str) -> Difference:
    return Difference(
        field=name,
        kind="date",
        sync=ours.isoformat(),
        keyed=theirs.isoformat(),
        reason=reason,
        pattern=f"{name} {later}",
    )


def _with_timing(found: list[Difference], row: Row) -> list[Difference]:
    """Bills of different cycles differ by timing: what their dates say, else the cycle that each is in."""
    cycle = max(bill.cycle for bill in row.sync)
    others = sorted({bill.cycle for bill in row.keyed if bill.cycle and bill.cycle != cycle})
    if not others:
        return found
    theirs = ", ".join(others)
    reason = f"The goods were due in {cycle}; your bill is dated in {theirs}. The month differs, the bill does not."
    pattern = f"cycle {theirs}"
    if any(each.field == "date" for each in found):
        return [
            replace(each, kind="timing", reason=f"{each.reason} {reason}", pattern=pattern)
            if each.field == "date"
            else each
            for each in found
        ]
    timing = Difference(field="billing_cycle", kind="timing", sync=cycle, keyed=theirs, reason=reason, pattern=pattern)
    return [*found, timing]
