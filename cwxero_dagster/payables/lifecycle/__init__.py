"""The lifecycle decision: which ConnectWise state causes which Xero event, agreed by procurement and finance.

What belongs here: the decision's values and defaults, reading ``lifecycle.yaml`` and ``signoff.yaml``, the digest that
is signed, the presets, and the decision in plain words. What does not: where a PO stands (states), what a bill looks
like (bills), reading folders (seed_files).
"""

from cwxero_dagster.payables.lifecycle.decision import (
    Accrual,
    BillRule,
    Decision,
    Events,
    FreightRule,
    Limit,
    LineAmounts,
    MatchRule,
    Readiness,
    Rounding,
    TaxDifference,
    WithoutPo,
    describe_changes,
)
from cwxero_dagster.payables.lifecycle.presets import preset_text, presets
from cwxero_dagster.payables.lifecycle.reading import parse_decision
from cwxero_dagster.payables.lifecycle.signoff import ROLES, Signature, missing_signatures, parse_signoff, sign
from cwxero_dagster.payables.lifecycle.words import decision_in_words

__all__ = [
    "ROLES",
    "Accrual",
    "BillRule",
    "Decision",
    "Events",
    "FreightRule",
    "Limit",
    "LineAmounts",
    "MatchRule",
    "Readiness",
    "Rounding",
    "Signature",
    "TaxDifference",
    "WithoutPo",
    "decision_in_words",
    "describe_changes",
    "missing_signatures",
    "parse_decision",
    "parse_signoff",
    "preset_text",
    "presets",
    "sign",
]
