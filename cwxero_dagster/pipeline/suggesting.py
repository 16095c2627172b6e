"""Proposed rows for the mapping seeds, from what the last staging read of both systems.

What belongs here: reading, and calling the rules. What does not: the proposals (payables/suggestions), the files that
people take them from (review/suggested_seeds).
"""

from __future__ import annotations

from cwxero_dagster.payables.suggestions import Basis, Suggestion, suggest
from cwxero_dagster.pipeline.readings import read_books
from cwxero_dagster.pipeline.session import Session


def suggestions(session: Session) -> list[Suggestion]:
    """A proposal for every vendor, account, tax code and tracking value that no seed maps yet."""
    return suggest(Basis(session.purchasing(), session.seeds(), read_books(session.warehouse)))
