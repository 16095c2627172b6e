import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payables.making import base_of, books, bounded, held_by_xero

from cwxero_dagster.payables.documents import HEADER_FIELDS, LINE_FIELDS, Meaning, meaning_of_document
from cwxero_dagster.payables.merging import Merged, differences, merge, touched


def goods(ref: str, **changes: Any) -> Meaning:
    made = {
        "ref": ref,
        "description": f"Goods {ref}",
        "quantity": "10",
        "unit_amount": "5",
        "account_code": "310",
        "tax_type": "INPUT",
        "tracking": [],
        "item_code": "",
    }
    return {**made, **changes}


def said(*lines: Meaning, **changes: Any) -> Meaning:
    made = {
        "contact_id": "11111111-1111-4111-8111-111111111111",
        "number": "PO-1",
        "date": "2026-05-12",
        "due_date": "2026-05-26",
        "currency_code": "AUD",
        "line_amounts": "Exclusive",
        "url": "https://cw.example.com/?k=po:1",
        "lines": list(lines) or [goods("a"), goods("b")],
    }
    return {**made, **changes}


class Draft:
    """A draft in Xero, written by us, worked on by a person, written again: what the ledger keeps at each step."""

    def __init__(self, meant: Meaning) -> None:
        self._write(meant)

    def _write(self, meaning: Meaning) -> None:
        self.meant = json.loads(json.dumps(meaning))
        kept = held_by_xero(meaning, books())
        self.theirs = meaning_of_document(kept)
        self.base = base_of(meaning, kept)

    def edit(self, **changes: Any) -> None:
        self.theirs |= changes

    def edit_line(self, index: int, **changes: Any) -> None:
        self.theirs["lines"][index] |= changes

    def add_line(self, **changes: Any) -> None:
        line = {**goods("x", description="Courier"), "line_item_id": "hers", **changes}
        del line["ref"]
        self.theirs["lines"].append(line)

    def delete_line(self, index: int) -> None:
        del self.theirs["lines"][index]

    def merged(self, ours: Meaning) -> Merged:
        return merge(meant=self.meant, base=self.base, theirs=deepcopy(self.theirs), ours=ours)

    def follow(self, ours: Meaning) -> Merged:
        """One night: what is to be written is written."""
        found = self.merged(ours)
        if found.written and not found.conflicts:
            self._write(found.meaning)
        return found

    def line(self, ref: str) -> Meaning:
        (found,) = [one for one in self.theirs["lines"] if one["description"].startswith(f"Goods {ref}")]
        return found


def test_nothing_changed_is_nothing_written() -> None:
    found = Draft(said()).merged(said())
    assert (found.written, found.kept, found.conflicts) == ((), (), ())


def test_what_a_person_wrote_is_told_of_the_line_as_it_was_called() -> None:
    draft = Draft(said())
    was = draft.theirs["lines"][0]["description"]
    draft.theirs["lines"][0]["description"] = "my words"
    assert draft.merged(said()).kept == (f'description of "{was}", now "my words"',)


# --- one field --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "theirs", "ours", "stands", "conflict"),
    [
        ("number", None, "INV-1 | PO-1", "INV-1 | PO-1", False),
        ("number", "hers", None, "hers", False),
        ("number", "INV-1 | PO-1", "INV-1 | PO-1", "INV-1 | PO-1", False),
        ("number", "INV-1 | PO-1 paid", "INV-1 | PO-1", "INV-1 | PO-1 paid", False),
        ("number", "INV-1", "INV-1 | PO-1", "INV-1", False),
        ("number", "INV-2 | PO-1", "INV-1 | PO-1", "INV-2 | PO-1", True),
        ("number", "", "INV-1 | PO-1", "", True),
        ("date", "2026-05-20", "2026-05-30", "2026-05-20", True),
        ("due_date", "2026-06-30", None, "2026-06-30", False),
        ("contact_id", "22222222-2222-4222-8222-222222222222", None, "22222222-2222-4222-8222-222222222222", False),
        ("currency_code", None, "USD", "USD", False),
        ("line_amounts", "Inclusive", "NoTax", "Inclusive", True),
    ],
)
def test_a_header_field_is_merged_by_who_changed_it(
    field: str, theirs: str | None, ours: str | None, stands: str, conflict: bool
) -> None:
    draft = Draft(said())
    if theirs is not None:
        draft.edit(**{field: theirs})
    found = draft.merged(said(**({} if ours is None else {field: ours})))
    assert (found.meaning[field], bool(found.conflicts)) == (stands, conflict)


