"""Under ``link_customers: true``: the lines of our bills linked to ConnectWise's customers in Xero, after the bills.

What belongs here: gathering what the rules need, and when in a release links are looked at. What does not: the rules
(payables/customers/linking, payables/customers/link_steps), the calls (publishing/linking).

Links of all cycles are looked after in every release, because a customer often becomes known after the bill's cycle was
done. Without anything to do no call is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cwxero_dagster import frames
from cwxero_dagster.payables.customers.link_steps import Due, links_due, making_way
from cwxero_dagster.payables.customers.linking import line_customers, linkable, unlinked_words
from cwxero_dagster.payables.documents import meaning_of_document
from cwxero_dagster.payables.merging import untouched
from cwxero_dagster.payables.reading_books import document_of
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.on_billing import products_of
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known
from cwxero_dagster.publishing.linking import Linked, Linker
from cwxero_dagster.staging import xero_rows
from cwxero_dagster.staging.findings import Findings
from cwxero_dagster.transport import CallFailed
from cwxero_dagster.warehouse.customer_links import CustomerLinks
from cwxero_dagster.writing import Writing


@dataclass(frozen=True)
class LinkPlan:
    """What is to be done about links now, and why lines are linked to nobody."""

    dues: tuple[Due, ...]
    unlinked: tuple[str, ...]


def link_plan(session: Session, known: Known) -> LinkPlan:
    """What is due, worked out from what is known here: no call is made."""
    if not known.agreement.decision.link_customers:
        return LinkPlan((), ())
    lines = line_customers(known.ledger, known.books, known.purchasing, known.agreement, products_of(session.warehouse))
    standing = {
        bill.key: frozenset((line.line_item_id or "").lower() for line in document.lines)
        for bill, document in linkable(known.ledger, known.books)
    }
    dues = links_due(lines, CustomerLinks(session.warehouse).all(), standing, session.clock.now())
    return LinkPlan(tuple(dues), tuple(unlinked_words(lines)))


def make_way(
    session: Session, known: Known, writings: Sequence[Writing], before_write: Callable[[], None]
) -> list[Writing]:
    """Take back our links on lines that the writings are about to drop: Xero may refuse to drop a linked line.

    The answer is the writings, those over a draft that this changed with the stamp that it has now.
    """
    if not known.agreement.decision.link_customers:
        return list(writings)
    dropped = {}
    for writing in writings:
        document = known.books.by_id.get((writing.xero_id or "").lower())
        if document is not None:
            left = {
                str(line.get("line_item_id") or "").lower()
                for line in (writing.meaning["lines"] if writing.action == "update" else ())
            }
            dropped[writing.key] = {(line.line_item_id or "").lower() for line in document.lines} - left
    dues = making_way(CustomerLinks(session.warehouse).all(), dropped)
    if dues:
        _linker(session, known, before_write).carry_out(dues)
    loosened = {due.kept.bill_key for due in dues if due.kept}
    return [_read_anew(session, known, one) if one.key in loosened else one for one in writings]


def _read_anew(session: Session, known: Known, writing: Writing) -> Writing:
    """A writing over a draft that says what it said when it was read, though its stamp has moved; else as it is."""
    read = known.books.by_id[(writing.xero_id or "").lower()]
    try:
        now = document_of(xero_rows.document(session.xero.bill(read.document_id)))
    except CallFailed as failure:
        session.progress(f"Xero: {failure.message_for_people}")
        return writing
    same = now.status == read.status and meaning_of_document(now) == meaning_of_document(read)
    return replace(writing, as_read=now.updated_at.isoformat()) if same and now.updated_at else writing


def link_customers(session: Session, known: Known, plan: LinkPlan, before_write: Callable[[], None]) -> str:
    """Do what is due; answers what was done and what was not, in words."""
    done = Linked()
    if plan.dues:
        done = _linker(session, known, before_write).carry_out(plan.dues)
        _know_own_touch(session, known, done)
    words = " ".join(
        [
            f"{counted(done.made, 'line')} linked now"
            + (f", {done.taken_back} taken back." if done.taken_back else "."),
            *(f"Not linked, {reason}" for reason in plan.unlinked),
        ]
    )
    if plan.dues:
        session.progress(f"Xero: customers of bill lines. {words}")
    return words


def _linker(session: Session, known: Known, before_write: Callable[[], None]) -> Linker:
    organisation = known.books.organisation
    return Linker(
        session.xero,
        CustomerLinks(session.warehouse),
        organisation_id=organisation.organisation_id if organisation else "",
        clock=session.clock,
        progress=session.progress,
        before_write=before_write,
    )


def _know_own_touch(session: Session, known: Known, done: Linked) -> None:
    """Read the bills again whose links changed: should that move their stamp, it is known for our own work.

    A bill that a person had touched before stays hers.
    """
    findings = Findings()
    for bill, before in linkable(known.ledger, known.books):
        if bill.key not in done.touched or not untouched(bill, before):
            continue
        try:
            row = xero_rows.document(session.xero.bill(before.document_id))
        except CallFailed as failure:
            session.progress(f"Whether links touch their bills is not known now: {failure.message_for_people}")
            break
        findings.add(frames.XeroDocuments, row)
        after = document_of(row)
        if untouched(replace(bill, base={**(bill.base or {}), "linked_at": after.stamp}), after):
            CustomerLinks(session.warehouse).own_touch(bill.key, after.stamp)
    findings.observe(session.warehouse, at=session.clock.now())
