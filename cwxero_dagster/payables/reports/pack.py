"""The review pack of a billing cycle as one value: every figure that workbook, page and digest show comes from here.

What belongs here: the value, and sums over it. What does not: gathering it (pipeline/packing), laying it out (review).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from cwxero_dagster.payables.calendar import Cycle
from cwxero_dagster.payables.money import by_currency, moneys_text, total
from cwxero_dagster.payables.reports.accrual import Accrual
from cwxero_dagster.payables.reports.ageing import GOODS_DAYS, QUESTION_DAYS, Bucket, Waiting, aged
from cwxero_dagster.payables.reports.bills import (
    BillRow,
    CycleFigures,
    Question,
    TieOut,
    held_money,
    questions,
    tie_outs,
)
from cwxero_dagster.payables.reports.funnel import Step
from cwxero_dagster.payables.reports.parallel import ParallelRun
from cwxero_dagster.payables.reports.rounding import Cents
from cwxero_dagster.payables.reports.volume import Volume
from cwxero_dagster.payables.wording import SEVERAL, counted

KEYED = "Keyed by you"
"""What people call the list of goods whose bills were keyed by hand."""


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """A question to a person, open or decided."""

    case_id: str
    title: str
    what_happened: str
    what_we_did: str
    what_to_do: str
    owner: str
    status: str
    """open, released, settled, closed."""
    because: str | None
    """Who decided it and why, or why it closed by itself."""
    ways_out: tuple[str, ...]
    po_numbers: tuple[str, ...]
    bills: int
    money: Mapping[str, Decimal]
    """What is at stake, by currency; supplier credits and what Xero holds too much count negative."""
    first_seen: date
    days: int
    token: str
    """Stands for the facts that the question rests on: an answer about other facts is not taken."""
    po_link: str | None
    in_xero: tuple[tuple[str, str | None], ...] = ()
    """The bills and credits in Xero that it is about: what each is called there, and where to open it."""
    counts: str = "bill"
    """What ``bills`` is a number of."""

    @property
    def amount(self) -> Decimal | None:
        """The money, where it is of one currency."""
        return None if len(self.money) > 1 else total(self.money.values())

    @property
    def currency(self) -> str:
        """The currency of the money; in words where there are several."""
        return SEVERAL if len(self.money) > 1 else next(iter(self.money), "")


@dataclass(frozen=True, kw_only=True)
class GoodsRow:
    """Goods of one PO line that were received and are on no bill."""

    po_number: str
    vendor: str
    goods: str
    """The product's number where it has one."""
    description: str
    """The product in words; empty where ``goods`` says it."""
    quantity: Decimal
    currency_code: str
    amount: Decimal
    since: date
    days: int
    why: str
    po_link: str | None


@dataclass(frozen=True, kw_only=True)
class PaidRow:
    """A purchase order with a paid bill and goods that were not received."""

    po_number: str
    vendor: str
    state: str
    number: str
    dated: date | None
    currency_code: str
    total: Decimal
    not_received: Decimal
    po_link: str | None
    xero_link: str | None


