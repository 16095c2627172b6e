"""What people said about differences, and which of them that clears.

What belongs here: applying dispositions, and turning what a person filled in beside a row or pattern into one. What
does not: keeping them (pipeline), whether the cycle is ready then (readiness).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cwxero_dagster.payables.comparison.patterns import OF_A_PATTERN
from cwxero_dagster.payables.comparison.result import VERDICTS, Disposition, Row, facts_digest


@dataclass(frozen=True)
class Answer:
    """What a person filled in beside a row or pattern, as text."""

    subject: str
    """Id of the row or pattern."""
    shown: str
    """Digest of the differences that she was shown."""
    shown_at: datetime | None
    """When the copy was written that she filled in; None where that was lost."""
    verdict: str
    note: str
    by: str


def cleared_by(rows: Iterable[Row], dispositions: Iterable[Disposition]) -> tuple[Row, ...]:
    """The rows with the last verdict on each difference. A verdict counts for the facts it names and no others.

    Of verdicts that were saved together, the one on a row outweighs the one on its pattern.
    """
    verdicts: dict[str, Disposition] = {}
    for disposition in sorted(dispositions, key=lambda each: (each.at, not each.subject.startswith(OF_A_PATTERN))):
        verdicts.update(dict.fromkeys(disposition.facts, disposition))
    return tuple(
        replace(
            row,
            differences=tuple(
                replace(difference, disposition=verdicts.get(difference.facts)) for difference in row.differences
            ),
        )
        for row in rows
    )


def taken(
    answers: Iterable[Answer],
    shown: Mapping[str, Collection[str]],
    *,
    kept: Collection[Disposition] = (),
    at: datetime,
) -> tuple[list[Disposition], dict[str, str]]:
    """The dispositions that answers make, and by subject a sentence for each that cannot be taken.

    ``shown``: the differences of each row and pattern that the person saw (``facts``): a verdict on others is not one
    that she gave. ``kept``: what was taken before; a file that still says so does not say it again.
    """
    subjects = {subject: (facts_digest(facts), frozenset(facts)) for subject, facts in shown.items()}
    dispositions: list[Disposition] = []
    refused = {}
    for answer in answers:
        if _was_taken(answer, [*kept, *dispositions]):
            continue
        problem = _problem(answer, subjects) or _decided_since(answer, kept)
        if problem:
            refused[answer.subject] = problem
            continue
        facts = subjects[answer.subject][1]
        verdict = next(each for each in VERDICTS if each == _plain(answer.verdict))
        dispositions.append(Disposition(answer.subject, facts, verdict, answer.note.strip(), answer.by.strip(), at))
    return dispositions, refused


def _was_taken(answer: Answer, kept: Iterable[Disposition]) -> bool:
    said = (answer.subject, _plain(answer.verdict), answer.by.strip(), answer.note.strip())
    return answer.shown_at is not None and any(
        (one.subject, one.verdict, one.by, one.note) == said and one.at >= answer.shown_at for one in kept
    )


def _decided_since(answer: Answer, kept: Iterable[Disposition]) -> str | None:
    """Why an older copy does not overrule what another person decided after it was written."""
    for one in kept:
        theirs = one.subject == answer.subject and one.by != answer.by.strip() and one.verdict != _plain(answer.verdict)
        if theirs and answer.shown_at is not None and one.at > answer.shown_at:
            return (
                f'{one.by} decided "{verdict_words(one.verdict)}" after your copy was written. Decide in a fresh copy.'
            )
    return None


def _problem(answer: Answer, subjects: Mapping[str, tuple[str, frozenset[str]]]) -> str | None:
    if _plain(answer.verdict) not in VERDICTS:
        return f'The verdict "{answer.verdict}" is none of {", ".join(verdict_words(each) for each in VERDICTS)}.'
    if answer.shown == facts_digest(()):
        return "There is nothing to decide here: nothing differs."
    if not answer.by.strip():
        return "A verdict needs your name."
    if answer.shown_at is None:
        return "The hidden column Seen was lost, so it is not known what you saw. Decide in a fresh copy."
    known = subjects.get(answer.subject)
    if known is None or known[0] != answer.shown:
        return "The bills have changed since you saw them. Look at them again, then decide."
    return None


def verdict_words(verdict: str) -> str:
    """A verdict as people write it."""
    return "bookkeeper's error" if verdict == "bookkeepers_error" else verdict.replace("_", " ")


def _plain(verdict: str) -> str:
    return "_".join(
        verdict.replace("'", "").replace("\u2019", "").replace("-", " ").replace("_", " ").casefold().split()
    )
