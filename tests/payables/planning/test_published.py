from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from payables.making import (
    NOW,
    OTHER_VENDOR,
    account_row,
    after,
    agreement,
    at,
    books,
    contact,
    d,
    day,
    deciding,
    deciding_on,
    document,
    edited_line,
    in_xero,
    kinds,
    known,
    line,
    night,
    plan_of,
    po,
    purchasing,
    rate,
    received,
    seeds,
    the_action,
    with_documents,
)

from cwxero_dagster.payables.books import DocumentLine, Organisation
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.records import Line, PurchaseOrder
from cwxero_dagster.payables.seeds import ExclusionRow
from cwxero_dagster.pipeline.working_out import Known

GOODS = received(line())


CARD = ExclusionRow(line=2, match_on="po_number", match_value="PO-1001", reason="paid by card")


def draft(*lines: Line, order: PurchaseOrder | None = None, **changes: Any) -> Known:
    """A bill that was created, as a draft that nobody has touched."""
    made = known(purchasing(order or po(), lines or [GOODS]), **changes)
    return after(made, the_action(made))


def now(made: Known, *lines: Line, order: PurchaseOrder | None = None, **changes: Any) -> Known:
    """The next night, with ConnectWise as it stands now."""
    return night(made, purchasing(order or po(), lines or [GOODS], **changes))


def agreeing(made: Known, **changes: Any) -> Known:
    return replace(made, agreement=agreement(seeds(**changes)))


def money(made: Known) -> Any:
    return [one.total for one in made.books.documents]


def unanswered(made: Known) -> Known:
    """Our last write to every bill left for Xero, and no answer came."""
    bills = {key: replace(bill, waiting=True) for key, bill in made.ledger.bills.items()}
    return replace(made, ledger=replace(made.ledger, bills=bills))


@pytest.mark.parametrize("lines", [[received(line(cost="5.05"))], [], [GOODS]])
def test_nothing_is_done_to_a_draft_while_it_is_not_known_what_became_of_our_last_write(lines: list[Line]) -> None:
    action = the_action(unanswered(night(draft(), purchasing(po(), lines))))
    assert (action.action, kinds(action)) == ("hold", ["outcome_unknown"])


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_that_is_as_it_should_be_is_left_alone() -> None:
    action = the_action(draft())
    assert (action.action, action.reason, action.meaning) == (
        "unchanged",
        "The draft in Xero is as it should be.",
        None,
    )


@pytest.mark.parametrize(
    ("lines", "order", "words"),
    [
        ([received(line(cost="5.05"))], po(), 'price of "Goods 11" "5" -> "5.05"'),
        ([GOODS, received(line(12), on=at(5, 20))], po(), 'the line "Goods 12" is new'),
        ([GOODS], po(vendor_invoice_number="INV-7"), 'reference "PO-1001" -> "INV-7 | PO-1001"'),
        ([GOODS], po(terms_name=None), 'due date "2026-05-26" -> "2026-06-11"'),
        ([GOODS], po(freight_cost=d("9.00")), "Freight on purchase order PO-1001"),
        ([GOODS], po(currency_code="USD"), 'currency "AUD" -> "USD"'),
    ],
)
def test_an_untouched_draft_follows_connectwise(lines: list[Line], order: PurchaseOrder, words: str) -> None:
    made = now(draft(), *lines, order=order)
    action = the_action(made)
    assert action.action == "update"
    assert words in action.reason
    assert the_action(after(made, action)).action == "unchanged"


def locked(made: Known, until: Any) -> Known:
    """The same with Xero locked up to and including a day."""
    organisation = Organisation("org", "Demo", "AUD", None, until, None)
    return replace(made, books=replace(made.books, organisation=organisation))


def drafted_under(lock_date: str) -> Known:
    return draft(agreement=agreement(seeds(decision=deciding(lock_date=lock_date))))


