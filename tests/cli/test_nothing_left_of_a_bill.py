"""A bill that a person named another document for, and of which nothing is left, is told without figures."""

from __future__ import annotations

import pytest

from cwxero_dagster.cli import order_story

BILL = {
    "key": "po:14", "number": "", "date": None, "due_date": None, "vendor": "", "currency": "", "total": "0.00",
    "action": "exclude", "reason": "Ann settled it as billed-by.", "xero_status": None, "xero_link": None, "link": None,
    "in_xero": None, "rules": [],
}  # fmt: skip
NOTHING = {"quantity": "0", "amount": "0.00"}


def test_it_has_no_amount_vendor_or_date(capsys: pytest.CaptureFixture[str]) -> None:
    answer = {
        "po_number": "PO-14", "state": "fully_received", "coverage": dict.fromkeys(order_story.COVERAGE, NOTHING),
        "bills": [BILL], "timeline": [], "next_step": "Nothing.",
    }  # fmt: skip
    order_story.story(answer)
    told = capsys.readouterr().out
    assert "Bill that bills nothing any more, not in Xero\n  kept out: Ann settled it as billed-by." in told
    assert "None" not in told
    assert "no vendor" not in told