@pytest.mark.parametrize(
    ("field", "theirs", "ours", "stands", "conflict"),
    [
        ("quantity", None, "12", "12", False),
        ("quantity", "8", None, "8", False),
        ("quantity", "12", "1", "12", True),
        ("unit_amount", "5.5", "5.55", "5.5", True),
        ("unit_amount", "5.5", "5.5", "5.5", False),
        ("description", "Goods a, blue", "Goods a, blue", "Goods a, blue", False),
        ("account_code", "500", None, "500", False),
        ("account_code", "500", "425", "500", False),
        ("tax_type", "EXEMPTEXPENSES", "NONE", "EXEMPTEXPENSES", False),
        ("tracking", [["Region", "North"]], [["Region", "South"]], [["Region", "North"]], False),
        ("item_code", "ABC", "DEF", "ABC", False),
        ("account_code", None, "425", "425", False),
    ],
)
def test_a_line_is_merged_field_by_field_and_coding_stays_hers_without_a_case(
    field: str, theirs: Any, ours: Any, stands: Any, conflict: bool
) -> None:
    draft = Draft(said())
    if theirs is not None:
        draft.edit_line(0, **{field: theirs})
    found = draft.merged(said(goods("a", **({} if ours is None else {field: ours})), goods("b")))
    assert (found.meaning["lines"][0][field], bool(found.conflicts)) == (stands, conflict)


def test_different_fields_of_one_line_do_not_conflict() -> None:
    draft = Draft(said())
    draft.edit_line(0, account_code="500", description="Goods a, for the lab")
    found = draft.merged(said(goods("a", quantity="12"), goods("b")))
    line = found.meaning["lines"][0]
    assert (line["quantity"], line["account_code"], line["description"]) == ("12", "500", "Goods a, for the lab")
    assert found.conflicts == ()


# --- lines ------------------------------------------------------------------------------------------------------------


def test_a_new_line_of_ours_is_added_and_hers_stays() -> None:
    draft = Draft(said())
    draft.add_line(quantity="1")
    draft.follow(said(goods("a"), goods("b"), goods("c")))
    assert [one["description"] for one in draft.theirs["lines"]] == ["Goods a", "Goods b", "Courier", "Goods c"]


def test_a_line_that_is_gone_in_connectwise_goes_unless_a_person_worked_on_it() -> None:
    draft = Draft(said())
    assert [one["ref"] for one in draft.merged(said(goods("a"))).meaning["lines"]] == ["a"]
    draft.edit_line(1, account_code="500")
    found = draft.merged(said(goods("a")))
    assert len(found.conflicts) == 1
    assert len(found.meaning["lines"]) == 2


def test_a_line_that_she_deleted_stays_deleted_while_others_are_written() -> None:
    draft = Draft(said())
    draft.delete_line(1)
    for quantity in ("11", "12", "13"):
        found = draft.follow(said(goods("a", quantity=quantity), goods("b")))
        assert found.conflicts == ()
        assert [one["description"] for one in draft.theirs["lines"]] == ["Goods a"]
        assert draft.line("a")["quantity"] == quantity


def test_a_line_that_she_deleted_and_connectwise_changed_is_a_conflict() -> None:
    draft = Draft(said())
    draft.delete_line(1)
    draft.follow(said(goods("a", quantity="11"), goods("b")))
    assert len(draft.merged(said(goods("a", quantity="11"), goods("b", quantity="3"))).conflicts) == 1


def test_a_line_keeps_at_which_price_it_bills_and_which_one_it_changes() -> None:
    change = goods("a", unit_cost="105", cost_before="100")
    draft = Draft(said(change))
    (line,) = draft.merged(said({**change, "account_code": "425"})).meaning["lines"]
    assert (line["unit_cost"], line["cost_before"], line["account_code"]) == ("105", "100", "425")