@pytest.mark.parametrize("lock_date", ["hold", "draft"])
@pytest.mark.parametrize(("until", "action"), [(day(5, 11), "update"), (day(5, 12), "hold")])
def test_a_draft_that_stands_in_a_locked_period_is_not_written_though_its_new_date_is_open(
    until: Any, action: str, lock_date: str
) -> None:
    came = now(locked(drafted_under(lock_date), until), GOODS, received(line(12), on=at(5, 20)))
    found = the_action(came)
    assert (found.action, kinds(found)) == (action, ["lock_date"] if action == "hold" else [])
    assert "is dated 2026-05-12" in found.reason or action == "update"


@pytest.mark.parametrize("lock_date", ["hold", "draft"])
def test_a_draft_is_not_moved_into_a_locked_period_but_stays_where_a_person_dated_it(lock_date: str) -> None:
    made = in_xero(drafted_under(lock_date), dated=day(6, 2))
    earlier = now(locked(made, day(5, 31)), received(line(cost="5.05")))
    found = the_action(earlier)
    assert (found.action, found.meaning and found.meaning["date"]) == ("update", "2026-06-02")
    redated = now(locked(drafted_under(lock_date), day(5, 11)), received(line(), on=at(5, 10)))
    moved = the_action(redated)
    assert (moved.action, kinds(moved), "would be dated 2026-05-10" in moved.reason) == ("hold", ["lock_date"], True)


@pytest.mark.parametrize("lock_date", ["hold", "draft"])
@pytest.mark.parametrize(("until", "action"), [(day(5, 11), "withdraw"), (day(5, 12), "hold")])
def test_an_untouched_draft_in_a_locked_period_is_not_withdrawn(until: Any, action: str, lock_date: str) -> None:
    back = now(locked(drafted_under(lock_date), until), line())
    found = the_action(back)
    assert (found.action, kinds(found)) == (action, ["lock_date"] if action == "hold" else [])
    if action == "hold":
        stands = deciding_on(back, found, "accept-theirs")
        assert (the_action(stands).action, kinds(the_action(stands))) == ("unchanged", [])
        next_month = the_action(locked(stands, day(6, 30)))
        assert (next_month.action, kinds(next_month)) == ("unchanged", [])


def test_an_untouched_draft_follows_mappings() -> None:
    made = agreeing(draft(), accounts=(account_row("default", None, "500"),))
    action = the_action(made)
    assert (action.action, 'account of "Goods 11" "310" -> "500"' in action.reason) == ("update", True)


def test_an_untouched_draft_follows_its_vendors_mapping() -> None:
    (row,) = seeds().vendors
    made = agreeing(draft(), vendors=(replace(row, xero_contact_id=OTHER_VENDOR),))
    assert "vendor" in the_action(made).reason


@pytest.mark.parametrize(
    ("lines", "excluded", "why"),
    [
        ([received(line(cost="0"))], (), "The total is zero"),
        ([GOODS, received(line(12, cost="-5.00"))], (), "cancel out to zero"),
        ([GOODS], (CARD,), "exclusions.csv: paid by card."),
        ([received(line(), 12)], (CARD,), "paid by card."),
    ],
)
def test_a_draft_of_a_bill_that_is_kept_out_now_goes_unless_a_person_worked_on_it(
    lines: list[Line], excluded: tuple[ExclusionRow, ...], why: str
) -> None:
    made = now(agreeing(draft(), exclusions=excluded), *lines)
    action = the_action(made)
    assert (action.action, action.meaning, why in action.reason) == ("withdraw", None, True)
    hers = in_xero(made, due_date=day(6, 30))
    action = the_action(hers)
    assert (action.action, kinds(action), why in action.reason) == ("hold", ["edited_in_xero"], True)
    assert the_action(deciding_on(hers, action, "accept-theirs")).action == "unchanged"


def test_an_exclusion_opens_no_case_on_a_final_bill() -> None:
    made = agreeing(in_xero(draft(), status="PAID"), exclusions=(CARD,))
    assert (the_action(made).action, kinds(the_action(made))) == ("unchanged", [])


def test_a_draft_keeps_the_decision_that_it_was_first_planned_under() -> None:
    made = draft()
    old = made.agreement.decision
    newer = agreement(seeds(decision=deciding(bill={"line_amounts": "Inclusive"})), decisions={old.digest: old})
    assert the_action(replace(made, agreement=newer)).action == "unchanged"