@dataclass(frozen=True, kw_only=True)
class ReviewPack:
    """Everything that finance reads of a cycle."""

    cycle: Cycle
    organisation: str
    base_currency: str
    mode: str
    """``live`` or ``shadow``."""
    signed_by: tuple[str, ...]
    made_at: datetime
    today: date
    as_at: date
    """The last day of the cycle, or today while it is open: what goods, accrual and drafts are counted at."""
    bills: tuple[BillRow, ...]
    due: tuple[tuple[str, Decimal], ...]
    """Currency and total of each would-be bill of the cycle; credits negative."""
    to_key: str
    """What of the cycle is left to key by hand, in words; blank where the decision creates bills."""
    cases: tuple[CaseRow, ...]
    """Open ones, gravest first."""
    decided: tuple[CaseRow, ...]
    """Released and settled ones: a decision can be taken back."""
    funnel: tuple[Step, ...]
    goods: tuple[GoodsRow, ...]
    keyed: tuple[GoodsRow, ...]
    """Goods on bills that the bookkeeper keyed, as the parallel run paired them: they are not accrued."""
    accrual: Accrual
    drafts: tuple[BillRow, ...]
    """Bills of any cycle dated up to ``as_at`` that nobody has approved: they are not in the accounts yet.

    In a parallel run hers are among them, whose goods are in ``keyed``.
    """
    paid: tuple[PaidRow, ...]
    cents: tuple[Cents, ...]
    trend: tuple[CycleFigures, ...]
    """Cycles up to this one, oldest first."""
    volume: Volume | None
    parallel: ParallelRun | None
    """What was last compared; None where the cycle was never compared."""

    @cached_property
    def tie_out(self) -> tuple[TieOut, ...]:
        """The tie-out line, the organisation's own currency first."""
        return tuple(sorted(tie_outs(self.bills, self.due), key=lambda line: line.currency_code != self.base_currency))

    @cached_property
    def figures(self) -> CycleFigures:
        """This cycle in the trend."""
        return self.trend[-1]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What is held, by kind."""
        return questions(self.bills)

    @cached_property
    def held_money(self) -> Mapping[str, Decimal]:
        """What is at stake in the bills that a person is asked about."""
        return held_money(self.bills)

    @property
    def mode_words(self) -> str:
        """What the mode of the run means for Xero, in a sentence."""
        if self.mode == "live":
            return "Live: bills are written to Xero as agreed."
        if any(bill.is_in_xero for bill in self.bills):
            return "Shadow mode: this run wrote nothing to Xero; what stands there was written before."
        return "Shadow mode: nothing was written to Xero."

    @cached_property
    def xero_money(self) -> Mapping[str, Decimal]:
        """Money of the cycle's bills that Xero holds, as it stands there."""
        return by_currency(bill.stands for bill in self.bills if bill.is_in_xero)

    @cached_property
    def held_ageing(self) -> tuple[Bucket, ...]:
        """Held bills by the days since they were due."""
        return aged(
            (
                Waiting((self.today - bill.due_on).days if bill.due_on else 0, *bill.at_stake)
                for bill in self.bills
                if bill.at_stake
            ),
            QUESTION_DAYS,
        )

    @cached_property
    def goods_ageing(self) -> tuple[Bucket, ...]:
        """Goods without a bill by the days since they arrived."""
        return aged((Waiting(row.days, row.currency_code, row.amount) for row in self.goods), GOODS_DAYS)

    @cached_property
    def goods_money(self) -> Mapping[str, Decimal]:
        """Money of the goods without a bill, without tax."""
        return by_currency((row.currency_code, row.amount) for row in self.goods)

    @cached_property
    def keyed_money(self) -> Mapping[str, Decimal]:
        """Money of the goods on bills that the bookkeeper keyed, without tax."""
        return by_currency((row.currency_code, row.amount) for row in self.keyed)

    @property
    def keyed_goods(self) -> str:
        """In a parallel run, what of the goods was left out of the journal because its bills were keyed by hand."""
        if not self.keyed:
            return ""
        rows = self.parallel.rows if self.parallel else ()
        undecided = (
            (sum(row.status == "ambiguous" for row in rows), "that the comparison could not tell apart"),
            (sum(row.is_guess for row in rows), "that nothing but a near amount speaks for"),
        )
        rest = "".join(
            f" Goods of {counted(count, 'row')} {which} are still in: decide {'it' if count == 1 else 'those'} first."
            for count, which in undecided
            if count
        )
        money = moneys_text(self.keyed_money, self.base_currency)
        return f"Left out: {money} of goods whose bills you keyed, each in the sheet {KEYED}.{rest}"

    @cached_property
    def drafts_money(self) -> Mapping[str, Decimal]:
        """Money of the drafts as Xero holds them, with tax."""
        return by_currency(bill.stands for bill in self.drafts)
