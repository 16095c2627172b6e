"""A draft that Xero holds: what of it follows ConnectWise, what a person did stays, and its total is the expected one.

What belongs here: whether somebody touched a draft, what is written to it, and its rounding line. What does not: which
bills are drafts (published, final), the merge itself (merging), what a rounding line says (rounding_lines).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.actions import Action, Guard, held, refused_before
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.composing.rounding_lines import (
    amount_held,
    computes,
    line_written,
    meaning_in_place,
    rounding_line,
    with_line,
)
from cwxero_dagster.payables.documents import Meaning, meaning_of_bill, meaning_of_document, unsendable
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.keys import cause, noun
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.merging import Merged, differences, merge, untouched
from cwxero_dagster.payables.money import amount_text, money_text
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.wording import status_words

AMOUNT_FIELDS = ("quantity", "unit_amount", "tax_type")


def without_base(action: Action, item: Assessed, document: Document, ledger: LedgerView) -> Action:
    """A draft of which the ledger does not know what was last written: nothing is written over a difference."""
    bill, rule = item.bill, item.rounding
    found = differences(meaning_of_document(document), meaning_in_place(bill, document, rule.limit))
    if not found:
        cents = rule.told(document, bill.total, "what was last written to the draft is no longer known here")
        as_is = replace(action, reason=f"{_as_it_should_be(document)}{cents}")
        other = [] if cents or document.total == bill.total else [_other_total(item, document)]
        return held(as_is, [*other, *item.standing], ledger)
    detail = f"What was last written to this draft is no longer known here, and it differs: {'; '.join(found)}."
    released = replace(action, reason="A person let the draft in Xero stand.")
    asked = replace(hold("edited_in_xero", cause(bill.key), detail, *found), lost=True)
    return held(released, [asked], ledger)


def draft_action(
    action: Action, item: Assessed, known: KnownBill, document: Document, ledger: LedgerView, guard: Guard
) -> Action:
    """The action for a draft whose last write is known: what ConnectWise changed since, merged with what people did."""
    bill = item.bill
    theirs = meaning_of_document(document)
    merged = _merged(bill, line_written(known.written), known, theirs)
    about = cause(bill.key)
    holds: list[Hold] = []
    if merged.conflicts:
        detail = f"Changed in Xero and in ConnectWise: {'; '.join(merged.conflicts)}."
        holds.append(hold("edited_in_xero", about, detail, *merged.conflicts))
    if not merged.written:
        stays = f" What was changed in Xero stays: {'; '.join(merged.kept)}." if merged.kept else ""
        as_is = replace(action, reason=f"{_as_it_should_be(document)}{stays}")
        if untouched(known, document):
            return _to_the_cent(as_is, item, known, document, ledger, guard)
        cents = item.rounding.told(document, bill.total, "a person worked on the draft")
        return held(replace(as_is, reason=f"{as_is.reason}{cents}"), [*holds, *item.standing], ledger)
    holds += [*item.holds, *refused_before(bill.key, known, merged.meaning, guard)]
    obstacles = [*_obstacles(known, document, theirs), *unsendable(merged.meaning)]
    if obstacles:
        detail = f"ConnectWise changed ({'; '.join(merged.written)}), but {'; '.join(obstacles)}: nothing was written."
        holds.append(hold("edited_in_xero", about, detail, *merged.written, *obstacles))
        as_is = replace(action, reason="A person let the draft in Xero stand.")
        return held(as_is, holds, ledger)
    update = replace(
        action,
        action="update",
        reason=f"ConnectWise changed: {'; '.join(merged.written)}.",
        meaning=merged.meaning,
    )
    return held(update, holds, ledger)


def _as_it_should_be(document: Document) -> str:
    if document.status == "DRAFT":
        return "The draft in Xero is as it should be."
    return f"What Xero holds, {status_words(document.status)}, is as it should be."


def _obstacles(known: KnownBill, document: Document, theirs: Meaning) -> list[str]:
    """Work of a person that an update would undo, though no field of the merge shows it."""
    if document.status == "SUBMITTED" and not untouched(known, document):
        return ["the bill awaits approval in Xero and a person worked on it"]
    base = known.base or {}
    if base.get("total") in {None, amount_text(document.total)}:
        return []
    before, now = (_amounts(version) for version in (base, theirs))
    return ["a person changed the tax amount of the draft"] if before == now else []


def _amounts(version: Mapping[str, Any]) -> object:
    lines = {line["line_item_id"]: [line[field] for field in AMOUNT_FIELDS] for line in version["lines"]}
    return version["line_amounts"], lines


def _merged(bill: Bill, line: Meaning | None, known: KnownBill, theirs: Meaning) -> Merged:
    """What a draft is to say, with ``line`` for its rounding line."""
    ours = with_line(meaning_of_bill(bill), line)
    return merge(meant=known.written or {}, base=dict(known.base or {}), theirs=theirs, ours=ours)


def _to_the_cent(
    action: Action, item: Assessed, known: KnownBill, document: Document, ledger: LedgerView, guard: Guard
) -> Action:
    """The action for an untouched draft that says what it should: its total is to be the expected one as well.

    A rounding line makes up for what Xero computes otherwise, within the limit; it is changed once that is another
    amount, and goes once it is none or too much. What it cannot make up for is a case.
    """
    bill, rule = item.bill, item.rounding
    if document.total == bill.total:
        return held(action, item.standing, ledger)
    line = line_written(known.written)
    there = Decimal(line["unit_amount"]) if line else ZERO
    difference = there + bill.total - document.total
    if rule.left_alone:
        cents = rule.told(document, bill.total, rule.left_alone)
        told = replace(action, reason=f"{action.reason}{cents}")
        other = [] if cents else [_other_total(item, document)]
        return held(told, [*other, *item.standing], ledger)
    wanted = difference if rule.covers(difference) else ZERO
    if wanted == there or (wanted and rule.lacking):
        why = "" if wanted == there else f" No rounding line can be written: {rule.lacking}."
        return held(action, [_other_total(item, document, why), *item.standing], ledger)
    merged = _merged(bill, rounding_line(wanted, rule) if wanted else None, known, meaning_of_document(document))
    done = f"a rounding line of {money_text(wanted)} on account {rule.account_code} makes up for it"
    update = replace(
        action,
        action="update",
        reason=f"{computes(document, bill.total)}: {done if wanted else 'the rounding line goes'}.",
        meaning=merged.meaning,
    )
    return held(update, [*item.holds, *refused_before(bill.key, known, merged.meaning, guard)], ledger)


def _other_total(item: Assessed, document: Document, why: str = "") -> Hold:
    """The case of a total that is not the expected one."""
    bill, line = item.bill, amount_held(document, item.rounding.limit)
    carried = f" It carries a rounding line of {money_text(line)} already." if line else ""
    detail = (
        f"Xero computes {money_text(document.total, document.currency_code)} for the {noun(bill.key)}, "
        f"{money_text(bill.total)} was expected.{carried}{why}"
    )
    return hold("rounding", cause(bill.key), detail, bill.total, document.total)
