"""Writes the review pack of a cycle: the workbook and the page, from one value.

What belongs here: where the files go and the order of things. What does not: the figures (packing), how the files look
(review).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cwxero_dagster.payables.reports.pack import ReviewPack
from cwxero_dagster.pipeline.answering import Taken, fingerprint, is_touched, remember, written_into
from cwxero_dagster.pipeline.comparing import run_comparison, signed_cycles
from cwxero_dagster.pipeline.packing.pack import review_pack
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.review.files import FileInUse, SavedMeanwhile, keep_earlier, page_path, workbook_path
from cwxero_dagster.review.page import write_page
from cwxero_dagster.review.workbook import write_workbook

LOOKS = 3
"""Attempts at a pack whose workbook people save meanwhile."""


@dataclass(frozen=True)
class PackFiles:
    """A pack as it was written."""

    pack: ReviewPack
    workbook: Path
    page: Path
    taken: Taken
    """What became of the answers in the copy before."""


def write_pack(session: Session, cycle: str, folder: Path | None = None) -> PackFiles:
    """Write the pack of a cycle into ``folder`` (the home's own where None).

    What people wrote into the copy that stands there is taken first; a copy that somebody saved is kept under
    ``earlier``. A cycle of the parallel run that was signed off is compared anew (which asks neither system anything),
    so that the pack says what changed since. Raises ``FileInUse`` and ``WorkbookUnreadable``; the copy then stays as it
    is.
    """
    place = folder or session.settings.home / "review" / cycle
    workbook = workbook_path(place, cycle)
    taken = Taken()
    for _ in range(LOOKS):
        try:
            pack = _written(session, cycle, workbook, taken)
            break
        except SavedMeanwhile:
            continue
    else:
        message = (
            f"{workbook} was saved again and again while its next copy was being made. Close it and run this again."
        )
        raise FileInUse(message)
    remember(session, workbook)
    files = PackFiles(pack, workbook, page_path(place, cycle), taken)
    write_page(pack, files.page, workbook=files.workbook.name)
    return files


def _written(session: Session, cycle: str, workbook: Path, taken: Taken) -> ReviewPack:
    """Take what stands in the workbook and write its next copy. Raises ``SavedMeanwhile`` if it says more then."""
    seen, touched = fingerprint(workbook), is_touched(session, workbook)
    written = written_into(session, cycle, workbook, taken)
    if cycle in signed_cycles(session):
        run_comparison(session, cycle)
    pack = review_pack(session, cycle)

    def still() -> bool:
        same = fingerprint(workbook) == seen
        if same and touched:
            keep_earlier(workbook, session.clock.now())
        return same

    write_workbook(pack, workbook, written, still=still)
    return pack
