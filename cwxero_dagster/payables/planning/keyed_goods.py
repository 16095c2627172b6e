"""Which goods the documents bill, or give back, that people keyed by hand: what each says, in the order of their dates.

What belongs here: laying documents that name an order, or are alike in total, into the goods that were ever there, as
bills that a person had settled. What does not: which documents those are (composing/twins), how one document's lines
and money tell goods (units/goods_told), what is left to key (keying).

A document bills what it says and no more: what it leaves is still to be keyed, what it has beyond is a question. A
supplier credit gives back what went back and no more: a rebate of money takes no goods off a bill.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bills import CREDIT, Bill
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.composing.twins import SAME_TOTAL, Sought, Twins
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.goods_told import Goods, Room, Said, lay, parted
from cwxero_dagster.payables.units.purchasing import Purchasing

BY_HAND = "the bookkeeper"


@dataclass(frozen=True)
class KeyedBill:
    """A bill or supplier credit that was keyed by hand, as if a person had settled it as billed by its document."""

    known: KnownBill
    document: Document
    of: str
    """The key of the would-be bill whose goods these are."""
    at: datetime
    """The moment whose prices it goes by."""


@dataclass(frozen=True)
class KeyedGoods:
    """Everything that was keyed by hand, as far as documents tell."""

    bills: tuple[KeyedBill, ...] = ()
    beyond: tuple[tuple[Document, Decimal, str], ...] = ()
    """Bills that name an order and bill more than was ever there: how much before tax, and the key of what is owed."""

    def settled_in(self, ledger: LedgerView) -> LedgerView:
        """The ledger as if a person had settled each of them."""
        settled = [
            Settlement(
                case_id="",
                verb="billed-by",
                facts=frozenset(),
                bill_keys=(one.known.key,),
                by=BY_HAND,
                reason="keyed by hand",
                at=one.at,
                xero_id=one.document.document_id,
            )
            for one in self.bills
        ]
        bills = {**ledger.bills, **{one.known.key: one.known for one in self.bills}}
        return replace(ledger, bills=bills, settlements=(*ledger.settlements, *settled))


def keyed_goods(
    bills: Sequence[Bill],
    twins: Twins,
    purchasing: Purchasing,
    decision: Decision,
    *,
    went_back: Mapping[int, Decimal],
    used: Iterable[str],
) -> KeyedGoods:
    """What was keyed by hand of these would-be bills. ``purchasing``: as if nothing had gone back.

    ``went_back``: how much ever did, by line id; ``used``: keys that were ever issued.
    """
    laying = _Laying(bills, twins, purchasing, decision, went_back, used)
    documents = sorted(laying.named.values(), key=lambda one: (one.dated or date.min, one.document_type == CREDIT))
    # What came again is keyed again: a credit makes room for a bill that is dated like it, or before.
    for document in [*documents, *(one for one in documents if one.document_type != CREDIT)]:
        laying.lay(document)
    laying.alike()
    return laying.found()


class _Laying:
    """The goods that were ever there, while documents are laid into them."""

    def __init__(
        self,
        bills: Sequence[Bill],
        twins: Twins,
        purchasing: Purchasing,
        decision: Decision,
        went_back: Mapping[int, Decimal],
        used: Iterable[str],
    ) -> None:
        self._bills = sorted(bills, key=lambda bill: (bill.due_on, bill.key))
        self._purchasing, self._decision = purchasing, decision
        self._back = dict(went_back)
        self._used = {*used, *(bill.key for bill in bills)}
        self._matches = {bill.key: twins.matches(bill) for bill in bills}
        self.named: dict[str, Document] = {}
        """The documents that name an order, or have its vendor invoice's number, by their id."""
        self._of: dict[str, list[Bill]] = {}
        for bill in self._bills:
            found = [document for document, reason in self._matches[bill.key] if reason != SAME_TOTAL]
            for document in [*found, *_credits_of(bill, twins)]:
                self.named[document.document_id] = document
                self._of.setdefault(document.document_id, []).append(bill)
        self._rooms = {key: Room(tuple(map(Said.of, one.lines)), one.net) for key, one in self.named.items()}
        self._held: dict[str, list[Slice]] = {bill.key: [] for bill in bills}
        self._keyed: dict[str, list[KeyedBill]] = {bill.key: [] for bill in bills}
        self._in_order: list[KeyedBill] = []

    def found(self) -> KeyedGoods:
        """What was laid, in its order."""
        beyond = [
            (document, self._rooms[key].net, self._of[key][0].key)
            for key, document in self.named.items()
            if document.document_type != CREDIT and self._rooms[key].net > ZERO
        ]
        return KeyedGoods(tuple(self._in_order), tuple(beyond))

    def lay(self, document: Document) -> None:
        """Lay what a document says into the goods of its orders; first into those that come to just as much."""
        bills = self._of[document.document_id]
        gives_back = document.document_type == CREDIT
        exact = [bill for bill in bills if bill.total == document.total and not self._held[bill.key]]
        for some in [exact[:1], bills] if exact and not gives_back else [bills]:
            places = [(bill, part) for bill in some for part in self._places(bill, gives_back=gives_back)]
            parts = [_flipped(part) if gives_back else part for _, part in places]
            goods = [self._goods(part) for part in parts]
            room = self._rooms[document.document_id]
            taken, room = lay(goods, room, self._decision.match, self._decision.rounding.limit)
            self._rooms[document.document_id] = room
            for bill in some:
                mine = [index for index, (one, _) in enumerate(places) if one.key == bill.key]
                said, _ = parted([parts[index] for index in mine], [taken[index] for index in mine])
                if said and gives_back:
                    self._give_back(bill, document, [_flipped(part) for part in said])
                elif said:
                    self._take(bill, document, said)

    def alike(self) -> None:
        """Documents that are alike in vendor, total and date only, each for one bill of which nothing was keyed."""
        used = set(self.named)
        for bill in self._bills:
            free = [one for one, _ in self._matches[bill.key] if one.document_id not in used]
            if free and not self._held[bill.key]:
                used.add(free[0].document_id)
                self._take(bill, free[0], bill.slices)

    def _places(self, bill: Bill, *, gives_back: bool) -> list[Slice]:
        """What of a bill's goods a document may bill; of a credit, what it may give back: no more than went back."""
        held = self._held[bill.key]
        if not gives_back:
            return [*allocation.beyond(bill.slices, held)]
        left, found = dict(self._back), []
        for part in reversed(held):
            quantity = min(left.get(part.line_id, ZERO), abs(part.quantity))
            if quantity:
                left[part.line_id] -= quantity
                found.append(replace(part, start=part.end - quantity.copy_sign(part.quantity)))
        return found

    def _take(self, bill: Bill, document: Document, slices: Sequence[Slice]) -> None:
        first = bill.key not in {one.known.key for one in self._keyed[bill.key]}
        key = bill.key if first else keys.next_supplement(bill.key.split("/s:")[0], self._used)
        self._held[bill.key] = allocation.adjoined([*self._held[bill.key], *slices])
        self._keep(bill, document, key, slices)

    def _give_back(self, bill: Bill, document: Document, slices: Sequence[Slice]) -> None:
        left = tuple(slices)
        self._held[bill.key] = [*allocation.beyond(self._held[bill.key], left)]
        for part in left:
            self._back[part.line_id] -= abs(part.quantity)
        for one in reversed([each for each in self._keyed[bill.key] if not keys.is_credit(each.known.key)]):
            rest = allocation.beyond(left, one.known.slices)
            if mine := allocation.beyond(left, rest):
                key = keys.next_credit(one.known.key, self._used)
                self._keep(bill, document, key, [_flipped(part) for part in mine])
            left = rest

    def _keep(self, bill: Bill, document: Document, key: str, slices: Sequence[Slice]) -> None:
        self._used.add(key)
        known = KnownBill(
            key=key,
            document_type=document.document_type,
            cycle=bill.cycle,
            policy_digest="",
            state="settled",
            xero_id=None,
            po_ids=tuple(po.po_id for po in bill.pos),
            slices=tuple(slices),
            facts="",
            written=None,
            base=None,
        )
        kept = KeyedBill(known, document, bill.key, self._moment(bill))
        self._keyed[bill.key].append(kept)
        self._in_order.append(kept)

    def _goods(self, part: Slice) -> Goods:
        line = next((one for one in self._purchasing.lines.get(part.po_id, ()) if one.line_id == part.line_id), None)
        cost = Decimal(1) if part.line_id == FREIGHT_LINE else line.unit_cost if line else ZERO
        return Goods(part, cost, line, self._purchasing.pos.get(part.po_id))

    def _moment(self, bill: Bill) -> datetime:
        """The moment at which the lines of a bill were seen as they are here."""
        lines = [line for po in bill.pos for line in self._purchasing.lines.get(po.po_id, ())]
        return max((line.observed_at for line in lines), default=bill.pos[0].observed_at)


def _flipped(part: Slice) -> Slice:
    """A slice from its other end: what a credit gives back runs inwards."""
    return replace(part, start=part.end, end=part.start)


def _credits_of(bill: Bill, twins: Twins) -> list[Document]:
    """The supplier credits that name an order of a bill."""
    sought = Sought(bill.contact_id, CREDIT, bill.currency_code, ZERO, bill.dated, frozenset(), bill.pos)
    return [document for document, _ in twins.like(sought)]
