"""History and notes of a document.

What belongs here: reading the records and adding a note. What does not: the records that changes leave by themselves
(books.py).
"""

from __future__ import annotations

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.calls import Answer, Call
from cwxero_dagster.sandbox.xero.refusals import bad_request, not_allowed
from cwxero_dagster.sandbox.xero.rendering import outward

_LONGEST = 2500
_DOCUMENTS = ("xero.invoices", "xero.creditnotes", "xero.purchaseorders")


class History:
    """``/{Endpoint}/{id}/History``: notes are permanent, nobody can change or delete them."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def answer(self, call: Call, document_id: str) -> Answer:
        """The records, newest first, or the notes just added."""
        if call.method == "GET":
            found = [one for one in self._books.store.all("xero.history") if one["DocumentID"] == document_id]
            return 200, {"HistoryRecords": [_shown(one) for one in reversed(found)]}
        if call.method != "PUT":
            raise not_allowed(call.method)
        texts = [element.get("Details") for element in call.elements("HistoryRecords", 10)]
        for text in texts:
            if not isinstance(text, str) or not 0 < len(text) <= _LONGEST:
                raise bad_request(10, "ValidationException", f"Details must be a text of 1 to {_LONGEST} characters")
        notes = [self._books.note(document_id, "Note", str(text)) for text in texts]
        if self._books.switches.notes_move_stamp:
            self._restamp(document_id)
        return 200, {"HistoryRecords": [_shown(note) for note in notes]}

    def _restamp(self, document_id: str) -> None:
        for kind in _DOCUMENTS:
            document = self._books.store.get(kind, document_id)
            if document is not None:
                self._books.keep(kind, document_id, document)


def _shown(record: Document) -> Document:
    return dict(outward({name: value for name, value in record.items() if name != "DocumentID"}))
