"""Would-be bills x ledger x Xero as it stands -> one action a bill unit, each with a reason.

What belongs here: the plan of a cycle, and bills that are not in Xero yet. What does not: bills that Xero holds
(published), composing bills, talking to Xero. The same function serves ``plan``, a shadow sync and the publisher's own
guard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cwxero_dagster.payables.actions import (
    WRITES,
    Action,
    Guard,
    counts,
    held,
    open_holds,
    payload_digest,
    refused_before,
)
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Books, Document
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.composing.rounding_lines import amount_held
from cwxero_dagster.payables.documents import meaning_of_bill
from cwxero_dagster.payables.holds import Hold, hold, naming
from cwxero_dagster.payables.keys import is_carrier, is_credit, is_invoice, is_supplement
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView, Settlement
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.planning.in_xero import named_and_removed, overlap, removal, unanswered
from cwxero_dagster.payables.planning.locked import unless_locked
from cwxero_dagster.payables.planning.no_longer_due import no_longer_due
from cwxero_dagster.payables.planning.published import published
from cwxero_dagster.payables.slices import FREIGHT_LINE
from cwxero_dagster.payables.wording import counted

__all__ = ["WRITES", "Action", "Guard", "counts", "payload_digest", "plan", "without_removed"]


@dataclass(frozen=True)
class _Keys:
    """Xero's documents by the bill key that they carry."""

    by_key: Mapping[str, Sequence[Document]]
    by_po: Mapping[str, Sequence[str]]
    """Keys by the purchase order (or invoice) that they begin with."""
    by_id: Mapping[str, Document]
    """All documents, by their id in lower case."""

    @staticmethod
    def of(documents: Sequence[Document]) -> _Keys:
        by_key: dict[str, list[Document]] = {}
        by_po: dict[str, list[str]] = {}
        for document in documents:
            if key := document.key:
                if key not in by_key:
                    by_po.setdefault(_root(key), []).append(key)
                by_key.setdefault(key, []).append(document)
        return _Keys(by_key, by_po, {document.document_id.lower(): document for document in documents})

    def carrying(self, key: str, *, live: bool) -> list[Document]:
        """Documents with exactly this key."""
        return [document for document in self.by_key.get(key, ()) if document.live == live]

    def named(self, settled: Settlement | None) -> Document | None:
        """The document that a person named when settling a bill."""
        return self.by_id.get(settled.named_id) if settled else None

    def strangers(self, key: str, ledger: LedgerView) -> list[Document]:
        """Live documents of the same purchase order under another key that the ledger does not know."""
        others = [other for other in self.by_po.get(_root(key), ()) if other != key and not ledger.live(other)]
        return [document for other in others for document in self.carrying(other, live=True)]


def plan(
    assessed: Iterable[Assessed],
    *,
    cycle: str,
    books: Books,
    ledger: LedgerView,
    guard: Guard,
    po_states: Mapping[int, str],
    po_numbers: Mapping[int, str] | None = None,
) -> list[Action]:
    """Actions for every unit of the cycle, and for bills in the ledger whose unit is no longer due."""
    keys = _Keys.of(books.documents)
    names = po_numbers or {}
    actions = []
    seen = set()
    for item in assessed:
        key = item.bill.key
        seen.add(key)
        known = ledger.live(key)
        if known and known.xero_id:
            document = books.by_id.get(known.xero_id.lower())
            copies = [d for d in keys.carrying(key, live=True) if d.document_id.lower() != known.xero_id.lower()]
            written = [names[po_id] for po_id in known.po_ids if po_id in names]
            orders = tuple(dict.fromkeys([*item.bill.po_numbers, *written]))
            named = keys.named(ledger.settled(key))
            action = published(item, known, document, copies, ledger, guard, po_numbers=orders, named=named)
        else:
            action = replace(_unpublished(item, known, keys, ledger, guard), po_numbers=item.bill.po_numbers)
        actions.append(guard.passed(unless_locked(action, books, ledger)))
    for known in sorted(ledger.bills.values(), key=lambda bill: bill.key):
        if known.cycle == cycle and known.key not in seen and not _gone(known, ledger):
            states = [po_states.get(po_id, "deleted") for po_id in known.po_ids]
            orders = tuple(names.get(po_id, f"#{po_id}") for po_id in known.po_ids)
            document, beside = _document_of(known, books, keys), _beside(known, ledger, books)
            action = no_longer_due(known, document, states, orders, ledger, beside=beside)
            actions.append(guard.passed(unless_locked(action, books, ledger)))
    return actions


