"""Bills that were worked out, and the plan for them, as rows of their frames.

What belongs here: from values to the columns of ``frames``. What does not: working them out (``working_out``), keeping
them (``billing``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cwxero_dagster.payables.bills import Bill, owed
from cwxero_dagster.payables.composing.assessing import Assessed
from cwxero_dagster.payables.holds import Hold, Money
from cwxero_dagster.payables.money import rounded, total
from cwxero_dagster.payables.planning.plan import Action
from cwxero_dagster.payables.records import ZERO

UNMAPPED = {
    "unmapped_vendors": ("unmapped_vendor", "Add the vendor to vendors.csv with its Xero contact."),
    "unmapped_accounts": ("unmapped_account", "Add the category or product to accounts.csv with its account code."),
    "unmapped_tax_codes": ("unmapped_tax", "Add the tax code to tax_codes.csv with its Xero tax type."),
    "unmapped_tracking": ("unmapped_tracking", "Add the value to tracking.csv with its Xero category and option."),
}
"""Asset name to the kind of hold that it lists, and what to do."""


def header_rows(bills: Iterable[Bill]) -> list[dict[str, Any]]:
    """Rows of ``BillHeaders``."""
    return [
        {
            "billing_cycle": bill.cycle,
            "bill_key": bill.key,
            "document_type": bill.document_type,
            "po_ids": " ".join(str(po.po_id) for po in bill.pos),
            "po_numbers": json.dumps(bill.po_numbers),
            "vendor_id": bill.vendor_id,
            "vendor_name": bill.vendor_name,
            "contact_id": bill.contact_id,
            "number": bill.number,
            "date": bill.dated,
            "due_date": bill.due_date,
            "due_on": bill.due_on,
            "currency_code": bill.currency_code,
            "line_amounts": bill.line_amounts,
            "net": bill.net,
            "tax": bill.tax,
            "total": bill.total,
            "url": bill.url,
            "notes": " ".join([*bill.notes, *bill.untested]),
            "facts": bill.facts,
        }
        for bill in bills
    ]


def line_rows(bills: Iterable[Bill]) -> list[dict[str, Any]]:
    """Rows of ``BillLines``."""
    return [
        {
            "billing_cycle": bill.cycle,
            "bill_key": bill.key,
            "position": position,
            "po_id": line.po_id,
            "line_id": line.line_id,
            "kind": line.kind,
            "description": line.description,
            "quantity": line.quantity,
            "unit_amount": line.unit_amount,
            "net": line.net,
            "tax": line.tax,
            "account_code": line.account_code,
            "tax_type": line.tax_type,
            "tracking": json.dumps(dict(line.tracking)),
            "item_code": line.item_code,
            "connectwise_tax": None if line.connectwise_tax is None else rounded(line.connectwise_tax, 4),
            "from_quantity": line.slice.start if line.slice else None,
            "to_quantity": line.slice.end if line.slice else None,
        }
        for bill in bills
        for position, line in enumerate(bill.lines, start=1)
    ]


def hold_rows(assessed: Iterable[Assessed]) -> list[dict[str, Any]]:
    """Rows of ``Holds``: everything that holds a bill before releases are looked at."""
    return [
        {
            "billing_cycle": item.bill.cycle,
            "bill_key": item.bill.key,
            "case_id": one.case_id,
            "kind": one.kind,
            "cause": one.cause,
            "facts": one.facts,
            "detail": one.detail,
            "amount": stake_of(item, one)[1],
            "currency_code": stake_of(item, one)[0],
        }
        for item in assessed
        for one in item.holds
        if not item.bill.excluded
    ]


def stake_of(item: Assessed, one: Hold) -> Money:
    """What a hold of a would-be bill is about; where nothing is said, all of the bill."""
    return one.stake or (item.bill.currency_code, owed(item.bill.document_type, item.bill.total))


def unmapped_rows(assessed: Sequence[Assessed], asset: str, cycle: str) -> list[dict[str, Any]]:
    """Rows of ``Unmapped`` for one of the ``UNMAPPED`` assets: a row a value and currency, dearest first."""
    kind, what_to_do = UNMAPPED[asset]
    groups: dict[tuple[str, str], list[tuple[Assessed, Hold]]] = {}
    for item in assessed:
        for one in item.holds:
            if one.kind == kind and not item.bill.excluded:
                groups.setdefault((one.cause, stake_of(item, one)[0]), []).append((item, one))
    rows = [
        {
            "billing_cycle": cycle,
            "kind": kind,
            "value": value,
            "name": members[0][1].detail,
            "bills": len({item.bill.key for item, _ in members}),
            "po_numbers": json.dumps(
                list(dict.fromkeys(number for item, _ in members for number in item.bill.po_numbers))
            ),
            "amount": total({item.bill.key: stake_of(item, one)[1] for item, one in members}.values()),
            "currency_code": currency,
            "what_to_do": what_to_do,
        }
        for (value, currency), members in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["amount"], row["value"]))


def plan_rows(actions: Iterable[Action], cycle: str) -> list[dict[str, Any]]:
    """Rows of ``Plan``."""
    return [_plan_row(action, cycle) for action in actions]


def asked_about(row: Mapping[str, Any]) -> Money:
    """What a person is asked about by a row of ``Plan``; where it does not say, all of the bill."""
    if row["at_stake"] is not None:
        return row["stake_currency"], row["at_stake"]
    return row["currency_code"], owed(row["document_type"], row["total"])


def figure_of(row: Mapping[str, Any]) -> Money:
    """What a row of ``Plan`` counts for in a sum: what Xero holds where that stays as it is, whatever the bill says."""
    if row["xero_total"] is not None:
        return row["xero_currency"], owed(row["document_type"], row["xero_total"])
    return asked_about(row)


def _plan_row(action: Action, cycle: str) -> dict[str, Any]:
    bill, document, figures = action.bill, action.document, action.figures
    kinds = list(dict.fromkeys(one.kind for one in action.holds))
    stake = action.holds[0].stake if action.holds else None
    stays = document if document and document.live and action.action == "unchanged" else None
    xero_id = action.confirmed or (document.document_id if document else None)
    return {
        "billing_cycle": cycle,
        "bill_key": action.key,
        "document_type": action.document_type,
        "po_numbers": json.dumps(action.po_numbers),
        "action": action.action,
        "reason": action.reason,
        "case": kinds[0] if kinds else None,
        "cases": json.dumps(kinds),
        "vendor_name": bill.vendor_name if bill else (document.contact_name if document else None),
        "contact_id": bill.contact_id if bill else (document.contact_id if document else None),
        "number": figures.number if figures else "",
        "currency_code": figures.currency_code if figures else "",
        "net": figures.net if figures else ZERO,
        "tax": figures.tax if figures else ZERO,
        "total": figures.total if figures else ZERO,
        "at_stake": stake[1] if stake else None,
        "stake_currency": stake[0] if stake else None,
        "xero_id": xero_id or (action.known.xero_id if action.known else None),
        "xero_status": action.confirmed_status or (document.status if document else None),
        "xero_total": stays.total if stays else None,
        "xero_currency": stays.currency_code if stays else None,
        "payload": json.dumps(action.meaning) if action.meaning else None,
    }
