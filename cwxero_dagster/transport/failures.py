"""What can go wrong with a call, in sentences for people.

What belongs here: one class for each thing that a caller decides differently about. What does not: noticing it
(``calls``), and the meaning of a system's own refusals (``xero.refusals``).

::

    CallFailed
    |-- PermanentFailure          the same call fails again until a person changes something
    |   |-- CredentialsRefused    keys wrong, withdrawn, or not allowed to do this
    |   |-- NotFound              the system answers, and has no such record
    |   `-- RequestRefused        the request itself was turned down; nothing was done
    |-- TransientFailure          the same call may succeed later; nothing was done
    |   |-- SystemDown            not reachable, or failing on its own side
    |   `-- LimitReached          too many calls; says which limit, and when it ends where that is known
    |-- MalformedAnswer           a read came back as something that cannot be understood
    `-- OutcomeUnknown            a write may or may not have been carried out
"""

from __future__ import annotations

from typing import Self

from cwxero_dagster.transport.answer import Answer


class CallFailed(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """A call to one of the systems did not give what was asked.

    ``str()`` is a sentence for people: what happened, what to do. It never holds a secret or a raw body. ``status`` is
    the HTTP status or None, ``reason`` the technical cause for the log, ``said`` the system's own words of a refusal
    (blank where it gave none) and ``body_excerpt`` the start of the body, both without secrets, ``answer`` the whole
    answer for code that looks further.
    """

    def __init__(
        self,
        system: str,
        message_for_people: str,
        *,
        status: int | None = None,
        reason: str = "",
        said: str = "",
        body_excerpt: str = "",
        answer: Answer | None = None,
    ) -> None:
        super().__init__(message_for_people)
        self.system = system
        self.message_for_people = message_for_people
        self.status = status
        self.reason = reason
        self.said = said
        self.body_excerpt = body_excerpt
        self.answer = answer


class PermanentFailure(CallFailed):
    """Trying again changes nothing; a person has to."""


class CredentialsRefused(PermanentFailure):
    """The keys are wrong, withdrawn, or not allowed to do this."""


class NotFound(PermanentFailure):
    """The system answers with these keys, and has no such record."""


class RequestRefused(PermanentFailure):
    """The system turned the request down. It changed nothing there."""


class TransientFailure(CallFailed):
    """The same call may succeed later. It changed nothing there."""


class SystemDown(TransientFailure):
    """Not reachable, or failing on its own side."""


class LimitReached(TransientFailure):
    """Too many calls.

    ``limit`` is ``minute``, ``day``, ``concurrent``, ``app minute``, ``reserve`` or ``unknown``; ``retry_after`` is
    seconds from now, None where the system did not say.
    """

    def __init__(
        self,
        system: str,
        message_for_people: str,
        *,
        limit: str,
        retry_after: float | None = None,
        status: int | None = None,
        answer: Answer | None = None,
    ) -> None:
        super().__init__(
            system,
            message_for_people,
            status=status,
            reason="a limit of calls is reached" if limit == "unknown" else f"{limit} limit",
            answer=answer,
        )
        self.limit = limit
        self.retry_after = retry_after


class MalformedAnswer(CallFailed):
    """A read came back as something that cannot be understood. Nothing was taken from it."""

    @classmethod
    def of(cls, answer: Answer, reason: str) -> Self:
        """The failure to raise when a body is not what it should be; ``reason`` is for the log, not for people."""
        sentence = (
            f"{answer.system} sent an answer that cannot be understood. Nothing was taken from it. Run the same again "
            f"in a few minutes; if it stays, check that the address set for {answer.system} is the API's own."
        )
        return cls(answer.system, sentence, status=answer.status, reason=reason, answer=answer)


class OutcomeUnknown(CallFailed):
    """A write may or may not have been carried out. Look before anything is sent again."""