def _gone(known: KnownBill, ledger: LedgerView) -> bool:
    """True for a withdrawn bill about which there is nothing left to say."""
    return known.state == "withdrawn" and not (known.meanwhile and open_holds([overlap(known)], ledger))


def _root(key: str) -> str:
    return key.partition("/")[0]


def _document_of(known: KnownBill, books: Books, keys: _Keys) -> Document | None:
    if known.xero_id:
        return books.by_id.get(known.xero_id.lower())
    live = keys.carrying(known.key, live=True)
    return live[0] if live else None


def _beside(known: KnownBill, ledger: LedgerView, books: Books) -> list[Document]:
    """The live documents of the other bills of a bill's purchase orders, in the order of issue."""
    others = {bill.key: bill for po_id in known.po_ids for bill in ledger.bills_of(po_id) if bill.key != known.key}
    found = (books.by_id.get((bill.xero_id or "").lower()) for bill in others.values())
    return [document for document in found if document is not None and document.live]


def _unpublished(item: Assessed, known: KnownBill | None, keys: _Keys, ledger: LedgerView, guard: Guard) -> Action:
    bill = item.bill
    action = Action(bill.key, "exclude", "", (), bill, known)
    if known and known.unanswered:
        return held(action, [unanswered(known)], ledger)
    live = keys.carrying(bill.key, live=True)
    settled = ledger.settled(bill.key)
    # One that a person named for goods stays what she named: taken for their own bill it would have her answer twice.
    named = settled is not None and live and live[0].document_id.lower() == settled.named_id
    if len(live) == 1 and not named and _says(live[0], item):
        reason = "Xero already holds this bill; that is noted here."
        return replace(action, action="unchanged", reason=reason, document=live[0])
    if settled:
        other = keys.named(settled)
        if other is not None and not other.live:
            return held(action, [named_and_removed(bill.key, settled, other)], ledger)
        if again := [
            asked
            for asked in item.holds
            if asked.kind == "changed_after_authorised" and asked.facts not in settled.facts
        ]:
            return held(action, [replace(asked, ways_out=None) for asked in again], ledger)
        number = f" ({other.number or 'without a number'}{_other_amount(other, bill)})" if other else ""
        words = {"not-owed": "not owed", "billed-by": f"billed by another document{number}"}[settled.verb]
        return replace(action, reason=f"{settled.by} settled it as {words}: {settled.reason}")
    if bill.excluded:
        return replace(action, reason=bill.excluded)
    meaning = meaning_of_bill(bill)
    create = replace(
        action,
        action="credit" if bill.document_type == "ACCPAYCREDIT" else "create",
        reason=" ".join([_why_new(bill), *bill.notes]),
        meaning=meaning,
    )
    holds = [
        *item.holds,
        *_key_holds(bill.key, live, keys, ledger),
        *refused_before(bill.key, known, meaning, guard),
    ]
    return held(create, holds, ledger)


def _other_amount(document: Document, bill: Bill) -> str:
    """What a document that is to have billed the goods comes to, where that is not what they come to."""
    if (document.total, document.currency_code) == (bill.total, bill.currency_code):
        return ""
    return (
        f", which is for {money_text(document.total, document.currency_code)}; the goods come to "
        f"{money_text(bill.total, bill.currency_code)}"
    )


