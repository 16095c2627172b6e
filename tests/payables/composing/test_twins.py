from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from payables.making import (
    NOW,
    OTHER_VENDOR,
    after,
    agreement,
    books,
    d,
    day,
    deciding_on,
    document,
    kinds,
    known,
    line,
    plan_of,
    po,
    purchasing,
    received,
    the_action,
    the_bill,
    with_documents,
)

from cwxero_dagster.payables.books import Document, DocumentLine
from cwxero_dagster.payables.composing.twins import names, normalised
from cwxero_dagster.payables.ledger_view import LedgerView, Settlement


def words(text: str) -> tuple[DocumentLine, ...]:
    return (DocumentLine("l1", text, d(1), d(50), "310", None, ()),)


NUMBER = {"vendor_invoice_number": "INV-0042", "vendor_invoice_date": day(5, 12)}
ELSEWHERE = {"contact_id": OTHER_VENDOR}
FAR = {"dated": day(5, 12) - timedelta(days=200)}
OTHER_TOTAL = {"total": d("12.00")}


@pytest.mark.parametrize(
    ("keyed", "twin"),
    [
        # the same contact and number
        ({"number": "inv 0042", **OTHER_TOTAL}, True),
        ({"number": "INV-0042 | PO-1001", **OTHER_TOTAL}, True),
        ({"number": "INV-0043", **OTHER_TOTAL}, False),
        ({"number": "INV-0042", **ELSEWHERE, **OTHER_TOTAL}, False),
        ({"number": "INV-0042", **FAR, **OTHER_TOTAL}, False),
        # it names the purchase order
        ({"number": "PO-1001", **OTHER_TOTAL}, True),
        ({"number": "po-1001/2", **OTHER_TOTAL}, True),
        ({"lines": words("Goods for PO-1001, thanks"), **OTHER_TOTAL}, True),
        ({"lines": words("Goods for PO-1001, thanks"), **ELSEWHERE, **OTHER_TOTAL}, True),
        ({"lines": words("Goods for PO-1001"), **FAR, **OTHER_TOTAL}, True),
        ({"lines": words("Goods for PO-1001"), **FAR, **ELSEWHERE, **OTHER_TOTAL}, False),
        ({"number": "PO-10011", **OTHER_TOTAL}, False),
        ({"number": "XPO-1001", **OTHER_TOTAL}, False),
        ({"number": "PO-1001-A", **OTHER_TOTAL}, False),
        # the same contact and total, a few days apart
        ({}, True),
        ({"dated": day(5, 19)}, True),
        ({"dated": day(5, 20)}, False),
        ({"total": d("50.01")}, False),
        ({"currency_code": "USD"}, False),
        (ELSEWHERE, False),
        ({"lines": words("Goods for PO-1002")}, False),
        ({"number": "INV-1|PO-1002"}, False),
        ({"number": "PO #1 7x"}, False),
        ({"lines": words("12 monitors")}, True),
        # never
        ({"status": "DELETED"}, False),
        ({"status": "VOIDED"}, False),
        ({"document_type": "ACCPAYCREDIT"}, False),
        ({"url": "https://cw.example.com/?k=po:77"}, False),
    ],
)
def test_a_keyed_document_is_a_twin_by_number_by_po_or_by_amount_and_day(keyed: dict[str, Any], twin: bool) -> None:
    orders = [po(**NUMBER), po(2), po(3, po_number="#1 7x"), po(4, po_number="12")]
    held = known(purchasing(orders, [received(line())]), books=books(documents=(document("k1", **keyed),)))
    assert kinds(the_bill(held)) == (["possible_duplicate"] if twin else [])


@pytest.mark.parametrize(
    ("keyed", "twin"),
    [({"number": "1001", **OTHER_TOTAL}, True), ({**ELSEWHERE, **OTHER_TOTAL}, False), (ELSEWHERE, True)],
)
def test_a_bare_figure_names_a_po_of_another_contact_only_with_the_same_total(keyed: Any, twin: bool) -> None:
    made = document("k1", lines=words("Model 1001"), **keyed)
    held = known(purchasing(po(po_number="1001"), [received(line())]), books=books(documents=(made,)))
    assert kinds(the_bill(held)) == (["possible_duplicate"] if twin else [])


