"""A check's answer as people see it in Dagster: the headline, the table, the file."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.checks.declaring import looked
from cwxero_dagster.checks.showing import COLUMNS, Checked, Finding, result
from cwxero_dagster.pipeline.session import Session

FINDING = Finding(
    "Vendor Acme has no Xero contact.", "Add it.", ("PO-1", "PO-2"), (("AUD", Decimal("10.5")), ("USD", Decimal(3)))
)


def rows(answer: dg.AssetCheckResult) -> list[dict[str, object]]:
    table = answer.metadata["findings"]
    assert isinstance(table, dg.TableMetadataValue)
    return [dict(record.data) for record in table.records]


def written(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_a_finding_is_a_row_of_words(tmp_path: Path) -> None:
    answer = result(Checked("3 bills", (FINDING,)), file=tmp_path / "check.csv", cycle="2026-06")
    assert not answer.passed
    assert answer.description == "Vendor Acme has no Xero contact. Amount: 10.50 AUD, 3.00 USD."
    assert rows(answer) == [
        {
            "what": "Vendor Acme has no Xero contact.",
            "purchase orders": "PO-1, PO-2",
            "amount": "10.50 AUD, 3.00 USD",
            "what to do": "Add it.",
        }
    ]
    assert answer.metadata["billing_cycle"].value == "2026-06"
    assert answer.metadata["found_in_2026-06"].value == 1, "no line of the plot strings several cycles together"
    assert answer.metadata["looked_at"].value == "3 bills"
    assert answer.metadata["full_list"].value == str(tmp_path / "check.csv")


def test_a_passed_check_says_what_was_looked_at_and_takes_the_old_list_away(tmp_path: Path) -> None:
    file = tmp_path / "check.csv"
    result(Checked("3 bills", (FINDING,)), file=file)
    answer = result(Checked("3 bills, 12.00 AUD"), file=file)
    assert answer.passed
    assert answer.description == "All is well: 3 bills, 12.00 AUD."
    assert set(answer.metadata) == {"looked_at", "found"}
    assert answer.metadata["found"].value == 0, "a number that the UI can plot"
    assert not file.exists()


def test_the_table_is_capped_and_the_file_is_not(tmp_path: Path) -> None:
    findings = tuple(Finding(f"Bill {number}.", "Look.", money=(("AUD", Decimal(1)),)) for number in range(120))
    answer = result(Checked("120 bills", findings), file=tmp_path / "check.csv")
    assert len(rows(answer)) == 50
    assert answer.description == "Bill 0. And 119 more. Amount: 120.00 AUD."
    assert [row["what"] for row in written(tmp_path / "check.csv")] == [f"Bill {number}." for number in range(120)]
    assert list(written(tmp_path / "check.csv")[0]) == list(COLUMNS)


def test_a_long_list_of_purchase_orders_is_cut_in_the_table_only(tmp_path: Path) -> None:
    finding = Finding("x", "y", tuple(f"PO-{number}" for number in range(12)))
    answer = result(Checked("", (finding,)), file=tmp_path / "check.csv")
    assert rows(answer)[0]["purchase orders"] == "PO-0, PO-1, PO-2, PO-3, PO-4, PO-5, PO-6, PO-7 and 4 more"
    assert written(tmp_path / "check.csv")[0]["purchase orders"].endswith("PO-10, PO-11")


def test_text_that_a_spreadsheet_would_run_is_disarmed_in_the_file(tmp_path: Path) -> None:
    result(Checked("", (Finding("=HYPERLINK(1)", "Look."),)), file=tmp_path / "check.csv")
    assert written(tmp_path / "check.csv")[0]["what"] == "'=HYPERLINK(1)"


def test_a_check_that_meets_a_broken_table_fails_and_does_not_raise(session: Session) -> None:
    row = dict.fromkeys(frames.Vendors.arrow_schema().names)

    def look() -> Checked:
        frames.Vendors.of([row])
        return Checked("all of it")

    (finding,) = looked(session, look).findings
    assert finding.what == "A table that this check reads is broken (Vendors), so it could not look."
