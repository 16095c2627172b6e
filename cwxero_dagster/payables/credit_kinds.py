"""What kinds of case say of a supplier credit, which gives goods back and follows the bill that billed them.

What belongs here: the words that differ from those about a bill. What does not: what a kind says of bills, who can act
(kinds), which ways out fit (cases/ways_out).
"""

from __future__ import annotations

from cwxero_dagster.payables.order_kinds import Instead

ARCHIVED = Instead(
    "Xero contact cannot be used",
    "A supplier credit goes to the contact of the bill that it gives back, whatever vendors.csv says: restore that "
    "contact in Xero. The next sync publishes the credit by itself.",
)
TAKEN = Instead(
    "May have been credited already",
    "Look in Xero whether a supplier credit gives these goods back already. If none does, release the case and the "
    "next sync drafts the credit.",
    {
        "billed-by": "If one does, settle the case as billed-by with its id, which stands in the address of the "
        "credit's page in Xero.",
    },
)
REMOVED = Instead(
    "Supplier credit was removed in Xero",
    "Ask who removed it, and why. Release the case to have the credit drafted again.",
    {"not-owed": "If the vendor owes nothing for what went back, settle the case as not-owed."},
)
