"""``cases``, ``release``, ``settle``, ``undo`` and ``explain``: what people read and decide, and what becomes of it.

One firm whose cycles were synced once. Each test decides about a case of its own.
"""

import re
from decimal import Decimal

import pytest
from filled_in import write

from cwxero_dagster.cli import showing
from cwxero_dagster.payables.numbering import key_in

CYCLES = ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09")
CASE_KEYS = [
    "id", "kind", "cause", "po_numbers", "bills", "amount", "currency", "other_currencies", "owner", "first_seen",
    "status", "what_happened", "what_we_did", "what_to_do", "ways_out", "token",
]  # fmt: skip
COVERAGE = [
    "ordered", "over_received", "price_difference", "billed", "to_credit", "billed_elsewhere", "received_not_billed",
    "open", "cancelled",
]  # fmt: skip


@pytest.fixture(scope="module")
def firm(module_firm):
    for cycle in CYCLES:
        assert module_firm.sync(cycle).status in {0, 1}
    return module_firm


def cycle_of(firm, case):
    return next(
        cycle
        for cycle in CYCLES
        if any(one["id"] == case["id"] for one in firm.tell("cases", "--cycle", cycle, "--json").json["cases"])
    )


def bill_of(firm, po_number, cycle):
    bills = [bill for bill in firm.sync(cycle).json["bills"] if po_number in bill["po_numbers"]]
    assert len(bills) == 1
    return bills[0]


def in_xero(firm, po_number):
    """Bills in Xero whose number or lines name the PO."""
    return [bill for bill in firm.bills() if po_number in bill["InvoiceNumber"]]


# --- cases ------------------------------------------------------------------------------------------------------------


