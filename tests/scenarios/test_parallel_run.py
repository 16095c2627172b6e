"""The parallel run of a month with everything in it: classified in full, tied out, nothing written, then ready."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from planted import CYCLE, Planted, named, plant

from cwxero_dagster.pipeline import comparing
from cwxero_dagster.pipeline.session import NotReady
from cwxero_dagster.review.csv_files import write_csv


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("month"))


def sheet_of(month: Planted) -> Path:
    return month.home / "review" / CYCLE / "dispositions.csv"


def sheet(month: Planted) -> list[dict[str, str]]:
    with sheet_of(month).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def decide(month: Planted, **verdict: str) -> None:
    """Fill in the same verdict everywhere, as a person does who looked at all of it."""
    rows: list[dict[str, Any]] = [{**row, **verdict} for row in sheet(month)]
    write_csv(sheet_of(month), rows, list(rows[0]))


def test_a_month_is_classified_tied_out_decided_signed_and_kept(month: Planted) -> None:
    before = month.snapshot()
    compared = month.compare()
    comparison = compared.comparison

    # every bill of hers and of the sync's is where it belongs
    told = {
        named(row): (row.status, tuple(sorted((each.kind, each.field) for each in row.differences)))
        for row in comparison.rows
    }
    assert told == {name: (status, tuple(sorted(found))) for name, (status, found) in month.expected.items()}
    assert sum(len(row.keyed) for row in comparison.rows) + len(comparison.set_aside) == 40
    assert sorted(one.bill.number for one in comparison.set_aside) == ["PT88", "RENT Nov", "RENT Oct"]
    statement = next(row for row in comparison.rows if named(row) == "PO-5028 PO-5029")
    assert statement.match == "sum_of_several"

    # it adds up, in each currency
    for tie in comparison.tie_outs.values():
        assert tie.keyed - tie.only_keyed + tie.only_sync + tie.differences == tie.sync
        assert tie.unexplained == 0
    assert set(comparison.tie_outs) == {"AUD", "USD"}
    hers = sum(
        (-1 if "CreditNoteID" in one else 1) * one["Total"]
        for table in ("xero.invoices", "xero.creditnotes")
        for one in month.store.all(table)
        if one["CurrencyCode"] == "AUD" and one["Date"] >= "2026-09-30"
    )
    aside = sum(one.bill.total for one in comparison.set_aside)
    assert comparison.tie_out.keyed == hers - aside
    aud = [each for each in comparison.totals if each.currency == "AUD"]
    by_account = {each.value: each.difference for each in aud if each.by == "account"}
    assert by_account["453"] < 0 < by_account["310"]

    # one decision clears three
    assert [pattern.words for pattern in comparison.patterns if pattern.kind == "mapping"] == [
        "3 bills: goods in 453 by you, 310 by the rule"
    ]

    # nothing was written, though the run was live and the decision is signed
    assert month.snapshot() == before
    assert month.writes() == []
    assert month.session().ledger.view().bills == {}

    # not ready, and why
    assert not comparison.readiness.ready
    told_why = " ".join(comparison.readiness.reasons)
    for words in ("agreed were at least 98 %", "1 bill that only you have, 2138.60 AUD", "nothing tells apart"):
        assert words in told_why
    with pytest.raises(NotReady, match="is not ready"):
        comparing.sign_off(month.session(), CYCLE, by="Ann Lee")

    # a promise to mend the mapping is no mended mapping
    decide(month, verdict="mapping to fix", by="Ann Lee", note="next week")
    assert not month.compare().comparison.readiness.ready
    decide(month, verdict="accepted", by="Ann Lee", note="=looked at it")
    decided = month.compare()
    assert decided.comparison.readiness.ready, decided.comparison.readiness.reasons
    assert all(
        row["verdict"] == "" and "accepted by Ann Lee" in row["decided"] for row in sheet(month) if row["vendor"]
    )

    # signed off: it says so, and stays as it was signed
    signed = comparing.sign_off(month.session(), CYCLE, by="Ann Lee")
    assert signed.signed is not None
    assert (signed.signed.by, signed.changes) == ("Ann Lee", ())
    report = (month.home / "review" / CYCLE / "comparison.csv").read_bytes()
    price = next(row for row in signed.comparison.rows if named(row) == "PO-5017")
    month.bookkeeper.edit_line(price.keyed[0].id, 0, UnitAmount=Decimal("999.00"))
    later = month.compare()
    assert len(later.changes) == 1
    assert "PO-5017" in later.changes[0]
    assert not later.comparison.readiness.ready, "the verdict was given for another price"
    assert (month.home / "review" / CYCLE / "comparison.csv").read_bytes() == report
    assert "PO-5017" in (month.home / "review" / CYCLE / "changed_since_sign_off.csv").read_text(encoding="utf-8-sig")
    assert month.writes() == []
