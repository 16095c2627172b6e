"""Cases: holds grouped by cause, so that one question to a person stands for all bills that it holds.

What belongs here: grouping, and the words for what happened and what was done. What does not: what is always true of a
kind of case (kinds), finding holds, keeping decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.bills import CREDIT, owed
from cwxero_dagster.payables.books import PURCHASE_ORDER
from cwxero_dagster.payables.cases.ways_out import fitting
from cwxero_dagster.payables.documents import Meaning, meaning_of_bill
from cwxero_dagster.payables.holds import BLOCKING, GRAVITY, Hold, Money, digest
from cwxero_dagster.payables.keys import is_order
from cwxero_dagster.payables.kinds import KINDS, ONE_BY_ONE, Kind
from cwxero_dagster.payables.money import by_currency, money_text, moneys_text, total
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.wording import counted

NAMES_ONE = "billed-by"
"""The verb that names a document in Xero which is the bill."""
MIXED = "mixed"
"""Stands for the currency of bills in several (CONTRACT: ``cases --json``)."""
_UNASKED = "this case holds nothing back and writes nothing to Xero"


@dataclass(frozen=True)
class HeldBill:
    """A held bill unit, or purchase order, as cases need it."""

    key: str
    cycle: str
    po_numbers: tuple[str, ...]
    amount: Decimal
    """Total of the bill or supplier credit; nothing for a purchase order."""
    currency_code: str
    holds: tuple[Hold, ...]
    facts: str = ""
    """Digest of what ConnectWise says of the bill."""
    document_type: str = "ACCPAY"
    po_ids: tuple[int, ...] = ()
    slices: tuple[Slice, ...] = ()
    """The quantities that the bill would take."""
    gone: tuple[Slice, ...] | None = None
    """What of them a question about goods that went back is about; None: all that stands of the bill."""
    xero_id: str | None = None
    """The document in Xero that the hold is about; None while there is none."""
    held: bool = True
    """False once the case no longer holds the bill, which stays named on the closed case."""
    notice: bool = False
    """The bill is named, not held: something is to be looked at, and nothing waits for it."""
    on_bills: tuple[str, ...] = ()
    """Keys of the bills on which a person may have put its goods."""
    meaning: Meaning | None = None
    """What a bill of a change of price would say: settled unsent, it still tells which change is done with."""

    def at_stake(self, case_id: str) -> Money:
        """What a case is about of it, by currency; a supplier credit counts negative."""
        said = next((one.stake for one in self.holds if one.case_id == case_id and one.stake), None)
        return said or (self.currency_code, owed(self.document_type, self.amount))


@dataclass(frozen=True)
class Case:
    """A question to a person: all bills that one cause holds."""

    case_id: str
    kind: str
    cause: str
    po_numbers: tuple[str, ...]
    bill_keys: tuple[str, ...]
    cycles: tuple[str, ...]
    money: Mapping[str, Decimal]
    """What is at stake, by currency: of bills that are not in Xero what they come to, of others what Xero holds too
    little or, below zero, too much of them. Supplier credits count negative.
    """
    facts: frozenset[str]
    what_happened: str
    what_we_did: str
    bills: tuple[HeldBill, ...] = ()

    @property
    def amount(self) -> Decimal:
        """What is at stake; zero for mixed currencies, which are never added up."""
        return next(iter(self.money.values()), ZERO) if len(self.money) < 2 else ZERO

    @property
    def currency_code(self) -> str:
        """The currency of ``amount``; ``mixed`` where the bills have several."""
        return next(iter(self.money), "") if len(self.money) < 2 else MIXED

    def moneys(self, base_currency: str) -> list[Money]:
        """What is at stake in each currency: the organisation's own first, then by size; one at least."""
        found = sorted(self.money.items(), key=lambda item: (item[0] != base_currency, -abs(item[1]), item[0]))
        return found or [("", ZERO)]

    @property
    def money_words(self) -> str:
        """What is at stake, for people: each currency by itself."""
        return _words(self.money)

    def within(self, cycle: str) -> Case:
        """The case as far as it is about bills of one cycle."""
        bills = [bill for bill in self.bills if bill.cycle == cycle]
        return _case(self.case_id, [(bill, one) for bill in bills for one in bill.holds if one.case_id == self.case_id])

    @property
    def size(self) -> Decimal:
        """How large the case is beside others: what is at stake, whatever the direction and currency.

        Nobody is shown it: without a rate it says nothing but which of two cases stands first in a list.
        """
        return total(abs(bill.at_stake(self.case_id)[1]) for bill in self.bills)

    @property
    def meaning(self) -> Kind:
        """What is always true of this kind."""
        return KINDS[self.kind]

    @property
    def _holds(self) -> list[Hold]:
        """The holds of this case; its bills may have others."""
        return [one for bill in self.bills for one in bill.holds if one.case_id == self.case_id]

    @property
    def beside(self) -> bool:
        """True where all that it asks is about bills that stand in Xero, beside another document."""
        return bool(self._holds) and all(one.beside for one in self._holds)

    @property
    def done(self) -> bool:
        """True where the sync did all that follows from it, and a person is told."""
        return bool(self._holds) and all(one.done for one in self._holds)

    @property
    def lost(self) -> bool:
        """True where what was decided or written before a restore or a rebuilding is not known."""
        return bool(self._holds) and all(one.lost for one in self._holds)

    @property
    def documents(self) -> tuple[str, ...]:
        """Ids of the bills and credits in Xero that it is about, each once: those named beside its bills, and these."""
        named = [document for one in self._holds for document in one.others]
        mine = [bill.xero_id for bill in self.bills if bill.xero_id and bill.document_type != PURCHASE_ORDER]
        return tuple(dict.fromkeys(one.lower() for one in (*named, *mine)))

    @property
    def title(self) -> str:
        """What the case is called: its kind, and whether it is about bills or about purchase orders in Xero."""
        return self.meaning.title_of(self.bill_keys, beside=self.beside, done=self.done, lost=self.lost)

    @property
    def counts(self) -> str:
        """What its number is one of: what its kind is about, or purchase orders in Xero."""
        of_orders = bool(self.bill_keys) and all(map(is_order, self.bill_keys))
        return "purchase order" if of_orders else self.meaning.counts

    @property
    def ways_out(self) -> tuple[str, ...]:
        """The verbs that fit every bill of the case; no one document in Xero is several bills."""
        return tuple(verb for verb in self._fitting if verb != NAMES_ONE or len(self.bill_keys) == 1)

    @property
    def _fitting(self) -> tuple[str, ...]:
        limits = [one.ways_out for one in self._holds if one.ways_out is not None]
        return tuple(verb for verb in self.meaning.ways_out if all(verb in limit for limit in limits))

    @property
    def what_to_do(self) -> str:
        """The next step, in the words of its kind."""
        advice = self.meaning.advice(self.ways_out, self.bill_keys, beside=self.beside, done=self.done, lost=self.lost)
        return advice if self.ways_out == self._fitting else f"{advice} {ONE_BY_ONE}"

    @property
    def token(self) -> str:
        """Stands for what the case says now: its bills and their facts. A decision may name what it was taken on."""
        return digest(*sorted(self.bill_keys), *sorted(self.facts))[:6]

    @property
    def story(self) -> str:
        """What happened, after the title of its kind."""
        started = self.what_happened.startswith(self.title)
        return self.what_happened if started else f"{self.title}. {self.what_happened}"


