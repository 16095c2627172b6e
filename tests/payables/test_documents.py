import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payables.making import (
    VENDOR,
    agreement,
    books,
    bounded,
    d,
    deciding,
    document,
    held_by_xero,
    item,
    known,
    line,
    po,
    purchasing,
    received,
    seeds,
    the_bill,
)

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.documents import (
    LINE_FIELDS,
    Meaning,
    confirmed,
    meaning_of_bill,
    meaning_of_document,
    unsendable,
)
from cwxero_dagster.payables.money import line_net, rounded


def bill(*lines: Any, **decision: Any) -> Bill:
    agreed = agreement(seeds(decision=deciding(**decision)))
    made = purchasing(po(), lines or [received(line())], catalog=[item()])
    return the_bill(known(made, agreement=agreed)).bill


def meaning(*lines: Any, **decision: Any) -> Meaning:
    return meaning_of_bill(bill(*lines, **decision))


def test_a_bill_means_plain_text_that_survives_being_kept() -> None:
    said = meaning()
    assert json.loads(json.dumps(said)) == said
    assert (said["contact_id"], said["date"], said["due_date"]) == (VENDOR, "2026-05-12", "2026-05-26")
    assert {name: said["lines"][0][name] for name in ("ref", "quantity", "unit_amount", "account_code")} == {
        "ref": "1:11:0",
        "quantity": "10",
        "unit_amount": "5",
        "account_code": "310",
    }


def test_a_credit_has_no_link_and_no_due_date_and_carries_its_key_in_its_first_line() -> None:
    said = meaning(received(line(cost="-5.00")))
    assert (said["url"], said["due_date"], said["lines"][0]["ref"]) == ("", "", "key")
    assert said["lines"][0]["description"] == "PO-1001: supplier credit [po:1]"
    kept = held_by_xero(said, books(), document_type="ACCPAYCREDIT")
    assert kept.key == "po:1"


def test_the_document_of_a_bill_carries_its_key_in_the_link() -> None:
    assert held_by_xero(meaning(), books()).key == "po:1"
    assert document().key is None


def test_words_carry_no_figures_and_no_account() -> None:
    said = meaning(received(line()), received(line(12, cost="0")))["lines"][1]
    assert [said[name] for name in LINE_FIELDS[1:]] == ["", "", "", "", [], ""]


@pytest.mark.parametrize(
    ("quantity", "cost", "sent"),
    [(10, "5.00", ("10", "5.5")), (3, "3.33", ("1", "10.99")), (3, "0.12345", ("1", "0.41"))],
)
def test_inclusive_amounts_hold_the_tax_and_go_as_one_where_they_would_not_come_out_even(
    quantity: int, cost: str, sent: tuple[str, str]
) -> None:
    seen = received(line(quantity=quantity, cost=cost, product_id=7))
    said = meaning(seen, bill={"line_amounts": "Inclusive"})["lines"][0]
    assert (said["quantity"], said["unit_amount"]) == sent


@bounded
@given(
    st.integers(min_value=1, max_value=500),
    st.decimals(min_value=Decimal("0.00001"), max_value=1000, places=5),
    st.sampled_from(["Exclusive", "Inclusive", "NoTax"]),
)
def test_what_is_sent_comes_to_the_total_that_was_expected(quantity: int, cost: Decimal, line_amounts: str) -> None:
    made = bill(received(line(quantity=quantity, cost=str(cost), product_id=7)), bill={"line_amounts": line_amounts})
    if not made.total:
        return
    (said,) = meaning_of_bill(made)["lines"]
    sent = line_net(d(said["quantity"]), d(said["unit_amount"]))
    assert rounded(d(said["unit_amount"]), 4) == d(said["unit_amount"])
    assert sent == (made.total if line_amounts == "Inclusive" else made.net)


# --- the base ---------------------------------------------------------------------------------------------------------


def kept_lines(said: Meaning) -> list[Meaning]:
    lines: list[Meaning] = meaning_of_document(held_by_xero(said, books()))["lines"]
    return lines


