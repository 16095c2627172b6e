"""The command ``suggest``: reads both systems and proposes rows for the mapping seeds.

What belongs here: the JSON and the text for people. What does not: the proposals (payables/suggestions).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cwxero_dagster.cli.showing import line, table
from cwxero_dagster.payables.suggestions import CONFIDENCE, Suggestion
from cwxero_dagster.payables.wording import counted, shortened

SHOWN = {
    "vendors.csv": ("connectwise_vendor_id", "connectwise_vendor_name", "xero_contact_name"),
    "accounts.csv": ("match_on", "match_value", "account_code"),
    "tax_codes.csv": ("connectwise_tax_code", "taxable", "xero_tax_type"),
    "tracking.csv": ("source", "connectwise_value", "xero_option"),
}
"""Columns of a proposal that people read; the last one is what is proposed."""
WIDEST = 30


def suggest_answer(found: Sequence[Suggestion]) -> dict[str, Any]:
    """What ``suggest --json`` answers: ``row`` has the columns of the seed file that the proposal fills."""
    return {
        "suggestions": [
            {"file": one.file, "row": dict(one.row), "confidence": one.confidence, "reason": one.reason}
            for one in found
        ]
    }


def show(found: Sequence[Suggestion], files: Sequence[Path]) -> None:
    """Proposals a file, the surest first."""
    if not found:
        line("Every vendor, account, tax code and tracking value on a purchase order is mapped. Nothing to propose.")
        return
    for file in dict.fromkeys(one.file for one in found):
        of_file = sorted((one for one in found if one.file == file), key=lambda one: CONFIDENCE.index(one.confidence))
        line(f"{file}: {counted(len(of_file), 'value')} without a row")
        columns = SHOWN[file]
        table([["confidence", *columns, "why"], *(_row(one, columns) for one in of_file)])
        line()
    if files:
        line("Written, for you to check and copy into the mapping seeds:")
        for path in files:
            line(f"  {path}")
    else:
        line("Nothing was written. `cwxero suggest --out DIR` writes these as files to copy rows from.")


def _row(one: Suggestion, columns: Sequence[str]) -> list[str]:
    cells = [shortened(one.row.get(column, ""), WIDEST) for column in columns]
    return [one.confidence, *cells[:-1], cells[-1] or "?", one.reason]
