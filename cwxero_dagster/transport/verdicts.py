"""From an answer, or the lack of one, to a failure with its sentence.

What belongs here: reading status, limit headers and the system's own words. What does not: retrying (``calls``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from cwxero_dagster.transport.answer import Answer
from cwxero_dagster.transport.failures import (
    CallFailed,
    CredentialsRefused,
    LimitReached,
    MalformedAnswer,
    NotFound,
    OutcomeUnknown,
    RequestRefused,
    SystemDown,
)
from cwxero_dagster.transport.redaction import Redactor

LONGEST_WAIT = 65.0
"""Seconds that a call waits for a limit to pass: a minute limit ends within sixty, a day limit does not."""

_WORDS = 300
_UNFINISHED = frozenset({408, 425, 499})
"""A gateway gave up on these; the request may still be under way behind it."""


@dataclass(frozen=True)
class Lost:
    """No answer. ``never_left`` is True where the request certainly did not reach the system."""

    reason: str
    never_left: bool = False


@dataclass(frozen=True)
class Judge:
    """Turns what came back from ``system`` into failures. ``keys`` names the settings that hold its credentials."""

    system: str
    keys: str
    redactor: Redactor

    def of_read(self, outcome: Answer | Lost, what: str, now: datetime) -> CallFailed | None:
        """The failure of a read, or None. ``what`` names the thing that was asked for."""
        if isinstance(outcome, Lost):
            return self._down(outcome.reason)
        if outcome.status >= 500:
            return self._down(f"status {outcome.status}", outcome)
        if outcome.status < 300:
            try:
                outcome.json()
            except ValueError as error:
                failure = MalformedAnswer.of(outcome, str(error))
                failure.body_excerpt = self.redactor.excerpt(outcome.body)
                return failure
            return None
        return self._refusal(outcome, what, now)

    def of_write(self, outcome: Answer | Lost, what: str, now: datetime) -> CallFailed | None:
        """The failure of a write, or None. Whatever does not prove that nothing was done is unknown."""
        if isinstance(outcome, Lost):
            return self._down(outcome.reason) if outcome.never_left else self._unknown(outcome.reason)
        if outcome.status >= 500 or outcome.status in _UNFINISHED:
            return self._unknown(f"status {outcome.status}", outcome)
        if outcome.status < 300:
            if outcome.status == 204:
                return None
            try:
                outcome.json()
            except ValueError as error:
                return self._unknown(str(error), outcome)
            return None
        return self._refusal(outcome, what, now, of_write=True)

    def reserve_reached(self, remaining: int) -> LimitReached:
        """Writes stop before the day's calls are used up."""
        sentence = (
            f"{self.system} allows only {remaining} more calls today, and those are kept for reading and for people. "
            "Nothing more was written; what is left is written by the next run. Run again tomorrow."
        )
        return LimitReached(self.system, sentence, limit="reserve")

    def retry_after(self, answer: Answer, now: datetime) -> float | None:
        """Seconds that the answer asks to wait: a number or an HTTP date; None where it does not say."""
        text = answer.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())

    def _refusal(self, answer: Answer, what: str, now: datetime, *, of_write: bool = False) -> CallFailed:
        """A no, told of this call alone: what a run did before it is not known here."""
        if answer.status == 429:
            return self._limit(answer, now)
        excerpt = self.redactor.excerpt(answer.body)
        words = self._words(answer)
        said = f' It says: "{words}".' if words else ""
        asked = what if of_write else f"the request for {what}"
        nothing = f"This changed nothing in {self.system}."
        kind: type[CallFailed] = RequestRefused
        if answer.status == 401:
            kind = CredentialsRefused
            sentence = (
                f"{self.system} did not accept the keys, or they do not cover {what}.{said} {nothing} Check "
                f"{self.keys}, then run `cwxero doctor`."
            )
        elif answer.status == 403:
            kind = CredentialsRefused
            sentence = (
                f"{self.system} does not allow these keys to use {what}.{said} {nothing} Ask its administrator "
                f"for the permission, check {self.keys}, then run `cwxero doctor`."
            )
        elif answer.status in {404, 410} and of_write:
            kind = NotFound
            sentence = (
                f"{self.system} did not take {what}: it answers that it does not have the place where this belongs, "
                f"or something that it names.{said} {nothing} `cwxero doctor` checks the organisation and what the "
                "settings name; where it finds nothing, run again later."
            )
        elif answer.status in {404, 410}:
            kind = NotFound
            sentence = (
                f"{self.system} answers, but does not have {what}. {nothing} Check whether somebody removed it there."
            )
        elif answer.status < 400:
            sentence = (
                f"{self.system} answered that {what} has moved elsewhere, which was not followed because keys are sent "
                f"to the configured address only. {nothing} Correct the address set for {self.system}."
            )
        else:
            sentence = (
                f"{self.system} refused {asked}{'.' + said if said else ', and gave no reason.'} {nothing} The same "
                f"would be refused again: {'correct what it names' if said else 'ask the data team'}, then run again."
            )
        reason = f"status {answer.status}"
        return kind(
            self.system, sentence, status=answer.status, reason=reason, said=words, body_excerpt=excerpt, answer=answer
        )

    def _limit(self, answer: Answer, now: datetime) -> LimitReached:
        problem = answer.headers.get("x-rate-limit-problem", "").lower()
        wait = self.retry_after(answer, now)
        limit = "unknown"
        for word, name in (("day", "day"), ("app", "app minute"), ("min", "minute"), ("concurrent", "concurrent")):
            if word in problem:
                limit = name
                break
        day = limit == "day" or (wait is not None and wait > 3600)
        when = "tomorrow" if day else "in a few minutes"
        sentence = (
            f"{self.system} takes no more calls for now: its limit {'for the day ' if day else ''}is reached. What was "
            f"done so far is kept. Run the same again {when}; it continues where it stopped."
        )
        return LimitReached(self.system, sentence, limit=limit, retry_after=wait, status=429, answer=answer)

    def _down(self, reason: str, answer: Answer | None = None) -> SystemDown:
        happened = "is not answering" if answer is None else "has trouble on its own side"
        sentence = (
            f"{self.system} {happened}. Nothing was lost and nothing is done twice. Run the same again in a few "
            "minutes; it continues where it stopped."
        )
        excerpt = "" if answer is None else self.redactor.excerpt(answer.body)
        status = None if answer is None else answer.status
        return SystemDown(
            self.system, sentence, status=status, reason=self.redactor.text(reason), body_excerpt=excerpt, answer=answer
        )

    def _unknown(self, reason: str, answer: Answer | None = None) -> OutcomeUnknown:
        sentence = (
            f"{self.system} did not confirm what was sent, so it is not known whether it was saved. The very same "
            f"request may be sent once more, which {self.system} takes for the same one; anything else waits for a "
            f"look-up in {self.system}. Run the same again in ten minutes."
        )
        excerpt = "" if answer is None else self.redactor.excerpt(answer.body)
        status = None if answer is None else answer.status
        return OutcomeUnknown(
            self.system, sentence, status=status, reason=self.redactor.text(reason), body_excerpt=excerpt, answer=answer
        )

    def _words(self, answer: Answer) -> str:
        """The system's own sentence: ConnectWise says ``message``, Xero ``Message`` or ``Detail``."""
        try:
            value: Any = answer.json()
        except ValueError:
            return ""
        if not isinstance(value, dict):
            return ""
        found = next((value[key] for key in ("message", "Message", "Detail", "detail") if value.get(key)), "")
        return self.redactor.text(" ".join(found.split()))[:_WORDS].rstrip(".") if isinstance(found, str) else ""
