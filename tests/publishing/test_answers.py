import json
import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from payables.making import (
    VENDOR,
    after,
    books,
    held_by_xero,
    in_xero,
    known,
    line,
    night,
    po,
    purchasing,
    received,
    the_action,
)

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.documents import HEADER_FIELDS, Meaning
from cwxero_dagster.pipeline.working_out import Known
from cwxero_dagster.publishing.answers import NO_ID, carried_out, elements_of, identifies, outcomes
from cwxero_dagster.publishing.bodies import BATCH, batches, body, endpoint
from cwxero_dagster.publishing.looking_up import found_among
from cwxero_dagster.writing import Writing


def writing(action: Action, *, verb: str | None = None, xero_id: str | None = None, status: str = "DRAFT") -> Writing:
    assert action.bill is not None
    return Writing(
        action=verb or action.action,
        key=action.key,
        document_type=action.bill.document_type,
        cycle="2026-05",
        policy_digest="p",
        po_ids=(1,),
        po_numbers=("PO-1001",),
        facts="f",
        slices=action.bill.slices,
        meaning=action.meaning or {},
        status=status,
        payload_digest="x",
        xero_id=xero_id,
    )


def created(po_id: int = 1, cost: str = "5.00") -> Writing:
    made = known(purchasing(po(po_id), [received(line(po_id * 10 + 1, po_id=po_id, cost=cost))]))
    return writing(the_action(made))


def element(meaning: Meaning, *, credit: bool = False, **changes: Any) -> dict[str, Any]:
    """The document as Xero answers with it."""
    kept = held_by_xero(meaning, books())
    names = ("CreditNoteID", "CreditNoteNumber") if credit else ("InvoiceID", "InvoiceNumber")
    lines = []
    for each in kept.lines:
        answered = {"LineItemID": each.line_item_id, "Description": each.description}
        if each.quantity is not None:
            answered |= {"Quantity": str(each.quantity), "UnitAmount": str(each.unit_amount)}
            answered |= {"AccountCode": each.account_code, "TaxType": each.tax_type}
        lines.append(answered)
    return {
        "Type": "ACCPAYCREDIT" if credit else "ACCPAY",
        names[0]: kept.document_id,
        names[1]: kept.number,
        "Contact": {"ContactID": VENDOR, "Name": "Halcyon"},
        "Status": "DRAFT",
        "DateString": f"{kept.dated}T00:00:00",
        **({} if credit else {"DueDateString": f"{kept.due_date}T00:00:00", "Url": kept.url}),
        "CurrencyCode": "AUD",
        "LineAmountTypes": "Exclusive",
        "SubTotal": str(kept.net),
        "TotalTax": str(kept.tax),
        "Total": str(kept.total),
        "UpdatedDateUTC": "/Date(1780279200000+0000)/",
        "LineItems": lines,
        **changes,
    }


def test_answers_are_matched_by_key_in_whatever_order_they_come() -> None:
    writings = [created(number) for number in range(1, 9)]
    elements = [element(one.meaning) for one in writings]
    random.Random(7).shuffle(elements)
    found = outcomes(writings, {"Invoices": elements})
    by_number = {str(one["InvoiceNumber"]): one["InvoiceID"] for one in elements}
    assert [(one.key, one.result) for one in found] == [(one.key, "confirmed") for one in writings]
    assert [one.xero_id for one in found] == [by_number[one.meaning["number"]] for one in writings]


def test_a_credit_is_matched_by_its_first_line() -> None:
    first, second = created(1, "-5.00"), created(2, "-5.00")
    answer = {"CreditNotes": [element(one.meaning, credit=True) for one in (second, first)]}
    assert [(one.key, one.result) for one in outcomes([first, second], answer)] == [
        ("po:1", "confirmed"),
        ("po:2", "confirmed"),
    ]


def test_one_wrong_bill_does_not_take_the_others_with_it() -> None:
    good, bad = created(1), created(2)
    wrong = element(
        bad.meaning,
        InvoiceID=NO_ID,
        HasErrors=True,
        StatusAttributeString="ERROR",
        ValidationErrors=[{"Message": "Account code '310' is not a valid code for this document."}],
    )
    first, second = outcomes([good, bad], {"Invoices": [wrong, element(good.meaning)]})
    assert (first.result, second.result, second.kind) == ("confirmed", "refused", "account_invalid")
    assert second.message == (
        "Account 310 cannot be used on bills in Xero. Name another account in accounts.csv, and the next night sends "
        "it again. Xero says: \"Account code '310' is not a valid code for this document.\""
    )


@pytest.mark.parametrize(
    "answer",
    [None, [], "x", {}, {"Invoices": []}, {"Invoices": "x"}, {"Invoices": [None]}, {"Message": "Oops", "Elements": []}],
)
def test_an_answer_that_does_not_speak_of_a_document_leaves_it_unknown(answer: Any) -> None:
    assert [one.result for one in outcomes([created()], answer)] == ["unknown"]


def test_an_answer_without_an_id_or_with_two_documents_of_the_key_leaves_it_unknown() -> None:
    one = created()
    assert outcomes([one], {"Invoices": [element(one.meaning, InvoiceID=NO_ID)]})[0].result == "unknown"
    assert outcomes([one], {"Invoices": [element(one.meaning)] * 2})[0].result == "unknown"


def test_a_refusal_of_the_whole_request_echoes_its_documents() -> None:
    one = created()
    echoed = element(one.meaning, InvoiceID=NO_ID, ValidationErrors=[{"Message": "The contact is archived."}])
    assert elements_of({"Type": "ValidationException", "Elements": [echoed]}) == [echoed]
    assert outcomes([one], {"Elements": [echoed]})[0].kind == "contact_archived"


