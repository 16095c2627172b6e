from datetime import date
from decimal import Decimal

import pytest

from cwxero_dagster.payables.lifecycle import (
    BillRule,
    Decision,
    Events,
    FreightRule,
    Limit,
    MatchRule,
    Readiness,
    Rounding,
    WithoutPo,
    parse_decision,
    preset_text,
    presets,
)
from cwxero_dagster.payables.problems import Problem


def read(text: str) -> Decision:
    decision, problems = parse_decision(text)
    assert problems == []
    assert decision is not None
    return decision


def refused(text: str) -> list[Problem]:
    decision, problems = parse_decision(text)
    assert decision is None
    assert problems
    return problems


@pytest.mark.parametrize(
    "text", ["", "# nothing but a comment\n", "{}", "version: 1\n", "\ufeffversion: 1\r\n", "events:\n"]
)
def test_every_key_is_optional_and_has_the_contracts_default(text: str) -> None:
    assert read(text) == Decision(
        version=1,
        go_live=date(2026, 5, 1),
        events=Events(
            raised="nothing",
            partially_received="nothing",
            fully_received="draft_bill",
            vendor_invoice_received="update_bill",
            paid="nothing",
            reversed="open_case",
        ),
        bill=BillRule(
            one_per="purchase_order",
            status="DRAFT",
            number="{vendor_invoice} | {po_number}",
            date="received",
            due_date="terms",
            line_amounts="Exclusive",
            zero_value_lines="text",
        ),
        freight=FreightRule(bill="with_goods"),
        vendor_invoice_from="header",
        lock_date="hold",
        match=MatchRule(
            price=Limit(percent=Decimal(2), absolute=Decimal(10)),
            quantity=Limit(percent=Decimal(0), absolute=Decimal(0)),
            total=Limit(percent=Decimal("0.5"), absolute=Decimal(1)),
        ),
        rounding=Rounding(limit=Decimal("0.05"), account=None),
        two_way=(),
        mark_purchase_order_billed=True,
        link_customers=False,
        history_notes=False,
        stale_draft_days=14,
        readiness=Readiness(min_matched_percent=Decimal(98), max_unexplained=Decimal(0)),
        without_po=WithoutPo(contacts=(), accounts=()),
    )


def test_every_value_can_be_changed() -> None:
    decision = read(
        """
        version: 1
        go_live: "2026-07-01"
        events: {raised: draft_purchase_order, partially_received: draft_bill, reversed: draft_credit_note}
        bill: {one_per: receipt, status: SUBMITTED, number: "{po_number}", date: vendor_invoice, due_date: expected,
               line_amounts: Inclusive, zero_value_lines: omit}
        freight: {bill: carrier}
        vendor_invoice_from: packing_slip
        lock_date: draft
        rounding: {limit: 0.10, account: 0860}
        tax_difference: {limit: 1}
        two_way: [Service, 'Managed Services']
        mark_purchase_order_billed: no
        link_customers: true
        history_notes: yes
        stale_draft_days: 7
        accrual: {account: "812"}
        readiness: {min_matched_percent: 99.5, max_unexplained: 10}
        without_po: {contacts: [Landlord], accounts: [469, 0489]}
        """
    )
    assert decision.go_live == date(2026, 7, 1)
    assert decision.events.raised == "draft_purchase_order"
    assert decision.bill.one_per == "receipt"
    assert decision.bill.number == "{po_number}"
    assert decision.rounding == Rounding(limit=Decimal("0.10"), account="0860")
    assert decision.two_way == ("Service", "Managed Services")
    assert (decision.mark_purchase_order_billed, decision.link_customers, decision.history_notes) == (False, True, True)
    assert decision.accrual.account == "812"
    assert decision.without_po == WithoutPo(contacts=("Landlord",), accounts=("469", "0489"))


def test_no_float_touches_a_number() -> None:
    limit = read("rounding: {limit: 0.1}").rounding.limit
    assert isinstance(limit, Decimal)
    assert str(limit) == "0.1"


def test_a_blank_rule_is_off_and_a_blank_limit_leaves_the_other() -> None:
    match = read("match: {price: , quantity: {percent: null}, total: {absolute: 5}}").match
    assert match.price == Limit(percent=None, absolute=None)
    assert match.quantity == Limit(percent=None, absolute=Decimal(0))
    assert match.total == Limit(percent=Decimal("0.5"), absolute=Decimal(5))


def test_a_blank_match_section_is_refused_because_it_could_mean_two_things() -> None:
    [problem] = refused("match:\n")
    assert "leave that rule blank" in problem.message


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_a_valid_decision(name: str) -> None:
    assert read(preset_text(name)).version == 1


def test_the_scheduled_batch_preset_spells_out_the_defaults() -> None:
    assert read(preset_text("scheduled_batch")) == Decision()


