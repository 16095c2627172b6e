"""Where each figure of the coverage equation leads: to a bill in Xero, to a case, or to the sentence that explains it.

What belongs here: finding the words, and saying nothing where nothing explains a figure, because then it is a fault.
What does not: the figures (coverage), what a case asks of people (cases).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.coverage.equation import Coverage
from cwxero_dagster.payables.coverage.lowered import Lowered
from cwxero_dagster.payables.keys import credited_key, is_credit
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.records import ZERO, PurchaseOrder
from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.payables.wording import counted, status_words

_WILL = {
    "create": "the next sync creates the bill",
    "credit": "the next sync creates the supplier credit",
    "update": "the next sync updates the draft",
    "withdraw": "the next sync withdraws the draft",
}
_GIVING_BACK = frozenset({"credit", "update", "withdraw"})
_HELD = frozenset({"hold", "refuse"})


@dataclass(frozen=True)
class Story:
    """What is known of one purchase order besides its figures."""

    po: PurchaseOrder
    state: str
    decision: Decision
    actions: Sequence[Action]
    """What a sync would do now with each bill of the order."""
    kept_apart: Sequence[str] = ()
    """Why some of what was received is billed elsewhere, in words."""
    asked: Sequence[HeldBill] = ()
    """Open questions about the order that hold none of its bills."""
    lowered: Sequence[Lowered] = ()
    """Bills of which a person took goods off, as far as nobody answered that they are right so."""
    to_credit_by_hand: str = ""
    """The supplier credits that are to be keyed by hand, in words; blank for none."""
    not_shown: str = ""
    """What the last look did not show, in words, though the next one may; blank for nothing."""

    @property
    def bill_keys(self) -> tuple[str, ...]:
        """Keys of the order's bills, planned ones included."""
        return tuple(dict.fromkeys(action.key for action in self.actions))

    @property
    def case_ids(self) -> tuple[str, ...]:
        """Cases that hold a bill of the order, or ask about one."""
        holds = [*(action.holds for action in self.actions), *(bill.holds for bill in self.asked)]
        return tuple(dict.fromkeys(one.case_id for some in holds for one in some))


def leads(story: Story, lines: Mapping[int, Coverage], whole: Coverage) -> dict[str, str]:
    """Words for every figure that is not zero, by its name; blank where nothing explains it."""
    found = {
        "ordered": f"purchase order {story.po.po_number}",
        "over_received": _said(
            ["more arrived than was ordered", *_on_bills(story), *_words(story, _HELD | _WILL.keys())]
        ),
        "price_difference": _price(story, lines),
        "billed": _said(_on_bills(story)),
        "to_credit": _said(_crediting(story)),
        "billed_elsewhere": _said([*story.kept_apart, *([story.to_credit_by_hand] if story.to_credit_by_hand else [])]),
        "received_not_billed": _said(_waiting(story, lines)),
        "open": "not received yet" if story.po.present else "",
        "cancelled": _cancelled(story.po),
    }
    figures = {one.name: getattr(whole, one.name) for one in fields(Coverage)}
    return {name: found[name] for name, figure in figures.items() if figure.quantity or figure.amount}


def _said(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(words))


def _on_bills(story: Story) -> list[str]:
    """The live documents in Xero."""
    return [
        _in_xero(action.known, action.document)
        for action in story.actions
        if action.known and action.known.xero_id and _is_live(action)
    ]


def _in_xero(known: KnownBill, document: Document | None) -> str:
    noun = "supplier credit" if known.document_type == "ACCPAYCREDIT" else "bill"
    if document is None:
        return f"{noun} {known.key} in Xero"
    return f"{noun} {document.number or known.key} in Xero ({status_words(document.status)})"


def _words(story: Story, wanted: Iterable[str]) -> list[str]:
    """What happens to the bills whose action is one of ``wanted``."""
    chosen = set(wanted)
    return [_word(action) for action in story.actions if action.action in chosen]


def _word(action: Action) -> str:
    if action.action in _HELD:
        cases = ", ".join(dict.fromkeys(one.case_id for one in action.holds))
        return f"held (case {cases}): {action.reason}"
    if action.known and action.action not in _WILL:
        return f"{_in_xero(action.known, action.document)}: {action.reason}"
    return _WILL[action.action]


def _crediting(story: Story) -> list[str]:
    """What gives back what is billed and not there any more."""
    if story.to_credit_by_hand:
        return [*_words(story, _HELD | _GIVING_BACK), story.to_credit_by_hand]
    return _words(story, _HELD | _GIVING_BACK) or _let_stand(story)


