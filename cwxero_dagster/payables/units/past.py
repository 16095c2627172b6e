"""What of one PO could be billed at an earlier moment, as observations tell it.

What belongs here: looking up a line or the freight in the order's history. What does not: receipt events
(``payables/receipts``), what follows from a quantity (allocation, dealt_with).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.money import rounded
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE
from cwxero_dagster.payables.units.unit import billable


class Past:
    """The history of one PO: every observation of its header and of its lines, in their order."""

    def __init__(self, headers: Sequence[PurchaseOrder], lines: Sequence[Line], decision: Decision) -> None:
        self._headers, self._lines = headers, lines
        self._decision = decision

    def there(self, line_id: int, at: datetime) -> Decimal:
        """How much of a line could be billed by then; of the freight, its amount."""
        headers = [header for header in self._headers if header.observed_at <= at] or self._headers[:1]
        lines = [line for line in self._lines if line.line_id == line_id and line.observed_at <= at]
        if line_id == FREIGHT_LINE:
            return rounded(headers[-1].freight) if headers and headers[-1].present else ZERO
        return billable(headers[-1], lines[-1], self._decision) if lines and lines[-1].present else ZERO

    def since(self, at: datetime) -> list[datetime]:
        """The moment, and every later one at which something of the PO was seen to change, in order."""
        return [at, *self.after(at)]

    def after(self, at: datetime | None) -> list[datetime]:
        """Every later moment at which something of the PO was seen to change, in order; none after an unknown one."""
        seen = {*(header.observed_at for header in self._headers), *(line.observed_at for line in self._lines)}
        return sorted(moment for moment in seen if at is not None and moment > at)
