"""What kinds of case say of what was done before a copy was put back or the ledger rebuilt, and is not known since.

What belongs here: the words that differ from those about a bill. What does not: what a kind says of bills, who can act
(kinds), what was lost (lost_decisions, planning/doubted).
"""

from __future__ import annotations

from cwxero_dagster.payables.order_kinds import Instead

DECIDED = Instead(
    "Decided before the warehouse was put back",
    "Take the decision again where its own case is open; the next sync then acts on it and closes this one. Release "
    "this case once nothing is left to decide again: the next sync writes what waits.",
    {
        "not-owed": "Where its own case is not open and nobody owes anything for the goods, settle this one as "
        "not-owed.",
        "billed-by": "Where another bill has them, settle this one as billed-by with its id, which stands in the "
        "address of the bill's page in Xero.",
    },
)
WRITTEN = Instead(
    "Differs in Xero, and by whom is not known",
    "What the sync itself wrote last is not known since the warehouse was put back or the ledger rebuilt. Decide which "
    "side is right. If ConnectWise is, change the document in Xero to what it says. If it is right as it stands, "
    "release the case: it stays as it is in Xero.",
)
