"""Batches: each element on its own, and the answer as Xero words it.

What belongs here: partial success, ``summarizeErrors``, the echo of refused elements, the order of the answer. What
does not: what one element does.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.calls import Answer, Call
from cwxero_dagster.sandbox.xero.refusals import DocumentRefusedError, Findings
from cwxero_dagster.sandbox.xero.rendering import ZERO_ID, outward

Write = Callable[[Document], tuple[Document, list[str]]]
"""Writes one element; returns it as shown, and warnings. Raises ``DocumentRefusedError``."""


@dataclass(frozen=True, kw_only=True)
class BatchForm:
    """How the answer to a batch looks."""

    collection: str
    id_field: str
    nested: bool
    """Errors of lines stand in the lines."""


def run_batch(books: Books, call: Call, elements: list[Document], write: Write, form: BatchForm) -> Answer:
    """Write every element and answer: all of them, or (summarised, with errors) a 400 that lists the bad ones only."""
    if call.summarises and len(elements) > 1:
        books.complain(f"{call.where}: a batch without summarizeErrors=false")
    good: list[Document] = []
    everything: list[Document] = []
    bad: list[Document] = []
    for element in elements:
        try:
            shown, warnings = write(element)
        except DocumentRefusedError as refused:
            echo = _echo(books, element, refused.findings, form)
            bad.append(echo)
            everything.append({**echo, "StatusAttributeString": "ERROR"})
            continue
        if warnings:
            shown["Warnings"] = [{"Message": message} for message in warnings]
        good.append(shown)
        everything.append({**shown, "StatusAttributeString": "WARNING" if warnings else "OK"})
    if not call.summarises:
        return 200, {form.collection: _arranged(books, call, everything)}
    if bad:
        error = {"ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred"}
        return 400, {**error, "Elements": bad}
    return 200, {form.collection: _arranged(books, call, good)}


def _echo(books: Books, element: Document, findings: Findings, form: BatchForm) -> Document:
    echo: Document = {form.id_field: ZERO_ID, **element, "HasErrors": True}
    messages = list(findings.document)
    lines = element.get("LineItems")
    if form.nested and findings.lines and isinstance(lines, list):
        echo["LineItems"] = [
            {**line, "ValidationErrors": [{"Message": text} for text in findings.lines[position]]}
            if position in findings.lines
            else line
            for position, line in enumerate(lines)
        ]
    else:
        for texts in findings.lines.values():
            messages.extend(text for text in texts if text not in messages)
    echo["ValidationErrors"] = [{"Message": text} for text in messages]
    if findings.warnings:
        echo["Warnings"] = [{"Message": text} for text in findings.warnings]
    return dict(outward(echo, as_text=books.switches.amounts_as_text))


def _arranged(books: Books, call: Call, answers: list[Document]) -> list[Document]:
    order = books.switches.batch_order
    if order == "reversed":
        return answers[::-1]
    if order == "date":
        return sorted(answers, key=lambda one: str(one.get("DateString", "")))
    if order == "shuffled" and len(answers) > 1:
        arranged = list(answers)
        random.Random(hashlib.sha256(call.request.body).digest()).shuffle(arranged)  # noqa: S311
        return answers[::-1] if arranged == answers else arranged
    return answers