def _says(document: Document, item: Assessed) -> bool:
    """True where a document with the bill's key bills the same money; its rounding line is none of the goods."""
    bill = item.bill
    same_net = document.net - amount_held(document, item.rounding.limit) == bill.net
    return (same_net or document.total == bill.total) and (not is_invoice(bill.key) or document.number == bill.number)


def _why_new(bill: Bill) -> str:
    if bill.reprices:
        done = "credited" if is_credit(bill.key) else "billed"
        return f"The price changed after the bill was approved, and a person had the difference {done}."
    only_freight = all(part.line_id == FREIGHT_LINE for part in bill.slices)
    if is_credit(bill.key):
        if only_freight:
            return "Freight of an approved bill became less."
        return f"Goods of an approved bill {'were cancelled or ' if bill.ahead else ''}went back."
    if is_supplement(bill.key):
        more = "freight came" if only_freight else "was ordered" if bill.ahead else "was received"
        return f"More {more} after the bill was approved."
    if is_carrier(bill.key):
        return f"Owed to the carrier, {bill.vendor_name}, and not billed yet."
    if bill.ahead:
        return "Ordered and not billed yet: the decision bills what is ordered before all of it arrives."
    return "Received and not billed yet."


def _key_holds(key: str, live: Sequence[Document], keys: _Keys, ledger: LedgerView) -> list[Hold]:
    """Holds for documents in Xero that carry this key, or another one of the same purchase order."""
    cause = f"bill {key}"
    gone = keys.carrying(key, live=False)
    holds = []
    if len(live) == 1:
        detail = (
            f"Xero holds bill {live[0].number}, which was made for the same goods as this one, and its amounts differ "
            "from what ConnectWise says; which goods it covers is not known here."
        )
        one = hold("possible_duplicate", cause, detail, live[0].document_id, live[0].net)
        holds.append(naming(one, live[0].document_id))
    elif live:
        numbers = ", ".join(document.number or "one without a number" for document in live)
        detail = f"Xero holds this bill {len(live)} times, as happens when a bill is copied in Xero: {numbers}."
        ids = sorted(document.document_id for document in live)
        holds.append(naming(hold("possible_duplicate", cause, detail, *ids), *ids))
    elif gone:
        holds.append(removal(key, max(gone, key=lambda document: document.document_id)))
    strangers = keys.strangers(key, ledger)
    if strangers:
        ids = sorted(document.document_id for document in strangers)
        whose = "vendor invoice" if is_invoice(key) else "purchase order"
        named = ", ".join(document.number or "one without a number" for document in strangers)
        detail = (
            f"Xero holds {counted(len(ids), 'bill')} of this {whose} that {'is' if len(ids) == 1 else 'are'} not known "
            f"here: {named}. Before anything else, have the data team run `cwxero rebuild-ledger`, which takes note of "
            f"{'it' if len(ids) == 1 else 'them'}."
        )
        holds.append(naming(hold("possible_duplicate", cause, detail, *ids), *ids))
    return holds


def without_removed(ledger: LedgerView, books: Books) -> LedgerView:
    """The ledger with those bills taken as withdrawn that a person removed in Xero and then released.

    The next bill for their goods gets a key of its own (``/g:{n}``); purchase orders go the same way (``/o:{n}``).
    """
    return replace(
        ledger,
        bills=_without_removed(ledger.bills, books.by_id, ledger),
        orders=_without_removed(ledger.orders, books.orders_by_id, ledger),
    )


def _without_removed(
    known: Mapping[str, KnownBill], documents: Mapping[str, Document], ledger: LedgerView
) -> dict[str, KnownBill]:
    found = dict(known)
    for key, one in known.items():
        document = documents.get(one.xero_id.lower()) if one.xero_id else None
        if document is None or document.live or one.state == "withdrawn":
            continue
        billed_again = one.state == "settled" and not ledger.settled(key)
        if billed_again or not open_holds([removal(key, document)], ledger):
            found[key] = replace(one, state="withdrawn")
    return found
