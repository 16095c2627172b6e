"""Where the review pack lies, and files that appear whole or not at all.

What belongs here: names and replacing a file. What does not: what is in the files.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path


class FileInUse(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """A file cannot be replaced, usually because somebody has it open; the text says what to do."""


class SavedMeanwhile(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """Somebody saved a file while its next copy was being made: what it says now was not looked at."""


def workbook_path(folder: Path, cycle: str) -> Path:
    """The workbook of a cycle's pack."""
    return folder / f"review-{cycle}.xlsx"


def page_path(folder: Path, cycle: str) -> Path:
    """The page of a cycle's pack."""
    return folder / f"review-{cycle}.html"


def keep_earlier(path: Path, at: datetime) -> Path:
    """Keep a copy of what stands at ``path``, named by the moment: people may have added more than is read back."""
    kept = path.parent / "earlier" / f"{path.stem}-{at:%Y%m%dT%H%M%S}{path.suffix}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, kept)
    return kept


@contextmanager
def in_place(path: Path, *, still: Callable[[], bool] | None = None) -> Iterator[Path]:
    """A new file to fill, which then takes the place of ``path``. Raises ``FileInUse``.

    ``still``: asked last of all; where it says no, everything stays as it is and ``SavedMeanwhile`` is raised.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield fresh
        if still and not still():
            message = f"{path} was saved while its next copy was being made."
            raise SavedMeanwhile(message)
        fresh.replace(path)
    except OSError as error:
        message = f"{path} cannot be written ({error.strerror or error}). Close it where it is open and run this again."
        raise FileInUse(message) from error
    finally:
        fresh.unlink(missing_ok=True)
