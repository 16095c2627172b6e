"""What is to happen to a bill that Xero holds: update, leave, withdraw, or ask a person.

What belongs here: which rule of DESIGN.md, "Field ownership", its state in Xero calls for; copies, drafts that are kept
out, bills that became credits. What does not: bills that are not in Xero yet (plan), what is written to a draft
(drafts), what is asked about an approved bill (final), bills that nothing makes due (no_longer_due).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cwxero_dagster.payables.actions import Action, Guard, held
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import FINAL, Document
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.holds import hold, naming
from cwxero_dagster.payables.keys import cause
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.merging import untouched
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.planning.drafts import draft_action, without_base
from cwxero_dagster.payables.planning.final import final
from cwxero_dagster.payables.planning.in_xero import named_and_removed, overlap, overlapped, removal, unanswered
from cwxero_dagster.payables.planning.no_longer_due import closed
from cwxero_dagster.payables.wording import status_words


def published(
    item: Assessed,
    known: KnownBill,
    document: Document | None,
    copies: Sequence[Document],
    ledger: LedgerView,
    guard: Guard,
    *,
    po_numbers: tuple[str, ...],
    named: Document | None = None,
) -> Action:
    """The action for a unit whose bill was written. ``copies``: other live documents that carry its key.

    ``po_numbers``: every order of the bill, also one that it bills nothing of any more. ``named``: the document that a
    person named when she settled the bill as billed by another one.
    """
    bill = item.bill
    action = Action(bill.key, "unchanged", "", (), bill, known, document, po_numbers=po_numbers)
    if known.unanswered:
        return held(action, [unanswered(known)], ledger)
    if document is None:
        return replace(action, reason="Published; Xero's list of bills has not shown it yet.")
    settled = ledger.settled(bill.key)
    if settled and named is not None and not named.live:
        ours = (
            [] if document.live or known.state == "settled" else [removal(bill.key, document, in_doubt=known.in_doubt)]
        )
        return held(action, [*ours, named_and_removed(bill.key, settled, named, stands=document.live)], ledger)
    if settled:
        return closed(action, known, document, settled, ledger)
    if not document.live:
        removed = replace(action, reason="Removed in Xero by a person and released: the goods get a new bill.")
        return held(removed, [removal(bill.key, document, in_doubt=known.in_doubt)], ledger)
    if copies:
        others = ", ".join(copy.number or "one without a number" for copy in copies)
        detail = (
            f"Xero holds {document.number} once more, as happens when a bill is copied in Xero: {others}. Neither is "
            "written to."
        )
        twice = naming(hold("possible_duplicate", cause(bill.key), detail, *_ids(copies)), *_ids(copies))
        copied = held(action, [replace(twice, beside=True)], ledger)
        if copied.action == "hold":
            return copied
    if bill.excluded and document.status not in FINAL:
        return _kept_out(action, bill.excluded, known, document, ledger)
    if document.document_type != bill.document_type:
        return _other_type(action, bill, known, document, ledger)
    if document.status in FINAL:
        return overlapped(final(action, item, known, document, ledger), known, ledger)
    if known.meanwhile:
        asked = held(replace(action, reason="A person let the draft in Xero stand."), [overlap(known)], ledger)
        if asked.action == "hold":
            return asked
    if known.base is None or known.written is None:
        return without_base(action, item, document, ledger)
    return draft_action(action, item, known, document, ledger, guard)


def _kept_out(action: Action, why: str, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    """A draft of a bill that would not be made any more: it goes, unless a person worked on it."""
    if untouched(known, document):
        return replace(action, action="withdraw", reason=f"{why} Nobody touched the draft: it is to be withdrawn.")
    detail = (
        f"{why} But a person worked on its draft in Xero, for {money_text(document.total, document.currency_code)}: "
        "nothing was removed, and nothing more is written to it. Delete it in Xero, or let it stand."
    )
    stands = replace(action, reason=f"{why} A person let the draft in Xero stand.")
    return held(stands, [hold("edited_in_xero", cause(action.key), detail, why, document.status)], ledger)


def _ids(documents: Sequence[Document]) -> list[str]:
    return sorted(document.document_id for document in documents)


def _other_type(action: Action, bill: Bill, known: KnownBill, document: Document, ledger: LedgerView) -> Action:
    """A bill became a credit, or the other way round: Xero cannot turn one into the other."""
    now = "a supplier credit" if bill.document_type == "ACCPAYCREDIT" else "a bill"
    if untouched(known, document):
        reason = (
            f"The purchase order now comes to {now}, and nobody touched the draft: it is to be withdrawn and made anew."
        )
        return replace(action, action="withdraw", reason=reason)
    kind = "changed_after_authorised" if document.status in FINAL else "edited_in_xero"
    detail = (
        f"The purchase order now comes to {now} of {money_text(bill.total, bill.currency_code)}, while Xero holds "
        f"{money_text(document.total, document.currency_code)} the other way round ({status_words(document.status)})."
    )
    released = replace(action, reason="A person let the document in Xero stand.")
    return held(released, [hold(kind, cause(bill.key), detail, bill.facts)], ledger)