def test_the_base_is_what_xero_made_of_our_write_with_each_line_marked() -> None:
    said = meaning(received(line()), received(line(12)))
    held = meaning_of_document(held_by_xero(said, books()))
    base = confirmed(said, held)
    assert base is not None
    assert [one["ref"] for one in base["lines"]] == ["1:11:0", "1:12:0"]
    assert {**base, "lines": kept_lines(said)} == held


def test_spaces_that_xero_trims_do_not_hide_a_line() -> None:
    said = meaning()
    held = {**meaning_of_document(held_by_xero(said, books()))}
    held["lines"] = [{**held["lines"][0], "description": "Goods  11 "}]
    assert confirmed(said, held) is not None


@pytest.mark.parametrize("changed", [[], [0, 1, 0], [1, 0]])
def test_lines_that_cannot_be_told_apart_leave_the_base_unknown(changed: list[int]) -> None:
    said = meaning(received(line()), received(line(12, cost="7.00")))
    lines = kept_lines(said)
    held = {**meaning_of_document(held_by_xero(said, books())), "lines": [lines[index] for index in changed]}
    assert confirmed(said, held) is None


@pytest.mark.parametrize("kept", [{"quantity": "11"}, {"unit_amount": "5.01"}, {"quantity": "", "unit_amount": ""}])
def test_other_money_than_we_sent_leaves_the_base_unknown(kept: dict[str, str]) -> None:
    said = meaning(received(line()), received(line(12, cost="0")))
    priced, words = kept_lines(said)
    held = meaning_of_document(held_by_xero(said, books()))
    assert confirmed(said, {**held, "lines": [{**priced, **kept}, words]}) is None
    free = {**said["lines"][1], "line_item_id": words["line_item_id"]}
    said = {**said, "lines": [said["lines"][0], free]}
    assert confirmed(said, {**held, "lines": [priced, {**words, "quantity": "2", "unit_amount": "100"}]}) is None


def test_in_an_update_lines_are_told_by_their_id_in_whatever_order_xero_answers() -> None:
    said = meaning(received(line()), received(line(12, cost="7.00")))
    first, second = kept_lines(said)
    said["lines"][0]["line_item_id"] = first["line_item_id"]
    base = confirmed(said, {**meaning_of_document(held_by_xero(said, books())), "lines": [second, first]})
    assert base is not None
    assert {one["line_item_id"]: one["ref"] for one in base["lines"]} == {
        first["line_item_id"]: "1:11:0",
        second["line_item_id"]: "1:12:0",
    }


# --- what cannot be sent back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "line_changes", "sendable"),
    [
        ({}, {}, True),
        ({"number": ""}, {}, False),
        ({"number": "Rechnung Zürich"}, {}, False),
        ({"number": "a  b"}, {}, True),
        ({"number": "x" * 256}, {}, False),
        ({}, {"description": ""}, False),
        ({}, {"description": "x" * 4001}, False),
        ({}, {"quantity": ""}, False),
        ({}, {"quantity": "-1"}, False),
        ({}, {"unit_amount": "-1"}, True),
        ({}, {"tracking": [["a", "b"], ["c", "d"], ["e", "f"]]}, False),
    ],
)
def test_what_people_may_enter_and_the_api_refuses_is_named(changes: Any, line_changes: Any, sendable: bool) -> None:
    said = {**meaning(), **changes}
    said["lines"] = [{**said["lines"][0], **line_changes}]
    assert (unsendable(said) == []) is sendable


@bounded
@given(st.text(max_size=100), st.text(max_size=60))
def test_whatever_connectwise_holds_can_be_sent(description: str, number: str) -> None:
    order = po(po_number=number or "PO-1", vendor_invoice_number=number)
    made = purchasing(order, [received(replace(line(), description=description))])
    assert unsendable(meaning_of_bill(the_bill(known(made)).bill)) == []
