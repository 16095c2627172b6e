"""What the note in a document's history in Xero says of a change that the sync made.

What belongs here: the wording. What does not: keeping and sending notes (warehouse/history_outbox, publishing/noting).
"""

from __future__ import annotations

from datetime import date

from cwxero_dagster.payables.actions import Action
from cwxero_dagster.payables.bill_lines import printable_description
from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.keys import is_carrier, is_credit, is_supplement
from cwxero_dagster.payables.units.deliveries import receipts_in
from cwxero_dagster.payables.units.purchasing import Purchasing


def note_of(action: Action, purchasing: Purchasing, *, cycle: str, status: str) -> str:
    """The note that goes with a write, for people; ``status`` is the one that is sent. Blank for what needs none."""
    if action.action == "update":
        return printable_description(f"Updated by cwxero. {action.reason}")
    if action.action == "withdraw":
        return printable_description(f"Withdrawn by cwxero. {action.reason}")
    if action.bill is None or action.action not in {"create", "credit"}:
        return ""
    bill = action.bill
    credit = bill.document_type == "ACCPAYCREDIT"
    done = "submitted for approval" if status == "SUBMITTED" else "drafted"
    verb = f"Supplier credit {done}" if credit else done.capitalize()
    orders = f"purchase order{'s' if len(bill.po_numbers) > 1 else ''} {', '.join(bill.po_numbers)}"
    received = _received_on(bill, purchasing)
    day = f" (received {received})" if received and not credit else ""
    unusual = is_credit(bill.key) or is_supplement(bill.key) or is_carrier(bill.key)
    why = f" {action.reason}" if unusual else ""
    return printable_description(f"{verb} by cwxero from {orders}{day}, billing cycle {cycle}.{why}")


def _received_on(bill: Bill, purchasing: Purchasing) -> date | None:
    """The day of the last receipt that the bill bills; None where it bills nothing that was received."""
    receipts = [receipt for po in bill.pos for receipt in purchasing.receipts.get(po.po_id, ())]
    days = [receipt.received_on for receipt in receipts_in(bill.slices, receipts)]
    return max(days, default=None)
