"""Asset checks: what must be true of each table, as sentences, with tables that a finance person can act on.

What belongs here: evaluating and showing. What does not: any rule; a check shows, it does not protect (the publisher
does).
"""

from __future__ import annotations

import dagster as dg


def checks(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetChecksDefinition]:
    """All checks, for these billing cycles."""
    return []
