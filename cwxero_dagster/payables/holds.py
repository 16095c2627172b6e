"""A hold: why one bill is kept back, and the digest of the facts it rests on.

What belongs here: the value, the order of gravity, and the digest. What does not: the rules that find holds (matching,
preflight, twins, composing), the words for people (cases).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from cwxero_dagster.payables.money import plain

GRAVITY = (
    "wrong_organisation",
    "unsigned_lifecycle",
    "outcome_unknown",
    "possible_duplicate",
    "duplicate_vendor_invoice",
    "removed_in_xero",
    "changed_after_authorised",
    "reversed_after_authorised",
    "edited_in_xero",
    "paid_not_received",
    "credit_needed",
    "unmapped_vendor",
    "contact_archived",
    "unmapped_account",
    "account_invalid",
    "unmapped_tax",
    "account_tax_conflict",
    "unmapped_tracking",
    "tracking_invalid",
    "currency_not_enabled",
    "lock_date",
    "price_mismatch",
    "quantity_mismatch",
    "total_mismatch",
    "missing_vendor_invoice",
    "freight_unresolved",
    "rounding",
    "rejected_by_xero",
    "received_not_billed",
    "stale_draft",
)
"""Kinds of case, gravest first (CONTRACT section 3 names them)."""
BLOCKING = frozenset({"wrong_organisation", "unsigned_lifecycle"})
"""Kinds that hold every bill, so that none goes ahead beside them."""


Money = tuple[str, Decimal]
"""A currency code and an amount in it."""


@dataclass(frozen=True)
class Hold:
    """One reason why a bill is held."""

    kind: str
    cause: str
    """What groups holds into cases: the same kind and cause on twelve bills is one case."""
    detail: str
    """What is the matter with this bill, in words."""
    facts: str
    """A release lets through exactly these facts."""
    ways_out: tuple[str, ...] | None = None
    """The verbs that fit, as far as the bill in Xero permits them (ways_out); None: all that its kind allows."""

    adjusts: str = ""
    """The verb that would put the difference on a supplement or credit of its own; blank where none can."""

    beside: bool = False
    """True where a document that people keyed stands in Xero, or two of them do, and the question is about those."""

    done: bool = False
    """True where the sync did what follows from it already, and a person is told."""

    lost: bool = False
    """True where what was decided or written before is not known, since a copy was put back or the ledger rebuilt."""

    others: tuple[str, ...] = ()
    """Ids of documents in Xero that the question names beside the bill's own, so that a person can open them."""

    stake: Money | None = None
    """What money it is about, as what the vendor is owed; None: what the bill comes to (cases/stakes)."""

    @property
    def case_id(self) -> str:
        """The case that the hold belongs to."""
        return case_id(self.kind, self.cause)


def hold(kind: str, cause: str, detail: str, *facts: object) -> Hold:
    """A hold that rests on ``facts``."""
    return Hold(kind, cause, detail, digest(kind, cause, *facts))


def naming(one: Hold, *document_ids: str) -> Hold:
    """The hold with the documents in Xero that it names beside the bill's own."""
    return replace(one, others=document_ids)


def case_id(kind: str, cause: str) -> str:
    """The stable, typeable id of the case for a kind and cause."""
    return f"C-{digest(kind, cause)[:8].upper()}"


def digest(*parts: object) -> str:
    """SHA-256 over the parts' text, shortened; parts cannot run into one another, and 5 is 5.00."""
    joined = "\x1f".join(plain(part) if isinstance(part, Decimal) else str(part) for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


def by_gravity(holds: Iterable[Hold]) -> list[Hold]:
    """Holds, gravest first; equal kinds keep their order."""
    return sorted(holds, key=lambda item: GRAVITY.index(item.kind))
