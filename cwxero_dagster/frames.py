"""The contract of every table that crosses a wall: one Pandera model a table, its columns, units and meaning.

What belongs here: column names, types, nullability, and the sentences that must be true of every row. What does not:
how a table is filled (rules, staging) or kept (warehouse). The warehouse derives its table definitions from these
models, so that there is one description of a table.

Amounts are ``DECIMAL(18,4)`` in the currency of their document, unit costs and quantities ``DECIMAL(28,10)``; moments
are UTC; dates are calendar dates (DESIGN.md, "Money" and "Time"). All columns are Arrow-backed: a missing value is
null, never NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow

Text = Annotated[pd.ArrowDtype, arrow.string()]
Whole = Annotated[pd.ArrowDtype, arrow.int64()]
Flag = Annotated[pd.ArrowDtype, arrow.bool_()]
Day = Annotated[pd.ArrowDtype, arrow.date32()]
Moment = Annotated[pd.ArrowDtype, arrow.timestamp("us", tz="UTC")]
Amount = Annotated[pd.ArrowDtype, arrow.decimal128(18, 4)]
Quantity = Annotated[pd.ArrowDtype, arrow.decimal128(28, 10)]


def optional() -> Any:
    """A column that may be null."""
    return pa.Field(nullable=True)


class Table(pa.DataFrameModel):
    """Base of all frames: exact columns, nothing coerced."""

    class Config:
        """Pandera settings: unknown columns and wrong types are errors; nothing is converted silently."""

        strict = True
        coerce = False

    @classmethod
    def arrow_schema(cls) -> arrow.Schema:
        """The Arrow schema of the table, in declared column order."""
        columns = cls.to_schema().columns
        return arrow.schema([(name, column.dtype.type.pyarrow_dtype) for name, column in columns.items()])

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
        """A validated frame of ``rows``; a missing key is null. Raises ``pandera.errors.SchemaErrors``."""
        table = arrow.Table.from_pylist([dict(row) for row in rows], schema=cls.arrow_schema())
        return cls.from_arrow(table)

    @classmethod
    def from_arrow(cls, table: arrow.Table) -> pd.DataFrame:
        """A validated frame of an Arrow table, cast to the declared types without loss."""
        schema = cls.arrow_schema()
        frame = table.select(schema.names).cast(schema).to_pandas(types_mapper=pd.ArrowDtype)
        return cls.validate(frame, lazy=True)

    @classmethod
    def empty(cls) -> pd.DataFrame:
        """A frame without rows that still has every column and type."""
        return cls.of([])

    @classmethod
    def rows(cls: type[Self], frame: pd.DataFrame) -> list[dict[str, Any]]:
        """The frame as Python values (Decimal, date, datetime, None), one dict a row."""
        rows: list[dict[str, Any]] = arrow.Table.from_pandas(
            frame, schema=cls.arrow_schema(), preserve_index=False
        ).to_pylist()
        return rows


# --- staged observations: what was read, when, append-only -----------------------------------------------------------


class Observation(Table):
    """Columns of every staged table: an observation is appended when a record is new, changed or gone."""

    observed_at: Moment
    present: Flag
    """False: two complete sweeps and a look-up by id did not find the record any more."""
    fingerprint: Text
    """SHA-256 of ``body`` without links and other noise; an observation that repeats the one before is not stored."""
    body: Text
    """The record as ConnectWise or Xero sent it: JSON with sorted keys, decimals exact."""


class PurchaseOrders(Observation):
    """ConnectWise purchase order headers (GET /procurement/purchaseorders)."""

    po_id: Whole
    po_number: Text
    po_date: Day = optional()
    status_id: Whole = optional()
    status_name: Text = optional()
    closed: Flag
    closed_at: Moment = optional()
    vendor_id: Whole = optional()
    vendor_name: Text = optional()
    vendor_invoice_number: Text = optional()
    vendor_invoice_date: Day = optional()
    terms_id: Whole = optional()
    terms_name: Text = optional()
    currency_code: Text = optional()
    tax_code: Text = optional()
    tax_freight: Flag
    freight_cost: Amount = optional()
    freight_tax: Amount = optional()
    freight_packing_slip: Text = optional()
    sub_total: Amount = optional()
    sales_tax: Amount = optional()
    total: Amount = optional()
    location_id: Whole = optional()
    location_name: Text = optional()
    business_unit_id: Whole = optional()
    business_unit_name: Text = optional()
    customer_id: Whole = optional()
    customer_name: Text = optional()
    drop_ship: Flag
    shipment_date: Day = optional()
    shipment_method: Text = optional()
    last_updated: Moment = optional()


class PurchaseOrderLines(Observation):
    """ConnectWise purchase order lines (GET /procurement/purchaseorders/{id}/lineitems)."""

    line_id: Whole
    po_id: Whole
    line_number: Whole = optional()
    description: Text = optional()
    product_id: Whole = optional()
    product_identifier: Text = optional()
    quantity: Quantity
    unit_cost: Quantity
    tax: Amount = optional()
    received_quantity: Quantity
    received_status: Text = optional()
    received_at: Moment = optional()
    packing_slip: Text = optional()
    closed: Flag
    cancelled: Flag
    cancelled_at: Moment = optional()
    batched: Flag
    ship_date: Day = optional()
    expected_ship_date: Day = optional()
    expected_arrival_date: Day = optional()
    last_updated: Moment = optional()


class Vendors(Observation):
    """ConnectWise companies with the vendor flag (GET /company/companies)."""

    vendor_id: Whole
    identifier: Text = optional()
    name: Text
    account_number: Text = optional()
    vendor_identifier: Text = optional()
    tax_identifier: Text = optional()
    currency_code: Text = optional()
    terms_name: Text = optional()
    deleted: Flag


class CatalogItems(Observation):
    """ConnectWise catalog items (GET /procurement/catalog): what an account is chosen from."""

    product_id: Whole
    identifier: Text
    description: Text = optional()
    category: Text = optional()
    subcategory: Text = optional()
    product_type: Text = optional()
    product_class: Text = optional()
    taxable: Flag


class CustomerProducts(Observation):
    """What customers were sold (GET /procurement/products): goods on tickets, projects, agreements, sales orders."""

    product_id: Whole
    customer_name: Text = optional()
    catalog_identifier: Text = optional()
    description: Text = optional()
    quantity: Quantity
    ext_cost: Amount = optional()
    """ConnectWise's own cost of the product, which need not be the purchase order's."""
    ext_price: Amount
    billable: Text = optional()
    cancelled: Flag
    invoice_number: Text = optional()
    sales_order: Text = optional()


class PurchaseLinks(Observation):
    """Which PO line feeds which customer's product (report PurchaseOrderWithLineItems); many to many, no quantity."""

    po_id: Whole
    line_id: Whole
    product_id: Whole


