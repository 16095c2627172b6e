"""What people said about differences, and which of them that clears.

What belongs here: applying dispositions, and turning what a person filled in beside a row or pattern into one. What
does not: keeping them (pipeline), whether the cycle is ready then (readiness).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cwxero_dagster.payables.comparison.result import VERDICTS, Disposition, Pattern, Row


@dataclass(frozen=True)
class Answer:
    """What a person filled in beside a row or pattern, as text, and where."""

    place: str
    """For messages: ``dispositions.csv, line 4``."""
    subject: str
    """Id of the row or pattern."""
    shown: str
    """Digest of the differences that she was shown."""
    verdict: str
    note: str
    by: str


def cleared_by(rows: Iterable[Row], dispositions: Iterable[Disposition]) -> tuple[Row, ...]:
    """The rows with the last verdict on each difference. A verdict counts for the facts it names and no others."""
    verdicts: dict[str, Disposition] = {}
    for disposition in sorted(dispositions, key=lambda each: each.at):
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
    answers: Iterable[Answer], rows: Iterable[Row], patterns: Iterable[Pattern], *, at: datetime
) -> tuple[list[Disposition], list[str]]:
    """The dispositions that answers make, and a sentence for each that cannot be taken.

    ``rows`` and ``patterns`` are those that the person saw: a verdict on other differences is not one that she gave.
    """
    subjects: dict[str, tuple[str, frozenset[str]]] = {
        row.row_id: (row.facts, frozenset(each.facts for each in row.differences)) for row in rows
    }
    subjects |= {pattern.pattern_id: (pattern.digest, pattern.facts) for pattern in patterns}
    dispositions, refused = [], []
    for answer in answers:
        problem = _problem(answer, subjects)
        if problem:
            refused.append(f"{answer.place}: {problem}")
            continue
        facts = subjects[answer.subject][1]
        verdict = next(each for each in VERDICTS if each == _plain(answer.verdict))
        dispositions.append(Disposition(answer.subject, facts, verdict, answer.note.strip(), answer.by.strip(), at))
    return dispositions, refused


def _problem(answer: Answer, subjects: Mapping[str, tuple[str, frozenset[str]]]) -> str | None:
    if _plain(answer.verdict) not in VERDICTS:
        return f'the verdict "{answer.verdict}" is none of {", ".join(VERDICTS)}.'
    if not answer.by.strip():
        return "a verdict needs a name in the column by."
    known = subjects.get(answer.subject)
    if known is None or known[0] != answer.shown:
        return "the bills changed since this line was written; look at the fresh line and decide again."
    return None


def _plain(verdict: str) -> str:
    return "_".join(verdict.replace("'", "").replace("-", " ").replace("_", " ").casefold().split())
