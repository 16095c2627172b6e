"""Exit statuses, and which failure has which.

What belongs here: that mapping. What does not: the failures' texts, which are sentences already.
"""

from __future__ import annotations

import dagster as dg

from cwxero_dagster.payables.problems import SeedsBroken
from cwxero_dagster.pipeline.session import NotReady
from cwxero_dagster.settings import SettingsBroken
from cwxero_dagster.transport import CredentialsRefused
from cwxero_dagster.warehouse.case_book import CaseRefused

DONE, PERSON_NEEDED, UNUSABLE, STOPPED = 0, 1, 2, 3


class Unusable(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """An argument that cannot be used; nothing was attempted."""


def status_of(failure: BaseException) -> int:
    """The exit status of an expected failure.

    Keys that are refused and an organisation that is not the configured one are settings that cannot be used; whatever
    else a system answers may be different the next time.
    """
    unusable = (SettingsBroken, SeedsBroken, NotReady, CaseRefused, CredentialsRefused, Unusable)
    return UNUSABLE if isinstance(failure, unusable) else STOPPED


def cause_of(failure: BaseException) -> BaseException:
    """The failure behind what Dagster raises for a step."""
    while isinstance(failure, dg.Failure) and failure.__cause__ is not None:
        failure = failure.__cause__
    return failure