class ConnectWiseReference(Observation):
    """Small ConnectWise lists; ``kind``: status, terms, settings, system_info, category, subcategory, product_type,
    tax_code, currency, location, department.
    """

    kind: Text
    record_id: Whole
    name: Text = optional()


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


# --- derived: what the observations mean -----------------------------------------------------------------------------


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
    kind: Text = pa.Field(isin=["goods", "freight", "text", "rounding"])
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


class Unmapped(Table):
    """Values that no mapping covers; healthy nights leave it empty."""

    billing_cycle: Text
    kind: Text
    value: Text
    """The value as ConnectWise holds it (vendor id, product, tax code, location)."""
    name: Text = optional()
    bills: Whole
    po_numbers: Text
    amount: Amount
    currency_code: Text
    what_to_do: Text


class Holds(Table):
    """Why a bill is held: one row a bill and kind of case."""

    billing_cycle: Text
    bill_key: Text
    case_id: Text
    kind: Text
    cause: Text
    """What groups cases: the same cause on twelve bills is one case."""
    facts: Text
    """Digest of the facts that the hold rests on: a release lets through these and no others."""
    detail: Text
    amount: Amount
    currency_code: Text


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
    xero_id: Text = optional()
    xero_status: Text = optional()
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


class Cases(Table):
    """Questions to a person, grouped by cause."""

    case_id: Text = pa.Field(unique=True)
    kind: Text
    cause: Text
    po_numbers: Text
    bill_keys: Text
    billing_cycles: Text
    amount: Amount
    currency_code: Text
    owner: Text
    status: Text = pa.Field(isin=["open", "released", "settled", "closed"])
    first_seen: Moment
    last_seen: Moment
    facts: Text
    what_happened: Text
    what_we_did: Text
    what_to_do: Text
    ways_out: Text


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


# --- the parallel run: the sync's bills against the bookkeeper's ------------------------------------------------------