def test_every_case_says_what_happened_what_we_did_and_what_to_do(firm):
    told = firm.tell("cases", "--json")
    assert told.status == 1
    assert list(told.json) == ["cases"]
    assert told.json["cases"]
    for case in told.json["cases"]:
        assert list(case) == CASE_KEYS
        assert re.fullmatch(r"-?[0-9]+\.[0-9]{2}", case["amount"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", case["first_seen"])
        assert case["status"] == "open"
        assert case["owner"]
        assert all(case[words].strip() for words in ("what_happened", "what_we_did", "what_to_do"))
        assert case["bills"]


def test_cases_of_a_cycle_are_those_that_hold_its_bills(firm):
    everything = {case["id"] for case in firm.tell("cases", "--json").json["cases"]}
    by_cycle = [{c["id"] for c in firm.tell("cases", "--cycle", cycle, "--json").json["cases"]} for cycle in CYCLES]
    assert set().union(*by_cycle) == everything
    assert any(ids != everything for ids in by_cycle)


def test_people_read_cases_without_code(firm):
    told = firm.tell("cases")
    assert told.status == 1
    assert "What happened:" in told.out
    assert "What to do:" in told.out
    for word in ("{", "HTTP", "Traceback", "InvoiceID", "po:40"):
        assert word not in told.out


# --- release, settle, undo --------------------------------------------------------------------------------------------


def test_a_release_lets_the_bill_through(firm):
    case = firm.case("quantity_mismatch", "PO-1030")
    cycle = cycle_of(firm, case)
    assert in_xero(firm, "PO-1030") == []
    released = firm.tell("release", case["id"], "--reason", "We keep them", "--by", "Ada", "--json")
    assert released.status == 0, released.err
    assert released.json["status"] == "released"
    assert bill_of(firm, "PO-1030", cycle)["action"] == "create"
    assert len(in_xero(firm, "PO-1030")) == 1
    assert case["id"] not in {one["id"] for one in firm.tell("cases", "--json").json["cases"]}


def test_a_release_is_taken_back_as_long_as_nothing_was_published_on_it(firm):
    case = firm.case("rounding", "PO-1010")
    cycle = cycle_of(firm, case)
    assert firm.tell("release", case["id"], "--reason", "Xero is right", "--by", "Ada").status == 0
    undone = firm.tell("undo", case["id"], "--by", "Ada", "--json")
    assert undone.status == 0, undone.err
    assert undone.json["status"] == "open"
    assert bill_of(firm, "PO-1010", cycle)["action"] == "hold"
    firm.tell("release", case["id"], "--reason", "Xero is right", "--by", "Ada")
    assert bill_of(firm, "PO-1010", cycle)["action"] == "create"
    late = firm.tell("undo", case["id"], "--by", "Ada")
    assert late.status == 2
    assert "on that decision 1 document was published" in late.err
    assert len(in_xero(firm, "PO-1010")) == 1


def test_a_settlement_as_not_owed_keeps_the_bill_out_for_good(firm):
    case = firm.case("account_invalid", "PO-1022")
    cycle = cycle_of(firm, case)
    settled = firm.tell("settle", case["id"], "--as", "not-owed", "--reason", "Warranty", "--by", "Tom", "--json")
    assert settled.status == 0, settled.err
    assert settled.json["status"] == "settled"
    bill = bill_of(firm, "PO-1022", cycle)
    assert bill["action"] == "exclude"
    assert "Warranty" in bill["reason"]
    assert in_xero(firm, "PO-1022") == []
    again = firm.tell("settle", case["id"], "--as", "not-owed", "--reason", "Once more", "--by", "Ada")
    assert again.status == 2
    assert f"take that back first: `cwxero undo {case['id']} --by NAME`" in again.err
    undone = firm.tell("undo", case["id"], "--by", "Tom")
    assert undone.status == 0
    assert bill_of(firm, "PO-1022", cycle)["action"] == "hold"


def test_a_sync_says_which_answer_of_a_workbook_it_did_not_take(firm):
    case = firm.case("possible_duplicate", "PO-1003")
    cycle = cycle_of(firm, case)
    workbook = firm.home / "review" / cycle / f"review-{cycle}.xlsx"
    answer = {"Decision": "billed-by", "Your name": "Ann", "Your reason": "Keyed by me"}
    assert write(workbook, "Questions", "Case", answer, about=case["id"]) == 1
    before = firm.bills()
    told = firm.tell("sync", "--cycle", cycle)
    why = f"Not taken for case {case['id']}: billed-by needs the Xero bill id: "
    assert (told.status, told.out.count(why)) == (1, 1)
    assert "--" not in told.out[told.out.index(why) :], "whoever answers in a workbook knows no option of a command"
    assert firm.case("possible_duplicate", "PO-1003")["status"] == "open"
    assert firm.bills() == before
    assert "Not taken" not in firm.tell("sync", "--cycle", cycle).out, "it is said once"
    write(workbook, "Questions", "Case", answer, about=case["id"])
    told = firm.sync(cycle)
    assert told.status == 1
    assert why in told.err
    assert list(told.json) == ["cycle", "mode", "policy_digest", "counts", "bills", "api_calls"]


def test_a_settlement_as_billed_names_the_other_bill(firm):
    case = firm.case("possible_duplicate", "PO-1003")
    cycle = cycle_of(firm, case)
    twin = next(bill for bill in firm.bills() if "PO-1003" in str(bill))
    without = firm.tell("settle", case["id"], "--as", "billed-by", "--reason", "Keyed", "--by", "Tom")
    assert without.status == 2
    assert "the id of the bill in Xero that covers these goods" in without.err
    other = next(
        bill
        for bill in firm.bills()
        if bill["Status"] == "AUTHORISED" and not key_in(bill.get("Url")) and abs(bill["Total"] - twin["Total"]) > 100
    )
    odd = firm.tell(
        "settle", case["id"], "--as", "billed-by", "--xero-id", other["InvoiceID"], "--reason", "Keyed", "--by", "Tom"
    )
    assert "Please look again" in odd.out
    assert "the goods come to" in odd.out
    assert firm.tell("undo", case["id"], "--by", "Tom").status == 0
    page = f"https://go.xero.com/AccountsPayable/View.aspx?InvoiceID={twin['InvoiceID']}"
    told = firm.tell("settle", case["id"], "--as", "billed-by", "--xero-id", page, "--reason", "Keyed", "--by", "Tom")
    assert told.status == 0, told.err
    assert bill_of(firm, "PO-1003", cycle)["action"] == "exclude"
    story = firm.tell("explain", "PO-1003", "--json").json
    assert story["coverage"]["received_not_billed"]["amount"] == "0.00"
    ended = [event["detail"] for event in story["timeline"] if event["event"] == "no longer held"]
    assert ended[-1].endswith("does not hold this bill any more. It is settled by Tom, as billed-by: Keyed.")


def test_a_question_about_goods_on_no_bill_stands_in_the_story_of_their_order(firm):
    case = firm.case("received_not_billed", "PO-1012")
    (order,) = case["po_numbers"]
    story = firm.tell("explain", order, "--json").json
    assert story["next_step"].startswith(f"Procurement (case {case['id']}): Receive or cancel the rest")
    assert firm.tell("release", case["id"], "--reason", "It comes in June", "--by", "Ada").status == 0
    story = firm.tell("explain", order, "--json").json
    told = [event["detail"] for event in story["timeline"] if event["event"] == "decided"]
    assert told == [f"Ada chose release for case {case['id']}: It comes in June"]
    assert firm.tell("undo", case["id"], "--by", "Ada").status == 0


def test_a_question_about_several_bills_is_told_and_answered_as_one(firm):
    several = [case for case in firm.tell("cases", "--json").json["cases"] if len(case["bills"]) > 1]
    case = next(case for case in several if "not-owed" in case["ways_out"] and case["kind"] != "received_not_billed")
    for order in case["po_numbers"]:
        step = firm.tell("explain", order, "--json").json["next_step"]
        assert f"It asks about {len(case['bills'])} bills together" in step
        assert ", ".join(case["po_numbers"]) in step
        assert "as billed-by with its id" not in step
    told = firm.tell("settle", case["id"], "--as", "not-owed", "--reason", "Warranty", "--by", "Tom")
    assert f"Case {case['id']} is settled (not-owed) by Tom." in told.out
    assert f"It was about {len(case['bills'])} bills, " in told.out
    assert ", ".join(case["po_numbers"]) in told.out
    assert firm.tell("undo", case["id"], "--by", "Tom").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["release", "C-00000000", "--reason", "x", "--by", "Ada"], "no case C-00000000"),
        (["undo", "C-00000000", "--by", "Ada"], "no case C-00000000"),
        (["release", "UNMAPPED", "--reason", "x", "--by", "Ada"], "does not fit"),
        (["settle", "UNMAPPED", "--as", "forget", "--reason", "x", "--by", "Ada"], "does not fit"),
        (["settle", "UNMAPPED", "--as", "not-owed", "--reason", " ", "--by", "Ada"], "needs a reason"),
    ],
)
def test_a_decision_that_does_not_fit_changes_nothing(firm, arguments, said):
    case = firm.case("unmapped_account")["id"]
    told = firm.tell(*[case if word == "UNMAPPED" else word for word in arguments])
    assert told.status == 2
    assert said in told.err
    assert "Nothing was changed" in told.err
    assert firm.case("unmapped_account")["status"] == "open"