def test_a_credit_is_a_twin_of_a_credit() -> None:
    keyed = document("k1", document_type="ACCPAYCREDIT")
    held = known(purchasing(po(), [received(line(cost="-5.00"))]), books=books(documents=(keyed,)))
    found = the_bill(held)
    assert kinds(found) == ["possible_duplicate"]
    assert " supplier credit " in found.holds[0].detail
    assert " bill " not in found.holds[0].detail


def test_a_document_that_a_person_settled_another_bill_with_is_no_twin() -> None:
    settled = Settlement("C-1", "billed-by", frozenset(), ("po:9",), "Ann", "keyed", NOW, xero_id=" K1 ")
    held = known(
        purchasing(po(), [received(line())]),
        books=books(documents=(document("k1"),)),
        ledger=LedgerView(settlements=(settled,)),
    )
    assert kinds(the_bill(held)) == []


def test_a_bill_of_ours_whose_link_a_person_removed_is_no_twin_of_the_next_bill() -> None:
    one = known(purchasing([po(), po(2)], [received(line()), received(line(21, po_id=2))]))
    first = next(action for action in plan_of(one) if action.key == "po:1")
    written = after(one, first)
    (kept,) = written.books.documents
    unlinked = with_documents(written, replace(kept, url=None))
    assert [action.action for action in plan_of(unlinked)] == ["unchanged", "create"]


def test_a_release_lets_the_bill_through_past_this_twin_and_not_past_another() -> None:
    held = known(purchasing(po(), [received(line())]), books=books(documents=(document("k1"),)))
    released = deciding_on(held, the_action(held))
    assert the_action(released).action == "create"
    assert the_action(with_documents(released, document("k2"))).action == "hold"


def test_a_settled_bill_is_excluded_with_the_name_and_the_reason() -> None:
    held = known(purchasing(po(), [received(line())]), books=books(documents=(document("k1"),)))
    action = the_action(deciding_on(held, the_action(held), "billed-by", xero_id="k1"))
    assert (action.action, action.reason) == ("exclude", "Ann settled it as billed by another document (K-1): checked")


def test_a_shadow_run_looks_for_twins_too() -> None:
    held = known(
        purchasing(po(), [received(line())]), books=books(documents=(document("k1"),)), agreement=agreement(live=False)
    )
    assert kinds(the_bill(held)) == ["possible_duplicate"]


@pytest.mark.parametrize(
    ("text", "number", "found"),
    [
        ("see PO-1", "PO-1", True),
        ("see (po-1).", "PO-1", True),
        ("see PO-12", "PO-1", False),
        ("a.b", "a+b", False),
        ("PO|78|'pipe'", "PO|78|'pipe'", True),
        ("anything", " ", False),
    ],
)
def test_a_po_number_is_found_as_a_whole_token(text: str, number: str, found: bool) -> None:
    assert names(text, number) is found


@pytest.mark.parametrize(("number", "same"), [("INV 0042", "INV0042"), ("0042-a", "42A"), (None, ""), ("000", "")])
def test_numbers_compare_by_letters_and_digits(number: str | None, same: str) -> None:
    assert normalised(number) == same


def test_ten_thousand_documents_are_searched_by_contact_and_word() -> None:
    documents: tuple[Document, ...] = tuple(
        document(f"k{number}", number=f"K-{number}", contact_id=OTHER_VENDOR, total=d(number)) for number in range(300)
    )
    held = known(
        purchasing(po(), [received(line())]),
        books=books(documents=(*documents, document("twin", number="PO-1001", contact_id=OTHER_VENDOR))),
    )
    (one,) = the_bill(held).holds
    assert "names purchase order PO-1001" in one.detail


def test_a_bill_that_stands_for_two_invoices_is_a_twin_of_each() -> None:
    for number, twin in (("INV-1", True), ("inv 2", True), ("INV-12", False)):
        order = po(vendor_invoice_number="INV-1, INV-2", vendor_invoice_date=day(5, 12))
        keyed = document(number=number, total=d("20.00"))
        made = with_documents(known(purchasing(order, [received(line())])), keyed)
        assert ("possible_duplicate" in kinds(the_bill(made))) is twin
