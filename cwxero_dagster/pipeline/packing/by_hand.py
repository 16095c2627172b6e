"""What the bookkeeper keyed by hand: under a decision that creates no bill, else in a parallel run as it was paired.

What belongs here: which goods those are, which bill of hers has them, and what is left to key. What does not: pairing
(payables/comparison, payables/planning/keying), what is left to accrue then (goods). Pairs of a comparison that were
not told apart, or that are a guess, are none: somebody decides them first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cwxero_dagster import frames
from cwxero_dagster.payables.bills import CREDIT, owed
from cwxero_dagster.payables.books import FINAL
from cwxero_dagster.payables.comparison.goods import goods_on
from cwxero_dagster.payables.comparison.sides import BillSide
from cwxero_dagster.payables.money import by_currency, money_text, moneys_text
from cwxero_dagster.payables.planning.keying import ToKey
from cwxero_dagster.payables.reports.bills import BillRow
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.wording import as_it_is, counted
from cwxero_dagster.pipeline.comparing import sides_of
from cwxero_dagster.pipeline.keying import FILE
from cwxero_dagster.pipeline.packing.gathering import Gathered, Row

GUESS = "vendor_near_total"
PAIRED = ("agrees", "differs")


@dataclass(frozen=True)
class ByHand:
    """A quantity of a PO line that a keyed bill has."""

    part: Slice
    bill: str
    """The keyed bill in words."""


def keyed_by_hand(gathered: Gathered) -> list[ByHand]:
    """Quantities on keyed bills that are dated up to the pack's day and that no bill of the ledger has as well."""
    found = [ByHand(part, one.found) for one in _keyed(gathered) for part in one.bill.slices]
    sides = _sides(gathered)
    for row, dated in _paired(gathered):
        words = _words(gathered, row, dated)
        ours, hers = (
            [side[one] for one in json.loads(row[ids]) if one in side]
            for side, ids in zip(sides, ("sync_keys", "keyed_ids"), strict=True)
        )
        found += [ByHand(part, words) for part in goods_on(ours, hers) if not _in_ledger(gathered, part)]
    return found


def left_to_key(gathered: Gathered) -> str:
    """Under a decision that creates no bill, what of the cycle is still to be keyed, in words; else blank."""
    if gathered.known.agreement.decision.events.creates_bills:
        return ""
    mine = [one.bill for one in gathered.by_hand if one.bill.cycle == gathered.key and one.document is None]
    if not mine:
        return "The lifecycle decision creates no bill, and nothing of this cycle is left to key by hand."
    money = by_currency((bill.currency_code, owed(bill.document_type, bill.total)) for bill in mine)
    credit = sum(bill.document_type == CREDIT for bill in mine)
    documents = [(len(mine) - credit, "bill"), (credit, "supplier credit")]
    named = " and ".join(counted(number, noun) for number, noun in documents if number)
    return (
        f"The lifecycle decision creates no bill. To key by hand: {named}, "
        f"{moneys_text(money, gathered.base_currency)}, line by line in {FILE} beside this file."
    )


def drafts_by_hand(gathered: Gathered) -> list[BillRow]:
    """Her bills among them that nobody has approved: the accounts do not hold them yet, as with our own drafts."""
    known = {bill.xero_id.lower() for bill in gathered.known.ledger.bills.values() if bill.xero_id}
    hers = {one.document.document_id: one.bill.po_numbers for one in _keyed(gathered) if one.document}
    for row, _ in _paired(gathered):
        hers |= dict.fromkeys(json.loads(row["keyed_ids"]), tuple(json.loads(row["po_numbers"])))
    return [
        gathered.keyed_bill(document, po_numbers)
        for one, po_numbers in hers.items()
        if (document := gathered.document(one))
        and document.status not in FINAL
        and document.document_id.lower() not in known
    ]


def _keyed(gathered: Gathered) -> list[ToKey]:
    """Under a decision that creates no bill, what she keyed and the books have by the pack's day."""
    return [
        one for one in gathered.by_hand if one.document and one.document.dated and one.document.dated <= gathered.as_at
    ]


def _sides(gathered: Gathered) -> tuple[Mapping[str, BillSide], Mapping[str, BillSide]]:
    """The bills of both sides by id, as they are now."""
    if not _paired(gathered):
        return {}, {}
    sides = sides_of(gathered.session.known(live=False), ())
    return {bill.id: bill for bill in sides.sync}, {bill.id: bill for bill in sides.keyed}


def _paired(gathered: Gathered) -> list[tuple[Row, date]]:
    """Rows of pairs with the day on which their keyed bills are in the books.

    What was paired by a near amount alone is a guess until a person has decided it.
    """
    rows = frames.Comparisons.rows(gathered.session.warehouse.read(frames.Comparisons))
    return [
        (row, dated)
        for row in rows
        if row["status"] in PAIRED
        and not (row["match"] == GUESS and row["open_differences"])
        and (dated := _dated(gathered, row)) is not None
        and dated <= gathered.as_at
    ]


def _dated(gathered: Gathered, row: Row) -> date | None:
    """The day on which all of a row's keyed bills are in the books; None where one of them is gone from Xero."""
    documents = [gathered.document(one) for one in json.loads(row["keyed_ids"])]
    if any(document and not document.live for document in documents):
        return None
    days = [document.dated for document in documents if document and document.dated]
    listed: date | None = row["keyed_date"]
    return max(days, default=listed)


def _words(gathered: Gathered, row: Row, dated: date) -> str:
    """The keyed bill, and what its draft needs so that the accounts hold it."""
    money = money_text(row["keyed_total"], row["currency_code"])
    named = f"You keyed {row['keyed_number'] or 'a bill without a number'} of {dated} for {money} with tax"
    statuses = {document.status for one in json.loads(row["keyed_ids"]) if (document := gathered.document(one))}
    waiting = sorted(as_it_is(status) for status in statuses & {"DRAFT", "SUBMITTED"})
    approve = f", and it is {waiting[0]} in Xero: approve it, or accrue it too" if waiting else ""
    differs = "" if row["status"] == "agrees" else "; it differs (sheet Comparison)"
    return f"{named}{approve}{differs}."


def _in_ledger(gathered: Gathered, part: Slice) -> bool:
    """True where a bill that the ledger knows has some of these goods: they are counted with that bill."""
    return any(
        (held.po_id, held.line_id) == (part.po_id, part.line_id) and _overlap(held, part)
        for bill in gathered.known.ledger.bills_of(part.po_id)
        for held in bill.slices
    )


def _overlap(one: Slice, other: Slice) -> bool:
    (low, high), (from_, to) = (sorted((abs(each.start), abs(each.end))) for each in (one, other))
    return low < to and from_ < high