def _let_stand(story: Story) -> list[str]:
    """The bills whose goods went back and that a person let stand, and of which she settled the credit: who, and why.

    A bill that says nothing of goods that went back is named where no other does.
    """
    bills = {
        one.key: _in_xero(one.known, one.document)
        for one in story.actions
        if one.known and one.document and one.document.live
    }
    settled = [one for one in story.actions if one.action == "exclude" and is_credit(one.key)]
    standing = [one for one in story.actions if one.action == "unchanged" and one.key in bills]
    dealt = [one for one in standing if one.bill is None or one.bill.dealt]
    named = [
        (bills.get(one.key) or bills.get(credited_key(one.key)), one.reason) for one in [*dealt, *settled] or standing
    ]
    return [f"{where}: {reason}" if where else reason for where, reason in named]


def _price(story: Story, lines: Mapping[int, Coverage]) -> str:
    """A price differs because the cost did, because a bill says otherwise, or by cents of rounding."""
    dearer = [line_id for line_id, figures in lines.items() if line_id > 0 and abs(figures.price_difference.amount) > 0]
    words = (
        [f"the cost of {counted(len(dearer), 'line')} is not what was ordered, cents of rounding included"]
        if dearer
        else []
    )
    return _said([*words, *_on_bills(story), *_words(story, _HELD | _WILL.keys())])


def _cancelled(po: PurchaseOrder) -> str:
    return "the order was closed in ConnectWise" if po.closed else "cancelled in ConnectWise"


def _waiting(story: Story, lines: Mapping[int, Coverage]) -> list[str]:
    """Why goods that arrived are on no bill: a bill is planned or held, or the decision does not bill them yet."""
    pending = _pending(story)
    words: list[str] = []
    left = False
    for line_id, figures in lines.items():
        waiting = figures.received_not_billed
        if not (waiting.quantity or waiting.amount):
            continue
        quantity = waiting.quantity if line_id > 0 else waiting.amount
        covered = ZERO
        for action, quantities in pending:
            if quantities.get(line_id):
                covered += quantities[line_id]
                words.append(_word(action))
        for one in story.lowered:
            if one.quantities.get(line_id):
                covered += one.quantities[line_id]
                words.append(one.words)
        left = left or abs(covered) < abs(quantity)
    if not left:
        return words
    reason = _not_due(story)
    return [*words, reason] if reason else []


def _pending(story: Story) -> list[tuple[Action, dict[int, Decimal]]]:
    """Quantity by line id that each bill takes beyond what Xero's bill of that key has.

    It is planned, held, or a person let the one in Xero stand without that.
    """
    found = []
    for action in story.actions:
        stands = action.action == "unchanged" and action.known is not None
        if action.bill is not None and (stands or action.action in _HELD | _WILL.keys()):
            there = action.known.slices if action.known and action.known.xero_id and _is_live(action) else ()
            taken = _by_line(there, story.po.po_id)
            now = _by_line(action.bill.slices, story.po.po_id)
            found.append((action, {line_id: quantity - taken.get(line_id, ZERO) for line_id, quantity in now.items()}))
    return found


def _is_live(action: Action) -> bool:
    return action.document is None or action.document.live


def _by_line(slices: Iterable[Slice], po_id: int) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for part in slices:
        if part.po_id == po_id:
            sums[part.line_id] = sums.get(part.line_id, ZERO) + part.quantity
    return sums


def _not_due(story: Story) -> str:
    """Why the decision bills nothing of an order that received something; blank where it should."""
    events = story.decision.events
    if not events.creates_bills:
        return "the lifecycle decision creates no bill: it is to be keyed by hand"
    at_invoice = events.vendor_invoice_received == "draft_bill"
    if story.state == "partially_received" and events.partially_received == "nothing" and not at_invoice:
        return "billed once the rest arrives or is cancelled, as the lifecycle decision says"
    if story.decision.bill.one_per == "vendor_invoice" or (at_invoice and events.fully_received == "nothing"):
        return "billed once the vendor's invoice is there, as the lifecycle decision says"
    if events.fully_received == "nothing" and story.state == "fully_received":
        return "the lifecycle decision does not bill what is fully received"
    if story.not_shown:
        return f"the last look at ConnectWise did not show {story.not_shown}: the next one tells whether it is gone"
    return ""