def test_what_a_person_changed_in_a_draft_stays_and_the_rest_follows() -> None:
    made = draft()
    edited = in_xero(made, lines=edited_line(made, account_code="500"), number="PO-1001 (Bob)")
    assert (the_action(edited).action, "stays" in the_action(edited).reason) == ("unchanged", True)
    dearer = now(edited, received(line(cost="5.05")))
    action = the_action(dearer)
    kept = after(dearer, action).books.documents[0]
    assert action.action == "update"
    assert (kept.number, kept.lines[0].account_code, kept.lines[0].unit_amount) == ("PO-1001 (Bob)", "500", d("5.05"))
    assert the_action(after(dearer, action)).action == "unchanged"


def test_a_field_that_both_changed_is_a_case_and_nothing_is_written() -> None:
    made = draft()
    both = now(in_xero(made, lines=edited_line(made, unit_amount=d("4.90"))), received(line(cost="5.05")))
    action = the_action(both)
    assert (action.action, kinds(action), action.meaning) == ("hold", ["edited_in_xero"], None)
    assert the_action(deciding_on(both, action, "accept-theirs")).action == "unchanged"


def test_an_update_is_held_like_a_new_bill_would_be() -> None:
    made = now(draft(), received(line(), 12))
    action = the_action(made)
    assert (action.action, kinds(action)) == ("hold", ["quantity_mismatch"])
    assert the_action(deciding_on(made, action)).action == "update"


def test_a_draft_that_needs_no_change_is_not_held_by_what_would_hold_a_new_one() -> None:
    assert the_action(locked(draft(), day(6, 30))).action == "unchanged"


@pytest.mark.parametrize("line_changes", [{"description": ""}, {"tracking": (("a", "1"), ("b", "2"), ("c", "3"))}])
def test_a_draft_that_cannot_be_echoed_is_not_written_over(line_changes: Any) -> None:
    made = draft()
    odd = now(in_xero(made, lines=edited_line(made, **line_changes)), GOODS, received(line(12), on=at(5, 20)))
    action = the_action(odd)
    assert (action.action, kinds(action)) == ("hold", ["edited_in_xero"])
    assert the_action(deciding_on(odd, action, "accept-theirs")).action == "unchanged"


def test_a_tax_amount_that_a_person_typed_is_not_computed_over() -> None:
    made = draft()
    typed = in_xero(made, tax=d("0.03"), total=d("50.03"))
    assert the_action(typed).action == "unchanged"
    action = the_action(now(typed, received(line(cost="5.05"))))
    assert (action.action, kinds(action)) == ("hold", ["edited_in_xero"])
    assert "tax amount" in action.reason


def test_her_lines_are_sent_back_so_that_xero_does_not_delete_them() -> None:
    made = draft()
    (kept,) = made.books.documents
    courier = DocumentLine("hers", "Courier", d(1), d("9.00"), "425", "EXEMPTEXPENSES", ())
    added = now(in_xero(made, lines=(*kept.lines, courier), total=d("59.00")), received(line(cost="5.05")))
    action = the_action(added)
    assert action.meaning is not None
    assert [one.get("line_item_id") for one in action.meaning["lines"]] == [kept.lines[0].line_item_id, "hers"]
    once = after(added, action)
    again = now(once, received(line(cost="5.10")))
    assert [one.description for one in after(again, the_action(again)).books.documents[0].lines] == [
        "Goods 11",
        "Courier",
    ]


# --- awaiting approval ------------------------------------------------------------------------------------------------


def submitted(**changes: Any) -> Known:
    agreed = agreement(seeds(decision=deciding(bill={"status": "SUBMITTED"})))
    made = draft(agreement=agreed)
    (kept,) = made.books.documents
    before = made.ledger.bills["po:1"]
    bill = replace(before, base={**(before.base or {}), "status": "SUBMITTED"})
    made = replace(made, ledger=replace(made.ledger, bills={"po:1": bill}))
    return with_documents(made, replace(kept, status="SUBMITTED", **changes))


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({}, "update"),
        ({"number": "hers"}, "hold"),
        ({"has_attachments": True}, "hold"),
        ({"updated_at": NOW + timedelta(hours=1)}, "hold"),
    ],
)
def test_a_submitted_bill_is_updated_only_while_nobody_touched_it(changes: Any, action: str) -> None:
    assert the_action(now(submitted(**changes), received(line(cost="5.05")))).action == action


