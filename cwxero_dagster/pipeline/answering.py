"""Takes the answers that people wrote into the workbooks of the review pack.

What belongs here: each answer and verdict once, on exactly what the person saw, and a sentence where it cannot be
taken. What does not: what an answer does (planning, comparing), reading the cells (review/entries).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from cwxero_dagster.payables.comparison.dispositions import Answer as Disposed
from cwxero_dagster.payables.comparison.dispositions import verdict_words
from cwxero_dagster.pipeline import comparing
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.review.entries import Answer, WorkbookUnreadable, entered
from cwxero_dagster.review.files import workbook_path
from cwxero_dagster.review.headings import UNDO, Written
from cwxero_dagster.warehouse.case_book import CaseRefused

_OURS = "written.json"


@dataclass
class Taken:
    """What became of the answers of one or more workbooks."""

    taken: list[str] = field(default_factory=list)
    """A sentence for each decision that was taken now."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why, by case, or by what the workbook calls a row or pattern of the parallel run."""

    def refuse(self, about: str, why: str) -> None:
        """Keep why an answer was not taken. Two rows of a workbook may be called the same; each reason stays."""
        before = self.refused.get(about)
        self.refused[about] = why if before is None else before if why in before else f"{before} {why}"


def take_all(session: Session) -> Taken:
    """Take what people wrote into any cycle's workbook in the home. A workbook that cannot be read is told of."""
    found = Taken()
    for folder in sorted((session.settings.home / "review").glob("????-??")):
        workbook = workbook_path(folder, folder.name)
        try:
            if is_touched(session, workbook):
                written_into(session, folder.name, workbook, found)
        except WorkbookUnreadable as unreadable:
            found.refuse(folder.name, str(unreadable))
    return found


def written_into(session: Session, cycle: str, path: Path, found: Taken) -> Written:
    """Take the answers of one cycle's workbook; what has to be carried over into its next copy is given back.

    A copy that nobody touched still holds the notes of those before it. Where a verdict was taken, the cycle is
    compared again from what is in the warehouse. Raises ``WorkbookUnreadable``.
    """
    if not path.exists():
        return Written()
    read = entered(path)
    carried = dict(read.begun)
    outcomes: dict[str, str] = {}
    for answer in read.answers:
        refusal = _take(session, answer, found)
        if refusal:
            found.refuse(answer.case_id, refusal)
            # The decision itself is not carried over: she has to choose again, looking at what the case says now.
            carried[answer.case_id] = (answer.xero_id or "", answer.name, answer.reason)
            outcomes[answer.case_id] = f"You chose {answer.decision}. {refusal}"
    notes = dict(read.notes)
    dispositions = [
        Disposed(one.subject, one.token, one.written_at, one.verdict, one.note, one.name) for one in read.verdicts
    ]
    fresh, refused = comparing.keep_answers(session, cycle, dispositions)
    for verdict in read.verdicts:
        if refusal := refused.get(verdict.subject):
            found.refuse(f"“{verdict.called}”", refusal)
            carried[verdict.subject] = ("", verdict.name, "")
            outcomes[verdict.subject] = f"You chose {verdict.verdict}. {refusal}"
        else:
            # A note that came with a verdict stands beside what was decided from now on.
            notes.pop((verdict.sheet, verdict.subject), None)
    if fresh:
        called = {verdict.subject: verdict.called for verdict in read.verdicts}
        found.taken += [f"{one.by} decided “{called[one.subject]}” as {verdict_words(one.verdict)}." for one in fresh]
        comparing.run_comparison(session, cycle)
    return Written(notes, carried, outcomes)


def is_touched(session: Session, path: Path) -> bool:
    """Whether there is a workbook, and somebody else than we saved it last."""
    return path.exists() and _ours(session).get(str(path.absolute())) != fingerprint(path)


def remember(session: Session, path: Path) -> None:
    """Note that the workbook is as we wrote it."""
    file = session.settings.home / "review" / _OURS
    file.parent.mkdir(parents=True, exist_ok=True)
    known = {**_ours(session), str(path.absolute()): fingerprint(path)}
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(known, indent=1, sort_keys=True), encoding="utf-8")
    fresh.replace(file)


def _take(session: Session, answer: Answer, found: Taken) -> str | None:
    """Take one answer; the sentence why not, where it cannot be taken. One that was taken before is not taken again."""
    book, at, remark = session.case_book, session.clock.now(), ""
    if answer.written_at is None:
        return "The hidden column Seen was lost, so it is not known what you saw. Answer in a fresh copy."
    if book.was_decided(answer.case_id, verb=answer.decision, by=answer.name, since=answer.written_at):
        return None
    try:
        if answer.decision == UNDO:
            book.undo(answer.case_id, by=answer.name, at=at)
        else:
            kept = book.find(answer.case_id)
            if kept.status == "open" and kept.case.token != answer.token:
                return (
                    f"The case has changed since you saw it: {kept.case.what_happened} Look at it again, then answer."
                )
            decided = book.decide(
                answer.case_id,
                verb=answer.decision,
                reason=answer.reason,
                by=answer.name,
                at=at,
                xero_id=answer.xero_id,
            )
            remark = decided.remark
    except CaseRefused as refused:
        return str(refused)
    found.taken.append(f"{answer.name} answered case {answer.case_id} with {answer.decision}. {remark}".rstrip())
    return None


def _ours(session: Session) -> dict[str, str]:
    try:
        found = json.loads((session.settings.home / "review" / _OURS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def fingerprint(path: Path) -> str:
    """What tells one saved state of a file from another; blank where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
