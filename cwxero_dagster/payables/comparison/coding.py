"""How the coding of two lines differs: account, tax type, tracking.

What belongs here: that comparison and its words. What does not: quantities, prices and amounts (differences).
"""

from __future__ import annotations

from decimal import Decimal

from cwxero_dagster.payables.comparison.naming import Names
from cwxero_dagster.payables.comparison.result import Difference
from cwxero_dagster.payables.comparison.sides import LineSide, Tracking
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.records import ZERO


def coding_differences(
    sync: LineSide, keyed: LineSide, names: Names, *, tax_gap: Decimal
) -> tuple[list[Difference], Decimal]:
    """What is coded otherwise, and the tax that it leaves unexplained.

    ``tax_gap``: tax of the sync's line less the keyed one, as far as the amounts do not explain it; another tax type
    explains all of it. What one side does not know is not compared.
    """
    what = "freight" if sync.freight else "goods"
    found = []
    if keyed.account is not None and sync.account != keyed.account:
        ours, theirs = sync.account or "", keyed.account
        these = "this freight" if sync.freight else "these goods"
        booked, rule = (names.of_value("account", code) for code in (theirs, ours))
        reason = f"You book {these} in {booked or 'no account'}, the rule in {rule or 'no account yet'}."
        found.append(
            Difference(
                field="account_code",
                kind="mapping",
                line=sync.description,
                sync=ours,
                keyed=theirs,
                reason=reason,
                pattern=f"account of {what}",
            )
        )
    if keyed.tax_type is not None and sync.tax_type != keyed.tax_type:
        ours, theirs = sync.tax_type or "", keyed.tax_type
        yours, rule = (names.of_value("tax_type", code) for code in (theirs, ours))
        reason = f"Your tax type is {yours or 'blank'}, the rule's is {rule or 'not known yet'}."
        found.append(
            Difference(
                field="tax_type",
                kind="tax",
                line=sync.description,
                sync=ours,
                keyed=theirs,
                amount=tax_gap,
                reason=reason,
                pattern=f"tax type of {what}",
                named=(rule, yours),
            )
        )
        tax_gap = ZERO
    if keyed.tracking is not None and not _same_tracking(sync.tracking or (), keyed.tracking):
        ours, theirs = tracking_text(sync.tracking or ()), tracking_text(keyed.tracking)
        reason = f"You track it under {theirs or 'nothing'}, the rule under {ours or 'nothing'}."
        found.append(
            Difference(
                field="tracking",
                kind="tracking",
                line=sync.description,
                sync=ours,
                keyed=theirs,
                reason=reason,
                pattern="tracking",
            )
        )
    return found, tax_gap


def _same_tracking(sync: Tracking, keyed: Tracking) -> bool:
    if any(not category for category, _ in keyed):
        return {folded(option) for _, option in sync} == {folded(option) for _, option in keyed}
    return {(folded(c), folded(o)) for c, o in sync} == {(folded(c), folded(o)) for c, o in keyed}


def tracking_text(tracking: Tracking) -> str:
    """Tracking as people read it: ``Location: Sydney, Department: Service``."""
    return ", ".join(f"{category}: {option}" if category else option for category, option in tracking)
