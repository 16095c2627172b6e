"""What people key by hand under a decision that creates no bill, and what of it they have keyed.

What belongs here: one step after another, from everything that is known to the worklist and its questions. What does
not: the steps themselves (payables/planning, payables/cases), laying the list out (keying).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.cases.keyed_by_hand import about_gone, about_more, about_rest, rest_of
from cwxero_dagster.payables.composing.assessing import Assessed, assess
from cwxero_dagster.payables.composing.twins import Twins, names, text_of
from cwxero_dagster.payables.keys import is_credit
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.planning.keyed_back import GoneBack, credit_unit, dealt_with, gone_back
from cwxero_dagster.payables.planning.keyed_goods import KeyedBill, KeyedGoods, keyed_goods
from cwxero_dagster.payables.planning.keying import ToKey, paired
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit

_MORE_TO_COME = frozenset({"raised", "partially_received"})


class Worked(Protocol):
    """Everything that is known, and what follows from it (working_out)."""

    @property
    def purchasing(self) -> Purchasing:
        """ConnectWise."""

    @property
    def agreement(self) -> Agreement:
        """What the firm agreed on."""

    @property
    def books(self) -> Books:
        """Xero."""

    @property
    def ledger(self) -> LedgerView:
        """The publish ledger."""

    @property
    def standing(self) -> LedgerView:
        """The same without what a person removed."""

    @property
    def resolver(self) -> Resolver:
        """The mapping seeds."""

    @property
    def twins(self) -> Twins:
        """The documents that people keyed."""

    @property
    def units(self) -> Sequence[Unit]:
        """Every bill unit that is due."""

    def assessed(self, unit: Unit) -> Assessed:
        """The would-be bill of a unit, and what holds it."""


@dataclass(frozen=True)
class ByHand:
    """What is to be keyed and was keyed; nothing where the decision creates bills."""

    bills: tuple[ToKey, ...] = ()
    asked: tuple[HeldBill, ...] = ()
    gone: Mapping[int, Mapping[int, Decimal]] = field(default_factory=dict)
    """How much of each line is on a keyed bill and not there any more, by order; of line 0, the freight, its money."""
    to_credit: Mapping[int, str] = field(default_factory=dict)
    """What is to be done about that, in words, by order."""


def by_hand(most: Worked, purchasing: Purchasing, at_present: Callable[[KeyedGoods], Worked]) -> ByHand:
    """``most``: what is known as if bills were created and nothing had gone back; ``purchasing``: as it stands.

    ``at_present``: what is known as if bills were created, beside those that were keyed.
    """
    owed = [item.bill for item in map(most.assessed, _new(most)) if not item.bill.excluded]
    found = keyed_goods(
        owed,
        most.twins,
        most.purchasing,
        most.agreement.decision,
        went_back=_went_back(purchasing),
        used=most.ledger.bills,
    )
    return _Worklist(most, at_present(found), found).by_hand()


class _Worklist:
    """The worklist, once it is known what was keyed. ``most``: as if nothing had gone back; ``now``: as it stands."""

    def __init__(self, most: Worked, now: Worked, found: KeyedGoods) -> None:
        self._most, self._now, self._found = most, now, found
        self._numbers = {po_id: po.po_number for po_id, po in now.purchasing.pos.items()}
        self._could_be = {unit.key: unit for unit in most.units}
        self._backs = list(gone_back(found, now.units, now.purchasing, now.agreement, now.ledger))

    def by_hand(self) -> ByHand:
        """The worklist and its questions."""
        keyed = [(one, bill) for one in self._found.bills if (bill := self._keyed(one)) is not None]
        fresh = {unit.key: unit for unit in _new(self._now)}
        left = paired([self._now.assessed(unit) for unit in fresh.values()], self._now.twins)
        asked: list[HeldBill] = []
        bills = [ToKey(bill, one.document) for one, bill in keyed]
        for one in left:
            beside = () if one.document else self._beside(one.bill, fresh[one.bill.key], keyed)
            if beside:
                question = rest_of(one.bill, beside)
                asked.append(about_rest(one.bill, question))
                one = replace(one, holds=(*one.holds, question))
            bills.append(one)
        credits_ = self._credits()
        bills += [one for _, one, _ in credits_]
        waiting = [(back, one.bill, about) for back, one, about in credits_ if one.document is None]
        asked += [about for _, _, about in waiting]
        gone: dict[int, dict[int, Decimal]] = {}
        words: dict[int, list[str]] = {}
        for back, bill, about in waiting:
            for part in back.slices:
                lines = gone.setdefault(part.po_id, {})
                lines[part.line_id] = lines.get(part.line_id, ZERO) + part.quantity
            money = money_text(bill.total, bill.currency_code)
            said = (
                f"the supplier credit {bill.number} for {money} is to be keyed by hand (case {about.holds[0].case_id})"
            )
            for po in bill.pos:
                words.setdefault(po.po_id, []).append(said)
        return ByHand(
            tuple(bills), (*asked, *self._beyond()), gone, {po_id: "; ".join(some) for po_id, some in words.items()}
        )

    def _keyed(self, one: KeyedBill) -> Bill | None:
        """The would-be bill of the goods that a keyed one bills and that are there; None where none are."""
        if is_credit(one.known.key):
            return None
        unit, known = self._could_be[one.of], one.known
        gone = [part for back in self._backs if back.keyed is one for part in back.slices]
        gone += dealt_with(one, self._now.ledger)
        stands = allocation.standing_slices(known, list(self._now.ledger.bills.values()))
        slices = allocation.beyond(stands, gone)
        if not slices:
            return None
        if (known.key, slices) == (unit.key, unit.slices):
            return self._most.assessed(unit).bill
        return _assessed(replace(unit, key=known.key, slices=slices), self._most).bill

    def _beside(
        self, bill: Bill, unit: Unit, keyed: Sequence[tuple[KeyedBill, Bill]]
    ) -> list[tuple[KeyedBill, Decimal]]:
        """The keyed bills that bill a part of what a bill is the rest of, with their goods before tax.

        None where the rest came after they were last changed in Xero: then it is more, and no question.
        """
        found = []
        for one, part in keyed:
            stamp = one.document.updated_at
            then = stamp is None or any(receipt.observed_at <= stamp for receipt in unit.receipts)
            whole = self._could_be[one.of].slices
            if then and allocation.beyond(bill.slices, whole) != bill.slices:
                found.append((one, part.net))
        return found

    def _credits(self) -> list[tuple[GoneBack, ToKey, HeldBill]]:
        """The supplier credits for goods that went back and that no person dealt with."""
        used = set(self._now.ledger.bills)
        asked = {}
        for back in self._backs:
            item = _assessed(credit_unit(back, self._now.purchasing, self._now.agreement, used), self._now)
            used.add(item.bill.key)
            asked[item.bill.key] = (back, item, about_gone(back, item.bill, self._numbers))
        pairs = {one.bill.key: one for one in paired([item for _, item, _ in asked.values()], self._now.twins)}
        return [(back, pairs[key], about) for key, (back, _, about) in asked.items() if key in pairs]

    def _beyond(self) -> Iterator[HeldBill]:
        """Bills that were keyed for more than ever came, where nothing more is to come."""
        decision, purchasing = self._now.agreement.decision, self._now.purchasing
        limit = decision.match.total
        for document, net, of in self._found.beyond:
            unit = self._could_be[of]
            orders = [po for po in purchasing.pos.values() if names(text_of(document), po.po_number)]
            coming = any(purchasing.states[po.po_id].state in _MORE_TO_COME for po in (*unit.pos, *orders))
            over = net > decision.rounding.limit if limit.is_off else limit.is_over(net, document.net - net)
            if over and not coming:
                about = about_more(document, net, self._most.assessed(unit).bill)
                if not any(self._now.ledger.released(one.case_id, one.facts) for one in about.holds):
                    yield about


def _new(known: Worked) -> list[Unit]:
    """The units that nothing in the ledger stands for, without credits and changes of price.

    What an earlier decision had published stands in Xero already, as does what a person settled. What is credited or
    billed beside it the sync drafts itself, or asks about first.
    """
    found = []
    for unit in known.units:
        bill = known.standing.live(unit.key)
        if not (is_credit(unit.key) or unit.costs_before) and (bill is None or bill.never_sent):
            found.append(unit)
    return found


def _assessed(unit: Unit, known: Worked) -> Assessed:
    return assess(unit, known.purchasing, known.agreement, known.books, known.resolver, known.standing, known.twins)


def _went_back(purchasing: Purchasing) -> dict[int, Decimal]:
    """How much of each line ever went back."""
    back: dict[int, Decimal] = {}
    for receipts in purchasing.receipts.values():
        for one in receipts:
            if one.reversal:
                back[one.line_id] = back.get(one.line_id, ZERO) + abs(one.quantity)
    return back
