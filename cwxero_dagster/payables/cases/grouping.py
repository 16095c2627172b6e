"""Cases: holds grouped by cause, so that one question to a person stands for all bills that it holds.

What belongs here: grouping, and the words for what happened and what was done. What does not: what is always true of a
kind of case (kinds), finding holds, keeping decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.bills import Slice
from cwxero_dagster.payables.books import PURCHASE_ORDER
from cwxero_dagster.payables.cases.ways_out import fitting
from cwxero_dagster.payables.documents import Meaning, meaning_of_bill
from cwxero_dagster.payables.holds import GRAVITY, Hold, digest
from cwxero_dagster.payables.kinds import KINDS, Kind
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.wording import counted

_UNASKED = "nothing waits for an answer, and nothing was written to Xero"


@dataclass(frozen=True)
class HeldBill:
    """A held bill unit, or purchase order, as cases need it."""

    key: str
    cycle: str
    po_numbers: tuple[str, ...]
    amount: Decimal
    """What the vendor is owed; nothing for a purchase order."""
    currency_code: str
    holds: tuple[Hold, ...]
    facts: str = ""
    """Digest of what ConnectWise says of the bill."""
    document_type: str = "ACCPAY"
    po_ids: tuple[int, ...] = ()
    slices: tuple[Slice, ...] = ()
    """The quantities that the bill would take."""
    xero_id: str | None = None
    """The document in Xero that the hold is about; None while there is none."""
    held: bool = True
    """False once the case no longer holds the bill, which stays named on the closed case."""
    notice: bool = False
    """The bill is named, not held: something is to be looked at, and nothing waits for it."""
    meaning: Meaning | None = None
    """What a bill of a change of price would say: settled unsent, it still tells which change is done with."""


@dataclass(frozen=True)
class Case:
    """A question to a person: all bills that one cause holds."""

    case_id: str
    kind: str
    cause: str
    po_numbers: tuple[str, ...]
    bill_keys: tuple[str, ...]
    cycles: tuple[str, ...]
    amount: Decimal
    """Sum of the bills' totals; zero for mixed currencies."""
    currency_code: str
    """``mixed`` where the bills have several."""
    facts: frozenset[str]
    what_happened: str
    what_we_did: str
    bills: tuple[HeldBill, ...] = ()

    @property
    def meaning(self) -> Kind:
        """What is always true of this kind."""
        return KINDS[self.kind]

    @property
    def ways_out(self) -> tuple[str, ...]:
        """The verbs that fit every bill of the case."""
        limits = [one.ways_out for bill in self.bills for one in bill.holds if one.ways_out is not None]
        return tuple(verb for verb in self.meaning.ways_out if all(verb in limit for limit in limits))

    @property
    def what_to_do(self) -> str:
        """The next step, in the words of its kind."""
        return self.meaning.advice(self.ways_out)

    @property
    def token(self) -> str:
        """Stands for what the case says now: its bills and their facts. A decision may name what it was taken on."""
        return digest(*sorted(self.bill_keys), *sorted(self.facts))[:6]

    @property
    def story(self) -> str:
        """What happened, after the title of its kind."""
        title = self.meaning.title
        return self.what_happened if self.what_happened.startswith(title) else f"{title}. {self.what_happened}"


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
            action.document.document_id if action.document else (action.known.xero_id if action.known else None),
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
    return sorted(cases, key=lambda case: (GRAVITY.index(case.kind), -case.amount, case.case_id))


def _case(case_id: str, members: Sequence[tuple[HeldBill, Hold]]) -> Case:
    first = members[0][1]
    bills = {bill.key: bill for bill, _ in members}
    currencies = sorted({bill.currency_code for bill in bills.values()})
    total = sum((bill.amount for bill in bills.values()), ZERO) if len(currencies) == 1 else ZERO
    details = list(dict.fromkeys(one.detail for _, one in members))
    more = f" And {len(details) - 3} more like it." if len(details) > 3 else ""
    return Case(
        case_id=case_id,
        kind=first.kind,
        cause=first.cause,
        po_numbers=tuple(dict.fromkeys(number for bill in bills.values() for number in bill.po_numbers)),
        bill_keys=tuple(bills),
        cycles=tuple(sorted({bill.cycle for bill in bills.values()})),
        amount=total,
        currency_code=currencies[0] if len(currencies) == 1 else "mixed",
        facts=frozenset(one.facts for _, one in members),
        what_happened=" ".join(details[:3]) + more,
        what_we_did=_did(first.kind, list(bills.values()), total, currencies),
        bills=tuple(bills.values()),
    )


def _did(kind: str, held: Sequence[HeldBill], total: Decimal, currencies: Sequence[str]) -> str:
    orders = sum(one.document_type == PURCHASE_ORDER for one in held)
    bills = len(held) - orders
    money = money_text(total, currencies[0]) if len(currencies) == 1 else ", ".join(currencies)
    if kind == "received_not_billed":
        return f"Goods for {money} named here, on no bill yet; {_UNASKED}."
    parts = [f"{counted(bills, 'bill')} for {money}"] if bills else []
    parts += [counted(orders, "purchase order")] if orders else []
    if all(one.notice for one in held):
        return f"{' and '.join(parts)} named here; {_UNASKED}."
    if kind == "outcome_unknown":
        return (
            f"{' and '.join(parts)} sent once, and not again before Xero shows whether it arrived. Others went ahead."
        )
    if all(one.xero_id for one in held):
        it = "it" if len(held) == 1 else "them"
        return (
            f"{' and '.join(parts)} left as Xero holds {it}; nothing more is written to {it}, and other bills went "
            "ahead."
        )
    return f"{' and '.join(parts)} held back; nothing was written to Xero, and other bills went ahead."
