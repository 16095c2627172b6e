"""What the publish ledger knows, as values that rules can read.

What belongs here: the shape in which planning sees earlier bills, allocations, releases. What does not: how the ledger
keeps them (warehouse/ledger).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from cwxero_dagster.payables.holds import case_id
from cwxero_dagster.payables.keys import adjusted_key, cause, is_credit
from cwxero_dagster.payables.slices import Slice

STANDING = ("accept-theirs", "future-only")
"""Ways out that leave the document in Xero as it is."""
LETTING = frozenset({"release", *STANDING})
"""Ways out after which the facts of a case hold no more: the bill goes ahead, or stays as it is in Xero."""
ADJUSTING = ("supplement", "credit")
"""Ways out that leave a final bill as it is and put the difference on a document of its own."""
_BILLED_AGAIN = ("removed_in_xero", "changed_after_authorised")
"""Kinds of case that ask about a closed bill whether its goods are to be billed after all."""
CLOSING = ("not-owed", "billed-by")
"""Ways out that close a bill for good: nothing of it is created any more."""


@dataclass(frozen=True)
class KnownBill:
    """One bill unit in the ledger."""

    key: str
    document_type: str
    cycle: str
    policy_digest: str
    state: str
    """planned, sent, unknown, confirmed, refused, withdrawn; settled: a person closed it, and its goods stay taken."""
    xero_id: str | None
    po_ids: tuple[int, ...]
    slices: tuple[Slice, ...]
    facts: str
    written: Mapping[str, Any] | None
    """The document as it was last written (what the sync meant)."""
    base: Mapping[str, Any] | None
    """The document as Xero confirmed that write; None where it is unknown (rebuilt or adopted)."""
    refused_payload: str | None = None
    """Digest of the payload that Xero refused."""
    refused_at: datetime | None = None
    refusal: str | None = None
    """What happened, what to do, and Xero's words."""
    refusal_kind: str | None = None
    """The kind of case that those words mean."""
    meanwhile: str | None = None
    """What a person did to the document while it was last written; None where nobody did anything."""
    issued_at: datetime | None = None
    """When the bill was first planned; of a rebuilt one the date of its document, which tells the order only."""
    intended: Mapping[str, Any] | None = None
    """The document as the last request meant it, where none was ever confirmed."""
    unbilled: tuple[Slice, ...] = ()
    """Of goods that a person settled as billed by a document: what that does not bill, and ``slices`` are without."""
    withdrawn_at: datetime | None = None
    """When the sync took its document back in Xero, or left off a bill that Xero never held; None while it stands."""
    in_doubt: bool = False
    """True where a later write may be missing here, because a copy was put back that is older (planning/doubted)."""
    waiting: bool = False
    """True where a request that writes it is open: intended, or sent and not answered."""

    @property
    def meant(self) -> Mapping[str, Any] | None:
        """The document as the sync last meant it, confirmed or not."""
        return self.written or self.intended

    @property
    def reprices(self) -> bool:
        """True for a bill or credit of a change of price alone: it holds no goods."""
        return bool(self.slices) and not any(part.quantity for part in self.slices)

    @property
    def rebuilt(self) -> bool:
        """True where the ledger knows the bill from Xero's document alone: when and by which decision is lost."""
        return not self.policy_digest and self.xero_id is not None

    @property
    def never_sent(self) -> bool:
        """True where Xero refused it and holds nothing of it: it is as if it had not been issued."""
        return self.state == "refused" and self.xero_id is None

    @property
    def unanswered(self) -> bool:
        """True where it is not known what became of our last write: nothing else is done to it until that is known."""
        return self.waiting or self.state in {"planned", "sent", "unknown"}


