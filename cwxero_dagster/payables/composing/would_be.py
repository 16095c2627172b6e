"""From a bill unit to a would-be bill.

What belongs here: putting a unit together with vendor, dates, number and lines. What does not: which units there are
(``units``), the lines themselves (``coded_lines``), whether the bill may go (``assessing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.bill_lines import negated
from cwxero_dagster.payables.bills import CREDIT, Bill
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.composing import dating
from cwxero_dagster.payables.composing.as_billed import CORRECTED, AsBilled
from cwxero_dagster.payables.composing.coded_lines import coded_lines
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.mapping import Resolver
from cwxero_dagster.payables.money import total
from cwxero_dagster.payables.numbering import link, number
from cwxero_dagster.payables.records import PurchaseOrder
from cwxero_dagster.payables.units import allocation, carrying
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.unit import Unit, bills_ahead
from cwxero_dagster.payables.units.unit_facts import currency_of, unit_facts
from cwxero_dagster.payables.units.unit_invoices import with_invoices


def compose(
    unit: Unit,
    purchasing: Purchasing,
    agreement: Agreement,
    books: Books,
    resolver: Resolver,
    decision: Decision,
    billed: AsBilled | None = None,
) -> tuple[Bill, list[Hold]]:
    """The bill of a unit, and what of it no mapping covers. ``billed``: of a credit, how its goods were billed."""
    if billed and billed.line_amounts:
        decision = replace(decision, bill=replace(decision.bill, line_amounts=billed.line_amounts))
    facts, ordered = unit_facts(unit, purchasing, books), unit.pos
    pos = with_invoices(unit, purchasing, agreement, decision)
    unit = replace(unit, pos=pos)
    po = pos[0]
    po_lines = [line for each in pos for line in purchasing.lines.get(each.po_id, ()) if line.present]
    contact = resolver.contact(po.vendor_id)
    lines, holds = coded_lines(unit, purchasing, books, resolver, decision, billed)
    owed_to = billed.contact_id if billed else contact.contact_id if contact else None
    if keys.is_carrier(unit.key) and po.vendor_id is None:
        holds.append(carrying.unresolved(po))
    elif owed_to is None:
        detail = f'Vendor "{po.vendor_name}" (ConnectWise id {po.vendor_id}) has no Xero contact.'
        if po.vendor_id is None:
            detail = f"Purchase order {po.po_number} names no vendor in ConnectWise; choose it there."
        holds.append(hold("unmapped_vendor", f"vendor {po.vendor_id}", detail, po.vendor_id))
    # A credit carries the day on which the goods went back, a change of price the one on which it was seen.
    source = "credited" if keys.is_credit(unit.key) or unit.costs_before else decision.bill.date
    day, notes = dating.bill_date(source, pos, unit.receipts, due_on=unit.due_on)
    due, more_notes = dating.due_date(
        decision.bill.due_date,
        day,
        po,
        po_lines,
        resolver=resolver,
        reference=purchasing.reference,
        contact=contact,
    )
    credit = total(line.net + line.tax for line in lines) < 0
    returned = keys.is_credit(unit.key)
    heeds = decision.events.vendor_invoice_received != "nothing" or keys.is_invoice(unit.key)
    invoice = po.vendor_invoice_number if heeds and not returned else None
    bill = Bill(
        key=unit.key,
        cycle=unit.cycle,
        document_type=CREDIT if credit else "ACCPAY",
        pos=pos,
        contact_id=owed_to,
        number=number(
            decision.bill.number,
            vendor_invoice=invoice,
            po_numbers=[each.po_number.strip() or f"#{each.po_id}" for each in pos],
            suffix=_suffix(unit.key, credit=credit, billed=billed),
        ),
        dated=day,
        due_date=due,
        due_on=unit.due_on,
        currency_code=billed.currency_code if billed else currency_of(po, books),
        line_amounts=decision.bill.line_amounts,
        lines=tuple(negated(line) for line in lines) if credit else tuple(lines),
        url=link(agreement.po_link, po_id=po.po_id, company=agreement.company, key=unit.key),
        invoice_number=invoice or "",
        invoice_date=po.vendor_invoice_date if invoice else None,
        slices=unit.slices,
        notes=(*notes, *more_notes),
        facts=facts,
        repriced=unit.repriced,
        gone=allocation.beyond(unit.stands, unit.slices),
        dealt=unit.dealt,
        on_bills=tuple(dict.fromkeys(key for doubt in unit.doubts for key in doubt.on_bills)),
        ahead=bills_ahead(unit, purchasing, decision),
        contact_rule=CORRECTED if billed else resolver.contact_rule(po.vendor_id),
        date_rule=dating.date_rule(source, notes),
        due_rule=dating.due_rule(decision.bill.due_date, more_notes, resolver.terms(po.terms_name)),
    )
    return replace(bill, excluded=_excluded(bill, ordered, resolver, corrects=billed is not None)), holds


def _suffix(key: str, *, credit: bool, billed: AsBilled | None) -> str:
    """What follows the PO numbers. The credit of a whole PO is its first, and what goes back of that counts on."""
    if billed and billed.document_type == CREDIT and keys.is_credit(key) and not keys.suffix(keys.adjusted_key(key)):
        return f"/C{keys.steps(key)[-1][1] + 1}"
    return keys.suffix(key) or ("/C1" if credit else "")


def _excluded(bill: Bill, ordered: Sequence[PurchaseOrder], resolver: Resolver, *, corrects: bool) -> str | None:
    """Why a bill is kept out. ``ordered``: its POs as they were ordered, which on a carrier's bill differ.

    ``corrects``: it gives back what a bill in Xero bills, and so does a change of its price. Both belong to that bill,
    which stands whether or not its POs are left out from now on.
    """
    reasons = [reason for po in (*ordered, *bill.pos) if (reason := resolver.exclusion(po))]
    if reasons and not (corrects or bill.reprices):
        return f"Kept out by exclusions.csv: {reasons[0]}."
    if not bill.total and not any(line.net for line in bill.lines):
        return "The total is zero, so there is nothing to pay; it is reported and not sent."
    if not bill.total:
        return "Charges and credits on the purchase order cancel out to zero; it is reported and not sent."
    return None