def held_bills(actions: Iterable[Action], *, cycle: str) -> list[HeldBill]:
    """The plan's held and refused units."""
    return [
        HeldBill(
            action.key,
            cycle,
            action.po_numbers,
            action.figures.total if action.figures and action.document_type != PURCHASE_ORDER else ZERO,
            action.figures.currency_code if action.figures else "",
            tuple(replace(one, ways_out=fitting(one, action)) for one in action.holds),
            action.bill.facts if action.bill else "",
            action.document_type,
            tuple(po.po_id for po in action.bill.pos) if action.bill else (),
            action.bill.slices if action.bill else (),
            action.bill.gone if action.bill else None,
            action.document.document_id if action.document else (action.known.xero_id if action.known else None),
            on_bills=action.bill.on_bills if action.bill else (),
            meaning=meaning_of_bill(action.bill) if action.bill and action.bill.reprices else None,
        )
        for action in actions
        if action.holds
    ]


def group(bills: Iterable[HeldBill]) -> list[Case]:
    """Holds grouped by kind and cause: one unmapped vendor on twelve POs is one case. Gravest and largest first."""
    causes: dict[str, list[tuple[HeldBill, Hold]]] = {}
    for bill in bills:
        for one in bill.holds:
            causes.setdefault(one.case_id, []).append((bill, one))
    cases = [_case(case_id, members) for case_id, members in causes.items()]
    return sorted(cases, key=lambda case: (GRAVITY.index(case.kind), -case.size, case.case_id))