def test_a_draft_that_a_person_submitted_for_approval_is_hers() -> None:
    action = the_action(now(in_xero(draft(), status="SUBMITTED"), received(line(cost="5.05"))))
    assert (action.action, kinds(action)) == ("hold", ["edited_in_xero"])


# --- totals -----------------------------------------------------------------------------------------------------------


def test_an_untouched_draft_that_xero_totals_otherwise_is_a_case() -> None:
    made = draft()
    (kept,) = made.books.documents
    before = made.ledger.bills["po:1"]
    bill = replace(before, base={**(before.base or {}), "total": "50.01"})
    made = replace(made, ledger=replace(made.ledger, bills={"po:1": bill}))
    other = with_documents(made, replace(kept, total=d("50.01")))
    action = the_action(other)
    assert (action.action, kinds(action)) == ("hold", ["rounding"])
    assert "50.01 AUD" in action.reason
    assert the_action(deciding_on(other, action)).action == "unchanged"


def test_a_tax_rate_that_changed_in_xero_shows_as_another_total() -> None:
    made = draft(received(line(tax=d("5.00"))))
    dearer = replace(made, books=replace(made.books, tax_rates={"INPUT": rate("INPUT", "12")}))
    assert kinds(the_action(dearer)) == ["rounding"]


def test_a_total_that_a_person_changed_is_hers_and_no_case() -> None:
    made = draft()
    assert (
        the_action(in_xero(made, lines=edited_line(made, unit_amount=d("4.00")), total=d("40.00"))).action
        == "unchanged"
    )


# --- final bills ------------------------------------------------------------------------------------------------------

FINAL = ["AUTHORISED", "PAID"]


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize(
    ("lines", "order", "kind"),
    [
        ([GOODS], po(), None),
        ([GOODS], po(vendor_invoice_number="INV-7"), "changed_after_authorised"),
        ([received(line(cost="5.05"))], po(), "changed_after_authorised"),
        ([GOODS], po(vendor_id=802), "changed_after_authorised"),
        ([GOODS], po(currency_code="USD"), "changed_after_authorised"),
        ([GOODS, received(line(), 9, on=at(5, 20), closed=True)], po(), "reversed_after_authorised"),
        ([received(line(cost="-5.00"))], po(), "changed_after_authorised"),
    ],
)
def test_a_final_bill_is_never_written_and_what_connectwise_changed_is_a_case(
    status: str, lines: list[Line], order: PurchaseOrder, kind: str | None
) -> None:
    made = now(in_xero(draft(), status=status), *lines, order=order)
    action = the_action(made)
    assert (action.action, kinds(action)) == (("hold", [kind]) if kind else ("unchanged", []))
    assert action.meaning is None
    if kind:
        assert the_action(deciding_on(made, action)).action == "unchanged"


NEW_VENDOR = po(vendor_id=802, vendor_name="Acme")


@pytest.mark.parametrize(
    ("lines", "order", "words", "now_says"),
    [
        ([GOODS], NEW_VENDOR, "the vendor is now Acme, on the bill Halcyon Distribution", ""),
        (
            [GOODS],
            po(vendor_id=803, vendor_name="Halcyon Trading"),
            "the vendor is now Halcyon Trading, which is the same contact in Xero, Halcyon Distribution",
            "",
        ),
        ([GOODS], po(currency_code="USD"), "the currency is now USD, on the bill AUD", "50.00 USD"),
        ([received(line(cost="5.05"))], po(), 'the price of "Goods 11" is now 5.05, on the bill 5.00', "50.50 AUD"),
        ([received(line(cost="0"))], po(), 'the price of "Goods 11" is now 0.00, on the bill 5.00', "0.00 AUD"),
        (
            [GOODS, received(line(), 9, on=at(5, 20), closed=True)],
            po(),
            'the quantity of "Goods 11" is now 9, on the bill 10',
            "45.00 AUD",
        ),
    ],
)
def test_a_case_about_a_final_bill_names_what_differs(
    lines: list[Line], order: PurchaseOrder, words: str, now_says: str
) -> None:
    made = in_xero(draft(), status="AUTHORISED", contact_name="Halcyon Distribution")
    (row,) = seeds().vendors
    rows = (row, replace(row, connectwise_vendor_id="802", xero_contact_id=OTHER_VENDOR))
    made = agreeing(made, vendors=(*rows, replace(row, connectwise_vendor_id="803")))
    action = the_action(now(made, *lines, order=order))
    totals = f"The bill says 50.00 AUD, ConnectWise now {now_says}." if now_says else "Both come to 50.00 AUD."
    assert action.reason == f"Purchase order PO-1001 and its bill, approved in Xero, differ: {words}. {totals}"


