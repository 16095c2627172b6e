"""The parallel run of a month with everything in it: classified in full, tied out, nothing written, then ready."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from filled_in import read, write
from planted import CYCLE, DAY, LANDLORD, Planted, named, plant

from cwxero_dagster.checks.parallel_run import what_was_signed_still_stands
from cwxero_dagster.payables.comparison.result import KINDS
from cwxero_dagster.payables.reports.parallel import STATUS
from cwxero_dagster.pipeline.reporting import write_pack
from cwxero_dagster.pipeline.session import NotReady
from cwxero_dagster.pipeline.signing_off import sign_off


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("month"))


def decide(month: Planted, **said: str) -> None:
    """Write the same verdict into every row of the workbook, as a person does who looked at all of it."""
    month.later(0.1)
    cells = {"Verdict": said["verdict"], "Your name": said["by"], "Note": said["note"]}
    write(month.workbook, "Comparison", "Row", cells)
    month.later(0.1)


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

    # finance reads what accounts and tax types are called
    rates = {one["TaxType"]: one["Name"] for one in month.store.all("xero.taxrates")}
    taxed, rule = (f"{rates[code]} ({code})" for code in ("EXEMPTEXPENSES", "INPUT"))
    assert [(row["Yours"], row["The sync's"]) for row in read(month.workbook, "Differences", "Row")
            if row["Field"] == "tax type"] == [(taxed, rule)]  # fmt: skip
    booked = {row["Value"] for row in read(month.workbook, "Both sides", "Value")}
    accounts = {one["Code"]: one["Name"] for one in month.store.all("xero.accounts")}
    assert {taxed, rule, f"{accounts['453']} (453)"} <= booked
    assert not {"INPUT", "EXEMPTEXPENSES", "310", "453"} & booked

    # the journal leaves out what she keyed, each with her bill, and what nobody can tell apart stays in
    assert month.pack
    paired = {number for row in comparison.rows if row.paired for bill in row.sync for number in bill.po_numbers}
    worth = {
        order["poNumber"]: sum(
            (each["receivedQuantity"] * each["unitCost"] for each in month.lines(order)), order.get("freightCost") or 0
        )
        for order in month.store.all("cw.purchaseorders")
    }
    out = {row.po_number for row in month.pack.keyed}
    assert out == {name for name in paired if worth[name]}
    # of these two she keyed no freight, and one piece of two
    rest = {"PO-5018": Decimal("25.00"), "PO-5020": worth["PO-5020"] / 2}
    assert {row.po_number for row in month.pack.goods} == ({name for name in worth if worth[name]} - out) | rest.keys()
    assert {row.po_number: row.amount for row in month.pack.goods if row.po_number in rest} == rest
    for rows, names, less in ((month.pack.keyed, out, 1), (month.pack.goods, worth.keys() - out, -1)):
        aud = sum((row.amount for row in rows if row.currency_code == "AUD"), Decimal(0))
        assert aud == sum(worth[name] for name in names if name != "PO-5041") - less * sum(rest.values())
    assert month.pack.accrual.money == month.pack.goods_money
    why = {row.po_number: row.why for row in month.pack.keyed}
    assert why["PO-5001"].startswith("You keyed INV-5001 | PO-5001 of 2026-10-12 for ")
    assert why["PO-5017"].endswith("; it differs (sheet Comparison).")
    assert why["PO-5028"] == why["PO-5029"]
    assert month.pack.keyed_goods.startswith(f"Left out: {month.pack.keyed_money['AUD']:,.2f} AUD")
    assert "2 rows that the comparison could not tell apart are still in" in month.pack.keyed_goods

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
    for words in ("agreed were at least 98 %", "1 bill that only you have, 2,138.60 AUD", "nothing tells apart"):
        assert words in told_why
    assert month.pack.parallel
    by_kind = "; ".join(f"{KINDS[one.kind].lower()} {one.open}" for one in month.pack.parallel.kinds)
    listed = told_why.partition("Open rows, by what differs: ")[2].partition(".")[0]
    assert sorted(listed.split("; ")) == sorted(by_kind.split("; "))
    assert not set(KINDS.values()) & set(STATUS.values()), "two counts of the page have one name"
    with pytest.raises(NotReady, match="is not ready"):
        sign_off(month.session(), CYCLE, by="Ann Lee")

    # a promise to mend the mapping is no mended mapping
    decide(month, verdict="mapping to fix", by="Ann Lee", note="next week")
    assert not month.compare().comparison.readiness.ready
    assert "Ann Lee decided “Halcyon Distribution Pty Ltd, INV-5017 | PO-5017” as mapping to fix." in month.taken.taken
    decide(month, verdict="accepted", by="Ann Lee", note="looked at it")
    decided = month.compare()
    assert decided.comparison.readiness.ready, decided.comparison.readiness.reasons
    rows = [row for row in read(month.workbook, "Comparison", "Row") if row["What differs"]]
    assert len(rows) > 15
    for row in rows:
        assert (row["Verdict"], row["Your name"], row["Note"], row["Without a verdict"]) == (None, None, None, 0)
        assert "accepted by Ann Lee on 2026-10-" in row["Decided"]
        assert row["Decided"].endswith(": looked at it")

    # signed off: it says so, and stays as it was signed
    frozen = sign_off(month.session(), CYCLE, by="Ann Lee")
    signed = frozen.compared
    assert signed.signed is not None
    names = {path.name for path in frozen.folder.iterdir()}
    assert names == {
        "review-2026-10.xlsx", "review-2026-10.html", "comparison.csv", "comparison_differences.csv",
        "comparison_totals.csv",
    }  # fmt: skip
    as_signed = {path.name: path.read_bytes() for path in frozen.folder.iterdir()}
    assert b"Signed off as ready by Ann Lee" in as_signed["review-2026-10.html"]
    assert (signed.signed.by, signed.changes) == ("Ann Lee", ())
    report = (month.home / "review" / CYCLE / "comparison.csv").read_bytes()
    price = next(row for row in signed.comparison.rows if named(row) == "PO-5017")
    month.bookkeeper.edit_line(price.keyed[0].id, 0, UnitAmount=Decimal("999.00"))
    month.sync(CYCLE, mode="shadow")
    session = month.session("shadow")
    nightly = write_pack(session, CYCLE).pack.parallel
    told = what_was_signed_still_stands(session, CYCLE)
    session.close()
    assert nightly is not None
    assert "changed since then: 1 row" in nightly.standing, "no comparison was asked for, the night said it by itself"
    assert not nightly.ready
    assert ["PO-5017" in finding.what for finding in told.findings] == [True]
    later = month.compare()
    assert later.changes == nightly.changes
    assert len(later.changes) == 1
    assert "PO-5017" in later.changes[0]
    assert not later.comparison.readiness.ready, "the verdict was given for another price"
    assert (month.home / "review" / CYCLE / "comparison.csv").read_bytes() == report
    assert "PO-5017" in (month.home / "review" / CYCLE / "changed_since_sign_off.csv").read_text(encoding="utf-8-sig")
    assert {path.name: path.read_bytes() for path in frozen.folder.iterdir()} == as_signed
    page = month.workbook.with_suffix(".html").read_text(encoding="utf-8")
    assert "changed since then: 1 row" in page
    assert "PO-5017, signed with" in page

    # all is as it was signed; then a verdict is taken back, and there is one more bill that is set aside
    month.bookkeeper.edit_line(price.keyed[0].id, 0, UnitAmount=price.keyed[0].lines[0].unit_amount)
    assert month.compare().changes == ()
    row = {"Verdict": "open", "Your name": "Bob Ray", "Note": "I doubt it"}
    assert write(month.workbook, "Comparison", "Row", row, about=price.row_id) == 1
    month.later(0.1)
    assert [change.split(":")[0] for change in month.compare().changes] == ["Open again"]
    month.without_order(LANDLORD, "RENT once more", "7777.00", "469")
    assert "RENT once more, set aside (you " in month.compare().changes[0]
    assert month.writes() == []


def test_a_statement_over_two_cycles_lets_the_earlier_one_be_ready_once_a_person_has_decided(tmp_path: Path) -> None:
    month = Planted(tmp_path)
    earlier = "2026-09"
    month.delivered("PO-SEP", "100.00", invoice=False, day=date(2026, 9, 30))
    month.delivered("PO-OCT", "70.00", invoice=False)
    month.later(10)
    month.stage()
    due = month.would_be()
    statement = month.key(due["PO-OCT"], *due["PO-SEP"].lines, *due["PO-OCT"].lines, number="STATEMENT 9")

    first = month.compare(earlier).comparison
    assert [(row.status, [bill.number for bill in row.sync]) for row in first.rows] == [("in_later_cycle", ["PO-SEP"])]
    assert not first.readiness.ready
    (shown,) = [row for row in read(month.workbook_of(earlier), "Comparison", "Row") if row["The sync's bill"]]
    assert "STATEMENT 9, 374.00 AUD" in shown["Why"]
    assert "220.00 AUD counts there" in shown["Why"]
    assert (shown["The sync's"], shown["Yours"], shown["Differences"]) == (0, 0, 0)
    second = month.compare().comparison
    assert second.readiness.ready
    assert [(row.status, row.remark) for row in second.rows] == [
        ("agrees", "PO-SEP (220.00 AUD) was due in 2026-09 and counts here.")
    ]
    assert [one.tie_out.sync for one in (first, second)] == [0, Decimal("374.00")], "each bill is counted once"

    month.later(0.1)
    said = {"Verdict": "accepted", "Your name": "Ann Lee", "Note": "it is on statement 9"}
    assert write(month.workbook_of(earlier), "Comparison", "Row", said, about=first.rows[0].row_id) == 1
    month.later(0.1)
    assert month.compare(earlier).comparison.readiness.ready
    sign_off(month.session(), earlier, by="Ann Lee")
    assert month.compare(earlier).changes == ()

    # her bill is another one then: the verdict was not given for that
    month.bookkeeper.edit_line(statement, 0, UnitAmount=Decimal("99.00"))
    changed = month.compare(earlier)
    assert not changed.comparison.readiness.ready
    assert changed.changes


def test_goods_that_no_bill_of_hers_has_stay_in_the_accrual(tmp_path: Path) -> None:
    month = Planted(tmp_path)
    month.delivered("PO-PART", "100.00", quantity=10)
    month.delivered("PO-DRAFT", "70.00", quantity=2)
    month.delivered("PO-GUESS", "55.00", quantity=1)
    month.later(10)
    month.stage()
    due = month.would_be()
    month.key(due["PO-PART"], replace(due["PO-PART"].lines[0], quantity=Decimal(2)), status="AUTHORISED")
    month.key(due["PO-DRAFT"], status="DRAFT")
    support = replace(
        due["PO-GUESS"].lines[0], description="Support", quantity=Decimal(1), unit_amount=Decimal("55.20")
    )
    month.key(due["PO-GUESS"], support, number="8812", on=DAY + timedelta(days=2), status="AUTHORISED")
    assert [row.match for row in month.compare().comparison.rows if named(row) == "PO-GUESS"] == ["vendor_near_total"]
    assert month.pack is not None
    assert month.pack.goods_money == {"AUD": Decimal("855.00")}, "8 of 10, and what a guess alone would have billed"
    assert month.pack.accrual.money == month.pack.goods_money
    assert {(row.po_number, row.quantity, row.amount) for row in month.pack.keyed} == {
        ("PO-PART", 2, 200),
        ("PO-DRAFT", 2, 140),
    }
    assert "1 row that nothing but a near amount speaks for are still in: decide it first" in month.pack.keyed_goods
    assert [(bill.po_numbers, bill.stands) for bill in month.pack.drafts] == [
        (("PO-DRAFT",), ("AUD", Decimal("154.00")))
    ]
    (shown,) = [row for row in read(month.workbook, "Drafts", "Bill") if row["Purchase orders"]]
    assert (shown["Purchase orders"], shown["Net"], shown["Total"]) == ("PO-DRAFT", 140, 154)
    month.later(0.1)
    decide(month, verdict="accepted", by="Ann Lee", note="it is")
    month.compare()
    assert month.pack.goods_money == {"AUD": Decimal("800.00")}
