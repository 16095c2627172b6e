"""What people said about differences, and which of them that clears.

What belongs here: applying dispositions, and turning what a person filled in beside a row or pattern into one. What
does not: keeping them (pipeline), whether the cycle is ready then (readiness).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cwxero_dagster.payables.comparison.result import VERDICTS, Disposition, Row, facts_digest


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
    answers: Iterable[Answer], shown: Mapping[str, Collection[str]], *, at: datetime
) -> tuple[list[Disposition], list[str]]:
    """The dispositions that answers make, and a sentence for each that cannot be taken.

    ``shown``: the differences of each row and pattern that the person saw (``facts``): a verdict on others is not one
    that she gave.
    """
    subjects = {subject: (facts_digest(facts), frozenset(facts)) for subject, facts in shown.items()}
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
