"""What is asked about a bill that Xero holds and that stays as it is: the match and the tax by the figures known now.

The order and ConnectWise's tax go on after a bill was written. What belongs here: the match of what a document in Xero
says with the order, its tax beside ConnectWise's. What does not: the match of a bill that is still to be written
(``matching``) and that with the vendor's invoice (``invoice_totals``), what ConnectWise changed about the goods
themselves (``planning``).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import FINAL, Books, Document
from cwxero_dagster.payables.composing import matching
from cwxero_dagster.payables.composing.tax_in_xero import corrected_tax
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.records import Line


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
) -> list[Hold]:
    """Match and tax holds of a live document that the ledger knows.

    They rest on the same facts as those of the unwritten bill, so what was released then stays released. The price of
    an approved bill is not among them: one that changes is ``changed_after_authorised``.
    """
    final = document.status in FINAL
    held = matching.by_line(
        bill, lines, match=decision.match, ordered_costs={} if final else ordered_costs, standing=True
    )
    limit = decision.tax_difference.limit
    return held + corrected_tax(bill, known, document, lines, ledger, books, limit=limit)
