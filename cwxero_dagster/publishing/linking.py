"""Linking bill lines to customers in Xero, and taking such links back: at most once, and never over a person's.

What belongs here: one look at a bill's links, then one call a link, each written down before it leaves. What does not:
which lines (payables/customers/linking), what follows from Xero's list (payables/customers/link_steps), keeping
(warehouse/customer_links). A link never holds up or fails a bill: what goes wrong with it is said, kept, and taken up
by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from cwxero_dagster.payables.customers.link_steps import HERS, LINKED, UNLINKING, Due, KeptLink, XeroLink, judged
from cwxero_dagster.payables.customers.linking import LineCustomer
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.publishing.answers import NO_ID
from cwxero_dagster.transport import (
    Answer,
    CallFailed,
    Clock,
    MalformedAnswer,
    NotFound,
    OutcomeUnknown,
    RequestRefused,
)
from cwxero_dagster.warehouse.customer_links import CustomerLinks
from cwxero_dagster.xero.client import Xero
from cwxero_dagster.xero.documents import encode, linked_transaction
from cwxero_dagster.xero.refusals import element_errors

MOST_CALLS = 100
"""Calls that a run spends on links, about two minutes of Xero's pace: the day's calls are for bills first."""


@dataclass
class Linked:
    """What was done about links."""

    made: int = 0
    taken_back: int = 0
    touched: set[str] = field(default_factory=set)
    """Keys of bills of which a link was made or taken back, or may have been."""


class Linker:
    """Makes links in one Xero organisation, and takes them back."""

    def __init__(
        self,
        xero: Xero,
        links: CustomerLinks,
        *,
        organisation_id: str,
        clock: Clock,
        progress: Callable[[str], None],
        before_write: Callable[[], None],
    ) -> None:
        """``before_write`` is called before each write (it backs the ledger up, once)."""
        self._xero = xero
        self._links = links
        self._organisation_id = organisation_id
        self._clock = clock
        self._progress = progress
        self._before_write = before_write

    def carry_out(self, dues: Sequence[Due]) -> Linked:
        """Do what is due, bill by bill. Where a limit is reached or Xero is down, the rest waits for the next run."""
        done = Linked()
        first, waiting = self._xero.calls, len(dues)
        for document_id, group in groupby(sorted(dues, key=_document_of), key=_document_of):
            mine = list(group)
            if self._xero.calls - first + 1 + 2 * len(mine) > max(MOST_CALLS, 1 + 2 * len(mine)):
                self._progress(f"Xero: the customers of {counted(waiting, 'line')} wait for the next run.")
                break
            try:
                found = [_link_of(record) for record in self._xero.linked_transactions(document_id)]
                for due in mine:
                    self._settle(due, found, done)
            except CallFailed as failure:
                words = failure.message_for_people
                self._progress(f"The customers of {counted(waiting, 'bill line')} wait for the next run: {words}")
                break
            waiting -= len(mine)
        return done

    def _settle(self, due: Due, found: Sequence[XeroLink], done: Linked) -> None:
        verdict = judged(due, found)
        if verdict.removes and due.kept and not self._taken_back(due.kept, verdict.removes, done):
            return
        if verdict.creates and due.wanted:
            self._made(due.wanted, done)
        elif verdict.state == HERS:
            self._links.hers(due.kept, due.wanted, at=self._clock.now())
        elif verdict.state == LINKED and due.kept and verdict.linked_id and verdict.contact_id:
            self._links.linked(due.kept, verdict.linked_id, verdict.contact_id, at=self._clock.now())
            done.touched.add(due.kept.bill_key)
        elif due.kept and not verdict.removes:
            self._links.not_linked(due.kept, at=self._clock.now())

    def _taken_back(self, kept: KeptLink, linked_id: str, done: Linked) -> bool:
        """Take a link back; False where it is not known to be gone."""
        self._before_write()
        self._links.unlinking(kept, at=self._clock.now())
        try:
            self._xero.delete_linked_transaction(linked_id)
        except NotFound:
            pass
        except OutcomeUnknown as failure:
            self._unanswered(replace(kept, state=UNLINKING), failure, done)
            return False
        except RequestRefused as failure:
            self._links.kept_by_xero(kept, failure.message_for_people, at=self._clock.now())
            return False
        except CallFailed:
            self._links.still_linked(kept, at=self._clock.now())
            raise
        self._links.unlinked(kept, at=self._clock.now())
        done.taken_back += 1
        done.touched.add(kept.bill_key)
        return True

    def _made(self, wanted: LineCustomer, done: Linked) -> None:
        self._before_write()
        kept = self._links.linking(wanted, at=self._clock.now())
        try:
            answer = self._xero.write(
                "PUT",
                "/LinkedTransactions",
                encode(
                    linked_transaction(
                        bill_id=kept.document_id, line_item_id=kept.line_item_id, contact_id=kept.contact_id
                    )
                ),
                idempotency_key=f"{self._organisation_id}/link/{kept.line_item_id}/{kept.attempt}",
                what="the link of a bill line to a customer",
            )
        except OutcomeUnknown as failure:
            self._unanswered(kept, failure, done)
            return
        except (RequestRefused, NotFound) as failure:
            errors = element_errors(_json(failure.answer) if failure.answer else None)
            self._refused(kept, " ".join(errors) or failure.message_for_people)
            return
        except CallFailed:
            self._links.not_linked(kept, at=self._clock.now())
            raise
        self._record(kept, _json(answer), done)

    def _record(self, kept: KeptLink, answer: Any, done: Linked) -> None:
        """What Xero's answer says. A refusal may come as a success that holds errors."""
        records = answer.get("LinkedTransactions") if isinstance(answer, Mapping) else None
        record = records[0] if isinstance(records, list) and records and isinstance(records[0], Mapping) else {}
        if errors := element_errors(record):
            self._refused(kept, " ".join(errors))
            return
        linked_id = str(record.get("LinkedTransactionID") or NO_ID)
        if linked_id == NO_ID or str(record.get("SourceLineItemID")).lower() != kept.line_item_id:
            self._links.unanswered(kept, "Xero's answer does not speak of it.", at=self._clock.now())
            return
        self._links.linked(kept, linked_id.lower(), kept.contact_id, at=self._clock.now())
        done.made += 1
        done.touched.add(kept.bill_key)

    def _refused(self, kept: KeptLink, words: str) -> None:
        self._links.refused(kept, words, at=self._clock.now())
        self._progress(f"Xero did not link {kept.item} to {kept.customer}: {words}")

    def _unanswered(self, kept: KeptLink, failure: CallFailed, done: Linked) -> None:
        words = failure.message_for_people
        done.touched.add(kept.bill_key)
        self._links.unanswered(kept, words, at=self._clock.now())
        self._progress(f"The link of {kept.item} to {kept.customer} is looked up by a later run: {words}")


def _document_of(due: Due) -> str:
    return due.wanted.document_id if due.wanted else due.kept.document_id if due.kept else ""


def _link_of(record: Mapping[str, Any]) -> XeroLink:
    return XeroLink(
        linked_id=str(record.get("LinkedTransactionID")).lower(),
        line_item_id=str(record.get("SourceLineItemID")).lower(),
        contact_id=str(record.get("ContactID") or "").lower(),
        invoiced=bool(record.get("TargetTransactionID")),
    )


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except MalformedAnswer:
        return None
