"""Whether a cycle of the parallel run counts as ready, and whether what was signed still stands.

What belongs here: the checks. What does not: the criteria (payables/comparison/readiness).
"""

from __future__ import annotations

import dagster as dg

from cwxero_dagster.checks.declaring import Cycles, check_of_cycle
from cwxero_dagster.checks.showing import Checked, Finding
from cwxero_dagster.payables.comparison.result import Comparison
from cwxero_dagster.payables.comparison.signing import sign_off_in_words
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.comparing import comparison_of, signed_cycles
from cwxero_dagster.pipeline.session import Session

DECIDE = (
    "Put the mappings right, or write a verdict into the sheets Comparison and Patterns of the cycle's review "
    "workbook; then run the job parallel_run again."
)


def parallel_run_checks(cycles: Cycles) -> list[dg.AssetChecksDefinition]:
    """The checks, for these billing cycles."""
    asset = "parallel_run_comparison"
    return [
        check_of_cycle(the_cycle_is_ready_to_go_live, asset=asset, cycles=cycles),
        check_of_cycle(what_was_signed_still_stands, asset=asset, cycles=cycles),
        # The nightly sync writes the pack and makes no comparison of cycles that nobody signed.
        check_of_cycle(
            what_was_signed_still_stands, asset="review_pack", cycles=cycles, name=what_was_signed_still_stands.__name__
        ),
    ]


def the_cycle_is_ready_to_go_live(session: Session, cycle: str) -> Checked:
    """The parallel run of the cycle meets the criteria under readiness in lifecycle.yaml: a warning until it does."""
    comparison = comparison_of(session, cycle).comparison
    findings = tuple(Finding(reason, DECIDE) for reason in comparison.readiness.reasons)
    return Checked(_scope(comparison), findings, severity=dg.AssetCheckSeverity.WARN)


def what_was_signed_still_stands(session: Session, cycle: str) -> Checked:
    """Nothing changed in the cycle since it was signed off as ready; a cycle that nobody signed passes."""
    if cycle not in signed_cycles(session):
        return Checked(sign_off_in_words(None, ()).rstrip("."))
    compared = comparison_of(session, cycle)
    what_to_do = "Look at the rows that changed. If the cycle is still good, sign it off again (`cwxero compare`)."
    findings = tuple(Finding(change, what_to_do) for change in compared.changes)
    return Checked(sign_off_in_words(compared.signed, compared.changes).rstrip("."), findings)


def _scope(comparison: Comparison) -> str:
    bills = counted(len(comparison.rows), "row")
    return f"{bills}, {money_text(comparison.tie_out.keyed, comparison.base_currency)} keyed"
