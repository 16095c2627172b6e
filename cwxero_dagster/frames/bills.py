"""The bills of a billing cycle: worked out, planned, published, or to be keyed by hand.

What belongs here: tables whose rows are bills or their lines. What does not: why a bill is held (``holds``), and bills
as Xero holds them (``xero``).
"""

from __future__ import annotations

import pandera.pandas as pa

from cwxero_dagster.frames.table import Amount, Day, Quantity, Table, Text, Whole, optional


class BillHeaders(Table):
    """Would-be bills of a cycle: one row a bill unit that is due under the decision."""

    billing_cycle: Text
    bill_key: Text = pa.Field(unique=True)
    document_type: Text = pa.Field(isin=["ACCPAY", "ACCPAYCREDIT"])
    po_ids: Text
    """PO ids, joined by a space."""
    po_numbers: Text
    """PO numbers as a JSON list (a number may hold spaces)."""
    vendor_id: Whole = optional()
    vendor_name: Text = optional()
    contact_id: Text = optional()
    number: Text
    date: Day
    due_date: Day = optional()
    due_on: Day
    """The day of the event that made the bill due; it fixed the cycle."""
    currency_code: Text
    line_amounts: Text = pa.Field(isin=["Exclusive", "Inclusive", "NoTax"])
    net: Amount
    tax: Amount
    total: Amount
    url: Text
    notes: Text
    """Fallbacks that were used, in words; blank for none."""
    facts: Text
    """Digest of everything ConnectWise said that this bill rests on."""


class BillLines(Table):
    """Lines of the would-be bills, in order."""

    billing_cycle: Text
    bill_key: Text
    position: Whole
    po_id: Whole
    line_id: Whole = optional()
    """Null for freight and text lines that belong to no PO line."""
    kind: Text = pa.Field(isin=["goods", "freight", "text", "price"])
    description: Text
    quantity: Quantity
    unit_amount: Quantity
    net: Amount
    tax: Amount
    account_code: Text = optional()
    tax_type: Text = optional()
    tracking: Text
    """JSON object, Xero category name to option name."""
    item_code: Text = optional()
    connectwise_tax: Amount = optional()
    from_quantity: Quantity = optional()
    to_quantity: Quantity = optional()
    """The slice of the PO line's received quantity that this line bills: above ``from``, up to ``to``."""


class BillsToKey(Table):
    """The manual pattern: what the bookkeeper keys, a row a line, with the bill's own values on each."""

    billing_cycle: Text
    bill_key: Text
    po_numbers: Text
    vendor: Text = optional()
    """The Xero contact's name, else the vendor's in ConnectWise."""
    document: Text = pa.Field(isin=["bill", "supplier credit"])
    number: Text
    """What Xero shows as Reference."""
    date: Day
    due_date: Day = optional()
    due_on: Day
    """The day since which it is to be keyed."""
    currency_code: Text
    line_amounts: Text
    position: Whole
    description: Text
    quantity: Quantity = optional()
    unit_amount: Quantity = optional()
    account: Text = optional()
    tax_rate: Text = optional()
    tracking: Text
    net: Amount
    tax: Amount
    total: Amount
    before_you_key: Text
    """What to look at first, in words; blank for nothing."""
    keyed_as: Text = optional()
    """Id of the document in Xero that was keyed for it; null while it is to be keyed."""
    found: Text = optional()


class Plan(Table):
    """What a sync does (or would do) to Xero: one row a bill unit, with the reason."""

    billing_cycle: Text
    bill_key: Text = pa.Field(unique=True)
    document_type: Text
    po_numbers: Text
    action: Text = pa.Field(isin=["create", "update", "unchanged", "hold", "refuse", "withdraw", "credit", "exclude"])
    reason: Text
    case: Text = optional()
    """The gravest kind of case that holds the bill."""
    cases: Text
    """All of them, as a JSON list."""
    vendor_name: Text = optional()
    contact_id: Text = optional()
    number: Text
    currency_code: Text
    net: Amount
    tax: Amount
    total: Amount
    at_stake: Amount = optional()
    """What the question is about that holds the bill: the gravest one, as what the vendor is owed. Null for none."""
    stake_currency: Text = optional()
    xero_id: Text = optional()
    xero_status: Text = optional()
    xero_total: Amount = optional()
    """The total of the document in Xero that stays as it is there. Null where none does."""
    xero_currency: Text = optional()
    payload: Text = optional()
    """The document as it would be sent, JSON; null where nothing is to be sent."""


class PublishedBills(Table):
    """What became of the plan's writes: one row a bill unit that the last sync of the cycle wrote or tried to write."""

    billing_cycle: Text
    bill_key: Text = pa.Field(unique=True)
    action: Text
    result: Text = pa.Field(isin=["confirmed", "refused", "unknown", "not sent"])
    xero_id: Text = optional()
    xero_status: Text = optional()
    total: Amount
    """Total that we computed."""
    xero_total: Amount = optional()
    """Total that Xero computed; the two are compared to the cent."""
    message: Text
