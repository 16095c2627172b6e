"""What is asked about a bill that Xero holds and that stays as it is: the match and the tax by the figures known now.

The vendor's invoice, the order and ConnectWise's tax go on after a bill was written. What belongs here: the three-way
match of what a document in Xero says, its tax beside ConnectWise's. What does not: the match of a bill that is still to
be written (``matching``), what ConnectWise changed about the goods themselves (``planning``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.bills import CREDIT, Bill, owed
from cwxero_dagster.payables.books import FINAL, Books, Document
from cwxero_dagster.payables.composing import matching
from cwxero_dagster.payables.composing.tax_in_xero import corrected_tax
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.money import total
from cwxero_dagster.payables.records import Line
from cwxero_dagster.payables.seeds import VendorInvoiceRow
from cwxero_dagster.payables.wording import status_words


def asked_while_it_stands(
    bill: Bill,
    known: KnownBill,
    document: Document,
    lines: Mapping[int, Line],
    ledger: LedgerView,
    books: Books,
    *,
    decision: Decision,
    ordered_costs: Mapping[int, Decimal],
    invoices: Sequence[VendorInvoiceRow],
) -> list[Hold]:
    """Match and tax holds of a live document that the ledger knows.

    They rest on the same facts as those of the unwritten bill, so what was released then stays released. The price of
    an approved bill is not among them: one that changes is ``changed_after_authorised``.
    """
    final = document.status in FINAL
    match = decision.match
    held = matching.by_line(bill, lines, match=match, ordered_costs={} if final else ordered_costs, standing=True)
    cents = abs(bill.total - document.total) <= decision.rounding.limit
    called = f"bill {document.number or 'without a number'}, {status_words(document.status)} in Xero,"
    totals = matching.invoiced(bill, bill if cents else document, invoices, match.total, called=called)
    if totals and matching.invoiced(bill, _together(bill, document, ledger, books), invoices, match.total):
        held += totals
    limit = decision.tax_difference.limit
    return held + corrected_tax(bill, known, document, lines, ledger, books, limit=limit)


def _together(bill: Bill, document: Document, ledger: LedgerView, books: Books) -> Document:
    """What all live documents of the bill's orders come to: one invoice may be on a bill and its supplement."""
    ids = {known.xero_id.lower() for po in bill.pos for known in ledger.bills_of(po.po_id) if known.xero_id}
    found = [one for one in map(books.by_id.get, ids | {document.document_id.lower()}) if one is not None and one.live]
    net = total(owed(one.document_type, one.net) for one in found)
    tax = total(owed(one.document_type, one.tax) for one in found)
    kind = "ACCPAY" if net + tax >= 0 else CREDIT
    return replace(document, document_type=kind, net=abs(net), tax=abs(tax), total=abs(net + tax))
