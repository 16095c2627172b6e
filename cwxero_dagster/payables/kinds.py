"""Kinds of case: who can act, what a person is told to do, and which ways out fit.

What belongs here: what is always true of a kind, in the reader's words. What does not: finding holds (matching,
preflight, twins, planning), grouping them (cases).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from cwxero_dagster.payables import credit_kinds, lost_kinds, order_kinds
from cwxero_dagster.payables.keys import is_credit, is_order
from cwxero_dagster.payables.ledger_view import ADJUSTING, CLOSING, STANDING
from cwxero_dagster.payables.order_kinds import Instead

PROCUREMENT, FINANCE, DATA_TEAM, XERO_ADVISER = "procurement", "finance", "data team", "Xero adviser"


WENT_BACK = frozenset({"reversed_after_authorised", "credit_needed"})
"""Kinds of case that ask about goods which went back; a person who lets them be has dealt with those goods."""

ONE_BY_ONE = (
    "A bill of these that was keyed by hand already is answered by itself: write the purchase order's number into its "
    "Reference in Xero, whether it is a draft or approved, and the next sync asks about it."
)
"""What is to be done about a bill that stands in Xero already, where one question is about several bills."""


@dataclass(frozen=True)
class Kind:
    """What is always true of a kind of case."""

    owner: str
    title: str
    what_to_do: str
    ways_out: tuple[str, ...]
    counts: str = "bill"
    """What such a case is about several of."""
    by_verb: Mapping[str, str] = field(default_factory=dict)
    """What else can be done where a case offers the verb."""
    of_credits: Instead | None = None
    """What is said instead about supplier credits; None for the same."""
    of_orders: Instead | None = None
    """What is said instead about purchase orders in Xero; None for the same."""
    of_two: Instead | None = None
    """What is said instead where a bill stands in Xero, and another document beside it; None for the same."""
    of_done: Instead | None = None
    """What is said instead where the sync did what follows, and a person is told of it; None for the same."""
    of_lost: Instead | None = None
    """What is said instead where a restored copy or a rebuilt ledger does not know what was done; None for the same."""

    def advice(
        self,
        offered: Collection[str],
        about: Collection[str] = (),
        *,
        beside: bool = False,
        done: bool = False,
        lost: bool = False,
    ) -> str:
        """What a person is told to do, naming no verb that the case does not offer. ``about``: keys of its bills.

        ``beside``: each of them stands in Xero, beside another document. ``done``: the sync did what follows.
        ``lost``: a restored copy or a rebuilt ledger does not know what was done before.
        """
        if instead := self._instead(beside=beside, done=done, lost=lost):
            return " ".join([instead.what_to_do, *_fitting(instead.by_verb, offered)])
        orders = [key for key in about if self.of_orders and is_order(key)]
        credit = [key for key in about if self.of_credits and is_credit(key)]
        said = [] if about and len(orders) + len(credit) == len(about) else [self.what_to_do]
        said += _fitting(self.by_verb, offered) if said else []
        if self.of_credits and credit:
            said += [self.of_credits.what_to_do, *_fitting(self.of_credits.by_verb, offered)]
        if self.of_orders and orders:
            said += [self.of_orders.what_to_do, *_fitting(self.of_orders.by_verb, offered)]
        return " ".join(said)

    def title_of(self, about: Collection[str], *, beside: bool = False, done: bool = False, lost: bool = False) -> str:
        """What a case about the bills and orders of these keys is called."""
        if instead := self._instead(beside=beside, done=done, lost=lost):
            return instead.title
        if self.of_orders and about and all(map(is_order, about)):
            return self.of_orders.title
        if self.of_credits and about and all(map(is_credit, about)):
            return self.of_credits.title
        return self.title

    def _instead(self, *, beside: bool, done: bool, lost: bool) -> Instead | None:
        if lost and self.of_lost:
            return self.of_lost
        return self.of_done if done and self.of_done else self.of_two if beside else None


def _fitting(by_verb: Mapping[str, str], offered: Collection[str]) -> list[str]:
    return [words for verb, words in by_verb.items() if verb in offered]


WHOLE_BILL = {"not-owed": "Settle it as not-owed only if nothing on this bill is owed: the whole bill goes."}

KINDS: Mapping[str, Kind] = {
    "unmapped_vendor": Kind(
        FINANCE,
        "Vendor without a Xero contact",
        "Add the vendor to vendors.csv with its Xero contact, or put the ConnectWise vendor id into the contact's "
        "account number in Xero. The next sync publishes the bills by itself.",
        CLOSING,
    ),
    "unmapped_account": Kind(
        FINANCE,
        "Goods without a Xero account",
        "Add a row for the category or product to accounts.csv. The next sync publishes the bills by itself.",
        CLOSING,
    ),
    "unmapped_tax": Kind(
        FINANCE,
        "Tax code without a Xero tax type",
        "Add the tax code to tax_codes.csv with its Xero tax type. The next sync publishes the bills by itself.",
        CLOSING,
    ),
    "unmapped_tracking": Kind(
        FINANCE,
        "Location or department without a tracking option",
        "Add the value to tracking.csv with its Xero category and option. The next sync publishes the bills by itself.",
        CLOSING,
    ),
    "contact_archived": Kind(
        FINANCE,
        "Xero contact cannot be used",
        "Restore the contact in Xero, or name another one in vendors.csv. The next sync publishes the bills by itself.",
        CLOSING,
        of_credits=credit_kinds.ARCHIVED,
    ),
    "account_invalid": Kind(
        FINANCE,
        "Xero account cannot be used",
        "Correct the account code in accounts.csv or vendors.csv, or restore the account in Xero. The next night "
        "publishes the bills by itself.",
        CLOSING,
    ),
    "account_tax_conflict": Kind(
        FINANCE,
        "Account and tax type do not go together",
        "Correct the tax type or the account in the mapping files; in Xero, the tax rate's settings say where it "
        "applies. The next night publishes the bills by itself.",
        CLOSING,
    ),
    "tracking_invalid": Kind(
        FINANCE,
        "Tracking option cannot be used",
        "Create or restore the option in Xero, or correct tracking.csv. The next night publishes the bills by itself.",
        CLOSING,
    ),
    "currency_not_enabled": Kind(
        XERO_ADVISER,
        "Currency is not switched on in Xero",
        "Add the currency in Xero (the plan must allow several currencies). The night after it was added publishes the "
        "bills by itself.",
        CLOSING,
        by_verb={"billed-by": "Or key the bill by hand, and settle this case as billed-by."},
    ),
    "lock_date": Kind(
        XERO_ADVISER,
        "Bill is dated in a locked period",
        "Move the lock date in Xero for a night. Bills are never re-dated silently.",
        ("accept-theirs", *CLOSING),
        by_verb={
            "accept-theirs": "Or correct or delete the draft in Xero yourself; settle the case as accept-theirs to "
            "leave it as it is.",
            "billed-by": "Or key the bill with the date you choose, and settle this case as billed-by.",
        },
    ),
    "price_mismatch": Kind(
        PROCUREMENT,
        "Price differs from the order",
        "Ask the vendor which price holds. Correct the cost in ConnectWise, or release the case if the new price is "
        "right: the next sync bills the goods at it.",
        ("release", *CLOSING),
        by_verb=WHOLE_BILL,
    ),
    "quantity_mismatch": Kind(
        PROCUREMENT,
        "Received more than ordered",
        "Check the delivery. Correct the received quantity in ConnectWise, or release the case if the goods are kept: "
        "the next sync bills all of them.",
        ("release", *CLOSING),
        by_verb=WHOLE_BILL,
    ),
    "total_mismatch": Kind(
        FINANCE,
        "Bill differs from the vendor's invoice",
        "Compare the vendor's invoice with the purchase order. Correct the one that is wrong, or release the case: the "
        "next sync bills what the purchase order says.",
        ("release", *CLOSING),
        by_verb=WHOLE_BILL,
        of_two=Instead(
            "Keyed bill is not what was received",
            "Compare the bill that was keyed with the vendor's invoice and with what was received. Correct what is "
            "wrong, in Xero or in ConnectWise, or key the rest: the case goes by itself.",
            {
                "release": "If the bill is right as it stands, release the case.",
                "not-owed": "If what was keyed is all that is owed, settle the case as not-owed.",
                "billed-by": "If another bill has the rest, settle the case as billed-by with its id, which stands in "
                "the address of its page in Xero.",
            },
        ),
    ),
    "rounding": Kind(
        FINANCE,
        "Tax or total differs between ConnectWise and Xero",
        "Check the tax code on the purchase order and its row in tax_codes.csv, and the tax rate in Xero. Cents within "
        "the agreed limit are no question: the bill carries a rounding line for them. If the case says that none can "
        "be written, make the rounding account usable in Xero. Release the case if Xero's figures are right.",
        ("release", *CLOSING),
    ),
    "missing_vendor_invoice": Kind(
        PROCUREMENT,
        "Vendor invoice is missing",
        "Add the vendor's invoice to vendor_invoices.csv; the next sync bills the goods by itself. Release the case to "
        "bill them without it.",
        ("release", *CLOSING),
    ),
    "duplicate_vendor_invoice": Kind(
        FINANCE,
        "Same vendor invoice number twice",
        "Look at both purchase orders and the vendor's invoice. Correct the number that is wrong, or release the case "
        "if the vendor did use the number twice: the next sync bills the second one too.",
        ("release", *CLOSING),
    ),
    "possible_duplicate": Kind(
        FINANCE,
        "May have been billed already",
        "Look in Xero whether a bill covers these goods already. If none does, release the case and the next sync "
        "bills them.",
        ("release", *CLOSING),
        by_verb={
            "billed-by": "If one does, settle the case as billed-by with its id, which stands in the address of the "
            "bill's page in Xero.",
        },
        of_credits=credit_kinds.TAKEN,
        of_orders=order_kinds.TAKEN,
        of_two=Instead(
            "May be in Xero twice",
            "Look in Xero whether the two bill the same goods. If they do, delete or void the one that is not needed; "
            "the case goes with it. If both are owed, release the case.",
            {
                "billed-by": "Nobody has worked on the draft of the sync: to have it withdrawn, settle the case as "
                "billed-by with the id of the other one, which stands in the address of its page in Xero."
            },
        ),
        of_lost=lost_kinds.DECIDED,
    ),
    "changed_after_authorised": Kind(
        FINANCE,
        "Changed in ConnectWise after the bill was approved",
        "Compare the bill with the purchase order and correct whichever is wrong.",
        ("release", *STANDING, *ADJUSTING, *CLOSING),
        by_verb={
            "accept-theirs": "Release the case to leave the approved bill as it is.",
            "supplement": "Only prices rose: settle the case as supplement to have exactly the difference drafted.",
            "credit": "Only prices fell: settle the case as credit to have exactly the difference drafted.",
            "not-owed": "What the case speaks of is not in Xero: release it to have that drafted, or settle it as "
            "not-owed where nobody owes anything for it.",
        },
        of_orders=order_kinds.CHANGED,
    ),
    "reversed_after_authorised": Kind(
        FINANCE,
        "Goods or order are gone, the bill is not",
        "Where the bill is approved, ask the vendor for a credit and enter it in Xero, or void the bill there: a paid "
        "one only after its payment was taken off. A draft needs no credit: delete it in Xero. Release the case to "
        "leave the bill as it is.",
        ("release", "accept-theirs", "credit", *CLOSING),
        by_verb={
            "credit": "Or settle the case as credit to have one drafted for exactly what went back.",
            "not-owed": "Nobody has worked on the draft: settle the case as not-owed to have it withdrawn.",
        },
        of_orders=order_kinds.GONE,
        of_done=Instead(
            "Order is gone, and its draft as well",
            "Nothing is to be done in Xero: nobody had worked on the draft. If the order was deleted by mistake, enter "
            "it again in ConnectWise; what is received on it then is billed anew. Release the case once you have seen "
            "it.",
        ),
    ),
    "edited_in_xero": Kind(
        FINANCE,
        "Changed in Xero by a person",
        "Decide which side is right. If ConnectWise is, change the bill in Xero to what it says. If the bill is right "
        "as it stands, release the case: it stays as it is in Xero.",
        ("release", "accept-theirs"),
        of_orders=order_kinds.EDITED,
        of_lost=lost_kinds.WRITTEN,
    ),
    "removed_in_xero": Kind(
        FINANCE,
        "Bill was removed in Xero",
        "Ask who removed it, and why. Release the case to have the bill created again.",
        ("release", *CLOSING),
        by_verb={"not-owed": "If it was removed on purpose, settle the case as not-owed."},
        of_credits=credit_kinds.REMOVED,
        of_orders=order_kinds.REMOVED,
    ),
    "paid_not_received": Kind(
        PROCUREMENT,
        "Paid, but not received in ConnectWise",
        "Receive the goods in ConnectWise, or ask the vendor where they are. Release the case if all is well: "
        "it is not asked about again while the order and the bill stay as they are.",
        ("release",),
    ),
    "received_not_billed": Kind(
        PROCUREMENT,
        "Received long ago, and no bill",
        "Receive or cancel the rest in ConnectWise, and the bill follows. Release the case to go on waiting.",
        ("release", *CLOSING),
        counts="order",
        by_verb={"billed-by": "If the goods were billed by hand, settle the case as billed-by."},
    ),
    "stale_draft": Kind(
        FINANCE,
        "Draft has waited long",
        "Approve the drafts in Xero, or delete the ones that are not owed. Release the case to go on waiting.",
        ("release",),
    ),
    "freight_unresolved": Kind(
        PROCUREMENT,
        "Freight has no carrier",
        "Name the carrier for this shipment method in landed_costs.csv, or a default one. The next sync publishes the "
        "bills by itself; the goods' own bills do not wait for it.",
        CLOSING,
    ),
    "credit_needed": Kind(
        FINANCE,
        "Vendor owes a credit",
        "Ask the vendor for the credit note and enter it in Xero, then release the case.",
        ("release",),
        of_two=Instead(
            "Vendor owes a credit",
            "Ask the vendor for the credit note and enter it in Xero: the case goes by itself.",
            {"release": "If no credit is owed, release the case."},
        ),
    ),
    "rejected_by_xero": Kind(
        FINANCE,
        "Xero refused a document",
        "Do what is said at the end of what happened; Xero's own words, where it gave any, name what to correct. The "
        "next night tries again by itself; release the case to try with the next sync.",
        ("release", *CLOSING),
    ),
    "outcome_unknown": Kind(
        DATA_TEAM,
        "Xero's answer was lost",
        "Nothing to do today: the next sync looks the bill up in Xero before it does anything else. If the case is "
        "still here tomorrow, run `cwxero doctor`, which says whether Xero can be reached.",
        (),
    ),
    "unsigned_lifecycle": Kind(
        FINANCE,
        "Lifecycle decision is not signed",
        "Read the decision (`cwxero lifecycle` tells it in words), then have procurement and finance sign it with "
        "`cwxero signoff`. The next sync writes what waited.",
        (),
    ),
    "wrong_organisation": Kind(
        DATA_TEAM,
        "Connected to another Xero organisation",
        "Check which organisation the Xero app is connected to, and the setting XERO_TENANT_ID; nothing is written "
        "until they agree.",
        (),
    ),
}
