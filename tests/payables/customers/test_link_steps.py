"""What is to be done about a line's link: nothing twice, nothing over a person's, nothing without a need."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cwxero_dagster.payables.books import Contact
from cwxero_dagster.payables.customers.link_steps import (
    HERS,
    LINKED,
    LINKING,
    REFUSED,
    UNLINKED,
    UNLINKING,
    Due,
    KeptLink,
    Verdict,
    XeroLink,
    judged,
    links_due,
    making_way,
)
from cwxero_dagster.payables.customers.linking import LineCustomer
from cwxero_dagster.payables.customers.on_billing import Customer

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ASHGROVE, BEACON = (
    Contact("C-A", "Ashgrove", None, None, "ACTIVE", None),
    Contact("C-B", "Beacon", None, None, "ACTIVE", None),
)


def line(
    contact: Contact | None = ASHGROVE, *, company: int | None = 250, line_item_id: str = "line-1"
) -> LineCustomer:
    customer = None if company is None else Customer(company, "Ashgrove")
    return LineCustomer("po:1", "1:11:0", "bill-1", line_item_id, "SKU", customer, contact)


def kept(state: str, **changes: Any) -> KeptLink:
    made = KeptLink(
        "po:1", "1:11:0", "bill-1", "line-1", "SKU", 250, "Ashgrove", "c-a", state, "link-1", 1, NOW - timedelta(days=1)
    )
    return replace(made, **changes)


JUST_NOW = {"changed_at": NOW - timedelta(minutes=7)}
DUE: list[tuple[str, LineCustomer | None, KeptLink | None, bool]] = [
    ("a line with a customer", line(), None, True),
    ("a line without a contact", line(None), None, False),
    ("a line that is linked as it should be", line(), kept(LINKED), False),
    ("another customer", line(BEACON, company=251), kept(LINKED), True),
    ("another customer without a contact", line(None, company=251), kept(LINKED), True),
    ("no customer any more", line(None, company=None), kept(LINKED), True),
    ("the same customer, whose contact was archived", line(None), kept(LINKED), False),
    ("the same customer, whose contact is another one now", line(BEACON), kept(LINKED), True),
    ("the same line under a new id", line(line_item_id="line-2"), kept(LINKED), True),
    ("a line that left the bill", None, kept(LINKED, line_item_id="line-0"), True),
    ("a line that is not known as ours just now", None, kept(LINKED), False),
    ("a link under way", line(), kept(LINKING, **JUST_NOW), False),
    ("a link without an answer", line(), kept(LINKING), True),
    ("a link that is being taken back", line(), kept(UNLINKING, **JUST_NOW), False),
    ("one without an answer to that", line(), kept(UNLINKING), True),
    ("a link that was taken back", line(), kept(UNLINKED), True),
    ("one that was taken back for good", line(None, company=None), kept(UNLINKED), False),
    ("a link that Xero refused", line(), kept(REFUSED), False),
    ("one that Xero refused for another customer", line(BEACON, company=251), kept(REFUSED), True),
    ("one that Xero refused on an earlier line", line(line_item_id="line-2"), kept(REFUSED), True),
    ("a person's", line(BEACON, company=251), kept(HERS), False),
    ("a bill that takes no links any more", None, kept(LINKED, bill_key="po:2", line_item_id="line-0"), False),
]


@pytest.mark.parametrize(("wanted", "before", "expected"), [row[1:] for row in DUE], ids=[row[0] for row in DUE])
def test_a_line_is_looked_at_only_when_something_is_to_be_done(
    wanted: LineCustomer | None, before: KeptLink | None, expected: bool
) -> None:
    lines = [wanted] if wanted else []
    known = [before] if before else []
    assert bool(links_due(lines, known, {"po:1": {"line-1", "line-2"}}, NOW)) is expected


def there(**changes: Any) -> XeroLink:
    return replace(XeroLink("link-1", "line-1", "c-a", invoiced=False), **changes)


BEACONS = line(BEACON, company=251)
MAKES, NOTHING, LEFT = Verdict(LINKING, creates=True), Verdict(), Verdict(HERS)
OURS = Verdict(LINKED, linked_id="link-1", contact_id="c-a")
JUDGED: list[tuple[str, Due, list[XeroLink], Verdict]] = [
    ("nothing there: made", Due(None, line()), [], MAKES),
    ("somebody linked the line: hers", Due(None, line()), [there(linked_id="x", contact_id="c-b")], LEFT),
    ("somebody linked another line: made", Due(None, line()), [there(line_item_id="line-9")], MAKES),
    ("refused before: made for the new customer", Due(kept(REFUSED), BEACONS), [], MAKES),
    ("lost, and it is there: ours", Due(kept(LINKING, linked_id=None), line()), [there()], OURS),
    ("lost, and it is not there: made", Due(kept(LINKING, linked_id=None), line()), [], MAKES),
    ("lost, not there, nobody to link: nothing", Due(kept(LINKING, linked_id=None), None), [], NOTHING),
    ("lost, there for another: hers", Due(kept(LINKING, linked_id=None), line()), [there(contact_id="c-b")], LEFT),
    ("lost, there, and may stay: ours", Due(kept(LINKING, linked_id=None), None, stays=True), [there()], OURS),
    ("another customer: moved", Due(kept(LINKED), BEACONS), [there()], replace(MAKES, removes="link-1")),
    ("no customer: taken back", Due(kept(LINKED), None), [there()], Verdict(removes="link-1")),
    ("another customer, and she gave it to that one: ours", Due(kept(LINKED), BEACONS), [there(contact_id="c-b")],
     Verdict(LINKED, linked_id="link-1", contact_id="c-b")),
    ("another customer, and she removed it: hers", Due(kept(LINKED), BEACONS), [], LEFT),
    ("another customer, and she gave it to a third: hers", Due(kept(LINKED), BEACONS), [there(contact_id="c-c")], LEFT),
    ("another customer, and it is invoiced: hers", Due(kept(LINKED), BEACONS), [there(invoiced=True)], LEFT),
    ("the line went and its link with it: nothing", Due(kept(LINKED), None, line_stands=False), [], NOTHING),
    ("the line went and its link stayed: taken back", Due(kept(LINKED), None, line_stands=False), [there()],
     Verdict(removes="link-1")),
    ("a new line, the link went: made", Due(kept(LINKED), line(line_item_id="line-2"), line_stands=False), [], MAKES),
    ("a new line, the link stayed: moved", Due(kept(LINKED), line(line_item_id="line-2"), line_stands=False), [there()],
     replace(MAKES, removes="link-1")),
    ("a new line, and she linked it: hers", Due(kept(LINKED), line(line_item_id="line-2"), line_stands=False),
     [there(), there(linked_id="x", line_item_id="line-2")], replace(LEFT, removes="link-1")),
    ("taken back without an answer, gone: made", Due(kept(UNLINKING), line()), [], MAKES),
    ("taken back without an answer, still there, wanted again: ours", Due(kept(UNLINKING), line()), [there()], OURS),
    ("taken back without an answer, still there: again", Due(kept(UNLINKING), None), [there()],
     Verdict(removes="link-1")),
]  # fmt: skip


@pytest.mark.parametrize(("due", "found", "expected"), [row[1:] for row in JUDGED], ids=[row[0] for row in JUDGED])
def test_what_follows_from_xeros_list(due: Due, found: list[XeroLink], expected: Verdict) -> None:
    assert judged(due, found) == expected


def test_way_is_made_for_lines_that_are_dropped_and_linked() -> None:
    states = [kept(state, ref=state) for state in (LINKED, LINKING, UNLINKED, HERS, REFUSED)]
    assert [due.kept and due.kept.state for due in making_way(states, {"po:1": {"line-1"}})] == [LINKED]
    assert making_way(states, {"po:1": {"line-2"}, "po:2": {"line-1"}}) == []
