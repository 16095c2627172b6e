"""What the publisher means to write and how: documents, the requests that carry them, what became of them.

What belongs here: values that the ledger can keep, and their JSON form. What does not: deciding them
(payables/planning), sending them (publishing), keeping them (warehouse/ledger).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.transport.clock import Uptime


@dataclass(frozen=True)
class Writing:
    """One document to create, update or withdraw, with everything the ledger must know to take it up again."""

    action: str
    """create, credit, update, withdraw; close: the status of a purchase order alone."""
    key: str
    document_type: str
    cycle: str
    policy_digest: str
    po_ids: tuple[int, ...]
    po_numbers: tuple[str, ...]
    facts: str
    slices: tuple[Slice, ...]
    meaning: dict[str, Any]
    status: str
    """Status to send: the decision's for a new bill, the one that was read for an update, DELETED for a withdrawal; a
    purchase order is created as a draft, and closed by way of AUTHORISED to BILLED."""
    payload_digest: str
    xero_id: str | None = None
    unseen_from: str | None = None
    """For an update or withdrawal: from this moment on, a person's change was not in the document that was read."""
    as_read: str | None = None
    """For an update or withdrawal: the update stamp of the document that was read."""
    closes: bool = False
    """A withdrawal on a person's word: the goods stay taken, and nothing replaces the bill."""
    note: str = ""
    """What the document's history in Xero is to say once this is confirmed; blank for nothing."""

    @property
    def event(self) -> str:
        """What the document's history calls it: a purchase order is approved on its way to be closed."""
        return "approve" if self.action == "close" and self.status == "AUTHORISED" else self.action

    @property
    def over_a_draft(self) -> bool:
        """True where a second sending could be over what a person did since the first."""
        return self.action in {"update", "withdraw"}

    @property
    def creates(self) -> bool:
        """True where a second sending could make a second document."""
        return self.action in {"create", "credit"}

    def to_json(self) -> str:
        """The value as text."""
        return json.dumps(asdict(self), default=str, sort_keys=True)

    @staticmethod
    def from_json(text: str) -> Writing:
        """The value that ``to_json`` gave."""
        record = json.loads(text)
        slices = [
            Slice(part["po_id"], part["line_id"], Decimal(part["start"]), Decimal(part["end"]))
            for part in record.pop("slices")
        ]
        return Writing(
            slices=tuple(slices),
            po_ids=tuple(record.pop("po_ids")),
            po_numbers=tuple(record.pop("po_numbers")),
            **record,
        )


@dataclass(frozen=True)
class Outcome:
    """What became of one writing."""

    key: str
    result: str
    """confirmed, refused, unknown."""
    xero_id: str | None = None
    xero_status: str | None = None
    base: dict[str, Any] | None = None
    kind: str | None = None
    """For a refusal, the kind of case that Xero's words mean."""
    message: str = ""
    """For a refusal what happened, what to do and Xero's own words; else what is not known."""
    total: Decimal | None = None
    """The document's total as Xero computed it."""
    document: Mapping[str, Any] | None = None
    """The document as Xero answered it; None where it said nothing of it."""
    meanwhile: str = ""
    """What a person did to the document between our reading and our writing; blank where nobody did anything."""


@dataclass(frozen=True)
class Request:
    """One write to Xero, as it was or will be sent."""

    request_id: str
    batch_id: str
    attempt: int
    idempotency_key: str
    method: str
    path: str
    body: bytes
    writings: tuple[Writing, ...]
    state: str = "planned"
    first_sent_at: datetime | None = None
    sent_uptime: Uptime | None = None
    """How long the machine had been up when it was first sent."""
