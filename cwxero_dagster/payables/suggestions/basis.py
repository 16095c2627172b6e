"""What proposals rest on: purchase orders, the seeds as they are, Xero's lists, and bills that name a purchase order.

What belongs here: reading evidence out of both systems, once. What does not: proposing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from cwxero_dagster.payables.books import Books, Contact, Document, DocumentLine
from cwxero_dagster.payables.composing.coded_lines import is_taxable
from cwxero_dagster.payables.composing.twins import is_telling, names, words_in
from cwxero_dagster.payables.mapping import Coding, Resolver
from cwxero_dagster.payables.records import CatalogItem, Line, PurchaseOrder
from cwxero_dagster.payables.seeds import Seeds
from cwxero_dagster.payables.units.purchasing import Purchasing

FREIGHT_WORDS = frozenset({"courier", "delivery", "freight", "postage", "shipping"})
"""Words by which a line or an account of freight is known."""


@dataclass(frozen=True)
class Ordered:
    """A purchase order line with everything that its coding depends on."""

    po: PurchaseOrder
    line: Line
    item: CatalogItem | None
    taxable: bool
    coding: Coding
    """What the seeds say of it now."""


@dataclass(frozen=True)
class Named:
    """A bill that a person keyed, and the one purchase order that it names."""

    document: Document
    po: PurchaseOrder


@dataclass(frozen=True)
class Basis:
    """Both systems and the seeds, indexed for the search."""

    purchasing: Purchasing
    seeds: Seeds
    books: Books

    @cached_property
    def resolver(self) -> Resolver:
        """What is mapped already."""
        return Resolver(self.seeds, self.books)

    @cached_property
    def orders(self) -> Sequence[PurchaseOrder]:
        """Purchase orders that are there and not kept out."""
        return [po for po in self.purchasing.pos.values() if po.present and not self.resolver.exclusion(po)]

    @cached_property
    def ordered(self) -> Sequence[Ordered]:
        """Every line of them that costs anything."""
        return [one for po in self.orders for one in self._lines_of(po)]

    @cached_property
    def named(self) -> Sequence[Named]:
        """Bills that people keyed, each beside the purchase order that it alone names."""
        by_word: dict[str, list[PurchaseOrder]] = {}
        for po in self.purchasing.pos.values():
            if po.present and is_telling(po.po_number, alone=True):
                for word in words_in(po.po_number):
                    by_word.setdefault(word, []).append(po)
        found = []
        for document in self.books.documents:
            if document.live and document.key is None:
                text = " ".join([document.number, *(line.description for line in document.lines)])
                candidates = {po.po_id: po for word in words_in(text) for po in by_word.get(word, [])}
                meant = [po for po in candidates.values() if names(text, po.po_number)]
                if len(meant) == 1:
                    found.append(Named(document, meant[0]))
        return found

    @cached_property
    def contacts(self) -> Sequence[Contact]:
        """Contacts that a bill may go to."""
        return [contact for contact in self.books.contacts.values() if contact.active and not contact.merged_to]

    def keyed_as(self) -> Iterator[tuple[Ordered, DocumentLine]]:
        """Lines of purchase orders beside the line that a person keyed for them.

        By the product's identifier or the same description; where all of a bill's goods went to one account under one
        tax type, they stand for every line of its order.
        """
        for named in self.named:
            keyed = [line for line in named.document.lines if line.account_code and not speaks_of_freight(line)]
            codings = Counter((line.account_code, line.tax_type) for line in keyed)
            for ordered in self._lines_of(named.po):
                match = next((line for line in keyed if _is_for(line, ordered.line)), None)
                if match is None and len(codings) == 1:
                    match = keyed[0]
                if match is not None:
                    yield ordered, match

    def _lines_of(self, po: PurchaseOrder) -> list[Ordered]:
        lines = [line for line in self.purchasing.lines.get(po.po_id, []) if line.present]
        any_tax = any(line.tax for line in lines)
        found = []
        for line in lines:
            item = self.purchasing.catalog.get(line.product_id) if line.product_id is not None else None
            taxable = is_taxable(line, item, any_tax=any_tax)
            coding = self.resolver.coding(
                item, po.vendor_id, identifier=line.product_identifier, tax_code=po.tax_code, taxable=taxable
            )
            if line.unit_cost and line.quantity:
                found.append(Ordered(po, line, item, taxable, coding))
        return found


def speaks_of_freight(line: DocumentLine) -> bool:
    """True for a keyed line whose text says freight."""
    return not FREIGHT_WORDS.isdisjoint(words_in(line.description))


def _is_for(keyed: DocumentLine, line: Line) -> bool:
    identifier = (line.product_identifier or "").strip()
    if identifier and names(keyed.description, identifier):
        return True
    return (
        bool(line.description) and keyed.description.strip().casefold() == (line.description or "").strip().casefold()
    )