def test_presets_say_what_their_names_promise() -> None:
    decisions = {name: read(preset_text(name)) for name in presets()}
    assert "draft_bill" not in vars(decisions["manual"].events).values()
    assert decisions["real_time"].events.raised == "draft_purchase_order"
    assert decisions["real_time"].bill.one_per == "receipt"
    commerce, legacy = decisions["quickbooks_commerce"], decisions["quickbooks_commerce_legacy"]
    assert (commerce.events.fully_received, commerce.bill.status) == ("draft_bill", "SUBMITTED")
    assert (legacy.events.raised, legacy.events.fully_received) == ("draft_bill", "nothing")
    assert commerce.bill == legacy.bill
    assert len({decision.digest for decision in decisions.values()}) == 5


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"did you mean scheduled_batch\?.*manual, scheduled_batch"):
        preset_text("scheduled-batch")


def test_all_problems_of_a_file_come_at_once_with_line_key_and_what_is_allowed() -> None:
    problems = refused(
        "version: 2\n"
        "go_live: 2026-02-30\n"
        "event: {}\n"
        "bill:\n"
        "  status: draft\n"
        "  nummber: x\n"
        "stale_draft_days: soon\n"
        "match: {price: {percent: 1e3, absolute: -1}}\n"
        "two_way: Service\n"
        "link_customers: perhaps\n"
    )
    assert [(problem.line, problem.column) for problem in problems] == [
        (1, "version"),
        (2, "go_live"),
        (3, "event"),
        (5, "bill.status"),
        (6, "bill.nummber"),
        (7, "stale_draft_days"),
        (8, "match.price.percent"),
        (8, "match.price.absolute"),
        (9, "two_way"),
        (10, "link_customers"),
    ]
    assert str(problems[3]) == (
        'lifecycle.yaml line 5, column 11 (bill.status): "draft" is not one of the words (did you mean DRAFT?); '
        "allowed: DRAFT, SUBMITTED"
    )
    assert "did you mean events?" in problems[2].message
    assert "did you mean number?" in problems[4].message
    assert all(problem.allowed for problem in problems)
    assert problems[6].value == "1e3"


def test_paying_by_sync_is_refused_with_the_reason() -> None:
    [problem] = refused("events: {paid: draft_bill}")
    assert "payments are applied in Xero, never by the sync" in str(problem)


def test_a_key_that_is_set_twice_names_both_lines() -> None:
    [problem] = refused("lock_date: hold\nversion: 1\nlock_date: draft\n")
    assert problem.message == "lock_date is set twice, on lines 1 and 3"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("bill: {status: DRAFT\n", 2),
        ("version: 1\n\tgo_live: 2026-05-01\n", 2),
        ("version: 1\nbill: status: DRAFT\n", 2),
        ("version: 1\n---\nversion: 1\n", 2),
        ("version: 1\nlock_date: 'hold\n", 3),
        ("version: 1\nlock_date: ho\x00ld\n", 2),
        ("a: *nowhere\n", 1),
    ],
)
def test_text_that_is_no_yaml_is_one_problem_with_its_line(text: str, line: int) -> None:
    [problem] = refused(text)
    assert problem.line == line


@pytest.mark.parametrize(
    "text",
    [
        "- version: 1\n",
        "just words\n",
        "[" * 5000,
        "bill: [DRAFT]\n",
        "bill: {status: [DRAFT]}\n",
        "bill: {status: {a: b}}\n",
        "bill: {status: }\n",
        "two_way: [a, [b]]\n",
        "two_way: [a, ]\nversion: 1.0\n",
        "? [a]\n: b\n",
        "1: 2\n",
        "go_live: 2026-05-01T00:00:00Z\n",
        "go_live: 20260501\n",
        "go_live: 1026-05-01\n",
        "lock_date: !!python/name:os.system hold\n",
        "two_way: &a [*a]\n",
        "stale_draft_days: 0\n",
        "stale_draft_days: 1e1\n",
        "stale_draft_days: 0x10\n",
        "rounding: {limit: .inf}\n",
        "rounding: {limit: .nan}\n",
        "rounding: {limit: 0.123456789012}\n",
        "rounding: {account: 12345678901}\n",
        "match: {price: {percent: 101}}\n",
        "readiness: {min_matched_percent: -1}\n",
        "<<: {version: 1}\n",
    ],
)
def test_what_has_the_wrong_shape_or_range_is_refused(text: str) -> None:
    refused(text)


