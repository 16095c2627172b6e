"""The parallel run: the sync's bills against the bookkeeper's.

What belongs here: what a comparison of a billing cycle found, and what people decided on it. What does not: either
side's bills (``bills``, ``xero``).
"""

from __future__ import annotations

import pandera.pandas as pa

from cwxero_dagster.frames.table import Amount, Day, Flag, Moment, Table, Text, Whole, optional


class Comparisons(Table):
    """Rows of a cycle's parallel run, worst first: bills that belong together, or that only one side has.

    Amounts are signed (a credit is negative), in the row's currency; a difference is the sync's less the keyed.
    """

    billing_cycle: Text
    row_id: Text = pa.Field(unique=True)
    """Stays the same while the row consists of the same bills."""
    match: Text
    """The pass that paired the bills, else only_sync, only_keyed, ambiguous, in_later_cycle or set_aside."""
    status: Text = pa.Field(
        isin=["agrees", "differs", "only_keyed", "only_sync", "ambiguous", "in_later_cycle", "set_aside"]
    )
    """Of ``in_later_cycle`` the amounts are named only; the later cycle's row, which has these bills too, counts."""
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
