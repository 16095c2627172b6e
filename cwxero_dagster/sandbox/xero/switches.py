"""What is not known for certain about Xero, as switches; the product has to pass with either setting.

What belongs here: one field for each fact that public sources leave open or that differs between plans and connections.
What does not: behaviour that is known (it has no switch).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PROJECT_SCOPES = (
    "accounting.invoices",
    "accounting.contacts",
    "accounting.settings.read",
    "accounting.attachments",
    "accounting.payments.read",
)


@dataclass(frozen=True, kw_only=True)
class XeroSwitches:
    """Settings of the simulated Xero. The defaults are the reading that is hardest on a client."""

    # --- the connection and the plan
    scopes: tuple[str, ...] = PROJECT_SCOPES
    """Scopes granted to the app. Connections made before May 2026 hold broad ones (``accounting.transactions``)."""
    tenant_header_required: bool = False
    """A custom connection may leave ``xero-tenant-id`` out; apps that a user consented to may not."""
    concurrent_calls: int = 5
    """Requests in progress at once, per organisation."""
    calls_per_minute: int = 60
    """Requests in any 60 seconds, per organisation."""
    calls_per_day: int = 5000
    """Requests in any 24 hours: 1,000 on the Starter plan, 5,000 above; which one a custom connection gets is open."""
    denied_actions: tuple[str, ...] = ()
    """Names that GET /Organisation/Actions reports as NOT-ALLOWED; writes that need them are refused."""

    # --- batches and answers
    batch_order: Literal["shuffled", "reversed", "date", "sent"] = "shuffled"
    """Order of the elements in the answer to a batch. Reported: by date. Promised: nothing."""
    largest_batch: int = 100
    """Elements a request may hold; advice is about 50, a hard limit is not published."""
    largest_body: int = 3_500_000
    """Bytes a request may hold; 10 MB and about 3.5 MB are both reported, the smaller counts."""
    line_errors_on_line: bool = False
    """Errors of a bill's line are nested in the line instead of standing on the bill. (On purchase orders they always
    are, as a published answer shows.)"""
    amounts_as_text: bool = False
    """Amounts leave as JSON text ("1025.00"), as some of the published examples show, instead of numbers."""
    idempotency_seconds: int = 360
    """How long an Idempotency-Key is remembered: about six minutes."""
    server_errors_cached: bool = False
    """An injected 5xx is remembered under the Idempotency-Key too. Validation errors always are."""

    # --- bills and credits
    bill_reference_kept: bool = False
    """A bill's ``Reference`` is stored. Every report says that it is dropped without a word."""
    post_by_number: Literal["duplicates", "updates", "refused"] = "duplicates"
    """POST without InvoiceID where the number (and contact) exists already."""
    update_without_lines: Literal["recreates", "keeps"] = "recreates"
    """An update that leaves LineItems out: lines get new ids and fall back to two decimals (four with ``unitdp=4``),
    as one report says, or stay as they are, as the examples suggest."""
    echoed_lines: Literal["merge", "replace"] = "merge"
    """A line sent with its LineItemID keeps the fields that were not sent, or loses them."""
    paid_bill_edits: bool = False
    """Paid and part-paid bills take edits that move no money (announced for 19 March 2026)."""
    locked_drafts_editable: bool = False
    """A draft dated in a locked period can still be changed or deleted through the API."""
    negative_bills: Literal["refused", "accepted"] = "refused"
    """A bill whose total is below zero."""
    totals_mismatch: Literal["refused", "ignored"] = "refused"
    """SubTotal, TotalTax or Total sent with a value that the lines do not give."""
    half_cents: Literal["up", "even"] = "up"
    """Which way half a cent of a line's amount or tax goes: away from zero, or to the even cent. The rounding guide
    says that each line is rounded to two decimals, and not which way."""
    unknown_tracking: Literal["refused", "ignored"] = "refused"
    """A tracking category or option that does not exist or is archived."""
    notes_move_stamp: bool = True
    """A note in a document's history moves its UpdatedDateUTC; nothing published says whether it does."""
    linked_lines: Literal["refused", "goes", "stays"] = "refused"
    """What becomes of a billable expense whose line a write drops or whose bill it deletes: the write is refused, the
    link goes with its line, or it stays without one. Nothing published says."""
    link_refusals: Literal["status", "element"] = "status"
    """A link that cannot be made is refused with status 400, or, as one published example shows, answered with status
    200, an id and ``ValidationErrors``."""
    links_move_stamp: bool = True
    """A link that is made, changed or deleted moves the UpdatedDateUTC of its bill; nothing published says so."""
    contact_fields_update: bool = True
    """Contact fields beside ContactID inside a document change the contact and remove its contact persons."""

    # --- contacts
    account_number_unique: bool = False
    """AccountNumber must be unique over all contacts; nothing published says so."""

    # --- purchase orders
    po_billed_by_api: bool = True
    """An authorised purchase order can be set to BILLED."""
    po_unbilled_by_api: bool = False
    """A purchase order that was set to BILLED can go back to AUTHORISED."""
    authorised_po_deletable: bool = False
    """An authorised purchase order can be set to DELETED."""
    deleted_po_number_reusable: bool = False
    """The number of a deleted purchase order can be used again."""
