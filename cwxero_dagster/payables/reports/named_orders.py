"""Which purchase orders a document in Xero names.

What belongs here: recognising them by the rule by which twins are recognised (twins): the number as a whole token, any
number where the vendor is the same, one that is no bare figure where it is not. What does not: what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable

from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.composing.twins import is_telling, names, words_in
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.records import PurchaseOrder


class NamedOrders:
    """Purchase orders, found by what a document says."""

    def __init__(self, orders: Iterable[PurchaseOrder], resolver: Resolver) -> None:
        self._resolver = resolver
        self._by_word: dict[str, list[PurchaseOrder]] = {}
        for po in orders:
            if words := words_in(po.po_number):
                # The longest word of a number is in the fewest texts; every text that names it has all of its words.
                self._by_word.setdefault(max(words, key=lambda word: (len(word), word)), []).append(po)

    def of(self, document: Document) -> list[PurchaseOrder]:
        """The orders that the document's number or lines name, in order of their numbers."""
        text = " ".join([document.number, *(line.description for line in document.lines)])
        candidates = [po for word in words_in(text) for po in self._by_word.get(word, [])]
        found = [
            po
            for po in candidates
            if (is_telling(po.po_number, alone=True) or self._same_vendor(po, document)) and names(text, po.po_number)
        ]
        return sorted(found, key=lambda po: (po.po_number, po.po_id))

    def _same_vendor(self, po: PurchaseOrder, document: Document) -> bool:
        contact = self._resolver.contact(po.vendor_id)
        return contact is not None and contact.contact_id.lower() == document.contact_id.lower()
