"""What kinds of case say of a purchase order in Xero, which bills nothing and for which nobody owes anything yet.

What belongs here: the words that differ from those about a bill. What does not: what a kind says of bills, who can act
(kinds), which ways out fit an order (cases/ways_out).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Instead:
    """What a kind of case says instead of its own words, where it is about something else than a bill by itself."""

    title: str
    what_to_do: str
    by_verb: Mapping[str, str] = field(default_factory=dict)
    """What else can be done where a case offers the verb."""


TAKEN = Instead(
    "Xero may have this purchase order already",
    "Xero takes the number of a purchase order once. Delete the one in Xero that is not needed, or give it another "
    "number; the next sync goes on by itself.",
    {"not-owed": "Settle the case as not-owed to have none created: the goods are billed as they come, all the same."},
)
CHANGED = Instead(
    "Order changed in ConnectWise after its purchase order was approved in Xero",
    "Correct the purchase order in Xero if the vendor is to deliver what ConnectWise says now. Then release the case, "
    "which writes nothing: bills follow what arrives, whatever the purchase order in Xero says.",
)
GONE = Instead(
    "Order is gone in ConnectWise, its purchase order in Xero is not",
    "If nothing more is to come, tell the vendor and delete the purchase order in Xero: nobody owes anything for it. "
    "Release the case to leave it as it is.",
)
EDITED = Instead(
    "Purchase order was changed in Xero by a person",
    "Decide which side is right. If ConnectWise is, change the purchase order in Xero to what it says. If Xero is "
    "right as it stands, release the case: what people typed there stays.",
)
REMOVED = Instead(
    "Purchase order was removed in Xero",
    "Ask who removed it, and why. Release the case to have the purchase order created again.",
    {
        "not-owed": "If it was removed on purpose, settle the case as not-owed: none is created again, and the goods "
        "are billed as they come, all the same."
    },
)
