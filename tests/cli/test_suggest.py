"""``cwxero suggest``: what a firm that maps nothing yet is proposed, against what the right answers are."""

from __future__ import annotations

import csv

import pytest

from cwxero_dagster.seed_files import load_seeds

FILES = {
    "vendors.csv": ("connectwise_vendor_id", "xero_contact_id"),
    "accounts.csv": ("match_on", "match_value", "account_code"),
    "tax_codes.csv": ("connectwise_tax_code", "taxable", "xero_tax_type"),
    "tracking.csv": ("source", "connectwise_value", "xero_option"),
}


@pytest.fixture
def emptied(firm):
    """The firm without its mapping, and the rows that it had."""
    right = {}
    for file in FILES:
        path = firm.seeds / file
        lines = [text for text in path.read_text(encoding="utf-8").splitlines() if not text.startswith("#")]
        right[file] = list(csv.DictReader(lines))
        path.write_text(f"{lines[0]}\n", encoding="utf-8")
    return firm, right


def test_sure_proposals_are_what_the_firm_mapped_and_can_be_taken_over(emptied):
    firm, right = emptied
    told = firm.tell("suggest", "--json")
    assert told.status == 1, told.err
    assert firm.writes() == []
    proposals = told.json["suggestions"]
    sure = [one for one in proposals if one["confidence"] in {"high", "medium"}]
    for file, columns in FILES.items():
        *key, answer = columns
        known = {tuple(row[name] for name in key): row[answer] for row in right[file]}
        given = {tuple(one["row"][name] for name in key): one["row"][answer] for one in sure if one["file"] == file}
        assert given, file
        assert {name: value for name, value in given.items() if name in known and known[name] != value} == {}

    out = firm.folder / "proposed"
    told = firm.tell("suggest", "--out", str(out))
    assert told.status == 1, told.err
    for file in FILES:
        (firm.seeds / file).write_bytes((out / file).read_bytes())
    taken = load_seeds(firm.seeds)
    assert len(taken.vendors) + len(taken.accounts) + len(taken.tax_codes) + len(taken.tracking) > 0
    left = firm.tell("suggest", "--json").json["suggestions"]
    assert {one["confidence"] for one in left} <= {"low", "none"}
    again = firm.tell("suggest", "--out", str(out))
    assert (again.status, "never replace a file" in again.err) == (2, True)