def test_a_confirmation_holds_what_the_next_night_compares_with() -> None:
    one = created()
    (found,) = outcomes([one], {"Invoices": [element(one.meaning)]})
    assert found.base is not None
    assert (found.total, found.xero_status) == (Decimal("50.00"), "DRAFT")
    assert (found.base["status"], found.base["total"]) == ("DRAFT", "50.00")
    assert found.base["updated_at"] == "2026-06-01T02:00:00+00:00"
    assert [one["ref"] for one in found.base["lines"]] == ["1:11:0"]
    assert json.loads(json.dumps(found.base)) == found.base


def test_lines_that_cannot_be_told_apart_confirm_without_a_base() -> None:
    one = created()
    answered = element(one.meaning)
    answered["LineItems"] = []
    (found,) = outcomes([one], {"Invoices": [answered]})
    assert (found.result, found.base) == ("confirmed", None)


# --- updates and withdrawals ------------------------------------------------------------------------------------------


def updated() -> tuple[Writing, Known]:
    made = known(purchasing(po(), [received(line())]))
    made = after(made, the_action(made))
    dearer = night(in_xero(made), purchasing(po(), [received(line(cost="5.05"))]))
    action = the_action(dearer)
    assert action.document is not None
    return writing(action, xero_id=action.document.document_id), dearer


def test_an_update_is_known_by_its_id_and_not_by_its_link() -> None:
    one, _ = updated()
    assert identifies(one, element(one.meaning, InvoiceID=str(one.xero_id).upper(), Url=None))
    assert not identifies(one, element(one.meaning, InvoiceID="other"))


def test_an_update_was_carried_out_where_xero_holds_what_it_meant() -> None:
    one, _ = updated()
    assert carried_out(one, element(one.meaning))
    for field in HEADER_FIELDS[1:2]:
        assert not carried_out(one, element({**one.meaning, field: "other"}))
    dearer = {**one.meaning, "lines": [{**one.meaning["lines"][0], "unit_amount": "6"}]}
    assert not carried_out(one, element(dearer))


def test_a_withdrawal_is_confirmed_without_a_base() -> None:
    one, _ = updated()
    withdrawal = replace(one, action="withdraw", meaning={}, status="DELETED")
    answered = element(one.meaning, InvoiceID=one.xero_id, Status="DELETED")
    assert carried_out(withdrawal, answered)
    assert not carried_out(withdrawal, {**answered, "Status": "DRAFT"})
    (found,) = outcomes([withdrawal], {"Invoices": [answered]})
    assert (found.result, found.xero_status, found.base) == ("confirmed", "DELETED", None)


def test_a_look_up_finds_a_document_whatever_its_status_and_does_not_choose_among_several() -> None:
    one = created()
    documents = [element(created(2).meaning), element(one.meaning, Status="VOIDED")]
    assert found_among(documents, one).result == "confirmed"
    assert found_among(documents[:1], one).result == "refused"
    assert found_among([*documents, element(one.meaning)], one).result == "unknown"


# --- bytes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "method", "path"),
    [
        ({"action": "create"}, "PUT", "/Invoices"),
        ({"action": "credit", "document_type": "ACCPAYCREDIT"}, "PUT", "/CreditNotes"),
        ({"action": "update"}, "POST", "/Invoices"),
        ({"action": "withdraw", "document_type": "ACCPAYCREDIT"}, "POST", "/CreditNotes"),
    ],
)
def test_put_only_creates_and_post_only_updates(changes: Any, method: str, path: str) -> None:
    assert endpoint(replace(created(), **changes)) == (method, path)


def test_a_batch_is_of_one_endpoint_and_at_most_fifty() -> None:
    one = created()
    writings = [one] * 51 + [replace(one, action="update")]
    found = batches(writings)
    assert [len(batch) for batch in found] == [BATCH, 1, 1]
    assert {endpoint(batch[0]) for batch in found} == {("PUT", "/Invoices"), ("POST", "/Invoices")}
    assert batches([]) == []


def test_the_bytes_of_a_bill_hold_what_it_means_and_nothing_that_xero_would_ignore() -> None:
    (sent,) = json.loads(body([created()]))["Invoices"]
    assert (sent["Type"], sent["Status"], sent["InvoiceNumber"]) == ("ACCPAY", "DRAFT", "PO-1001")
    assert sent["Contact"] == {"ContactID": VENDOR}
    assert sent["LineItems"][0]["UnitAmount"] == 5
    assert not {"Reference", "Total", "SubTotal", "TotalTax", "InvoiceID"} & set(sent)


def test_an_update_names_its_id_and_echoes_every_line_with_its_id() -> None:
    one, made = updated()
    (sent,) = json.loads(body([one]))["Invoices"]
    assert sent["InvoiceID"] == one.xero_id
    assert [each["LineItemID"] for each in sent["LineItems"]] == [
        each.line_item_id for each in made.books.documents[0].lines
    ]


def test_a_withdrawal_sends_the_status_alone() -> None:
    one, _ = updated()
    (sent,) = json.loads(body([replace(one, action="withdraw", meaning={}, status="DELETED")]))["Invoices"]
    assert sent == {"Type": "ACCPAY", "InvoiceID": one.xero_id, "Status": "DELETED"}


def test_a_credit_of_positive_amounts_begins_with_its_key() -> None:
    (sent,) = json.loads(body([created(cost="-5.00")]))["CreditNotes"]
    assert (sent["Type"], sent["CreditNoteNumber"], sent["LineItems"][1]["UnitAmount"]) == (
        "ACCPAYCREDIT",
        "PO-1001/C1",
        5,
    )
    assert sent["LineItems"][0] == {"Description": "PO-1001: supplier credit [po:1]"}