def _case(case_id: str, members: Sequence[tuple[HeldBill, Hold]]) -> Case:
    first = members[0][1]
    # What is held stands for what is named besides: a bill of both counts once, as its plan has it.
    bills = {bill.key: bill for bill, _ in sorted(members, key=lambda member: not member[0].notice)}
    money = _money([bill.at_stake(case_id) for bill in bills.values()])
    details = list(dict.fromkeys(one.detail for _, one in members))
    more = f" And {len(details) - 3} more like it." if len(details) > 3 else ""
    return Case(
        case_id=case_id,
        kind=first.kind,
        cause=first.cause,
        po_numbers=tuple(dict.fromkeys(number for bill in bills.values() for number in bill.po_numbers)),
        bill_keys=tuple(bills),
        cycles=tuple(sorted({bill.cycle for bill in bills.values()})),
        money=money,
        facts=frozenset(one.facts for _, one in members),
        what_happened=" ".join(details[:3]) + more,
        what_we_did=_did(first.kind, list(bills.values()), _words(money), [one for _, one in members]),
        bills=tuple(bills.values()),
    )


def _money(stakes: Sequence[Money]) -> dict[str, Decimal]:
    """What is at stake by currency; where that is nothing, nothing in the currency of the first bill."""
    return by_currency([one for one in stakes if one[1]] or stakes[:1])


def _words(money: Mapping[str, Decimal]) -> str:
    return moneys_text(money, none=money_text(ZERO, next(iter(money), "")))


def _did(kind: str, held: Sequence[HeldBill], money: str, asked: Sequence[Hold]) -> str:
    if all(one.done for one in asked):
        return f"{counted(len(held), 'draft')} withdrawn in Xero; this case holds nothing back."
    orders = sum(one.document_type == PURCHASE_ORDER for one in held)
    credit = sum(one.document_type == CREDIT for one in held)
    documents = [(len(held) - orders - credit, "bill"), (credit, "supplier credit")]
    named = " and ".join(counted(number, noun) for number, noun in documents if number)
    if kind == "received_not_billed":
        return f"Goods for {money} named here, on no bill yet; {_UNASKED}."
    others = [counted(orders, "purchase order")] if orders else []
    parts = " and ".join([*([f"{named} for {money}"] if named else []), *others])
    if kind == "possible_duplicate" and all(one.notice for one in held) and all(one.beside for one in asked):
        return (
            f"{parts} left in Xero; nothing is ever written to the other one. As long as it is a draft, it goes on "
            "following ConnectWise until you decide."
        )
    if all(one.notice for one in held):
        # What is too much of a bill is nobody's amount of it: the details and the case name the figure.
        less = any(one.stake is not None and one.stake[1] < 0 for one in asked)
        return f"{' and '.join([*([named] if named else []), *others]) if less else parts} named here; {_UNASKED}."
    if kind == "outcome_unknown":
        return (
            f"{parts} sent, and no answer came; nothing new is sent for it before Xero shows whether it arrived. "
            "Others went ahead."
        )
    if kind in BLOCKING:
        return f"{parts} held back; nothing at all was written to Xero."
    # Where nobody can tell which decisions were lost, there may be no other bill that could go ahead.
    others_went = "" if any(one.lost for one in asked) else ", and other bills went ahead"
    if all(one.xero_id for one in held):
        # Without an amount: what ConnectWise says now is not what Xero holds, and the details name both.
        left, it = " and ".join([*([named] if named else []), *others]), "it" if len(held) == 1 else "them"
        as_there = f"Xero holds {it}"
        if kind == "removed_in_xero":
            as_there = f"{'it is' if len(held) == 1 else 'they are'} in Xero"
        return f"{left} left as {as_there}; nothing more is written to {it}{others_went}."
    return f"{parts} held back; nothing was written to Xero{others_went}."
