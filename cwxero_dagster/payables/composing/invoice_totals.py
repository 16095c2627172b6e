"""The vendor's invoice against every bill that stands for it: the total of the three-way match.

A vendor invoices once what arrives in several deliveries, or what a bill and its supplement bill. What belongs here:
which bills of an order stand for one invoice, what they come to together, and the hold where that is not what the
invoice says. What does not: prices and quantities (``matching``), which invoice a bill stands for (units).

Bills are added up in the order in which they were issued. A bill is held where the sum up to it is over the invoice.
That the sum is under is asked of the last one, and not before all goods of its orders are there: until then, what is
missing may still come. A bill that is one vendor invoice by the decision is matched with all of it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bills import Bill, owed
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.composing.matching import exceeds
from cwxero_dagster.payables.holds import Hold, by_gravity, hold
from cwxero_dagster.payables.ledger_view import LedgerView
from cwxero_dagster.payables.lifecycle import Decision, Limit
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.merging import untouched
from cwxero_dagster.payables.money import money_text, total
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.units.invoices import rows_for
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.wording import status_words


@dataclass(frozen=True)
class _Amounts:
    """What is owed by a bill, or said by an invoice, below zero for a credit; None where it is not known."""

    net: Decimal | None
    tax: Decimal | None
    total: Decimal | None


@dataclass(frozen=True)
class _Member:
    """A bill, or a credit, as far as it counts against the invoice."""

    key: str
    number: str
    amounts: _Amounts
    named: bool
    """False where nothing tells which invoice it stands for, and the bill that is matched says which one it does."""
    adjusts: bool
    """True for a credit or a change of price."""


class InvoiceTotals:
    """The rows of vendor_invoices.csv beside the bills of all orders."""

    def __init__(self, purchasing: Purchasing, agreement: Agreement, books: Books, ledger: LedgerView) -> None:
        self._purchasing, self._agreement = purchasing, agreement
        self._books, self._ledger = books, ledger
        self._feed = agreement.seeds.vendor_invoices
        self._issued = {key: index for index, key in enumerate(ledger.bills)}

    def told_of(self, item: Assessed) -> bool:
        """True where an invoice is known that the bill is to be matched with."""
        bill = item.bill
        if keys.is_credit(bill.key) or bill.reprices or (bill.excluded and self._ledger.live(bill.key) is None):
            return False
        # Where the feed does not tell which of the PO's invoices the bill is, there is nothing to compare it with.
        numbered = self._decision(bill.key).vendor_invoice_from != "feed" or bool(_names(bill))
        return numbered and bool(self._rows([bill], _names(bill)))

    def matched(self, item: Assessed, beside: Iterable[Assessed]) -> Assessed:
        """A would-be bill with what its invoice's total holds, and what it asks of the document in Xero.

        ``beside``: the would-be bills of its orders, and of orders that share a bill with them, its own included.
        """
        bill = item.bill
        by_feed = self._decision(bill.key).vendor_invoice_from == "feed"
        group = [one.bill for one in beside if _same_invoice(bill, one.bill, by_feed=by_feed)]
        group.sort(key=lambda one: self._issued.get(one.key, len(self._issued)))
        document = self._document(bill.key)
        standing = self._held(bill, group, document=document) if document is not None and document.live else []
        return replace(
            item,
            holds=_sorted([*item.holds, *self._held(bill, group)]),
            standing=_sorted([*item.standing, *standing]),
        )

    def _held(self, bill: Bill, group: Sequence[Bill], *, document: Document | None = None) -> list[Hold]:
        """The mismatch of a bill as it would be written, or as its ``document`` in Xero stands."""
        counting = [one for one in group if not self._counted_before(one, bill, group)]
        members = [found for one in counting if (found := self._member(one, bill, written=document is None))]
        place = next((index for index, one in enumerate(members) if one.key == bill.key), None)
        if place is None:
            return []
        last = not any(not one.adjusts for one in members[place + 1 :])
        up_to = {one.key for one in members[: place + 1]}
        reached = [
            one for one in members if last or one.key in up_to or (one.adjusts and keys.adjusted_key(one.key) in up_to)
        ]
        rows = self._rows(group, _names(bill))
        limit = self._decision(bill.key).match.total
        under = last and not self._more_to_come(bill, group)
        called = (
            f"{document.number or 'without a number'}, {status_words(document.status)} in Xero," if document else ""
        )
        dealt = total(one.worth(one.dealt) for one in group)
        holds = [
            _mismatch(bill, counted, some, limit, called=called, under=under)
            for some in _without_her_credits(rows, dealt)
            for counted in _readings(reached, but=bill.key)
        ]
        return [one for one in holds[:1] if one is not None and None not in holds]

    def _counted_before(self, one: Bill, of: Bill, group: Sequence[Bill]) -> bool:
        """True for goods that a person settled as billed by a document which counts for another bill of the group."""
        settled = self._ledger.settled(one.key)
        if settled is None or one.key == of.key or not settled.named_id:
            return False
        own = {(known.xero_id or "").lower() for other in group if (known := self._ledger.live(other.key))}
        before = (self._ledger.settled(other.key) for other in group[: list(group).index(one)])
        return settled.named_id in own or any(other and other.named_id == settled.named_id for other in before)

    def _member(self, one: Bill, of: Bill, *, written: bool) -> _Member | None:
        """A bill as far as it counts; None for one that is not owed, that is gone, or that is kept out.

        What Xero holds counts, but of a draft that follows ConnectWise what it is to say. ``written``: ``of`` counts as
        it is to be written.
        """
        known, document, settled = self._ledger.live(one.key), self._document(one.key), self._ledger.settled(one.key)
        mine = one.key == of.key
        if settled and not mine:
            document = self._books.by_id.get(settled.named_id)
        if (document is None and (one.excluded or (settled and not mine))) or (document and not document.live):
            return None
        amounts = _of(one)
        if document is not None and not (mine and written):
            cents = abs(one.total - document.total) <= self._decision(one.key).rounding.limit
            follows = not mine and not settled and known is not None and untouched(known, document)
            if not (follows or (cents and document.document_type == one.document_type)):
                amounts = _of(document)
        return _Member(
            one.key,
            (document.number if document else "") or one.number,
            amounts,
            named=mine or not _names(of) or bool(_names(one)),
            adjusts=keys.is_credit(one.key) or one.reprices,
        )

    def _decision(self, key: str) -> Decision:
        return self._agreement.decision_for(self._ledger.live(key))

    def _document(self, key: str) -> Document | None:
        known = self._ledger.live(key)
        return self._books.by_id.get((known.xero_id or "").lower()) if known else None

    def _more_to_come(self, bill: Bill, group: Sequence[Bill]) -> bool:
        """True while goods are outstanding that the invoice may be for."""
        if keys.is_invoice(bill.key) or self._decision(bill.key).events.raised == "draft_bill":
            return False
        states = (self._purchasing.states.get(po.po_id) for one in group for po in one.pos)
        return any(state is not None and state.state == "partially_received" for state in states)

    def _rows(self, bills: Sequence[Bill], names: frozenset[str]) -> list[VendorInvoiceRow]:
        """The feed's rows of the bills' POs, of the invoices of these names where there are any."""
        pos = {po.po_id: po for one in bills for po in one.pos}
        found = [row for po in pos.values() for row in rows_for(po, self._feed)]
        return [row for row in found if not names or folded(row.invoice_number) in names]


def _sorted(holds: Iterable[Hold]) -> tuple[Hold, ...]:
    return tuple(by_gravity(dict.fromkeys(holds)))


def _names(bill: Bill) -> frozenset[str]:
    """The vendor invoices that a bill stands for, as numbers compare."""
    return frozenset(folded(one) for po in bill.pos for one in (po.vendor_invoice_number or "").split(", ")) - {""}


def _same_invoice(bill: Bill, other: Bill, *, by_feed: bool) -> bool:
    """True where two bills of one vendor may stand for one invoice; the feed leaves a bill without one out."""
    if other.vendor_id != bill.vendor_id or keys.is_carrier(other.key) != keys.is_carrier(bill.key):
        return False
    mine, theirs = _names(bill), _names(other)
    return bool(mine & theirs) or (not by_feed and not (mine and theirs))


def _without_her_credits(rows: Sequence[VendorInvoiceRow], dealt: Decimal) -> Iterator[Sequence[VendorInvoiceRow]]:
    """The rows, and those without the vendor's credits, where they come to no more than what a person ``dealt`` with:
    she may have entered them in Xero herself.
    """
    yield rows
    said = {row: _said(row) for row in rows}
    credits_ = {row: one for row, one in said.items() if (one.total or one.net or ZERO) < ZERO}
    if credits_ and -total(one.total or one.net or ZERO for one in credits_.values()) <= dealt:
        yield [row for row in rows if row not in credits_]


def _readings(reached: Sequence[_Member], *, but: str) -> Iterator[list[_Member]]:
    """What may be on the invoice: a credit may be a document of its own at the vendor, too, and so may the goods of a
    bill that names no invoice. ``but``: the bill that is on it.
    """
    for credits_count in (False, True):
        for unnamed_count in (True, False):
            yield [
                one
                for one in reached
                if one.key == but or ((credits_count or not keys.is_credit(one.key)) and (unnamed_count or one.named))
            ]


def _mismatch(
    bill: Bill,
    counted: Sequence[_Member],
    rows: Sequence[VendorInvoiceRow],
    limit: Limit,
    *,
    called: str,
    under: bool,
) -> Hold | None:
    """The bills against the invoice's total, or against its net amount where the total is not known.

    ``called``: what the bill is called where it is in Xero; ``under``: less than the invoice says is a mismatch, too.
    """
    ours, theirs = _together([one.amounts for one in counted]), _together([_said(row) for row in rows])
    what, signed, stated = "", ours.total, theirs.total
    if stated is None:
        what, signed, stated = " before tax", ours.net, theirs.net
    if signed is None or stated is None:
        return None
    code = bill.currency_code
    come = _called(counted, called, credit=signed < 0)
    if signed * stated < 0:
        note = "an invoice" if signed < 0 else "a credit note"
        detail = (
            f"{come} to {money_text(abs(signed), code)}{what}, but what vendor_invoices.csv names for it is {note} of "
            f"{money_text(abs(stated))}."
        )
        return _asked(hold("total_mismatch", keys.cause(bill.key), detail, signed, stated), code, stated - signed)
    over = abs(signed) - abs(stated)
    invoice = " and ".join(dict.fromkeys(row.invoice_number for row in rows))
    broken = exceeds(limit, over, stated)
    if not broken or (over < 0 and not under):
        return None
    detail = (
        f"{come} to {money_text(abs(signed), code)}{what}, the vendor's invoice {invoice} to "
        f"{money_text(abs(stated))}: {money_text(abs(over))} {'more' if over > 0 else 'less'}"
        f"{_parts(ours, theirs)}; {broken}."
    )
    one = hold("total_mismatch", keys.cause(bill.key), detail, abs(signed), abs(stated))
    return _asked(one, code, stated - signed)


def _asked(one: Hold, code: str, more: Decimal) -> Hold:
    """The hold with what the invoice says more than the bills, which is what is asked of a bill that is in Xero."""
    return replace(one, stake=(code, more))


def _called(counted: Sequence[_Member], called: str, *, credit: bool) -> str:
    """The subject of a sentence, with its verb."""
    if len(counted) == 1:
        return f"The bill {called} comes" if called else f"The {'supplier credit' if credit else 'bill'} comes"
    names = [f"{one.number} ({money_text(one.amounts.total or ZERO)})" for one in counted]
    return f"The bills of one vendor invoice, {', '.join(names[:-1])} and {names[-1]}, come together"


def _parts(ours: _Amounts, theirs: _Amounts) -> str:
    """Where net and tax are known besides: what each of them is on the bills and on the invoice."""
    words = [
        f"{name} {money_text(abs(billed))} against {money_text(abs(stated))}"
        for name, billed, stated in (("net", ours.net, theirs.net), ("tax", ours.tax, theirs.tax))
        if billed is not None and stated is not None
    ]
    return f" ({', '.join(words)})" if len(words) == 2 else ""


def _of(one: Bill | Document) -> _Amounts:
    return _Amounts(*(owed(one.document_type, amount) for amount in (one.net, one.tax, one.total)))


def _said(row: VendorInvoiceRow) -> _Amounts:
    both = row.net is not None and row.tax is not None
    return _Amounts(
        row.net, row.tax, (row.net or ZERO) + (row.tax or ZERO) if row.total is None and both else row.total
    )


def _together(amounts: Sequence[_Amounts]) -> _Amounts:
    return _Amounts(
        _sum([one.net for one in amounts]), _sum([one.tax for one in amounts]), _sum([one.total for one in amounts])
    )


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum, or None where one of the amounts, or all, are not known."""
    return total(one for one in amounts if one is not None) if amounts and None not in amounts else None
