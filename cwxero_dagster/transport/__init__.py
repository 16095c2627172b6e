"""The one way out to HTTP under both clients: limits, retries, redaction, counting.

What belongs here: everything that is true of any HTTP call, whichever system answers it. ``clock`` (time that tests can
move), ``failures`` (what can go wrong, in sentences), ``answer`` (what came back), ``pace`` (staying below the limits),
``redaction`` (keeping secrets out of everything), ``calls`` (the calls themselves). What does not: endpoints, paging,
credentials, the meaning of a body.
"""

from cwxero_dagster.transport.answer import Answer
from cwxero_dagster.transport.calls import Transport
from cwxero_dagster.transport.clock import Clock, SystemClock, Uptime
from cwxero_dagster.transport.failures import (
    CallFailed,
    CredentialsRefused,
    LimitReached,
    MalformedAnswer,
    NotFound,
    OutcomeUnknown,
    PermanentFailure,
    RequestRefused,
    SystemDown,
    TransientFailure,
)
from cwxero_dagster.transport.pace import Limits

__all__ = [
    "Answer",
    "CallFailed",
    "Clock",
    "CredentialsRefused",
    "LimitReached",
    "Limits",
    "MalformedAnswer",
    "NotFound",
    "OutcomeUnknown",
    "PermanentFailure",
    "RequestRefused",
    "SystemClock",
    "SystemDown",
    "TransientFailure",
    "Transport",
    "Uptime",
]