def test_a_case_tells_so_many_differences_and_counts_the_others() -> None:
    lines = [received(line(11 + n)) for n in range(7)]
    made = in_xero(draft(*lines), status="AUTHORISED")
    reason = the_action(now(made, *(received(line(11 + n, cost="5.05")) for n in range(7)))).reason
    assert ("; and 3 more. The bill says" in reason, reason.count("the price of")) == (True, 4)


def test_freight_that_fell_is_named_in_money() -> None:
    made = in_xero(draft(order=po(freight_cost=d("9.00"))), status="AUTHORISED")
    reason = the_action(now(made, GOODS, order=po(freight_cost=d("7.00")))).reason
    assert "differ: freight is now 7.00, on the bill 9.00. The bill says" in reason


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize(
    ("lines", "order"),
    [
        ([received(line(quantity=12), 12)], po()),
        ([GOODS, received(line(12))], po()),
        ([GOODS], po(freight_cost=d("9.00"))),
    ],
)
def test_more_of_a_final_bill_is_a_supplement_beside_it(status: str, lines: list[Line], order: PurchaseOrder) -> None:
    made = now(in_xero(draft(), status=status), *lines, order=order)
    found = {action.key: action for cycle in ("2026-05", "2026-06") for action in plan_of(made, cycle)}
    assert {key: action.action for key, action in found.items()} == {"po:1": "unchanged", "po:1/s:1": "create"}
    assert found["po:1/s:1"].bill is not None
    assert found["po:1/s:1"].bill.number.endswith("/S1")


def test_editing_a_mapping_opens_no_case_on_a_final_bill() -> None:
    made = agreeing(in_xero(draft(), status="PAID"), accounts=(), vendors=(), tax_codes=())
    assert the_action(made).action == "unchanged"


def test_a_person_may_have_changed_a_bill_before_it_was_approved() -> None:
    assert the_action(in_xero(draft(), status="AUTHORISED", total=d("48.00"), number="hers")).action == "unchanged"


@pytest.mark.parametrize(
    ("cost", "quantity", "words"),
    [
        ("5.00", 10, "nothing has changed in ConnectWise since"),
        ("5.00", 8, "ConnectWise followed it"),
        ("5.50", 8, "ConnectWise followed it"),
    ],
)
def test_a_bill_that_she_changed_says_what_was_sent_and_whether_connectwise_followed(
    cost: str, quantity: int, words: str
) -> None:
    made, net = draft(), d(cost) * 8
    lines = edited_line(made, quantity=d(8), unit_amount=d(cost), net=net)
    (only,) = made.books.documents
    made = in_xero(made, status="AUTHORISED", lines=lines, net=net, tax=net / 10, total=net * 11 / 10)
    back = received(line(cost=cost), quantity, observed_at=NOW + timedelta(days=1))
    action = the_action(night(made, purchasing(po(), [GOODS, back])))
    assert action.action == "unchanged"
    assert f"{words}. A person made it {money_text(net * 11 / 10, 'AUD')} in Xero, where" in action.reason
    assert f"{money_text(only.total, 'AUD')} was sent" in action.reason


