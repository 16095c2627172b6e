"""What a check found, as a table that a person can act on, and as a CSV file where the table would be too long.

What belongs here: the shape of a finding and of a check's answer in Dagster. What does not: finding anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import dagster as dg

from cwxero_dagster.assets.describing import summed
from cwxero_dagster.payables.money import moneys_text
from cwxero_dagster.payables.wording import few, shortened
from cwxero_dagster.review.csv_files import write_csv

SHOWN_ROWS = 50
"""Rows of a table in the UI; it stays in Dagster's event log for good, so the rest goes to the file."""
SHOWN_NUMBERS = 8
SHOWN_LENGTH = 500
ASKED = "asked_of_a_person"
"""Entry of a failed check's metadata whose findings are open cases."""
COLUMNS = ("what", "purchase orders", "amount", "what to do")


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the check's name says."""

    what: str
    """What is the matter, in words."""
    what_to_do: str
    purchase_orders: tuple[str, ...] = ()
    money: tuple[tuple[str, Decimal], ...] = ()
    """What is at stake: pairs of currency code and amount."""


@dataclass(frozen=True)
class Checked:
    """A check's answer: what it looked at, and what it found there. Nothing found is passed."""

    scope: str
    """What was looked at and how much money that is, in words: ``12 bills, 1234.50 AUD``."""
    findings: tuple[Finding, ...] = ()
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
    at_stake: Mapping[str, Decimal] | None = None
    """The money of all findings, where one bill is in several of them; else their amounts are added up."""
    asked: bool = False
    """What it finds is asked of a person as a case, so the message for finance does not tell it a second time."""


def result(checked: Checked, *, file: Path, cycle: str | None = None) -> dg.AssetCheckResult:
    """The answer as Dagster shows it. ``file`` holds every finding, and is gone while there is none."""
    metadata: dict[str, dg.MetadataValue] = {"billing_cycle": dg.MetadataValue.text(cycle)} if cycle else {}
    metadata["looked_at"] = dg.MetadataValue.text(checked.scope)
    # Dagster plots a number over all runs of the check: each cycle has its own name for it, and so its own line.
    metadata[f"found_in_{cycle}" if cycle else "found"] = dg.MetadataValue.int(len(checked.findings))
    if not checked.findings:
        file.unlink(missing_ok=True)
        return dg.AssetCheckResult(passed=True, description=f"All is well: {checked.scope}.", metadata=metadata)
    rows = [_row(finding) for finding in checked.findings]
    write_csv(file, rows, COLUMNS)
    added_up = summed(finding.money for finding in checked.findings)
    at_stake = moneys_text(added_up if checked.at_stake is None else checked.at_stake, none="")
    if at_stake:
        metadata["amount"] = dg.MetadataValue.text(at_stake)
    metadata["findings"] = dg.MetadataValue.table(
        [dg.TableRecord(_row(finding, short=True)) for finding in checked.findings[:SHOWN_ROWS]],
        schema=dg.TableSchema([dg.TableColumn(name) for name in COLUMNS]),
    )
    metadata["full_list"] = dg.MetadataValue.path(file)
    if checked.asked:
        metadata[ASKED] = dg.MetadataValue.text("yes, in open_cases")
    return dg.AssetCheckResult(
        passed=False,
        severity=checked.severity,
        description=_headline(checked.findings, at_stake),
        metadata=metadata,
    )


def _row(finding: Finding, *, short: bool = False) -> dict[str, str]:
    numbers = list(dict.fromkeys(finding.purchase_orders))
    shown = few(numbers, SHOWN_NUMBERS if short else len(numbers))
    cells = (finding.what, shown, moneys_text(dict(finding.money), none=""), finding.what_to_do)
    return {name: shortened(cell, SHOWN_LENGTH) if short else cell for name, cell in zip(COLUMNS, cells, strict=True)}


def _headline(findings: Sequence[Finding], at_stake: str) -> str:
    first = shortened(findings[0].what, SHOWN_LENGTH)
    more = len(findings) - 1
    rest = f" And {more} more." if more else ""
    stake = f" Amount: {at_stake}." if at_stake else ""
    return f"{first}{rest}{stake}"
