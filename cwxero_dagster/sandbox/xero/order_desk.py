"""What a person does to Xero's purchase orders: edit, approve, delete.

What belongs here: those actions of the user interface. What does not: bills (bookkeeper), anything over HTTP.
"""

from __future__ import annotations

import copy
from typing import Any

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero.books import Books
from cwxero_dagster.sandbox.xero.desk import NotPossibleError, alone
from cwxero_dagster.sandbox.xero.fields import FieldReader
from cwxero_dagster.sandbox.xero.lines import LineRules, as_on_screen, read_lines
from cwxero_dagster.sandbox.xero.purchase_orders import PLACES, TABLE
from cwxero_dagster.sandbox.xero.refusals import Findings

_WHERE = "bookkeeper"
_OPEN = ("DRAFT", "SUBMITTED", "AUTHORISED")


class OrderDesk:
    """One person's work on purchase orders. Every action stamps UpdatedDateUTC and leaves a record in the history."""

    def __init__(self, books: Books, *, user: str) -> None:
        self._books = books
        self._user = user

    @alone
    def approve(self, order_id: str) -> Document:
        """DRAFT or SUBMITTED to AUTHORISED."""
        return self._move(order_id, ("DRAFT", "SUBMITTED"), "AUTHORISED", "Approved")

    @alone
    def delete(self, order_id: str) -> Document:
        """To DELETED, an approved one too."""
        return self._move(order_id, _OPEN, "DELETED", "Deleted")

    @alone
    def edit_line(self, /, order_id: str, position: int, **changes: Any) -> Document:
        """Change one line in place: its id stays. ``changes`` are fields in the API's spelling. Raises
        ``NotPossibleError``."""
        order = self._order(order_id, _OPEN)
        sent = as_on_screen(order["LineItems"], position, changes)
        findings = Findings()
        rules = LineRules(where=_WHERE, line_amount_types=order["LineAmountTypes"], places=PLACES, discounts=True)
        order["LineItems"] = read_lines(self._books, sent, order["LineItems"], rules, findings)
        FieldReader(self._books, {}, order, findings, _WHERE).totals(claims=False)
        if findings.any:
            message = "; ".join([*findings.document, *(text for texts in findings.lines.values() for text in texts)])
            raise NotPossibleError(message)
        return self._keep(order, "Edited")

    def _order(self, order_id: str, allowed: tuple[str, ...]) -> Document:
        order = self._books.store.get(TABLE, order_id)
        if order is None or order["Status"] not in allowed:
            message = f"no purchase order {order_id} that is {' or '.join(allowed)}"
            raise NotPossibleError(message)
        return copy.deepcopy(order)

    def _move(self, order_id: str, allowed: tuple[str, ...], status: str, changes: str) -> Document:
        return self._keep({**self._order(order_id, allowed), "Status": status}, changes)

    def _keep(self, order: Document, changes: str) -> Document:
        self._books.note(
            order["PurchaseOrderID"], changes, f"{order['Status']}, total {order['Total']}", user=self._user
        )
        return self._books.keep(TABLE, order["PurchaseOrderID"], order)