FREE = {"quantity": "", "unit_amount": "", "account_code": "", "tax_type": ""}


# --- lines of hers that bill what lines of ours bill ------------------------------------------------------------------

FREIGHT = goods("1:freight:0", description="Freight on purchase order 1", quantity="1", account_code="425")


@pytest.mark.parametrize(
    ("hers", "ours", "one"),
    [
        ({"description": "Goods c", "quantity": "2"}, goods("c"), True),
        ({"description": "goods C, in blue", "quantity": "2"}, goods("c"), True),
        ({"description": "As invoiced", "quantity": "1", "unit_amount": "50"}, goods("c"), True),
        ({"description": "Courier", "quantity": "1", "unit_amount": "12.5"}, goods("c"), False),
        ({"description": "As invoiced", "quantity": "10"}, goods("c", **FREE), False),
        ({"description": "A note", **FREE}, goods("c"), False),
        ({"description": "Freight", "quantity": "1", "unit_amount": "4"}, FREIGHT, True),
        ({"description": "Courier", "quantity": "1", "unit_amount": "4", "account_code": "425"}, FREIGHT, True),
        ({"description": "Courier", "quantity": "1", "unit_amount": "4", "account_code": "310"}, FREIGHT, False),
    ],
)
def test_a_line_that_she_added_is_not_written_again_when_connectwise_brings_it(
    hers: dict[str, Any], ours: Meaning, one: bool
) -> None:
    draft = Draft(said())
    draft.add_line(**hers)
    found = draft.merged(said(goods("a"), goods("b"), ours))
    assert (bool(found.conflicts), len(found.meaning["lines"])) == (one, 3 if one else 4)
    if one:
        assert all(line["description"] in found.conflicts[0] for line in (draft.theirs["lines"][-1], ours))


def test_each_line_that_she_added_stands_for_one_of_ours_the_most_alike_first() -> None:
    draft = Draft(said())
    draft.add_line(description="Goods d", line_item_id="d")
    draft.add_line(description="As invoiced", line_item_id="c")
    found = draft.merged(said(goods("a"), goods("b"), goods("d"), goods("c"), goods("e")))
    assert [line["ref"] for line in found.meaning["lines"]] == ["a", "b", "d", "c", "e"]
    assert len(found.conflicts) == 2


def test_a_line_of_hers_that_stands_for_ours_is_followed_and_stays_as_she_typed_it() -> None:
    draft = Draft(said())
    draft.add_line(description="As invoiced", account_code="500")
    draft._write(draft.merged(said(goods("a"), goods("b"), goods("c"))).meaning)
    same = said(goods("a"), goods("b"), goods("c"))
    assert (draft.merged(same).written, draft.merged(same).conflicts) == ((), ())
    draft.follow(said(goods("a"), goods("b"), goods("c", quantity="12")))
    line = draft.theirs["lines"][-1]
    assert (line["description"], line["account_code"], line["quantity"]) == ("As invoiced", "500", "12")


SPLIT = {"quantity": "6"}
REST = {"description": "Goods a (store)", "quantity": "4", "account_code": "500"}


@pytest.mark.parametrize(
    ("edit", "hers", "ours", "asked"),
    [
        (SPLIT, REST, {}, False),
        (SPLIT, REST, {"account_code": "425"}, False),
        (SPLIT, REST, {"quantity": "6"}, True),
        (SPLIT, REST, {"quantity": "12"}, True),
        (SPLIT, REST, {"unit_amount": "5.25"}, True),
        (SPLIT, None, {"quantity": "6"}, False),
        ({"unit_amount": "3"}, {"description": "Levy", "quantity": "10", "unit_amount": "2"}, {"quantity": "8"}, True),
        ({}, {"description": "Courier", "quantity": "1"}, {"quantity": "12"}, False),
        ({}, {"description": "As invoiced", "quantity": "2"}, {"quantity": "12"}, True),
        ({}, {"description": "Goods a", "quantity": "3"}, {"quantity": "12"}, True),
        ({}, {"description": "Goods a", "quantity": "3"}, {"quantity": "8"}, False),
    ],
)
def test_a_change_of_goods_that_she_billed_on_lines_of_her_own_is_a_conflict(
    edit: dict[str, Any], hers: dict[str, Any] | None, ours: dict[str, Any], asked: bool
) -> None:
    draft = Draft(said())
    draft.edit_line(0, **edit)
    if hers:
        draft.add_line(**hers)
    found = draft.merged(said(goods("a", **ours), goods("b")))
    assert bool(found.conflicts) == asked
    if asked:
        held, line = draft.theirs["lines"][0], found.meaning["lines"][0]
        assert (line["quantity"], line["unit_amount"]) == (held["quantity"], held["unit_amount"])


