"""Exit statuses, and which failure has which.

What belongs here: that mapping, and a sentence for failures of the machine below us (disk, rights), which come from
many libraries. What does not: the other failures' texts, which are sentences already.
"""

from __future__ import annotations

import errno
import re
import sqlite3
import tempfile
import traceback
from collections.abc import Iterator
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


def trouble_of_the_machine(failure: BaseException, home: Path) -> str:
    """What to tell where the disk is full or files may not be written, whichever library met it; else blank."""
    for cause in _chain(failure):
        number = cause.errno if isinstance(cause, OSError) else None
        text = str(cause) if isinstance(cause, sqlite3.Error) or _WRAPS_SQLITE.search(str(cause)) else ""
        place = f"{cause.filename}" if isinstance(cause, OSError) and cause.filename else f"the folder {home}"
        if number in _FULL or "disk is full" in text or "disk I/O error" in text:
            return (
                f"There is no room left, or the disk does not work, at {place}. The run ended there; what was done "
                "before is kept. Free some space and run the command again: it continues."
            )
        if number in _FORBIDDEN or "readonly database" in text or "unable to open database file" in text:
            return (
                f"This user may not write at {place}. Nothing is lost. Correct the permissions of CWXERO_HOME and of "
                "what is in it, or set CWXERO_HOME to a folder that can be written, and run the command again."
            )
    return ""


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_WRAPS_SQLITE = re.compile(r"sqlite3\.\w*Error")


def _chain(failure: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = failure
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__


def keep_fault(fault: BaseException, folder: Path) -> Path:
    """Write a fault of the program itself where the data team finds it; people get a sentence.

    Where ``folder`` cannot be written it goes to the machine's folder for temporary files.
    """
    text = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{''.join(traceback.format_exception(fault))}\n"
    try:
        return _append(folder / "fault.log", text)
    except OSError:
        return _append(Path(tempfile.mkdtemp(prefix="cwxero-")) / "fault.log", text)


def _append(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as log:
        log.write(text)
    return path
