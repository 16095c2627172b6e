"""Sending what a plan says, intent first, and finding out what became of it.

What belongs here: the order of ledger transitions and requests, and recovery. What does not: deciding what to write.

Why no crash point doubles or loses a bill: bytes and key are in the ledger before the first request; whatever has no
answer is *unknown*, and an unknown is settled, before anything new is sent, by replaying the same bytes under the same
key while Xero still remembers the key, and after that by looking the document up once the key can no longer be alive
(DESIGN.md, "Publishing").
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cwxero_dagster.publishing.answers import elements_of, outcomes
from cwxero_dagster.publishing.bodies import batches, body, endpoint, noun
from cwxero_dagster.publishing.looking_up import as_read, found_among, lately_changed, looked_up
from cwxero_dagster.publishing.meanwhile import overlapping
from cwxero_dagster.transport import (
    Answer,
    CallFailed,
    Clock,
    OutcomeUnknown,
    PermanentFailure,
    RequestRefused,
)
from cwxero_dagster.warehouse.ledger import Ledger
from cwxero_dagster.writing import Outcome, Request, Writing
from cwxero_dagster.xero.client import Xero
from cwxero_dagster.xero.refusals import element_warnings, explain

REPLAY_FOR = timedelta(minutes=4)
"""A replay must reach Xero while it still remembers the key (about six minutes; xero_api, "Idempotency-Key")."""
KEY_DEAD_AFTER = timedelta(minutes=8)
"""From here on the first request can no longer commit under its key, and a look-up tells the truth."""
REPLAYS = 3
LATER = "Xero may still be at work on it; it is looked up a few minutes later."


@dataclass
class PublishReport:
    """What became of everything that a run meant to write."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    """Keys of drafts that were changed since they were read; nothing was sent for them."""
    stopped: Exception | None = None
    """Why the run ended part-way, in a sentence for people; None where it did not."""

    def count(self, result: str) -> int:
        """How many writings ended so."""
        return sum(outcome.result == result for outcome in self.outcomes.values())


class Publisher:
    """Writes to one Xero organisation, and to no other."""

    def __init__(
        self,
        xero: Xero,
        ledger: Ledger,
        *,
        organisation_id: str,
        clock: Clock,
        progress: Callable[[str], None],
        before_first_write: Callable[[], None],
    ) -> None:
        """``before_first_write`` runs once, before the first request leaves (it backs the ledger up)."""
        self._xero = xero
        self._ledger = ledger
        self._organisation_id = organisation_id
        self._clock = clock
        self._progress = progress
        self._before_first_write = before_first_write
        self._began = clock.now()
        self._wrote = False

    def prepare(self) -> None:
        """What has to be done once before the first write of a release: whoever writes beside this asks for it too."""
        if not self._wrote:
            self._before_first_write()
            self._wrote = True

    def recover(self) -> PublishReport:
        """Settle every request of earlier runs that has no answer. Nothing new is created by a look-up alone."""
        report = PublishReport()
        for request in self._ledger.open_requests():
            try:
                self._settle(self._by_this_clock(request), report)
            except CallFailed as failure:
                report.stopped = failure
                break
        return report

    def publish(self, writings: Sequence[Writing]) -> PublishReport:
        """Write everything, at most 50 documents a request; one refused document never stops the others."""
        report = PublishReport()
        done = 0
        for batch in batches(writings):
            try:
                as_they_were = self._as_read(batch)
                report.left |= {writing.key for writing in batch} - {writing.key for writing in as_they_were}
                if as_they_were:
                    self._send(self._intend(as_they_were), report)
            except CallFailed as failure:
                report.stopped = failure
                break
            done += len(batch)
            self._progress(f"Xero: {done} of {len(writings)} documents sent")
        return report

    def _as_read(self, batch: Sequence[Writing]) -> Sequence[Writing]:
        """The writings of a batch without updates of drafts that were changed since they were read.

        Each batch is looked at by itself: many of them, and the histories that are read between them, take minutes.
        """
        if not any(writing.over_a_draft for writing in batch):
            return batch
        documents = lately_changed(self._xero, batch, sent_at=self._began)
        return [writing for writing in batch if not writing.over_a_draft or as_read(documents, writing)]

    def _intend(self, batch: Sequence[Writing]) -> Request:
        """Store a first attempt. What is sent anew is a batch of its own, so it gets a key of its own."""
        batch_id, attempt = uuid.uuid4().hex, 1
        method, path = endpoint(batch[0])
        request = Request(
            request_id=f"{batch_id}/{attempt}",
            batch_id=batch_id,
            attempt=attempt,
            idempotency_key=f"{self._organisation_id}/{batch_id}/{attempt}",
            method=method,
            path=path,
            body=body(batch),
            writings=tuple(batch),
        )
        self.prepare()
        self._ledger.intend(request, organisation_id=self._organisation_id, at=self._clock.now())
        return request

    def _send(self, request: Request, report: PublishReport) -> None:
        """Send, and replay the same bytes and key while an answer is missing and Xero remembers the key."""
        taken_up = request.first_sent_at is not None
        first = request.first_sent_at or self._clock.now()
        request = replace(request, first_sent_at=first)
        uncertain = request.state == "unknown"
        for replay in range(REPLAYS + 1):
            again = taken_up and replay == 0
            self._ledger.sending(request, at=self._clock.now(), uptime=self._clock.uptime(), again=again)
            try:
                answer = self._write(request)
            except OutcomeUnknown as failure:
                uncertain = True
                self._unknown(request, failure, report)
                if replay == REPLAYS or self._clock.now() - first > REPLAY_FOR - timedelta(seconds=60):
                    return
                self._clock.sleep(2.0 * 3**replay)
                if not self._may_go_again(request, report):
                    return
            except RequestRefused as failure:
                self._refused(request, failure, report, uncertain=uncertain)
                return
            except CallFailed as failure:
                # This sending certainly changed nothing; an earlier one of the same request may have.
                if uncertain:
                    self._unknown(request, failure, report)
                else:
                    self._ledger.not_sent(request, failure.message_for_people, at=self._clock.now())
                raise
            else:
                self._record(request, answer, report)
                return

    def _may_go_again(self, request: Request, report: PublishReport) -> bool:
        """True where sending the same bytes again is over nobody's work.

        A create is over nothing, and an update while its draft is as it was read. Else the first sending, or a person,
        changed it: what was carried out is taken note of, and the rest stays unknown until the first sending can no
        longer come true; then it is worked out anew.
        """
        if not any(writing.over_a_draft for writing in request.writings):
            return True
        try:
            documents = lately_changed(self._xero, request.writings, sent_at=self._sent_at(request))
        except CallFailed as failure:
            self._unknown(request, failure, report)
            return False
        if all(as_read(documents, writing) for writing in request.writings):
            return True
        self._progress("Xero: a draft was changed since it was read; the write without an answer is not sent again")
        judged = [found_among(documents, writing) for writing in request.writings]
        found = self._checked(
            request,
            [one if one.result == "confirmed" else Outcome(one.key, "unknown", message=LATER) for one in judged],
        )
        self._ledger.answered(request, found, status=None, answer=b"", at=self._clock.now())
        report.outcomes.update({outcome.key: outcome for outcome in found})
        return False

    def _sent_at(self, request: Request) -> datetime:
        return request.first_sent_at or self._clock.now()

    def _write(self, request: Request) -> Answer:
        return self._xero.write(
            request.method,
            request.path,
            request.body,
            idempotency_key=request.idempotency_key,
            what=noun(request.writings[0]),
            not_after=self._sent_at(request) + REPLAY_FOR,
        )

    def _unknown(self, request: Request, failure: CallFailed, report: PublishReport) -> None:
        words = failure.message_for_people
        self._ledger.not_answered(request, words, at=self._clock.now())
        report.outcomes.update({w.key: Outcome(w.key, "unknown", message=words) for w in request.writings})

    def _record(self, request: Request, answer: Answer, report: PublishReport) -> None:
        try:
            parsed = answer.json()
        except ValueError:
            parsed = None
        for warning in (text for element in elements_of(parsed) for text in element_warnings(element)):
            self._progress(f"Xero warns: {warning}")
        found = self._checked(request, outcomes(request.writings, parsed))
        self._ledger.answered(request, found, status=answer.status, answer=answer.body, at=self._clock.now())
        report.outcomes.update({outcome.key: outcome for outcome in found})

    def _refused(self, request: Request, failure: RequestRefused, report: PublishReport, *, uncertain: bool) -> None:
        """Xero turned the whole request down: take its word document by document, and send the rest one at a time.

        Some documents of a refused batch may have been created all the same (xero_api, section 2), so whatever the
        refusal does not speak of is looked up first. After an earlier sending without an answer (``uncertain``) that
        one may still be under way: then what is not found stays unknown.
        """
        answer = failure.answer
        try:
            parsed = answer.json() if answer else None
        except ValueError:
            parsed = None
        found = {outcome.key: outcome for outcome in outcomes(request.writings, parsed)}
        silent = [writing for writing in request.writings if found[writing.key].result == "unknown"]
        if silent:
            seen = {outcome.key: outcome for outcome in looked_up(self._xero, silent, sent_at=self._sent_at(request))}
            found.update(
                {key: outcome for key, outcome in seen.items() if outcome.result == "confirmed" or not uncertain}
            )
        again = [w for w in silent if found[w.key].result == "refused"]
        if again and len(request.writings) == 1:
            (only,), again = again, []
            found[only.key] = replace(found[only.key], message=explain(failure.said, status=failure.status).told)
        found = {outcome.key: outcome for outcome in self._checked(request, list(found.values()))}
        self._ledger.answered(
            request,
            found.values(),
            status=failure.status,
            answer=answer.body if answer else b"",
            at=self._clock.now(),
        )
        report.outcomes.update(found)
        for writing in again:
            self._send(self._intend([writing]), report)

    def _by_this_clock(self, request: Request) -> Request:
        """The request with the moment of its first sending as this clock has it, which may have been set since."""
        then, up = request.sent_uptime, self._clock.uptime()
        if request.first_sent_at is None or then is None or up is None or then.start != up.start:
            return request
        sent = self._clock.now() - timedelta(seconds=up.seconds - then.seconds)
        if abs(sent - request.first_sent_at) < timedelta(seconds=60):
            return request
        self._ledger.sent_at(request, sent)
        return replace(request, first_sent_at=sent)

    def _settle(self, request: Request, report: PublishReport) -> None:
        """One unanswered request of an earlier run."""
        now = self._clock.now()
        if request.state == "planned" or request.first_sent_at is None:
            self._ledger.not_sent(request, "The run ended before this was sent.", at=now)
            return
        age = now - request.first_sent_at
        if timedelta(0) <= age <= REPLAY_FOR:
            if not self._may_go_again(request, report):
                return
            self._progress("Xero: an earlier write has no answer; the same request is sent again")
            self._send(replace(request, state="unknown"), report)
            return
        if timedelta(0) <= age <= KEY_DEAD_AFTER:
            report.outcomes.update({w.key: Outcome(w.key, "unknown", message=LATER) for w in request.writings})
            return
        self._progress("Xero: an earlier write has no answer; looking for its documents")
        view = self._ledger.view()
        known = {**view.bills, **view.orders}
        waiting = [w for w in request.writings if not w.creates or known[w.key].state in {"sent", "unknown"}]
        # With the clock ahead when it was sent nobody knows how long ago that is: everything in Xero is looked through
        # now, and once more when a sending of this moment could not come true any more either.
        astray = age < timedelta(0)
        found = self._checked(
            request, looked_up(self._xero, waiting, sent_at=None if astray else request.first_sent_at)
        )
        if astray:
            found = [one if one.result == "confirmed" else Outcome(one.key, "unknown", message=LATER) for one in found]
        self._ledger.answered(request, found, status=None, answer=b"", at=now, retry_at_once=not astray)
        if astray:
            self._ledger.sent_at(request, now)
        report.outcomes.update({outcome.key: outcome for outcome in found})

    def _checked(self, request: Request, found: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes, each with what a person did to the document between our reading and our writing.

        Asked before the answer is kept: a run that dies in between asks again when it recovers the request.
        """
        writings = {writing.key: writing for writing in request.writings}
        return [
            replace(outcome, meanwhile=self._meanwhile(writings[outcome.key]))
            if outcome.result == "confirmed" and not writings[outcome.key].creates
            else outcome
            for outcome in found
        ]

    def _meanwhile(self, writing: Writing) -> str:
        if writing.unseen_from is None:
            return ""
        _, path = endpoint(writing)
        try:
            return overlapping(writing, self._xero.history(path, writing.xero_id or ""))
        except PermanentFailure as failure:
            self._progress(f"Xero does not show who else changed {writing.key}: {failure.message_for_people}")
            return ""
