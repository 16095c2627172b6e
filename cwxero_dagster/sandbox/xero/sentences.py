"""Xero's own sentences: what validation errors say.

What belongs here: wording, so that a client can be tried on it. Sentences that no public source quotes are marked; they
are stand-ins, and no client may rely on them. What does not: when a sentence applies.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

NOT_MODIFIABLE = "Invoice not of valid status for modification"
HAS_PAYMENT = "This document cannot be edited as it has a payment or credit note allocated to it."
CONTACT_ARCHIVED = (
    "The contact with the specified contact details has been archived. The contact must be un-archived before creating "
    "new invoices, credit notes, or purchase orders."
)
PO_CONTACT_MISSING = (
    "The Contact must contain at least 1 of the following elements to identify the contact: ContactID, ContactNumber."
)
PO_STATUS_INVALID = "The Purchase Order status change is invalid."
TOTAL_MISMATCH = "The document total does not equal the sum of the lines"
APPROVAL_LIMIT = "You have reached the limit of invoices you can approve"
LINK_SOURCE_MISMATCH = "The SourceLineItemID and SourceTransactionID do not match"
LINK_CONTACT_MISMATCH = "The ContactID and the TargetTransaction ContactID do not match"
KEY_REUSED = "The Idempotency-Key has been used with a different request"

# Stand-ins: the wording of these is not published.
BILL_NEGATIVE = "The total of this document cannot be less than zero."
DISCOUNT_REFUSED = "Discounts are not supported on bills and supplier credit notes."
DUE_DATE_MISSING = "The due date cannot be empty."
LINES_MISSING = "One or more line items must be specified"
LINE_DESCRIPTION_MISSING = "Description cannot be empty"
LINE_ACCOUNT_MISSING = "Account code must be specified"
LINE_AMOUNT_MISSING = "Quantity and unit amount must be specified"
LINE_FOREIGN = "The LineItemID does not belong to this document."
CONTACT_MISSING = "A Contact must be specified for this type of transaction"
CONTACT_UNKNOWN = "The specified contact details matched no contact"
TOO_MANY_TRACKING = "A line item can have at most 2 tracking categories."
URL_INVALID = "Url must be an absolute http or https address."
URL_FORBIDDEN = "Url must not contain 'xero'."
NUMBER_INVALID = "The number must be at most 255 printable ASCII characters."
ID_ON_CREATE = "An identifier cannot be given when a document is created."
DOCUMENT_UNKNOWN = "The document could not be found."
LINKED_ALREADY = "The source line item is linked already."
LINK_SOURCE_GONE = "The source transaction is deleted or voided."
LINK_WITHOUT_AMOUNT = "The source line item has no amount."
LINK_TARGET_UNKNOWN = "The target transaction could not be found."
LINK_NOT_DELETABLE = "The linked transaction is not of valid status for deletion."
LINE_IS_LINKED = "A line item that is a billable expense cannot be removed."
DRAFTS_DENIED = "You are not allowed to create this document."


def lock_date(kind: str, day: str) -> str:
    """``kind`` is "period" or "end of year"."""
    moment = date.fromisoformat(day)
    return f"The document date cannot be before the {kind} lock date, currently set at {moment.day} {moment:%B %Y}"


def quantity_negative(quantity: Decimal) -> str:
    """A negative quantity, with four decimals as Xero prints it."""
    return f"The quantity value '{quantity:.4f}' is invalid. Quantity must not be less than zero."


def line_total(sent: Decimal, expected: Decimal) -> str:
    """LineAmount differs from quantity times unit amount."""
    return f"The line total {sent} does not match the expected line total {expected}"


def account_invalid(code: str) -> str:
    """Unknown account, or one that bills cannot use."""
    return f"Account code '{code}' is not a valid code for this document."


def account_archived(code: str) -> str:
    """Archived or deleted account."""
    return f"Account code '{code}' has been archived or has been deleted."


def tax_conflict(tax_type: str, code: str) -> str:
    """Tax type that this account cannot take."""
    return f"The TaxType code '{tax_type}' cannot be used with account code '{code}'."


def tax_unknown(tax_type: str) -> str:
    """Unknown, archived or deleted tax type. Stand-in."""
    return f"TaxType code '{tax_type}' does not exist or cannot be used."


def currency_missing(code: str) -> str:
    """Currency that the organisation has not added."""
    return f"Organisation is not subscribed to currency {code}"


def tracking_unknown(name: str) -> str:
    """Stand-in."""
    return f"The tracking category '{name}' does not exist or is archived."


def tracking_option_unknown(option: str, category: str) -> str:
    """Stand-in."""
    return f"The tracking option '{option}' does not exist or is archived in tracking category '{category}'."


def item_unknown(code: str) -> str:
    """Stand-in."""
    return f"Item code '{code}' is not valid"


def contact_number_taken(number: str) -> str:
    """Two contacts with one ContactNumber."""
    return (
        f"The contact number {number} is already assigned to another contact. "
        "The contact number must be unique across all contacts."
    )


def contact_name_taken(name: str) -> str:
    """Stand-in."""
    return f"The contact name {name} is already assigned to another contact. The contact name must be unique."


def number_taken(number: str) -> str:
    """Two purchase orders with one number. Stand-in."""
    return f"Order number {number} must be unique"


def field_invalid(name: str, value: object) -> str:
    """A value that a field cannot hold. Stand-in."""
    return f"{name}: '{value}' is not valid."
