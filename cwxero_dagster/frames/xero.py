"""What was read of Xero: one model a staged table, with the endpoint that it comes from.

What belongs here: the columns that a Xero record is staged in. What does not: reading them out of a record
(``staging``), and bills that Xero does not hold yet (``bills``).
"""

from __future__ import annotations

import pandera.pandas as pa

from cwxero_dagster.frames.table import Amount, Day, Flag, Moment, Observation, Text, optional


class XeroContacts(Observation):
    """Xero contacts, archived ones included (GET /Contacts)."""

    contact_id: Text
    name: Text
    contact_number: Text = optional()
    account_number: Text = optional()
    status: Text
    merged_to: Text = optional()
    default_currency: Text = optional()
    updated_at: Moment = optional()


class XeroReference(Observation):
    """Small Xero lists; ``kind``: connection, organisation, action, account, tax_rate, tracking_category, currency."""

    kind: Text
    record_id: Text
    name: Text = optional()


class XeroDocuments(Observation):
    """Xero supplier documents: bills (ACCPAY) and supplier credits (ACCPAYCREDIT), with lines in ``body``."""

    document_id: Text
    document_type: Text = pa.Field(isin=["ACCPAY", "ACCPAYCREDIT"])
    number: Text = optional()
    contact_id: Text
    contact_name: Text = optional()
    status: Text
    date: Day = optional()
    due_date: Day = optional()
    currency_code: Text = optional()
    net: Amount = optional()
    tax: Amount = optional()
    total: Amount = optional()
    amount_paid: Amount = optional()
    amount_due: Amount = optional()
    url: Text = optional()
    has_attachments: Flag
    updated_at: Moment = optional()


class XeroPurchaseOrders(Observation):
    """Xero's purchase orders (GET /PurchaseOrders), where the decision keeps them; nothing of them is owed."""

    document_id: Text
    number: Text = optional()
    reference: Text = optional()
    contact_id: Text
    contact_name: Text = optional()
    status: Text
    date: Day = optional()
    delivery_date: Day = optional()
    currency_code: Text = optional()
    net: Amount = optional()
    tax: Amount = optional()
    total: Amount = optional()
    has_attachments: Flag
    updated_at: Moment = optional()