# --- a ledger without a base ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hers", "theirs", "words"),
    [
        ("5.05", "5.05", ""),
        ("5.05", "5.10", 'the price of "Goods 11" is now 5.10, on the bill 5.05. The bill says 50.50'),
        ("4.95", "5.05", 'the price of "Goods 11" is now 5.05, on the bill 4.95. The bill says 49.50'),
    ],
)
def test_a_price_that_a_person_corrected_on_the_bill_is_the_price_of_the_bill(
    hers: str, theirs: str, words: str
) -> None:
    made = draft()
    price, net = d(hers), d(hers) * 10
    changed = edited_line(made, unit_amount=price, net=net)
    made = in_xero(made, status="AUTHORISED", lines=changed, net=net, total=net)
    action = the_action(now(made, received(line(cost=theirs))))
    assert (action.action, words in action.reason) == ("hold" if words else "unchanged", True)


def adopted(**changes: Any) -> Known:
    """A bill that the ledger found in Xero: what was last written to it is not known."""
    made = in_xero(draft(), **changes)
    bare = replace(made.ledger.bills["po:1"], written=None, base=None)
    return replace(made, ledger=replace(made.ledger, bills={"po:1": bare}))


def test_an_adopted_draft_that_agrees_is_left_alone() -> None:
    assert the_action(adopted()).action == "unchanged"


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED"])
def test_nothing_is_written_over_a_difference_in_an_adopted_draft(status: str) -> None:
    made = adopted(number="hers", status=status)
    action = the_action(made)
    assert (action.action, kinds(action), action.meaning) == ("hold", ["edited_in_xero"], None)
    assert the_action(deciding_on(made, action, "accept-theirs")).action == "unchanged"


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({}, "unchanged"),
        ({"number": "hers"}, "unchanged"),
        ({"total": d("48.00")}, "hold"),
        ({"currency_code": "USD"}, "hold"),
        ({"contact_id": OTHER_VENDOR}, "hold"),
    ],
)
def test_an_adopted_final_bill_is_compared_by_vendor_and_money(changes: Any, action: str) -> None:
    assert the_action(adopted(status="AUTHORISED", **changes)).action == action


# --- copies -----------------------------------------------------------------------------------------------------------


def test_a_copy_made_in_xero_holds_the_bill_and_the_ledgers_one_stays_ours() -> None:
    made = draft()
    (kept,) = made.books.documents
    copied = with_documents(made, replace(kept, document_id="copy"))
    action = the_action(now(copied, received(line(cost="5.05"))))
    assert (action.action, kinds(action)) == ("hold", ["possible_duplicate"])
    assert action.document == kept
    assert the_action(with_documents(copied, replace(kept, document_id="copy", status="DELETED"))).action == "unchanged"


# --- what went back ---------------------------------------------------------------------------------------------------

BACK = replace(GOODS, received_quantity=d(0), received_status="Waiting", observed_at=at(5, 20))
HALF = replace(GOODS, received_quantity=d(4), received_status="Waiting", observed_at=at(5, 20))


@pytest.mark.parametrize("seen", [BACK, HALF])
def test_the_untouched_draft_of_goods_that_went_back_is_withdrawn(seen: Line) -> None:
    action = the_action(now(draft(), GOODS, seen))
    assert (action.action, action.po_numbers) == ("withdraw", ("PO-1001",))
    assert action.document is not None


def test_the_untouched_draft_of_a_supplement_that_went_back_says_so() -> None:
    came = received(line(quantity=12), 12, on=at(5, 20))
    made = now(in_xero(draft(), status="AUTHORISED"), GOODS, came)
    (more,) = [one for cycle in ("2026-05", "2026-06") for one in plan_of(made, cycle) if one.key == "po:1/s:1"]
    made = now(after(made, more), GOODS, came, received(came, 10, on=at(5, 21)))
    (gone,) = [one for cycle in ("2026-05", "2026-06") for one in plan_of(made, cycle) if one.key == "po:1/s:1"]
    assert gone.action == "withdraw"
    assert gone.reason == "What it bills is no longer due, and nobody touched the draft: it is to be withdrawn."


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "hers"},
        {"has_attachments": True},
        {"updated_at": NOW + timedelta(hours=1)},
        {"status": "SUBMITTED"},
        {"total": d("50.03")},
    ],
)
def test_a_draft_that_a_person_touched_is_not_withdrawn(changes: Any) -> None:
    action = the_action(now(in_xero(draft(), **changes), GOODS, BACK))
    assert (action.action, kinds(action)) == ("hold", ["edited_in_xero"])


