"""Proposed rows for mapping seeds: what the two systems already tell of how they belong together.

What belongs here: looking for evidence, and rows with a confidence and a reason. What does not: deciding. A proposal is
read by a person, who puts it into a seed file; nothing maps by itself (CONTRACT.md section 3, ``suggest``).
"""

from cwxero_dagster.payables.suggestions.basis import Basis
from cwxero_dagster.payables.suggestions.coding import account_suggestions, freight_suggestions
from cwxero_dagster.payables.suggestions.suggestion import CONFIDENCE, Suggestion
from cwxero_dagster.payables.suggestions.taxes import tax_suggestions
from cwxero_dagster.payables.suggestions.tracking import tracking_suggestions
from cwxero_dagster.payables.suggestions.vendors import vendor_suggestions

__all__ = ["CONFIDENCE", "Basis", "Suggestion", "suggest"]


def suggest(basis: Basis) -> list[Suggestion]:
    """A proposal for every value on a purchase order that no seed maps yet, a file after the other."""
    return [
        *vendor_suggestions(basis),
        *account_suggestions(basis),
        *freight_suggestions(basis),
        *tax_suggestions(basis),
        *tracking_suggestions(basis),
    ]
