"""Hand-keyed twins: documents in Xero that look like a bill about to be created, or like one that stands there.

What belongs here: finding them, in passes of falling certainty. What does not: what happens then (the bill is held as
``possible_duplicate``; of one that stands people are asked: keyed_beside). Documents of ours are never twins, but a
line that a person added to one may name another PO; a copy that she made of one carries its key and is hers. A document
that she named for goods of a PO stays a twin for every other PO that it names, and is one of the rest of that PO where
it has room for some of it; alike in vendor, total and date, it is none. PO numbers match as whole tokens; vendor, total
and date alone never match a document that names another PO (DESIGN.md, "Twins").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from cwxero_dagster.payables.bills import CREDIT, Bill
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.composing.named_bills import Covered
from cwxero_dagster.payables.corrections import added_lines
from cwxero_dagster.payables.holds import Hold, hold, naming
from cwxero_dagster.payables.keys import cause
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.money import money_text
from cwxero_dagster.payables.records import ZERO, PurchaseOrder
from cwxero_dagster.payables.wording import status_words

NEAR = timedelta(days=7)
REACH = timedelta(days=180)
SAME_NUMBER = "the same contact and number"
SAME_TOTAL = "the same contact and total, a few days apart"
"""The weakest reason to take a document for a bill."""


def normalised(number: str | None) -> str:
    """A document number for comparison: upper case, letters and digits only, without leading zeros."""
    return re.sub(r"[^A-Z0-9]", "", (number or "").upper()).lstrip("0")


def names(text: str, po_number: str) -> bool:
    """True where ``text`` holds the PO number as a whole token."""
    if not po_number.strip():
        return False
    pattern = rf"(?<![\w-]){re.escape(po_number.strip())}(?![\w-])"
    return re.search(pattern, text, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Sought:
    """What a document is compared with: how a bill would read, or reads, in Xero."""

    contact_id: str | None
    document_type: str
    currency_code: str
    total: Decimal
    dated: date
    numbers: frozenset[str]
    """The numbers, normalised, under which a person may have keyed it."""
    pos: tuple[PurchaseOrder, ...]


class Twins:
    """The documents that people keyed, indexed, to be searched for one bill after another."""

    def __init__(
        self,
        documents: Iterable[Document],
        *,
        ours: Mapping[str, KnownBill],
        po_numbers: Collection[str],
        written: Collection[str] = (),
        named: Mapping[str, Covered] | None = None,
    ) -> None:
        """``ours``: bills of the ledger by the id of their document; ``po_numbers``: all that there are.

        ``written``: keys of bills whose document the ledger knows, so that any other one with such a key is a copy.
        ``named``: what documents bill that a person named when settling (``billed-by``), by their id.
        """
        named = named or {}
        self._ours = ours
        self._named = named
        self._named_documents = [one for one in documents if one.live and one.document_id.lower() in named]
        self._texts: dict[str, str] = {}
        self._by_number: dict[tuple[str, str], list[Document]] = {}
        self._by_total: dict[tuple[str, Decimal], list[Document]] = {}
        self._by_word: dict[str, list[Document]] = {}
        for document in (one for one in documents if one.live):
            bill = ours.get(document.document_id.lower())
            if bill is not None:
                self._index(document, " ".join(line.description for line in added_lines(bill, document)))
            elif document.key is None or document.key in written:
                contact = document.contact_id.lower()
                self._by_number.setdefault((contact, normalised(document.number)), []).append(document)
                self._by_total.setdefault((contact, document.total), []).append(document)
                self._index(document, text_of(document))
        telling = [number for number in po_numbers if is_telling(number)]
        self._telling_words = {number.casefold() for number in telling if words_in(number) == {number.casefold()}}
        self._telling_phrases = [number for number in telling if number.casefold() not in self._telling_words]

    def _index(self, document: Document, text: str) -> None:
        self._texts[document.document_id] = text
        for word in words_in(text):
            self._by_word.setdefault(word, []).append(document)

    def holds(self, bill: Bill) -> list[Hold]:
        """A hold for each document that may be this bill, or bills its goods beside those that it was named for."""
        found = [*self.matches(bill), *self._with_room_for(bill, bill.net)]
        return [asked(bill.key, told(document, reason), document, bill.facts) for document, reason in found]

    def _with_room_for(self, bill: Bill, net: Decimal) -> list[tuple[Document, str]]:
        """Documents that a person named for other goods of the same PO, and that bill more of them.

        There is room for goods of ``net`` where a document bills enough beyond those that it was named for to hold half
        of them, or one piece: freight or a cent that she keyed as well is none.
        """
        orders = f"purchase order {', '.join(bill.po_numbers)}"
        enough = min([net / 2, *_prices(bill)])
        found = []
        for document in self._named_documents if net > ZERO else ():
            rest = document.net - self._covers(document).net
            alike = (document.document_type, document.currency_code) == (bill.document_type, bill.currency_code)
            if alike and rest >= enough and self._covers(document).po_ids.intersection(po.po_id for po in bill.pos):
                more = f"{money_text(rest, document.currency_code)} more than those come to before tax"
                found.append((document, f"it was named for other goods of {orders}, and bills {more}"))
        return found

    def _covers(self, document: Document) -> Covered:
        """What a person named a document for; nothing where she did not."""
        return self._named.get(document.document_id.lower(), Covered())

    def holds_of_number(self, bill: Bill) -> list[Hold]:
        """A hold for each document of the vendor invoice that ``bill`` has come to stand for."""
        return [
            asked(bill.key, told(document, reason), document, bill.number)
            for document, reason in self.matches(bill)
            if reason == SAME_NUMBER
        ]

    def holds_of_more(self, bill: Bill, draft: Document) -> list[Hold]:
        """A hold for each document that may bill what ``draft`` is about to take on.

        It rests on the document, not on how much came: a person who let the draft go ahead beside it is asked about it
        again once it changes, and about every other one, however old that is.
        """
        found = []
        more = [*self.matches(bill, more=bill.total - draft.total), *self._with_room_for(bill, bill.net - draft.net)]
        for document, reason in more:
            detail = (
                f"{told(document, reason)} More goods came for the draft {draft.number}, which that bill may have "
                "already. If it has them, approve the draft as it is and settle the case that then asks about the "
                "rest; if not, release this case."
            )
            seen = document.stamp or bill.facts
            found.append(replace(asked(bill.key, detail, document, seen), ways_out=("release",)))
        return found

    def matches(self, bill: Bill, *, more: Decimal = ZERO) -> list[tuple[Document, str]]:
        """Each document that may be this bill, or ``more`` of it, with the reason."""
        sought = Sought(
            bill.contact_id, bill.document_type, bill.currency_code, bill.total, bill.dated, _numbers(bill), bill.pos
        )
        return self.like(sought, more=more)

    def like(self, sought: Sought, *, more: Decimal = ZERO) -> list[tuple[Document, str]]:
        """Each document that may be what is sought, or ``more`` of it, with the reason."""
        totals = {sought.total, more} - {ZERO}
        alike = [document for document in self._near(sought, totals) if document.document_type == sought.document_type]
        return [(document, reason) for document in alike if (reason := self._reason(sought, document, totals))]

    def _near(self, sought: Sought, totals: Collection[Decimal]) -> list[Document]:
        """The documents that can match at all: by the contact's number or total, or by a word of a PO number."""
        contact = (sought.contact_id or "").lower()
        lists = [self._by_number.get((contact, number), []) for number in sought.numbers]
        lists += [self._by_total.get((contact, total), []) for total in totals]
        for po in sought.pos:
            by_word = [self._by_word.get(word, []) for word in words_in(po.po_number)]
            lists.append(min(by_word, key=len, default=[]))
        return list({document.document_id: document for found in lists for document in found}.values())

    def _reason(self, sought: Sought, document: Document, totals: Collection[Decimal]) -> str | None:
        text = self._texts[document.document_id]
        contact = (sought.contact_id or "").lower()
        same_contact = bool(contact) and document.contact_id.lower() == contact
        same_amount = document.total in totals and document.currency_code in {sought.currency_code, ""}
        apart = abs(document.dated - sought.dated) if document.dated else timedelta(0)
        ours = self._ours.get(document.document_id.lower())
        hers = ours is None and same_contact
        answered = {*self._covers(document).po_ids, *(ours.po_ids if ours else ())}
        open_orders = [po for po in sought.pos if po.po_id not in answered]
        if hers and apart <= REACH and open_orders == [*sought.pos] and normalised(document.number) in sought.numbers:
            return SAME_NUMBER
        for po in open_orders:
            telling = same_contact or (apart <= REACH and is_telling(po.po_number, alone=not same_amount))
            if telling and names(text, po.po_number):
                where = f"a line {'of it' if ours.in_doubt else 'that a person added to it'}" if ours else "it"
                return f"{where} names purchase order {po.po_number}"
        named = document.document_id.lower() in self._named
        alike = hers and same_amount and document.dated and apart <= NEAR
        if alike and not named and not self._names_another(text, sought):
            return SAME_TOTAL
        return None

    def _names_another(self, text: str, sought: Sought) -> bool:
        own = {po.po_number.casefold() for po in sought.pos}
        if (words_in(text) & self._telling_words) - own:
            return True
        return any(names(text, number) for number in self._telling_phrases if number.casefold() not in own)


