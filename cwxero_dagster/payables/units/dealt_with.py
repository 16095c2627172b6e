"""What went back and a person dealt with herself: what of a bill does not stand any more.

What belongs here: which goods, and which freight, those are, told from her decisions and from what was there when she
took them; and the question when goods come in their place. What does not: what a credit of the sync gives back
(allocation), other questions (doubts).

She releases the question about an approved bill because she entered the vendor's credit in Xero, or because none comes;
she settles goods as not owed, and sends them back; she takes goods off the bill, and ConnectWise follows. No document
of the sync says so. Goods that come again after that are not the ones that the bill covers: they are new growth, as
those that come again after a credit are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.holds import case_id
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.doubt import Doubt, size
from cwxero_dagster.payables.units.past import Past

Dealt = Mapping[str, Sequence[Slice]]
"""Places by the key of the bill that held them."""
TakenOff = Mapping[str, Mapping[int, Decimal]]
"""Quantities by the key of a bill and line."""
Gone = Sequence[Slice] | Literal["since", "followed"] | None
"""What an answer was about: places, what went back since it was given, or (None) all that stood of the bill.

"followed": what she took off the bill, as far as it went back.
"""


def dealt_with(
    po_id: int,
    bills: Sequence[KnownBill],
    past: Past,
    ledger: LedgerView,
    *,
    elsewhere: Mapping[int, Decimal],
    final: Collection[str],
    touched: Collection[str],
    removed: Sequence[KnownBill] = (),
    before: datetime | None = None,
    by_hand: Collection[str] = frozenset(),
    taken_off: TakenOff | None = None,
    taken_off_since: Mapping[str, datetime] | None = None,
) -> Dealt:
    """What of each bill of a PO went back and a person dealt with.

    Of goods on an approved bill, or on a document that she named, what the question was about; of goods that are not
    owed whatever went back since; of goods that she took off a bill (``taken_off``, by line) as many as were missing
    when that was first seen (``taken_off_since``, by key) or went back since then; where that is not known, since the
    bill was written. What she took off may be what she said she would do about goods that went back: so many are none
    beside those. What no question told is worked out in sums as a question is (``allocation.given_back``, which the
    options are for), answer by answer, beside the bills and credits that had been issued when it was asked for. Goods
    that are not owed because another bill has them (``by_hand``, keys: she put them on it, or said so when they came)
    are on that one, as on a document that she named. ``removed``: credits that are gone, and were there then.
    ``before``: answers from that moment on are left out.
    """
    off = {key: dict(lines) for key, lines in (taken_off or {}).items()}
    found: list[tuple[datetime, str, Gone]]
    found = [(at, bill.key, gone) for bill in bills for at, gone in _answers(bill, past, ledger, by_hand)]
    first_seen = taken_off_since or {}
    for bill in (one for one in bills if one.key in off):
        since = first_seen.get(bill.key)
        found += [(at, bill.key, "followed") for at in (past.since(since) if since else past.after(written_at(bill)))]
    # What was seen in a run came before what was asked in it, whatever the clock shows.
    answers = sorted(
        (one for one in found if before is None or one[0] < before),
        key=lambda one: (one[0], one[2] != "followed", one[1]),
    )
    dealt: dict[str, tuple[Slice, ...]] = {}
    for at, key, gone in answers:
        then = [
            without(bill, dealt.get(bill.key, ()))
            for bill in (*bills, *removed)
            if bill.key == key or bill.issued_at is None or bill.issued_at <= at
        ]
        (bill,) = (one for one in then if one.key == key)
        stood = [part for part in allocation.standing_slices(bill, then) if part.po_id == po_id]
        match gone:
            case "since" | "followed":
                there = {part.line_id: past.there(part.line_id, at) for one in bills for part in one.slices}
                # What she took off an approved bill goes back before anything of an untouched draft.
                first = {key} if gone == "followed" else set()
                shares = allocation.given_back(
                    po_id, then, there, elsewhere, final={*final} - first, touched={*touched} - first, uncredited=first
                )
                gives = shares.get(key, {})
                if gone == "followed":
                    gives = {line_id: min(gives.get(line_id, ZERO), rest) for line_id, rest in off[key].items()}
                    off[key] = {line_id: rest - gives[line_id] for line_id, rest in off[key].items()}
                places = allocation.beyond(stood, allocation.shortened(stood, gives))
            case None:
                places = tuple(stood)
            case _:
                places = tuple(part for part in gone if part.po_id == po_id)
        if gone != "followed" and key in off:
            off[key] = {
                line_id: max(rest - size(part for part in places if part.line_id == line_id), ZERO)
                for line_id, rest in off[key].items()
            }
        dealt[key] = (*dealt.get(key, ()), *places)
    return {key: places for key, places in dealt.items() if places}


def without(bill: KnownBill, dealt: Sequence[Slice]) -> KnownBill:
    """The bill without the places that a person dealt with."""
    return replace(bill, slices=allocation.beyond(bill.slices, dealt)) if dealt else bill


def goods_again(
    po_number: str, slices: Sequence[Slice], standing: Sequence[KnownBill], bills: Sequence[KnownBill]
) -> list[Doubt]:
    """The question about goods, or freight, in the place of what a person dealt with.

    None where another bill took that place since. ``standing``: the PO's bills without what was dealt with; ``bills``:
    the same ones, whole.
    """
    again = [part for part in slices for place in _gone(part.line_id, standing, bills) for part in _within(part, place)]
    if not again:
        return []
    if all(part.line_id == FREIGHT_LINE for part in slices):
        detail = (
            f"Freight of purchase order {po_number} became less, which a person dealt with herself, and is more again. "
            "It may be the freight that an approved bill has already."
        )
    else:
        detail = (
            f"Goods of purchase order {po_number} went back, which a person dealt with herself, and goods came again. "
            "They may be the same goods, or a replacement for which nothing is owed."
        )
    return [Doubt(detail, size(again, of=slices), tuple(again))]


def _within(part: Slice, place: allocation.Stretch) -> list[Slice]:
    """What of a slice lies in a place of its line."""
    low, high = max(allocation.stretch(part)[0], place[0]), min(allocation.stretch(part)[1], place[1])
    return [replace(part, start=low, end=high)] if low < high else []


def _gone(line_id: int, standing: Sequence[KnownBill], bills: Sequence[KnownBill]) -> list[allocation.Stretch]:
    """The places of a line that a person's decisions left empty."""
    gone: list[allocation.Stretch] = []
    for whole, left in zip(bills, standing, strict=True):
        kept = _of_line(left, line_id)
        if not keys.is_credit(whole.key):
            gone = [*allocation.all_without(gone, kept), *allocation.all_without(_of_line(whole, line_id), kept)]
    return gone


def _of_line(bill: KnownBill, line_id: int) -> list[allocation.Stretch]:
    return [allocation.stretch(part) for part in bill.slices if part.line_id == line_id]


def written_at(bill: KnownBill) -> datetime | None:
    """When Xero took the sync's last write of a bill, by its own clock; None where that is not known."""
    stamp = (bill.base or {}).get("updated_at")
    return datetime.fromisoformat(stamp) if stamp else None


def _answers(bill: KnownBill, past: Past, ledger: LedgerView, by_hand: Collection[str]) -> list[tuple[datetime, Gone]]:
    """The moments at which what was missing of a bill was dealt with, each with what that was."""
    if keys.is_credit(bill.key):
        return []
    settled = ledger.settled(bill.key)
    if settled and settled.verb == "not-owed" and bill.key not in by_hand:
        return [(at, "since") for at in past.since(settled.about)]
    kind = "credit_needed" if settled else "reversed_after_authorised"
    answers = ledger.let_stand(case_id(kind, keys.cause(bill.key)))
    return [(one.about, one.gone[bill.key]) for one in answers if bill.key in one.gone]