def test_prices_that_she_corrected_up_and_down_before_connectwise_did_are_no_conflict() -> None:
    draft = Draft(said())
    draft.edit_line(0, unit_amount="6")
    draft.edit_line(1, unit_amount="4")
    found = draft.merged(said(goods("a", unit_amount="6"), goods("b", unit_amount="4")))
    assert (found.conflicts, found.written) == ((), ())


def test_goods_that_she_moved_from_one_line_to_another_are_not_lost_sight_of() -> None:
    draft = Draft(said())
    draft.edit_line(0, quantity="20")
    draft.delete_line(1)
    assert draft.merged(said()).conflicts == ()
    assert len(draft.merged(said(goods("a"))).conflicts) == 1


def test_a_line_that_she_typed_anew_and_that_goes_in_connectwise_is_a_conflict() -> None:
    draft = Draft(said())
    draft.delete_line(1)
    draft.add_line(description="Goods b")
    assert draft.merged(said()).conflicts == ()
    (conflict,) = draft.merged(said(goods("a"))).conflicts
    assert conflict.count("Goods b") == 2


@pytest.mark.parametrize(
    ("before", "now"),
    [({}, FREE), ({"tracking": [["Region", "North"]]}, {"tracking": []}), ({"item_code": "ABC"}, {"item_code": ""})],
)
def test_a_line_of_which_something_is_left_out_is_made_anew(before: dict[str, Any], now: dict[str, Any]) -> None:
    draft = Draft(said(goods("a", **before), goods("b")))
    first, second = draft.follow(said(goods("a", **{**before, **now}), goods("b"))).meaning["lines"]
    assert ("line_item_id" in first, "line_item_id" in second) == (False, True)
    assert {name: draft.line("a")[name] for name in now} == now
    assert draft.follow(said(goods("a", **{**before, **now}), goods("b"))).written == ()


def test_a_line_that_is_free_of_charge_now_has_no_account_either_hers_included() -> None:
    draft = Draft(said())
    draft.edit_line(0, account_code="500", description="Goods a, for the lab")
    draft.follow(said(goods("a", **FREE), goods("b")))
    assert [draft.line("a")[name] for name in (*FREE, "description")] == ["", "", "", "", "Goods a, for the lab"]
    draft.follow(said(goods("a"), goods("b")))
    assert draft.line("a")["account_code"] == "310"


def test_a_line_that_became_free_of_charge_while_a_person_changed_its_price_is_a_conflict() -> None:
    draft = Draft(said())
    draft.edit_line(0, unit_amount="6")
    assert draft.merged(said(goods("a", **FREE), goods("b"))).conflicts


# --- over several nights ----------------------------------------------------------------------------------------------


def test_what_she_typed_is_hers_for_good_however_often_we_write() -> None:
    draft = Draft(said())
    draft.edit(due_date="2026-06-30", number="PO-1 (see Bob)")
    draft.edit_line(0, account_code="500", description="Goods a, for the lab")
    draft.add_line()
    for quantity in ("11", "12", "13"):
        draft.follow(said(goods("a"), goods("b", quantity=quantity)))
        assert (draft.theirs["due_date"], draft.theirs["number"]) == ("2026-06-30", "PO-1 (see Bob)")
        assert draft.line("a")["account_code"] == "500"
        assert draft.line("a")["description"] == "Goods a, for the lab"
        assert draft.line("b")["quantity"] == quantity
        assert touched(draft.base, draft.theirs)
    assert draft.merged(said(goods("a"), goods("b", quantity="13"), due_date="2026-06-01")).conflicts