class Comparisons(Table):
    """Rows of a cycle's parallel run, worst first: bills that belong together, or that only one side has.

    Amounts are signed (a credit is negative), in the row's currency; a difference is the sync's less the keyed.
    """

    billing_cycle: Text
    row_id: Text = pa.Field(unique=True)
    """Stays the same while the row consists of the same bills."""
    match: Text
    """The pass that paired the bills, else only_sync, only_keyed, ambiguous or set_aside."""
    status: Text = pa.Field(isin=["agrees", "differs", "only_keyed", "only_sync", "ambiguous", "set_aside"])
    sync_keys: Text
    """Bill keys, as a JSON list."""
    keyed_ids: Text
    """Ids of the documents in Xero, or names made of what keyed_bills.csv says, as a JSON list."""
    keyed_where: Text
    """Where the keyed bills stand: their status in Xero, or keyed_bills.csv."""
    po_numbers: Text
    vendor_name: Text
    sync_number: Text
    keyed_number: Text
    sync_date: Day = optional()
    keyed_date: Day = optional()
    currency_code: Text
    sync_net: Amount
    sync_tax: Amount
    sync_total: Amount
    keyed_net: Amount
    keyed_tax: Amount
    keyed_total: Amount
    difference: Amount
    unexplained: Amount
    open_differences: Whole
    """Differences that no verdict has cleared."""
    reason: Text
    remark: Text
    """What else there is to know: what the sync would hold it for."""


class ComparisonDifferences(Table):
    """One thing on which the two sides of a row do not agree."""

    billing_cycle: Text
    row_id: Text
    facts: Text
    """Digest of bills, place and both values: what a verdict is given for."""
    pattern_id: Text = optional()
    """Shared by differences that are alike, so that one decision clears them."""
    field: Text
    kind: Text = pa.Field(
        isin=[
            "mapping", "tax", "tracking", "freight", "rounding", "quantity", "price", "date", "number", "missing",
            "extra", "timing",
        ]
    )  # fmt: skip
    line: Text
    sync: Text
    keyed: Text
    amount: Amount
    currency_code: Text
    explained: Flag
    reason: Text
    verdict: Text = optional()
    note: Text = optional()
    decided_by: Text = optional()
    decided_at: Moment = optional()


class ComparisonTotals(Table):
    """What both sides book by vendor (gross), account (net), tax type (the tax) and tracking option (net)."""

    billing_cycle: Text
    by: Text = pa.Field(isin=["vendor", "account", "tax_type", "tracking"])
    value: Text
    currency_code: Text
    keyed: Amount
    sync: Amount
    difference: Amount


class ComparisonSums(Table):
    """What a row of a parallel run adds to the tie-out, a row a currency: summed up they are the tie-out line."""

    billing_cycle: Text
    row_id: Text
    currency_code: Text
    keyed: Amount
    only_keyed: Amount
    only_sync: Amount
    differences: Amount
    sync: Amount
    unexplained: Amount
    """Without regard to sign: two cannot cancel out."""


class ComparisonPatterns(Table):
    """Differences that are alike on several bills: one verdict clears them."""

    billing_cycle: Text
    pattern_id: Text
    kind: Text
    words: Text
    open_differences: Whole
    """Differences of it that no verdict has cleared."""
    amounts: Text
    """Net effect by currency, as a JSON object."""


class ParallelRuns(Table):
    """The last comparison of a cycle: when it was made, whether the cycle is ready, what changed since a sign-off."""

    billing_cycle: Text
    compared_at: Moment
    ready: Flag
    reasons: Text
    """Why it is not ready, as a JSON list."""
    compared: Whole
    """Rows."""
    matched: Whole
    """Rows that agree or are decided."""
    matched_percent: Text
    """Their share, cut and not rounded."""
    remarks: Text
    """What else there is to know, as a JSON list."""
    changes: Text
    """What is other than it was signed off, as a JSON list."""


class ComparisonDispositions(Table):
    """Verdicts of people on differences of a parallel run; the last one on a difference counts."""

    billing_cycle: Text
    subject: Text
    """The row or pattern that the person was shown."""
    facts: Text
    """The differences that the verdict was given for, as a JSON list."""
    verdict: Text = pa.Field(isin=["accepted", "bookkeepers_error", "mapping_to_fix", "open"])
    note: Text
    decided_by: Text
    decided_at: Moment


class ComparisonSignatures(Table):
    """Cycles that were signed off as ready, with what they said then."""

    billing_cycle: Text
    signed_by: Text
    signed_at: Moment
    policy_digest: Text
    signed_rows: Text
    """The rows as they were signed, as JSON."""