@dataclass(frozen=True)
class Settlement:
    """A release or another way out that a person chose for a case."""

    case_id: str
    verb: str
    facts: frozenset[str]
    """Digests of the facts that the decision was given for."""
    bill_keys: tuple[str, ...]
    by: str
    reason: str
    at: datetime
    xero_id: str | None = None
    asked_at: datetime | None = None
    """When the plan that last held the case was made; None in decisions that are older than this was kept."""
    gone: Mapping[str, tuple[Slice, ...] | None] = field(default_factory=dict)
    """What a question about goods that went back was about, by bill key; None: all that stood of the bill."""
    on_bills: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """On which bills a person may have put the goods that the question was about, by bill key."""

    @property
    def about(self) -> datetime:
        """The moment whose facts the decision was taken on: what was read after the question is no part of it."""
        return self.asked_at or self.at

    @property
    def named_id(self) -> str:
        """Id of the document in Xero that it names, in lower case; blank where it names none."""
        return (self.xero_id or "").strip().lower()


@dataclass(frozen=True)
class LedgerView:
    """The ledger as planning sees it. A shadow run sees it too and writes nothing to it."""

    bills: Mapping[str, KnownBill] = field(default_factory=dict)
    """Bills and credits by key, in the order in which they were issued."""
    orders: Mapping[str, KnownBill] = field(default_factory=dict)
    """Purchase orders in Xero by key, in the order of issue. They are no bills and hold no goods."""
    settlements: tuple[Settlement, ...] = ()
    cycles: Mapping[str, str] = field(default_factory=dict)
    """The cycle in which a live run first planned a bill, by key; it binds while nothing of the bill was sent."""

    def live(self, key: str) -> KnownBill | None:
        """The bill of a key, unless it was withdrawn."""
        bill = self.bills.get(key)
        return bill if bill and bill.state != "withdrawn" else None

    def cycle_of(self, key: str) -> str | None:
        """The cycle of a bill that was planned before, whether or not anything of it was sent; it never moves."""
        bill = self.bills.get(key)
        return bill.cycle if bill else self.cycles.get(key)

    def bills_of(self, po_id: int) -> tuple[KnownBill, ...]:
        """Every bill of a PO that was not withdrawn, in the order of issue."""
        return tuple(self._by_po.get(po_id, ()))

    def order_of(self, po_id: int) -> KnownBill | None:
        """The purchase order in Xero of a PO; None before there is one, and where it was withdrawn."""
        live = [order for order in self.orders_of(po_id) if order.state != "withdrawn"]
        return live[-1] if live else None

    def orders_of(self, po_id: int) -> tuple[KnownBill, ...]:
        """Every purchase order in Xero that was ever issued for a PO, withdrawn ones included."""
        return tuple(self._orders_by_po.get(po_id, ()))

    def keys_of(self, po_id: int) -> frozenset[str]:
        """Every key that was ever issued for a PO; keys are not used twice."""
        return frozenset(self._keys_by_po.get(po_id, ()))

    @cached_property
    def _keys_by_po(self) -> Mapping[int, list[str]]:
        groups: dict[int, list[str]] = {}
        for bill in self.bills.values():
            for po_id in bill.po_ids:
                groups.setdefault(po_id, []).append(bill.key)
        return groups

    @cached_property
    def _orders_by_po(self) -> Mapping[int, list[KnownBill]]:
        groups: dict[int, list[KnownBill]] = {}
        for order in self.orders.values():
            for po_id in order.po_ids:
                groups.setdefault(po_id, []).append(order)
        return groups

    @cached_property
    def _by_po(self) -> Mapping[int, list[KnownBill]]:
        groups: dict[int, list[KnownBill]] = {}
        for bill in self.bills.values():
            if bill.state != "withdrawn":
                for po_id in {*bill.po_ids, *(part.po_id for part in bill.slices)}:
                    groups.setdefault(po_id, []).append(bill)
        return groups

    def released(self, kind_case: str, facts: str) -> bool:
        """True where a person let these facts of this case through, or has the difference put on its own document."""
        return (kind_case, facts) in self._released or self.adjusting(kind_case, facts) is not None

    def let_stand(self, kind_case: str) -> Sequence[Settlement]:
        """The decisions after which the facts of a case held no more, in the order in which they were taken."""
        return self._let_stand.get(kind_case, ())

    def adjusting(self, kind_case: str, facts: str) -> Settlement | None:
        """The decision to bill or credit the difference of a final bill, until its document is there."""
        return self._adjusting.get((kind_case, facts))

    def repricings(self, key: str) -> tuple[KnownBill, ...]:
        """What bills and credits changes of price of a bill, in the order of issue; refused ones are not among them."""
        return tuple(self._repricings.get(key, ()))

    def credited(self, key: str) -> bool:
        """True where a credit gives back goods of a bill."""
        beside = self._beside.get(key, ())
        return any(is_credit(bill.key) and not bill.reprices for bill in beside)

    def repriced_by(self, key: str) -> tuple[str, ...]:
        """Facts of a question about a further change of price: what is billed of earlier ones, by key.

        The difference alone may be one that a person answered before other documents were made.
        """
        return tuple(bill.key for bill in self.repricings(key))

    def settled(self, bill_key: str) -> Settlement | None:
        """The last settlement (not a release) that closes a bill for good: not owed, or billed by another document.

        One that named a document which is gone, or rested on a bill that does not have the goods any more, ends when a
        person has them billed again.
        """
        return self._settled.get(bill_key)

    def asked_of_new(self, bill: KnownBill) -> bool:
        """True where a person settled a document that was never written when it was asked what its goods stand for.

        Her "not owed" says that another bill, or what a person did about it, covers them: they are not of no account.
        """
        settled = self.settled(bill.key)
        asked = settled is not None and settled.case_id == case_id("changed_after_authorised", cause(bill.key))
        return asked and bill.xero_id is None

    @cached_property
    def _let_stand(self) -> Mapping[str, list[Settlement]]:
        groups: dict[str, list[Settlement]] = {}
        for one in self.settlements:
            if one.verb in LETTING:
                groups.setdefault(one.case_id, []).append(one)
        return groups

    @cached_property
    def _released(self) -> frozenset[tuple[str, str]]:
        return frozenset((s.case_id, facts) for s in self.settlements if s.verb in LETTING for facts in s.facts)

    @cached_property
    def _settled(self) -> Mapping[str, Settlement]:
        found: dict[str, Settlement] = {}
        for one in self.settlements:
            for key in one.bill_keys:
                if one.verb in CLOSING:
                    found[key] = one
                elif one.verb == "release" and one.case_id in {case_id(kind, cause(key)) for kind in _BILLED_AGAIN}:
                    found.pop(key, None)
        return found

    @cached_property
    def _adjusting(self) -> Mapping[tuple[str, str], Settlement]:
        waiting = [s for s in self.settlements if s.verb in ADJUSTING and not self._adjusted(s)]
        return {(s.case_id, facts): s for s in waiting for facts in s.facts}

    def _adjusted(self, decision: Settlement) -> bool:
        """True where its document was issued on the decision and stands: a later difference is a new question.

        A credit of goods that was issued meanwhile is not the document of a decision about the price of the rest.
        """
        return any(
            bill.issued_at is None or bill.issued_at >= decision.at
            for key in decision.bill_keys
            for bill in self._beside.get(key, ())
            if bill.reprices == (decision.case_id == case_id("changed_after_authorised", cause(key)))
            and is_credit(bill.key) == (decision.verb == "credit")
        )

    @cached_property
    def _repricings(self) -> Mapping[str, list[KnownBill]]:
        return {key: own for key, bills in self._beside.items() if (own := [bill for bill in bills if bill.reprices])}

    @cached_property
    def _beside(self) -> Mapping[str, list[KnownBill]]:
        """What stands of credits and of changes of price, by the bill that they are about."""
        groups: dict[str, list[KnownBill]] = {}
        for bill in self.bills.values():
            if (bill.reprices or is_credit(bill.key)) and _tells_prices(bill):
                groups.setdefault(adjusted_key(bill.key), []).append(bill)
        return groups


def _tells_prices(bill: KnownBill) -> bool:
    """False for a document that is not there, and for one that a person settled before its prices were written down."""
    gone = bill.state == "withdrawn" or bill.never_sent
    return not gone and (bill.state != "settled" or bill.meant is not None or not bill.reprices)
