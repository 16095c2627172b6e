"""What keeps bills back, and the questions to people behind it.

What belongs here: tables of holds, of cases, and of values without a mapping. What does not: the bills (``bills``).
"""

from __future__ import annotations

import pandera.pandas as pa

from cwxero_dagster.frames.table import Amount, Moment, Table, Text, Whole, optional


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
    """What is at stake, as what the vendor is owed: a supplier credit counts negative, and so does what Xero holds too
    much. So it is in ``Unmapped`` and ``Cases``.
    """
    currency_code: Text


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