# --- explain ----------------------------------------------------------------------------------------------------------


def test_explain_has_the_shape_of_the_contract_and_its_figures_add_up(firm):
    numbers = [order["poNumber"] for order in firm.systems.store.all("cw.purchaseorders")]
    seen = 0
    for number in sorted(set(numbers)):
        if numbers.count(number) > 1:
            continue
        answer = firm.tell("explain", number, "--json").json
        assert list(answer) == ["po_number", "state", "coverage", "bills", "timeline", "next_step"]
        assert list(answer["coverage"]) == COVERAGE
        for part in ("quantity", "amount"):
            value = {name: Decimal(figures[part]) for name, figures in answer["coverage"].items()}
            left = value["ordered"] + value["over_received"] + value["price_difference"]
            right = value["billed"] - value["to_credit"] + value["billed_elsewhere"] + value["received_not_billed"]
            assert left == right + value["open"] + value["cancelled"], (number, part, answer["coverage"])
        assert [event["at"] for event in answer["timeline"]] == sorted(event["at"] for event in answer["timeline"])
        assert answer["timeline"][0]["event"] == "raised"
        assert answer["next_step"]
        seen += 1
    assert seen > 30


def test_the_story_of_a_published_order_runs_from_raised_to_bill(firm):
    answer = firm.tell("explain", "PO-1004", "--json").json
    events = [event["event"] for event in answer["timeline"]]
    assert events.index("raised") < events.index("received") < events.index("bill created")
    assert answer["state"] == "fully_received"
    (bill,) = answer["bills"]
    assert answer["coverage"]["billed"]["amount"] == bill["net"]
    assert bill["xero_status"] == "DRAFT"
    assert "review the draft" in answer["next_step"]
    assert bill["exchanges"][0]["state"] == "answered"
    assert bill["number"] in bill["exchanges"][0]["sent"]


