"""What the cycle's bills name in Xero is there and may be used; and Xero holds no bill of ours twice.

What belongs here: one check a thing that Xero has to offer. What does not: finding out what Xero would refuse
(payables/composing/preflight), writing.
"""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from cwxero_dagster.assets.describing import summed
from cwxero_dagster.checks.declaring import Cycles, check_of_all, check_of_cycle
from cwxero_dagster.checks.holding import called, nothing_held_for
from cwxero_dagster.checks.showing import Checked, Finding
from cwxero_dagster.payables.bills import owed
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.numbering import credit_key_in, key_in
from cwxero_dagster.payables.wording import counted, status_words
from cwxero_dagster.pipeline.readings import read_books
from cwxero_dagster.pipeline.session import Session


def xero_checks(cycles: Cycles) -> list[dg.AssetChecksDefinition]:
    """The checks, for these billing cycles."""
    return [
        *(
            check_of_cycle(look, asset="held_bills", cycles=cycles)
            for look in (
                contacts_are_active,
                accounts_are_valid_in_xero,
                accounts_and_tax_types_go_together,
                tracking_options_exist,
                currencies_are_enabled,
            )
        ),
        check_of_all(no_document_in_xero_twice, asset="xero_documents"),
    ]


def contacts_are_active(session: Session, cycle: str) -> Checked:
    """The Xero contacts of the cycle's bills are there and not archived."""
    return nothing_held_for(session, cycle, "contact_archived")


def accounts_are_valid_in_xero(session: Session, cycle: str) -> Checked:
    """The accounts of the cycle's bills are in Xero's chart, active, and of a type that a bill may use."""
    return nothing_held_for(session, cycle, "account_invalid")


def accounts_and_tax_types_go_together(session: Session, cycle: str) -> Checked:
    """The tax types of the cycle's bills are active in Xero and allowed on the accounts that they are used with."""
    return nothing_held_for(session, cycle, "account_tax_conflict")


def tracking_options_exist(session: Session, cycle: str) -> Checked:
    """The tracking categories and options of the cycle's bills are active in Xero."""
    return nothing_held_for(session, cycle, "tracking_invalid")


def currencies_are_enabled(session: Session, cycle: str) -> Checked:
    """The currencies of the cycle's bills are switched on in the Xero organisation."""
    return nothing_held_for(session, cycle, "currency_not_enabled")


def no_document_in_xero_twice(session: Session) -> Checked:
    """No two live documents in Xero carry the key of one bill, and no document in Xero stands for two bills."""
    live = [document for document in read_books(session.warehouse).documents if document.live]
    by_key: dict[str, list[Document]] = {}
    for document in live:
        if key := _key(document):
            by_key.setdefault(key, []).append(document)
    findings = [_copies(key, documents) for key, documents in sorted(by_key.items()) if len(documents) > 1]
    scope = f"{counted(len(live), 'live document')} in Xero, {len(by_key)} of them with the key of a bill"
    return Checked(scope, (*findings, *_shared(session)))


def _key(document: Document) -> str | None:
    first = document.lines[0].description if document.lines else ""
    return credit_key_in(first) if document.document_type == "ACCPAYCREDIT" else key_in(document.url)


def _copies(key: str, documents: Sequence[Document]) -> Finding:
    named = "; ".join(
        f"{document.number or 'without a number'} ({status_words(document.status)}, "
        f"{money_text(document.total, document.currency_code)}, {document.document_id})"
        for document in documents
    )
    return Finding(
        what=f"{len(documents)} live documents of {documents[0].contact_name} in Xero are one bill ({key}): {named}.",
        what_to_do="Look at them in Xero and delete or void the copy. The sync writes to neither until then.",
        money=tuple(
            summed([(one.currency_code, owed(one.document_type, one.total))] for one in documents[1:]).items(),
        ),
    )


def _named(document: Document | None, xero_id: str) -> str:
    return f"{document.number} of {document.contact_name}" if document else xero_id


def _shared(session: Session) -> list[Finding]:
    """Documents that the ledger has for more than one bill."""
    by_id: dict[str, list[KnownBill]] = {}
    documents = read_books(session.warehouse).by_id
    for bill in session.ledger.view().bills.values():
        if bill.xero_id and bill.state != "withdrawn":
            by_id.setdefault(bill.xero_id.lower(), []).append(bill)
    return [
        Finding(
            what=f"The ledger has one document in Xero, {_named(documents.get(xero_id), xero_id)}, for "
            f"{' and '.join(called(None, bill, bill.key) for bill in bills)}.",
            what_to_do="Tell the data team: `cwxero rebuild-ledger` finds out from Xero which bill it is.",
        )
        for xero_id, bills in sorted(by_id.items())
        if len(bills) > 1
    ]
