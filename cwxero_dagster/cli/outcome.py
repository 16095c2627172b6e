"""Exit statuses, and which failure has which.

What belongs here: that mapping. What does not: the failures' texts, which are sentences already.
"""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

from cwxero_dagster.payables.problems import SeedsBroken
from cwxero_dagster.pipeline.session import NotReady
from cwxero_dagster.resources import EXPECTED
from cwxero_dagster.settings import SettingsBroken
from cwxero_dagster.staging.refusal import OtherOrganisation
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
    unusable = (SettingsBroken, SeedsBroken, NotReady, OtherOrganisation, CaseRefused, CredentialsRefused, Unusable)
    return UNUSABLE if isinstance(failure, unusable) else STOPPED


def expected(failure: BaseException) -> BaseException | None:
    """The failure behind what Dagster raises for a step, where its text is a sentence for people; else None."""
    seen: BaseException | None = failure
    while seen is not None and not isinstance(seen, (*EXPECTED, CaseRefused, Unusable)):
        seen = seen.__cause__
    return seen


def keep_fault(fault: BaseException, folder: Path) -> Path:
    """Write a fault of the program itself where the data team finds it; people get a sentence."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "fault.log"
    with path.open("a", encoding="utf-8") as log:
        log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{''.join(traceback.format_exception(fault))}\n")
    return path
