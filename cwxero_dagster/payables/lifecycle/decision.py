"""The values of a lifecycle decision, their defaults (CONTRACT.md section 2), and the digest of their meaning.

What belongs here: one frozen value a section of ``lifecycle.yaml``, with field names equal to its keys. The types of
the fields are also the description that ``reading`` checks a file against: a ``Literal`` lists the allowed words, a
``Range`` bounds a number. What does not: reading a file, and combinations that make no sense (rules).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from cwxero_dagster.payables.money import plain

RaisedEvent = Literal["nothing", "draft_purchase_order", "draft_bill"]
ReceivedEvent = Literal["nothing", "draft_bill"]
InvoiceEvent = Literal["nothing", "update_bill", "draft_bill"]
PaidEvent = Literal["nothing"]
ReversedEvent = Literal["open_case", "draft_credit_note"]
LineAmounts = Literal["Exclusive", "Inclusive", "NoTax"]

LATER = "added later"
"""Field metadata of a key that a later version added: it enters the digest only where it differs from its default."""


@dataclass(frozen=True)
class Range:
    """The smallest and the largest number that a key may hold."""

    least: int
    most: int


@dataclass(frozen=True)
class Placeholders:
    """The words in braces that a template may hold."""

    names: tuple[str, ...]


Money = Annotated[Decimal, Range(0, 1_000_000)]
Percent = Annotated[Decimal, Range(0, 100)]
NumberTemplate = Annotated[str, Placeholders(("vendor_invoice", "po_number"))]


@dataclass(frozen=True, kw_only=True)
class Events:
    """ConnectWise state to Xero event."""

    raised: RaisedEvent = "nothing"
    partially_received: ReceivedEvent = "nothing"
    fully_received: ReceivedEvent = "draft_bill"
    vendor_invoice_received: InvoiceEvent = "update_bill"
    paid: PaidEvent = "nothing"
    """Payments are applied in Xero, never by the sync."""
    reversed: ReversedEvent = "open_case"

    @property
    def creates_bills(self) -> bool:
        """False where the firm keys every bill by hand."""
        return "draft_bill" in dataclasses.astuple(self)


@dataclass(frozen=True, kw_only=True)
class BillRule:
    """What one bill is and what it carries."""

    one_per: Literal["purchase_order", "receipt", "vendor_invoice"] = "purchase_order"
    status: Literal["DRAFT", "SUBMITTED"] = "DRAFT"
    number: NumberTemplate = "{vendor_invoice} | {po_number}"
    date: Literal["received", "vendor_invoice", "purchase_order"] = "received"
    due_date: Literal["terms", "expected"] = "terms"
    line_amounts: LineAmounts = "Exclusive"
    zero_value_lines: Literal["text", "omit"] = "text"


@dataclass(frozen=True, kw_only=True)
class FreightRule:
    """Which bill freight goes on."""

    bill: Literal["with_goods", "carrier"] = "with_goods"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A tolerance: over either limit is a mismatch, None is a limit that is off; ``absolute`` in document currency."""

    percent: Percent | None = None
    absolute: Money | None = None

    @property
    def is_off(self) -> bool:
        """True where both limits are."""
        return self.percent is None and self.absolute is None

    def is_over(self, difference: Decimal, base: Decimal) -> bool:
        """True where ``difference`` from ``base`` breaks one of the limits."""
        over = abs(difference)
        return (self.absolute is not None and over > self.absolute) or (
            self.percent is not None and over * 100 > self.percent * abs(base)
        )


@dataclass(frozen=True, kw_only=True)
class MatchRule:
    """Three-way match: ordered, received, invoiced. A blank rule is off: both its limits are None."""

    price: Limit = Limit(percent=Decimal("2.0"), absolute=Decimal("10.00"))
    quantity: Limit = Limit(percent=Decimal("0.0"), absolute=Decimal("0.0"))
    total: Limit = Limit(percent=Decimal("0.5"), absolute=Decimal("1.00"))


@dataclass(frozen=True, kw_only=True)
class Rounding:
    """How far Xero's total may be from ours, and the account of the visible line (None: the organisation's own)."""

    limit: Money = Decimal("0.05")
    account: str | None = None


@dataclass(frozen=True, kw_only=True)
class TaxDifference:
    """How far ConnectWise's tax may be from Xero's computation."""

    limit: Money = Decimal("0.05")


@dataclass(frozen=True, kw_only=True)
class Accrual:
    """Where the received-not-billed proposal is posted; None until a firm names an account."""

    account: str | None = None


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """When a parallel-run cycle counts as ready."""

    min_matched_percent: Percent = Decimal("98")
    max_unexplained: Money = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class WithoutPo:
    """Keyed bills that need no PO: Xero contacts (name or id) and account codes."""

    contacts: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The whole decision. Every field is a key of ``lifecycle.yaml``, every default the contract's."""

    version: Annotated[int, Range(1, 1)] = 1
    go_live: date = date(2026, 5, 1)
    events: Events = Events()
    bill: BillRule = BillRule()
    freight: FreightRule = FreightRule()
    vendor_invoice_from: Literal["header", "packing_slip", "feed"] = "header"
    lock_date: Literal["hold", "draft"] = "hold"
    match: MatchRule = MatchRule()
    rounding: Rounding = Rounding()
    tax_difference: TaxDifference = TaxDifference()
    two_way: tuple[str, ...] = ()
    mark_purchase_order_billed: bool = True
    link_customers: bool = False
    history_notes: bool = False
    stale_draft_days: Annotated[int, Range(1, 365)] = 14
    accrual: Accrual = Accrual()
    readiness: Readiness = Readiness()
    without_po: WithoutPo = WithoutPo()

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the decision's meaning: what both roles sign.

        It covers the values in force, written as JSON with sorted keys, plain numbers and sorted, case-folded lists, so
        that the order of keys, comments, spacing and ``2`` for ``2.0`` make no difference. A key that a later version
        adds (field metadata ``LATER``) is left out while it has its default: signatures outlive an upgrade.
        """
        meaning = json.dumps(meaning_of(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(meaning.encode()).hexdigest()


def meaning_of(section: Any) -> dict[str, Any]:
    """A section's values in canonical form (text, booleans, None, lists, nested objects): what the digest covers."""
    meaning: dict[str, Any] = {}
    for each in dataclasses.fields(section):
        value = getattr(section, each.name)
        if each.metadata.get(LATER) and value == each.default:
            continue
        meaning[each.name] = _canonical(value)
    return meaning


def _canonical(value: Any) -> Any:
    match value:
        case Decimal():
            return plain(value)
        case date():
            return value.isoformat()
        case tuple():
            return sorted({" ".join(item.split()).casefold() for item in value})
        case None | bool() | str():
            return value
        case int():
            return str(value)
        case _:
            return meaning_of(value)


def describe_changes(signed: Decision, now: Decision) -> list[str]:
    """What differs in meaning, a line a key: ``events.raised: nothing -> draft_bill``; empty where digests agree."""
    before, after = dict(_flat(meaning_of(signed))), dict(_flat(meaning_of(now)))
    return [
        f"{key}: {_shown(before.get(key))} -> {_shown(after.get(key))}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]


def _flat(meaning: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in meaning.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _shown(value: Any) -> str:
    match value:
        case None:
            return "blank"
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(value) or "none"
        case _:
            return str(value)
