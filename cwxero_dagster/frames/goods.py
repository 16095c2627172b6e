"""What became of the goods of a purchase order: received, billed, still open, charged on to a customer.

What belongs here: tables whose rows are about purchase orders and their lines, whatever the billing cycle. What does
not: bills and what holds them (``bills``).
"""

from __future__ import annotations

import pandera.pandas as pa

from cwxero_dagster.frames.table import Amount, Day, Flag, Moment, Quantity, Table, Text, Whole, optional


class Receipts(Table):
    """Receipt events: growth (or, negative, shrink) of a line's received quantity between two observations."""

    po_id: Whole
    line_id: Whole
    sequence: Whole
    """1, 2, 3 ... in order of observation, per line."""
    quantity: Quantity
    received_on: Day
    """Calendar day in the firm's time zone; the day first seen where ConnectWise gives none."""
    day_is_observed: Flag
    """True where ConnectWise gave no day of receipt."""
    packing_slip: Text = optional()
    unit_cost: Quantity
    observed_at: Moment
    batched_before: Flag
    """True where the line was already batched when this receipt was first seen (another tool may have posted it)."""


class PurchaseOrderStates(Table):
    """Where each PO stands: derived from quantities and flags, never from status names."""

    po_id: Whole
    po_number: Text
    state: Text = pa.Field(
        isin=["draft", "raised", "partially_received", "fully_received", "cancelled", "reversed", "deleted"]
    )
    ordered: Quantity
    received: Quantity
    cancelled: Quantity
    fully_received_on: Day = optional()
    first_received_on: Day = optional()
    last_received_on: Day = optional()
    has_vendor_invoice: Flag


class Coverage(Table):
    """The coverage equation (DESIGN.md, promise 3): a row a PO, and one for each of its lines. Money is net of tax."""

    po_id: Whole
    po_number: Text
    currency_code: Text
    part: Text = pa.Field(isin=["order", "line", "freight", "bills"])
    """``order``: the sum of the others; ``bills``: what Xero's bills say beyond the lines they were written with."""
    line_id: Whole = optional()
    name: Text = optional()
    """The vendor of an order, the product of a line."""
    ordered_quantity: Quantity
    ordered_amount: Amount
    over_received_quantity: Quantity
    over_received_amount: Amount
    price_difference_quantity: Quantity
    price_difference_amount: Amount
    billed_quantity: Quantity
    billed_amount: Amount
    to_credit_quantity: Quantity
    to_credit_amount: Amount
    billed_elsewhere_quantity: Quantity
    billed_elsewhere_amount: Amount
    received_not_billed_quantity: Quantity
    received_not_billed_amount: Amount
    open_quantity: Quantity
    open_amount: Amount
    cancelled_quantity: Quantity
    cancelled_amount: Amount
    difference_quantity: Quantity
    difference_amount: Amount
    """Left side less right side: zero, or the figures were worked out wrongly."""
    bill_keys: Text
    """Bills of the order, planned ones included, as a JSON list."""
    case_ids: Text
    """Cases that hold one of them, as a JSON list."""
    leads_to: Text
    """JSON object, name of each figure that is not zero to where it leads, in words; blank: nothing explains it."""


class OnBilling(Table):
    """What received goods cost and brought in: a row a PO line and customer. Amounts are net of tax."""

    po_id: Whole
    po_number: Text
    line_id: Whole
    item: Text
    customer: Text = optional()
    product_id: Whole = optional()
    status: Text = pa.Field(isin=["on-billed", "not on-billed", "not charged", "no customer known"])
    quantity: Quantity
    cost: Amount
    """Received quantity x unit cost, in the currency of the PO."""
    currency_code: Text
    revenue: Amount = optional()
    """What the customer was invoiced, in the firm's own currency; null while nothing was."""
    margin: Amount = optional()
    """Revenue less cost; null while nothing was invoiced, and where the two are in different currencies."""
    invoice_number: Text = optional()
    sales_order: Text = optional()
    since: Day
    """The day of the line's first receipt."""
    days: Whole
    """How long the cost has waited for a customer's invoice; zero once it has one, or needs none."""