def asked(key: str, detail: str, document: Document, facts: object) -> Hold:
    """The question whether ``document`` bills what the bill of a key does. ``facts``: what it rests on besides."""
    one = hold("possible_duplicate", cause(key), detail, document.document_id, facts)
    return naming(one, document.document_id)


def told(document: Document, reason: str) -> str:
    """What a person reads of a document, and why it is taken for a bill."""
    what = "supplier credit" if document.document_type == CREDIT else "bill"
    return (
        f"Xero already holds {status_words(document.status)} {what} {document.number or 'without a number'} of "
        f"{document.contact_name} for {money_text(document.total, document.currency_code)}, "
        f"dated {document.dated}: {reason}."
    )


def is_telling(po_number: str, *, alone: bool = False) -> bool:
    """True for a number that is no ordinary word or figure: four characters and a digit; ``alone``: letters as well."""
    long_enough = len(po_number.strip()) >= 4 and any(char.isdigit() for char in po_number)
    return long_enough and (not alone or any(char.isalpha() for char in po_number))


def _prices(bill: Bill) -> list[Decimal]:
    """What one piece of each of the goods costs."""
    goods = [line for line in bill.lines if line.net > ZERO]
    return [abs(line.unit_amount if line.unit_cost is None else line.unit_cost) for line in goods]


def _numbers(bill: Bill) -> frozenset[str]:
    """The numbers under which a person may have keyed it: a bill that stands for several invoices has one of each."""
    invoices = [number for po in bill.pos for number in (po.vendor_invoice_number or "").split(", ")]
    return frozenset(map(normalised, (bill.number, *invoices))) - {""}


def words_in(text: str) -> set[str]:
    """The words of a text, in lower case: what an index of texts goes by."""
    return set(re.findall(r"[\w-]+", text.casefold()))


def text_of(document: Document) -> str:
    """The words of a document in which a PO may be named."""
    return " ".join([document.number, *(line.description for line in document.lines)])