def test_coding_that_she_chose_outlives_new_mappings_over_several_writes() -> None:
    draft = Draft(said())
    draft.edit_line(0, account_code="500")
    draft.follow(said(goods("a", account_code="425"), goods("b", quantity="11")))
    draft.follow(said(goods("a", account_code="310"), goods("b", quantity="12")))
    assert draft.line("a")["account_code"] == "500"


def test_after_our_own_write_nothing_counts_as_touched() -> None:
    draft = Draft(said())
    draft.follow(said(goods("a", quantity="12"), goods("b"), goods("c")))
    assert not touched(draft.base, draft.theirs)
    assert draft.merged(said(goods("a", quantity="12"), goods("b"), goods("c"))).written == ()


def test_a_link_that_is_missing_is_written_with_the_next_change() -> None:
    draft = Draft(said())
    draft.edit(url="")
    assert draft.merged(said()).written == ()
    assert draft.merged(said(number="INV-1")).meaning["url"] == said()["url"]


values = {
    "number": st.sampled_from(["PO-1", "INV-1 | PO-1", "hers", ""]),
    "date": st.sampled_from(["2026-05-12", "2026-05-20", "2026-06-01"]),
    "due_date": st.sampled_from(["2026-05-26", "2026-06-30", ""]),
    "line_amounts": st.sampled_from(["Exclusive", "Inclusive"]),
    "quantity": st.sampled_from(["10", "1", "12"]),
    "unit_amount": st.sampled_from(["5", "5.5", "55"]),
    "account_code": st.sampled_from(["310", "425", "500"]),
    "description": st.sampled_from(["Goods a", "Goods a, blue", "Goods all"]),
}
headers = st.fixed_dictionaries(
    {}, optional={name: values[name] for name in ("number", "date", "due_date", "line_amounts")}
)
lines = st.fixed_dictionaries(
    {}, optional={name: values[name] for name in ("quantity", "unit_amount", "account_code", "description")}
)


@bounded
@given(st.lists(st.tuples(headers, lines, headers, lines), min_size=1, max_size=4))
def test_no_merge_overwrites_what_only_they_changed(nights: list[Any]) -> None:
    """Whatever happens over some nights, a value that a person put into a field stands in it."""
    draft = Draft(said(goods("a")))
    written = (deepcopy(draft.theirs), deepcopy(draft.theirs["lines"][0]))
    for their_header, their_line, our_header, our_line in nights:
        draft.edit(**their_header)
        draft.edit_line(0, **their_line)
        theirs = (draft.theirs, draft.theirs["lines"][0])
        hers = [
            {name for name in last if name in values and now[name] != last[name]}
            for last, now in zip(written, theirs, strict=True)
        ]
        found = draft.merged(said(goods("a", **our_line), **our_header)).meaning
        for names, now, merged in zip(hers, theirs, (found, found["lines"][0]), strict=True):
            assert {name: merged[name] for name in names} == {name: now[name] for name in names}
        draft.follow(said(goods("a", **our_line), **our_header))
        for names, last, now in zip(hers, written, (draft.theirs, draft.theirs["lines"][0]), strict=True):
            last |= {name: now[name] for name in values if name in last and name not in names}


@bounded
@given(headers, lines)
def test_what_nobody_touched_follows_connectwise(our_header: dict[str, Any], our_line: dict[str, Any]) -> None:
    draft = Draft(said(goods("a")))
    ours = said(goods("a", **our_line), **our_header)
    found = draft.follow(ours)
    assert found.conflicts == found.kept == ()
    assert all(draft.theirs[name] == ours[name] for name in HEADER_FIELDS)
    assert all(draft.theirs["lines"][0][name] == ours["lines"][0][name] for name in LINE_FIELDS)


def test_differences_name_what_two_versions_say() -> None:
    one, other = said(), said(goods("a"), number="X")
    assert differences(one, deepcopy(one)) == []
    assert differences(one, other) == [
        'reference "PO-1" in Xero, "X" by ConnectWise',
        "lines 2 in Xero, 1 by ConnectWise",
    ]
    dearer = said(goods("a", unit_amount="12"), goods("b"))
    assert differences(one, dearer) == ['price of "Goods a": "5" in Xero, "12" by ConnectWise']
