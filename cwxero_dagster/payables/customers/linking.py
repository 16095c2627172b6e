"""For which customer each line of our bills in Xero is, and which contact in Xero that customer is.

What belongs here: the rule of ``link_customers``: which bills and lines, whose line it is, and why a line is linked to
nobody. What does not: what has to be done about it (link_steps), the customers of a line (on_billing).

A link is an extra: nothing here holds a bill, and a line whose customer is not known without doubt is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cwxero_dagster.payables.bill_lines import printable_description
from cwxero_dagster.payables.books import Books, Contact, Document, DocumentLine
from cwxero_dagster.payables.customers.on_billing import Customer, CustomerProduct, customer_of
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.wording import counted

LINKABLE = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"})
"""Statuses of bills whose lines are linked. A paid bill is finished, and a deleted or voided one takes no link."""


@dataclass(frozen=True)
class LineCustomer:
    """A line of a bill of ours as it stands in Xero, and who it is for."""

    bill_key: str
    ref: str
    """What the line bills (payables/documents)."""
    document_id: str
    line_item_id: str
    item: str
    """The product, for people."""
    customer: Customer | None
    contact: Contact | None
    """The customer's contact in Xero; None where there is none that can be chosen."""
    why_not: str = ""
    """Why the line is linked to nobody, in words."""


def line_customers(
    ledger: LedgerView,
    books: Books,
    purchasing: Purchasing,
    agreement: Agreement,
    products_of: Mapping[int, Sequence[CustomerProduct]],
) -> list[LineCustomer]:
    """Every line of goods on the bills that may be linked, in the order of bills. ``products_of``: by PO line id."""
    resolver = Resolver(agreement.seeds, books)
    copies = Counter(document.key for document in books.documents if document.live and document.key)
    found = []
    for bill, document in linkable(ledger, books):
        if agreement.decision_for(bill).link_customers and copies[bill.key] < 2:
            for line, ref, held in _goods(bill, document, purchasing):
                po = purchasing.pos[line.po_id]
                customer = customer_of(line, po, products_of.get(line.line_id, ()))
                contact, why_not = _contact_of(customer, resolver)
                found.append(
                    LineCustomer(
                        bill_key=bill.key,
                        ref=ref,
                        document_id=document.document_id,
                        line_item_id=(held.line_item_id or "").lower(),
                        item=_one_line(line.product_identifier or line.description or f"line {line.line_number}"),
                        customer=None if isinstance(customer, str) else replace(customer, name=_named(customer)),
                        contact=contact,
                        why_not=why_not,
                    )
                )
    return found


def linkable(ledger: LedgerView, books: Books) -> Iterator[tuple[KnownBill, Document]]:
    """Bills of ours that Xero confirmed and still takes links for, each with its document."""
    for bill in ledger.bills.values():
        document = books.by_id.get((bill.xero_id or "").lower())
        ours = bill.state == "confirmed" and not bill.waiting and document is not None
        if ours and document and document.document_type == "ACCPAY" and document.status in LINKABLE:
            yield bill, document


def unlinked_words(lines: Iterable[LineCustomer]) -> list[str]:
    """A sentence for each reason why lines are linked to nobody, the most frequent first."""
    reasons = Counter(line.why_not for line in lines if line.contact is None)
    return [f"{counted(number, 'line')}: {why_not}" for why_not, number in reasons.most_common()]


def _goods(bill: KnownBill, document: Document, purchasing: Purchasing) -> Iterator[tuple[Line, str, DocumentLine]]:
    """Lines that bill goods for money, known again by the ids that Xero gave them when it confirmed our write."""
    refs = {line["line_item_id"]: line["ref"] for line in (bill.base or {}).get("lines", ())}
    for held in document.lines:
        po_id, _, rest = refs.get(held.line_item_id or "", "").partition(":")
        line_id, _, _ = rest.partition(":")
        if not line_id.isdigit() or not held.unit_amount or held.unit_amount < 0 or int(po_id) not in purchasing.pos:
            continue
        for line in purchasing.lines.get(int(po_id), ()):
            if line.line_id == int(line_id) and line.present and line.quantity > 0:
                yield line, refs[held.line_item_id or ""], held


def _contact_of(customer: Customer | str, resolver: Resolver) -> tuple[Contact | None, str]:
    if isinstance(customer, str):
        return None, f"{customer}."
    found = resolver.numbered(customer.company_id)
    name = f"{_named(customer)} (number {customer.company_id} in ConnectWise)"
    if not found:
        return None, f"no contact in Xero carries the number of {name} as its contact code or account number."
    if len(found) > 1:
        names = " and ".join(sorted(_one_line(contact.name) for contact in found))
        return None, f"{counted(len(found), 'contact')} in Xero carry the number of {name}: {names}."
    if not found[0].active:
        return None, f"the contact of {name} is archived in Xero."
    return found[0], ""


def _named(customer: Customer) -> str:
    return _one_line(customer.name) if customer.name.strip() else f"company {customer.company_id}"


def _one_line(text: str) -> str:
    return " ".join(printable_description(text).split())
