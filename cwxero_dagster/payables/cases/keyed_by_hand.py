"""Questions about bills that were keyed by hand: for a part of the goods, for more than came, for goods that went back.

What belongs here: what is asked, in words. What does not: which goods a document bills (planning/keyed_goods), what
went back of them (planning/keyed_back), the worklist itself (planning/keying).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.cases.received import quantity_of
from cwxero_dagster.payables.holds import Hold, hold, naming
from cwxero_dagster.payables.keys import cause
from cwxero_dagster.payables.money import money_text, plain, total
from cwxero_dagster.payables.planning.keyed_back import GoneBack
from cwxero_dagster.payables.planning.keyed_goods import KeyedBill
from cwxero_dagster.payables.units.unit_facts import gone_facts
from cwxero_dagster.payables.wording import status_words


def rest_of(bill: Bill, beside: Sequence[tuple[KeyedBill, Decimal]]) -> Hold:
    """The question whether what was keyed is all. ``bill``: the rest.

    ``beside``: each bill that was keyed, and its goods before tax.
    """
    currency = bill.currency_code
    named = " and ".join(dict.fromkeys(_named(one.document) for one, _ in beside))
    billed = total(net for _, net in beside)
    detail = (
        f"{named} bills goods for {money_text(billed, currency)} before tax of the "
        f"{money_text(billed + bill.net, currency)} that was received on purchase order {', '.join(bill.po_numbers)}. "
        f"The other {money_text(bill.net, currency)} is still to be keyed, unless what was keyed is all that is owed."
    )
    documents = sorted(one.document.document_id for one, _ in beside)
    one = hold("total_mismatch", cause(bill.key), detail, bill.facts, *documents, billed)
    return replace(naming(one, *documents), beside=True, ways_out=("not-owed", "billed-by"))


def about_rest(bill: Bill, one: Hold) -> HeldBill:
    """The rest of goods of which a part was keyed."""
    return HeldBill(
        bill.key,
        bill.cycle,
        bill.po_numbers,
        bill.total,
        bill.currency_code,
        (one,),
        bill.facts,
        bill.document_type,
        tuple(po.po_id for po in bill.pos),
        bill.slices,
        notice=True,
    )


def about_more(document: Document, beyond: Decimal, bill: Bill) -> HeldBill:
    """A bill that was keyed for more than ever came. ``beyond``: how much more, before tax; ``bill``: what is owed."""
    detail = (
        f"{_named(document)} bills {money_text(beyond, document.currency_code)} before tax more than what was received "
        f"on purchase order {', '.join(bill.po_numbers)} comes to."
    )
    one = hold("total_mismatch", f"document {document.document_id}", detail, document.document_id, beyond)
    one = replace(one, beside=True, ways_out=("release",), stake=(document.currency_code, -beyond))
    return HeldBill(
        bill.key,
        bill.cycle,
        bill.po_numbers,
        document.total,
        document.currency_code,
        (one,),
        bill.facts,
        document.document_type,
        tuple(po.po_id for po in bill.pos),
        xero_id=document.document_id,
        notice=True,
    )


def about_gone(back: GoneBack, credit: Bill, po_numbers: Mapping[int, str]) -> HeldBill:
    """Goods on a keyed bill that are not there any more, until the vendor's credit is keyed."""
    document = back.keyed.document
    number = ", ".join(_numbers(back.keyed, po_numbers))
    went = quantity_of(back.slices)
    what, verb = f"{plain(went)} of the goods" if went else "Freight", "is" if went in {0, 1} else "are"
    detail = (
        f"{what} of purchase order {number} that {_named(document)} bills {verb} no longer there in "
        f"ConnectWise. Key the supplier credit {credit.number} for {money_text(credit.total, credit.currency_code)}: "
        "once Xero holds it, the case goes by itself."
    )
    one = hold("credit_needed", cause(back.keyed.known.key), detail, *gone_facts(back.slices))
    one = replace(one, beside=True, stake=(credit.currency_code, -credit.total))
    return replace(_about(back.keyed, one, po_numbers), gone=back.slices)


def _about(keyed: KeyedBill, one: Hold, po_numbers: Mapping[int, str]) -> HeldBill:
    document, known = keyed.document, keyed.known
    return HeldBill(
        known.key,
        known.cycle,
        _numbers(keyed, po_numbers),
        document.total,
        document.currency_code,
        (one,),
        document_type=document.document_type,
        po_ids=known.po_ids,
        slices=known.slices,
        xero_id=document.document_id,
        notice=True,
    )


def _numbers(keyed: KeyedBill, po_numbers: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(po_numbers[po_id] for po_id in keyed.known.po_ids if po_id in po_numbers)


def _named(document: Document) -> str:
    number = document.number or f"the bill without a number of {document.contact_name}"
    return f"{number} in Xero ({status_words(document.status)})"