@pytest.mark.parametrize("status", FINAL)
def test_goods_that_went_back_after_approval_are_a_case(status: str) -> None:
    made = now(in_xero(draft(), status=status), GOODS, BACK)
    action = the_action(made)
    assert (action.action, kinds(action), action.po_numbers) == ("hold", ["reversed_after_authorised"], ("PO-1001",))
    assert the_action(deciding_on(made, action)).action == "unchanged"


def test_a_bill_that_was_removed_and_is_no_longer_due_is_settled_by_itself() -> None:
    assert the_action(now(in_xero(draft(), status="DELETED"), GOODS, BACK)).action == "unchanged"


@pytest.mark.parametrize("changes", [{"status": "AUTHORISED"}, {"status": "PAID"}, {"number": "hers"}])
def test_a_po_that_was_deleted_is_a_case_and_removes_nothing_that_a_person_worked_on(changes: Any) -> None:
    gone = replace(GOODS, present=False, observed_at=at(5, 20))
    action = the_action(now(in_xero(draft(), **changes), GOODS, gone, order=po(present=False)))
    assert (action.action, kinds(action)) == ("hold", ["reversed_after_authorised"])


def test_the_untouched_draft_of_a_po_that_was_deleted_is_withdrawn() -> None:
    gone = replace(GOODS, present=False, observed_at=at(5, 20))
    action = the_action(now(draft(), GOODS, gone, order=po(present=False)))
    assert (action.action, action.reason) == (
        "withdraw",
        "The purchase order was deleted in ConnectWise, and nobody touched the draft: it is to be withdrawn.",
    )


def test_a_line_that_was_deleted_goes_from_an_untouched_draft() -> None:
    second = received(line(12))
    made = now(draft(GOODS, second), GOODS, second, replace(second, present=False, observed_at=at(5, 20)))
    action = the_action(made)
    assert (action.action, money(after(made, action))) == ("update", [d("50.00")])


def test_a_bill_that_became_a_credit_is_withdrawn_and_made_anew() -> None:
    made = now(draft(), received(line(cost="-5.00")))
    action = the_action(made)
    assert (action.action, "a supplier credit" in action.reason) == ("withdraw", True)
    gone = replace(made.ledger.bills["po:1"], state="withdrawn")
    again = replace(made, ledger=replace(made.ledger, bills={"po:1": gone}), books=books())
    assert (the_action(again).action, the_action(again).key) == ("credit", "po:1/g:1")


def test_a_touched_draft_that_became_a_credit_is_a_case() -> None:
    action = the_action(now(in_xero(draft(), number="hers"), received(line(cost="-5.00"))))
    assert (action.action, kinds(action)) == ("hold", ["edited_in_xero"])


# --- vendors that moved in Xero ---------------------------------------------------------------------------------------


def test_a_contact_that_was_merged_in_xero_changes_nothing_on_its_bills() -> None:
    made = in_xero(draft(), contact_id=OTHER_VENDOR)
    merged = {
        one.contact_id: one for one in (contact(status="ARCHIVED", merged_to=OTHER_VENDOR), contact(OTHER_VENDOR))
    }
    action = the_action(replace(made, books=replace(made.books, contacts=merged)))
    assert (action.action, action.holds) == ("unchanged", ())


def test_an_unrelated_document_of_the_vendor_changes_nothing() -> None:
    assert the_action(with_documents(draft(), document("k1", total=d("12.00")))).action == "unchanged"


def test_a_refusal_is_told_also_while_others_of_its_request_have_no_answer() -> None:
    made = known(purchasing(po(), [GOODS]))
    bill = the_action(draft()).known
    assert bill is not None
    refused = replace(
        bill, state="refused", xero_id=None, waiting=True, refused_payload="x", refusal="No.", refusal_kind="lock_date"
    )
    asked = replace(made, ledger=replace(made.ledger, bills={refused.key: refused}))
    (hold,) = the_action(asked).holds
    assert (hold.kind, hold.detail) == ("lock_date", "Xero refused the bill: No.")
