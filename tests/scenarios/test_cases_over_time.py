"""What becomes of a question as time passes: it closes for a named reason, comes back young, and is taken back by name.

What belongs here: the life of a case. What does not: which ways out it has (test_every_way_out).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from filled_in import write
from story import CYCLE, Story

from cwxero_dagster.cli.explain import explain
from cwxero_dagster.payables.kinds import ONE_BY_ONE
from cwxero_dagster.pipeline.answering import take_all
from cwxero_dagster.pipeline.reporting import PackFiles, write_pack
from cwxero_dagster.sandbox.xero.desk import BookLine
from cwxero_dagster.warehouse.case_book import CaseRefused, KeptCase


class Desk(Story):
    """A firm whose vendor is taken off the list and put back."""

    @property
    def vendors(self) -> Path:
        return self.seeds / "vendors.csv"

    def forget_the_vendor(self) -> str:
        text = self.vendors.read_text(encoding="utf-8")
        kept = [row for row in text.splitlines() if not row.startswith("801,")]
        self.vendors.write_text("\n".join(kept) + "\n", encoding="utf-8")
        return text

    def delivered(self, number: str, ordered: int, received: int) -> dict[str, Any]:
        po = self.order(ordered, number=number)
        self.buyer.receive(self.lines(po)[0]["id"], received)
        return po

    def only_case(self) -> KeptCase:
        (kept,) = self.session().case_book.cases(status=None)
        return kept

    def pack(self, cycle: str) -> PackFiles:
        session = self.session()
        try:
            return write_pack(session, cycle)
        finally:
            session.close()


def test_a_case_closes_for_its_true_cause_and_comes_back_as_a_new_question(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    listed = desk.forget_the_vendor()
    desk.delivered("PO-1", 3, 3)
    desk.night()
    assert desk.only_case().case.po_numbers == ("PO-1",)
    desk.vendors.write_text(listed, encoding="utf-8")
    desk.night()
    kept = desk.only_case()
    assert (kept.status, kept.what_we_did) == ("closed", "Closed. The vendor has a Xero contact now.")

    desk.later(90)
    desk.forget_the_vendor()
    desk.delivered("PO-2", 3, 3)
    desk.later()
    desk.sync("2027-01")
    again = desk.open_case("unmapped_vendor")
    assert (again.status, again.case.po_numbers) == ("open", ("PO-2",))
    assert again.case.case_id == kept.case.case_id
    assert again.first_seen == desk.clock.now()
    assert {case.case_id: case.days for case in desk.pack("2027-01").pack.cases}[kept.case.case_id] == 0
    told = [each["event"] for each in explain(desk.session(), "PO-1")["timeline"]]
    assert {"held", "no longer held"} <= set(told), "what it was about before is still told"


def test_a_case_of_an_order_that_was_cancelled_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.forget_the_vendor()
    po = desk.delivered("PO-1", 3, 3)
    desk.night()
    desk.buyer.unreceive(desk.lines(po)[0]["id"], 3)
    desk.night()
    assert desk.only_case().closed_because == (
        "No bill is due for purchase order PO-1 any more: it is reversed in ConnectWise."
    )


def test_goods_that_somebody_let_wait_are_among_the_decisions_and_can_be_taken_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    po = desk.delivered("PO-1", 5, 2)
    desk.night()
    desk.later(70)
    desk.sync(CYCLE)
    case_id = desk.settle("received_not_billed", "release").case.case_id
    desk.night()
    assert desk.kinds() == set()
    files = desk.pack(CYCLE)
    assert [case.case_id for case in files.pack.decided] == [case_id]

    with pytest.raises(CaseRefused, match="needs a name"):
        desk.session().case_book.undo(case_id, by="  ", at=desk.clock.now())
    desk.later()
    assert write(files.workbook, "Decided", "Decision", {"Decision": "undo", "Your name": "Ann"}, about=None) == 1
    session = desk.session()
    assert take_all(session).refused == {}
    session.close()
    desk.night()
    assert desk.kinds() == {"received_not_billed"}
    assert desk.pack(CYCLE).pack.decided == ()
    desk.buyer.receive(desk.lines(po)[0]["id"], 3)
    desk.night()
    assert desk.only_case().closed_because == "A bill of the goods is due now."


def test_one_of_several_bills_in_a_locked_period_is_settled_by_itself_once_it_was_keyed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.bookkeeper.settings.set_lock_dates(period=date(2026, 10, 20))
    first, second = desk.delivered("PO-1", 3, 3), desk.delivered("PO-2", 3, 3)
    desk.night()
    kept = desk.only_case()
    assert (kept.case.kind, kept.case.ways_out) == ("lock_date", ("not-owed",))
    assert ONE_BY_ONE in kept.case.what_to_do
    contact = next(one for one in desk.store.all("xero.contacts") if "Halcyon" in one["Name"])
    line = BookLine(
        description="goods", quantity=Decimal(3), unit_amount=Decimal(101), account_code="310", tax_type="INPUT"
    )
    keyed = desk.bookkeeper.key_bill(contact["ContactID"], "INV-7 PO-1", [line], on=date(2026, 10, 21))
    with pytest.raises(CaseRefused, match="is about 2 bills"):
        desk.settle("lock_date", "billed-by", xero_id=keyed["InvoiceID"])

    desk.night()
    assert desk.open_case("possible_duplicate").case.po_numbers == ("PO-1",)
    desk.settle("possible_duplicate", "billed-by", xero_id=keyed["InvoiceID"])
    desk.bookkeeper.settings.set_lock_dates()
    desk.night()
    assert set(desk.published()) == {f"po:{second['id']}"}
    assert f"po:{first['id']}" not in desk.published()
    assert desk.kinds() == set()


def test_what_one_person_changed_and_what_both_sides_changed_on_a_draft_is_one_question(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    po = desk.order(2, 3, number="PO-1")
    for line in desk.lines(po):
        desk.buyer.receive(line["id"], 2)
    desk.buyer.receive(desk.lines(po)[1]["id"], 1)
    desk.night()
    draft = desk.document(f"po:{po['id']}")
    desk.bookkeeper.edit_line(draft["InvoiceID"], 0, UnitAmount=Decimal("90.00"))
    desk.bookkeeper.edit_line(draft["InvoiceID"], 1, UnitAmount=Decimal("95.00"))
    desk.buyer.change_cost(desk.lines(po)[1]["id"], Decimal("120.00"))
    desk.until_lines_are_known()
    desk.night()
    kept = desk.only_case()
    assert (kept.case.kind, kept.case.bill_keys) == ("edited_in_xero", (f"po:{po['id']}",))
    assert "Changed in Xero and in ConnectWise" in kept.case.what_happened
    assert "changed in total from" in kept.case.what_happened
    desk.settle("edited_in_xero", "accept-theirs")
    desk.night()
    assert desk.kinds() == set()
    assert Decimal(str(desk.document(f"po:{po['id']}")["LineItems"][1]["UnitAmount"])) == Decimal("95.00")