def test_what_was_sent_and_answered_on_a_day_can_be_read(firm):
    sent = firm.tell("explain", "PO-1004", "--json").json["bills"][0]["exchanges"][0]
    day = sent["at"][:10]
    answer = firm.tell("explain", "PO-1004", "--on", day, "--json").json
    assert {event["at"][:10] for event in answer["timeline"]} == {day}
    (exchange,) = answer["exchanges"]
    assert exchange == {"bills": [answer["bills"][0]["number"]], **sent}
    told = firm.tell("explain", "PO-1004", "--on", day).out
    assert f"So it stands now. On {day} (UTC):" in told
    assert f"sent:     {sent['sent']}" in told
    assert f"answered: {sent['answered']}" in told
    assert "Nothing happened to it on 2019-01-01." in firm.tell("explain", "PO-1004", "--on", "2019-01-01").out
    refused = firm.tell("explain", "PO-1004", "--on", "1 May")
    assert (refused.status, "it is written YYYY-MM-DD" in refused.err) == (2, True)


def test_words_of_others_do_nothing_to_the_terminal(capsys):
    showing.line("Acme \x1b[2J\x9b1mLtd\r\tfine")
    assert capsys.readouterr().out == "Acme �[2J�1mLtd�\tfine\n"


def test_the_story_of_a_held_order_names_its_case_and_what_to_do(firm):
    case = firm.case("contact_archived")
    number = case["po_numbers"][0]
    answer = firm.tell("explain", number, "--json").json
    assert case["id"] in answer["next_step"]
    assert case["what_to_do"] in answer["next_step"]
    assert any(event["event"] == "held" and case["id"] in event["detail"] for event in answer["timeline"])


def test_the_story_is_that_of_live_runs_whatever_the_mode_is_now(firm, monkeypatch):
    cases = firm.tell("cases", "--json").json["cases"]
    number = next(case["po_numbers"][0] for case in cases if "batched" in case["what_happened"])
    monkeypatch.setenv("CWXERO_PUBLISH_MODE", "shadow")
    answer = firm.tell("explain", number, "--json").json
    assert [bill["action"] for bill in answer["bills"]] == ["hold"]
    assert "creates the bill" not in answer["next_step"]


def test_decisions_are_part_of_the_story(firm):
    case = firm.case("account_tax_conflict")
    number = case["po_numbers"][0]
    firm.tell("settle", case["id"], "--as", "not-owed", "--reason", "Sent back", "--by", "Tom")
    events = {event["event"]: event["detail"] for event in firm.tell("explain", number, "--json").json["timeline"]}
    assert "Tom chose not-owed" in events["decided"]
    firm.tell("undo", case["id"], "--by", "Tom")
    events = [event["event"] for event in firm.tell("explain", number, "--json").json["timeline"]]
    assert "decision taken back" in events


def test_people_read_the_story_without_code(firm):
    told = firm.tell("explain", "PO-1004")
    assert told.status == 0
    assert "PO-1004: fully received" in told.out
    assert "Ordered" in told.out
    assert "Next: " in told.out
    assert not re.search(r"""\{|HTTP|\bPUT\b|DRAFT"|Idempotency""", told.out)


def test_an_ambiguous_number_names_both_ids_and_an_id_finds_one(firm):
    told = firm.tell("explain", "PO-1027")
    assert told.status == 2
    assert "#4027" in told.err
    assert "#4034" in told.err
    assert firm.tell("explain", "#4034", "--json").json["po_number"] == "PO-1027"


@pytest.mark.parametrize("number", ["PO-9999", "#9999", "#none", ""])
def test_an_unknown_order_is_said(firm, number):
    told = firm.tell("explain", number, "--json")
    assert told.status == 2
    assert told.out == ""
    assert "No purchase order" in told.err
