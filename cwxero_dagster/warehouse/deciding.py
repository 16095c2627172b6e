"""Whether a decision about a case may be taken as the case stands now.

What belongs here: the checks, each a sentence for people. What does not: keeping the decision (case_book), its effect
(planning).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cwxero_dagster.frames import PurchaseOrders, XeroDocuments
from cwxero_dagster.payables.books import GONE
from cwxero_dagster.payables.cases.grouping import NAMES_ONE, Case, HeldBill
from cwxero_dagster.payables.kinds import ONE_BY_ONE
from cwxero_dagster.payables.money import amount_text, money_text
from cwxero_dagster.payables.wording import as_it_is
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.ledger import Ledger

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SHOWN = ("document_id", "document_type", "status", "number", "contact_name", "currency_code", "total")


class CaseRefused(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """A decision about a case that cannot be taken; the text says why and what is possible."""


@dataclass(frozen=True)
class KeptCase:
    """A case with its history."""

    case: Case
    status: str
    first_seen: datetime
    last_seen: datetime
    closed_because: str | None
    remark: str = ""
    """What a person should look at again, right after she decided; blank for nothing."""

    @property
    def decided(self) -> bool:
        """A person decided it, and her decision stands."""
        return self.status in {"released", "settled"}

    @property
    def what_we_did(self) -> str:
        """What was done about it: held back, as decided, or closed by itself."""
        if self.status == "open" or self.closed_because is None:
            return self.case.what_we_did
        return f"{self.status.capitalize()}. {self.closed_because}"


def check_fits(kept: KeptCase, *, verb: str, seen: str, reason: str, by: str) -> None:
    """The case is open, says what the person saw (``seen``; blank where she did not say), and has this way out."""
    if kept.status != "open":
        name = kept.case.case_id
        first = f" To decide anew, take that back first: `cwxero undo {name} --by NAME`." if kept.decided else ""
        message = f"Case {name} is {kept.status}; only an open case can be decided.{first} Nothing was changed."
        raise CaseRefused(message)
    if seen and seen.lower() != kept.case.token:
        message = (
            f"Case {kept.case.case_id} has changed since you saw it ({seen}). It now says: {kept.case.what_happened} "
            f"Decide on that as {kept.case.case_id}@{kept.case.token}. Nothing was changed."
        )
        raise CaseRefused(message)
    verbs = kept.case.ways_out
    if verb == NAMES_ONE and verb not in verbs and len(kept.case.bill_keys) > 1:
        message = (
            f"Case {kept.case.case_id} is about {len(kept.case.bill_keys)} bills, and one document in Xero cannot be "
            f"all of them. {ONE_BY_ONE} Nothing was changed."
        )
        raise CaseRefused(message)
    if verb not in verbs:
        ways = ", ".join(verbs) or "none: it closes by itself once its cause is gone"
        message = (
            f'"{verb}" does not fit case {kept.case.case_id} ({kept.case.kind}). Ways out: {ways}. Nothing was changed.'
        )
        raise CaseRefused(message)
    if not reason.strip() or not by.strip():
        message = "A decision needs a reason and a name. Nothing was changed."
        raise CaseRefused(message)


def check_named(by: str) -> None:
    """Whoever takes a decision back says who she is."""
    if not by.strip():
        message = "Taking a decision back needs a name. Nothing was changed."
        raise CaseRefused(message)


def id_named(text: str | None) -> str | None:
    """The id of a document in Xero, where a person gave it or pasted the address of its page; None for nothing.

    Some addresses hold the organisation's id as well, before that of the document.
    """
    found = _ID.findall(text or "")
    return found[-1] if found else (text or "").strip() or None


def check_billed_by(warehouse: Warehouse, case: Case, xero_id: str | None, before: Sequence[HeldBill]) -> str:
    """``billed-by`` is said of one bill, with the id of a document that Xero holds.

    Answers, in a sentence, where that document is not for what the goods come to, with those that it was named for
    ``before``; blank where it is. A person may know why: the vendor charged another price, or added freight.
    """
    if not xero_id:
        message = (
            "billed-by needs the Xero bill id: the id of the bill in Xero that covers these goods, or the address of "
            "its page there. Nothing was changed."
        )
        raise CaseRefused(message)
    if xero_id.lower() in {(bill.xero_id or "").lower() for bill in case.bills}:
        message = (
            f'"{xero_id}" is this very bill; billed-by names another document that covers the same goods. '
            "Nothing was changed."
        )
        raise CaseRefused(message)
    rows = warehouse.current_rows(XeroDocuments, _SHOWN)
    document = next((row for row in rows if row["document_id"].lower() == xero_id.lower()), {})
    document_type, status = document.get("document_type", ""), document.get("status")
    wanted = {bill.document_type for bill in case.bills}
    if status is not None and document_type not in wanted:
        other, mine = ("supplier credit", "bill") if document_type == "ACCPAYCREDIT" else ("bill", "supplier credit")
        message = f'"{xero_id}" is a {other}; these goods need a {mine}. Nothing was changed.'
        raise CaseRefused(message)
    if status is None or status in GONE:
        found = f"that document is {as_it_is(status)}" if status else "no bill or credit with that id was read"
        message = (
            f'"{xero_id}" does not name a live bill in Xero: {found}. The id stands at the end of the address of the '
            "bill's page in Xero. If the bill is new, run a sync first. Nothing was changed."
        )
        raise CaseRefused(message)
    _refuse_of_other_orders(warehouse, document, case)
    return _not_its_goods(document, case, before)


def _refuse_of_other_orders(warehouse: Warehouse, document: Mapping[str, Any], case: Case) -> None:
    """A bill of the sync that bills other orders, and to which nobody added anything, bills nothing of these.

    Unless one of its orders was deleted: what it bills may have been entered again, as these.
    """
    named, total = document["document_id"].lower(), amount_text(document["total"])
    headers = warehouse.current_rows(PurchaseOrders, ("po_id", "present"))
    others = {row["po_id"] for row in headers if row["present"]} - {po for bill in case.bills for po in bill.po_ids}
    for bill in Ledger(warehouse).view().bills.values():
        as_written = (bill.xero_id or "").lower() == named and (bill.base or {}).get("total") == total
        if as_written and others.issuperset(bill.po_ids):
            message = (
                f"{document['number'] or 'That document'} is the sync's own bill of another purchase order, and nobody "
                "added anything to it in Xero: it bills nothing of these goods. Name the bill that does, or settle the "
                "case as not-owed if nothing is owed for them. Nothing was changed."
            )
            raise CaseRefused(message)


def _not_its_goods(document: Mapping[str, Any], case: Case, before: Sequence[HeldBill]) -> str:
    bills = [*case.bills, *before]
    if document["total"] is None or any(bill.notice for bill in bills):
        return ""  # What a notice comes to is before tax.
    goods = sum((bill.amount for bill in bills), Decimal(0))
    currencies = {bill.currency_code for bill in bills}
    if (document["total"], {document["currency_code"]}) == (goods, currencies):
        return ""
    named = document["number"] or "What you named"
    worth = " and ".join(
        money_text(sum((bill.amount for bill in bills if bill.currency_code == one), Decimal(0)), one)
        for one in sorted(currencies)
    )
    orders = ", ".join(dict.fromkeys(number for bill in before for number in bill.po_numbers))
    others = f", with those of {orders} that it was named for before" if orders else ""
    less = currencies == {document["currency_code"]} and document["total"] < goods
    rest = " Goods that it does not bill stay open, and the next sync asks about them." if less else ""
    return (
        f"{named} of {document['contact_name']} is for {money_text(document['total'], document['currency_code'])}; the "
        f"goods come to {worth}{others}.{rest}"
    )
