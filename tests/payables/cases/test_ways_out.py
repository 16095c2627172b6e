"""Every kind of case beside every state of its bill in Xero: which verbs a person is offered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from payables.making import after, edited_line, in_xero, known, line, po, purchasing, received, the_action

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.cases.ways_out import fitting
from cwxero_dagster.payables.holds import GRAVITY, hold
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.ledger_view import ADJUSTING, CLOSING, STANDING

VERBS = {"release", *STANDING, *CLOSING}
"""What a state of the bill may permit; ``ADJUSTING`` verbs depend on the difference (test_adjusting.py)."""
IN_XERO = ("nothing", "untouched draft", "touched draft", "approved", "deleted")


def bill_that_is(state: str) -> Action:
    """The plan's action for a bill of which Xero holds this."""
    everything = known(purchasing(po(), [received(line())]))
    if state == "nothing":
        return the_action(everything)
    everything = after(everything, the_action(everything))
    if state == "touched draft":
        everything = in_xero(everything, lines=edited_line(everything, description="Checked by Tom"))
    if state in {"approved", "deleted"}:
        everything = in_xero(everything, status={"approved": "AUTHORISED", "deleted": "DELETED"}[state])
    return the_action(everything)


@pytest.mark.parametrize("state", IN_XERO)
@pytest.mark.parametrize("kind", GRAVITY)
def test_a_kind_offers_what_it_lists_as_far_as_the_bill_in_xero_permits(kind: str, state: str) -> None:
    offered = fitting(hold(kind, "cause", "detail"), bill_that_is(state))
    permitted = {
        "nothing": {"release", *CLOSING},
        "untouched draft": VERBS,
        "touched draft": {"release", *STANDING},
        "approved": {"release", *STANDING},
        "deleted": {"release", *CLOSING},
    }[state]
    assert offered == tuple(verb for verb in KINDS[kind].ways_out if verb in permitted)


@pytest.mark.parametrize("state", IN_XERO)
def test_a_hold_that_names_its_verbs_offers_no_other(state: str) -> None:
    one = replace(hold("lock_date", "cause", "detail"), ways_out=("accept-theirs",))
    assert fitting(one, bill_that_is(state)) == (() if state in {"nothing", "deleted"} else ("accept-theirs",))


@pytest.mark.parametrize(
    ("state", "permitted"),
    [
        ("nothing", {"release", "not-owed"}),
        ("untouched draft", {"release", "accept-theirs"}),
        ("approved", {"release", "accept-theirs"}),
        ("deleted", {"release", "not-owed"}),
    ],
)
@pytest.mark.parametrize("kind", GRAVITY)
def test_no_document_is_offered_as_the_bill_of_a_purchase_order_in_xero(
    kind: str, state: str, permitted: set[str]
) -> None:
    action = replace(bill_that_is(state), key="po:1/o:1")
    assert fitting(hold(kind, "cause", "detail"), action) == tuple(
        verb for verb in KINDS[kind].ways_out if verb in permitted
    )


@pytest.mark.parametrize("state", IN_XERO)
@pytest.mark.parametrize("verb", ADJUSTING)
@pytest.mark.parametrize("kind", GRAVITY)
def test_a_difference_gets_its_own_document_only_where_the_hold_says_that_it_can(
    kind: str, verb: str, state: str
) -> None:
    one = replace(hold(kind, "cause", "detail"), adjusts=verb)
    assert (verb in fitting(one, bill_that_is(state))) == (verb in KINDS[kind].ways_out)


@pytest.mark.parametrize("state", ["touched draft", "approved"])
@pytest.mark.parametrize("kind", [kind for kind in GRAVITY if not {"release", *STANDING} & {*KINDS[kind].ways_out}])
def test_where_no_verb_is_left_the_case_goes_with_its_cause(kind: str, state: str) -> None:
    """What a mapping, a setting or the next sync puts right is not decided over a bill that a person has in hand."""
    assert fitting(hold(kind, "cause", "detail"), bill_that_is(state)) == ()
    ends_by_itself = ("by itself", "for a night", "Nothing to do", "cwxero signoff", "nothing is written until")
    assert any(words in KINDS[kind].what_to_do for words in ends_by_itself)


@pytest.mark.parametrize("state", IN_XERO)
@pytest.mark.parametrize("kind", GRAVITY)
def test_nobody_is_told_of_a_verb_that_is_not_offered(kind: str, state: str) -> None:
    offered = fitting(hold(kind, "cause", "detail"), bill_that_is(state))
    told = KINDS[kind].advice(offered)
    assert [verb for verb in (*STANDING, *ADJUSTING, *CLOSING) if f"as {verb}" in told and verb not in offered] == []
