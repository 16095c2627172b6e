"""Writes the review pack of a cycle: the workbook and the page, from one value.

What belongs here: where the files go and the order of things. What does not: the figures (packing), how the files look
(review).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cwxero_dagster.payables.reports.pack import ReviewPack
from cwxero_dagster.pipeline.packing import review_pack
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.review.files import page_path, workbook_path
from cwxero_dagster.review.page import write_page
from cwxero_dagster.review.workbook import write_workbook


@dataclass(frozen=True)
class PackFiles:
    """A pack as it was written."""

    pack: ReviewPack
    workbook: Path
    page: Path


def write_pack(session: Session, cycle: str, folder: Path | None = None) -> PackFiles:
    """Write the pack of a cycle into ``folder`` (the home's own where None). Raises ``FileInUse``."""
    place = folder or session.settings.home / "review" / cycle
    pack = review_pack(session, cycle)
    files = PackFiles(pack, workbook_path(place, cycle), page_path(place, cycle))
    write_workbook(pack, files.workbook)
    write_page(pack, files.page, workbook=files.workbook.name)
    return files