@pytest.mark.parametrize(
    ("template", "finding"),
    [
        ("{po_nr}", "did you mean po_number?"),
        ("{}", '"{}" is no placeholder'),
        ("{po_number!r}", '"{po_number!r}" is no placeholder'),
        ("{po_number:>9}", '"{po_number:>9}" is no placeholder'),
        ("{po_number", "a brace without its partner"),
        ("{{po_number}}", "a brace without its partner"),
        ("PO", "the same number"),
        ("PO № {po_number}", "not what Xero takes"),
        ("{po_number}" + "x" * 200, "not what Xero takes"),
    ],
)
def test_a_number_template_takes_known_placeholders_and_printable_ascii(template: str, finding: str) -> None:
    [problem] = refused(f"bill: {{number: '{template}'}}")
    assert finding in problem.message
    assert problem.column == "bill.number"


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("events: {raised: draft_bill}", "events.fully_received", "bill the same goods again"),
        (
            "events: {raised: draft_bill, fully_received: nothing, partially_received: draft_bill}",
            "events.partially_received",
            "bill the same goods again",
        ),
        (
            "events: {raised: draft_bill, fully_received: nothing, vendor_invoice_received: draft_bill}",
            "events.vendor_invoice_received",
            "bill the same goods again",
        ),
        (
            "events: {raised: draft_bill, fully_received: nothing}\nbill: {one_per: receipt}",
            "bill.one_per",
            "has to be purchase_order",
        ),
        ("bill: {one_per: receipt}", "events.partially_received", "start at the first receipt"),
        (
            "events: {partially_received: draft_bill, fully_received: nothing}",
            "events.fully_received",
            "last receipt of a PO would never be billed",
        ),
        (
            "events: {vendor_invoice_received: draft_bill}",
            "events.vendor_invoice_received",
            "none left to draft",
        ),
        ("events: {fully_received: nothing}", "events.vendor_invoice_received", "none to update"),
        (
            "events: {raised: draft_purchase_order}\nbill: {number: '{vendor_invoice}'}",
            "bill.number",
            "ties a bill to its purchase order",
        ),
        (
            "events: {vendor_invoice_received: nothing}\nbill: {number: 'Bill {vendor_invoice}'}",
            "bill.number",
            "nothing to stand in its place",
        ),
    ],
)
def test_combinations_that_make_no_sense_are_refused_with_the_reason(text: str, key: str, reason: str) -> None:
    problems = refused(text)
    assert [problem.column for problem in problems] == [key]
    assert reason in problems[0].message
    assert problems[0].line is not None


@pytest.mark.parametrize(
    "text",
    [
        "bill: {one_per: vendor_invoice}",
        "bill: {one_per: receipt}\nevents: {fully_received: nothing, vendor_invoice_received: nothing}",
        "bill: {one_per: vendor_invoice}\nevents: {vendor_invoice_received: draft_bill}",
        "events: {fully_received: nothing, vendor_invoice_received: draft_bill}",
        "events: {fully_received: nothing, vendor_invoice_received: nothing}",
        "events: {partially_received: draft_bill}",
        "events: {raised: draft_bill, fully_received: nothing, vendor_invoice_received: update_bill}",
        "events: {raised: draft_purchase_order}",
        "events: {raised: draft_purchase_order, vendor_invoice_received: nothing}\nbill: {number: '{po_number}'}",
        "bill: {number: '{vendor_invoice}'}",
        "events: {vendor_invoice_received: nothing}\nbill: {number: '{vendor_invoice}', one_per: vendor_invoice}",
    ],
)
def test_combinations_that_make_sense_pass(text: str) -> None:
    read(text)


def test_a_contradiction_is_shown_at_the_line_of_the_key_to_change() -> None:
    [problem] = refused("version: 1\nevents:\n  raised: draft_bill\n  fully_received: draft_bill\n")
    assert (problem.line, problem.position) == (4, 19)
    assert problem.message.startswith('"draft_bill" does not go with events.raised, which is "draft_bill" on line 3: ')
    assert problem.allowed == "nothing, or no bill at events.raised"


@pytest.mark.parametrize(
    ("text", "place", "finding", "allowed"),
    [
        (
            "version: 1\nbill: {one_per: receipt}\n",
            "lifecycle.yaml line 2, column 17 (events.partially_received)",
            'the key is not set, and its default "nothing" does not go with bill.one_per, which is "receipt" on line 2',
            "draft_bill, or bill.one_per: purchase_order or vendor_invoice",
        ),
        (
            "events:\n  vendor_invoice_received: draft_bill\n",
            "lifecycle.yaml line 2, column 28 (events.vendor_invoice_received)",
            '"draft_bill" does not go with events.fully_received, which is "draft_bill" by default',
            "nothing or update_bill, or bill.one_per: vendor_invoice",
        ),
    ],
)
def test_a_contradiction_names_both_values_their_places_and_what_is_allowed(
    text: str, place: str, finding: str, allowed: str
) -> None:
    [problem] = refused(text)
    assert str(problem).startswith(f"{place}: {finding}: ")
    assert str(problem).endswith(f"; allowed: {allowed}")


def test_hostile_text_in_a_message_is_cut_and_cannot_move_the_cursor() -> None:
    [problem] = refused(f'lock_date: "\\e[2J{"x" * 500}"')
    assert "\x1b" not in str(problem)
    assert len(str(problem)) < 250
