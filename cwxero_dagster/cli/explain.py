"""A purchase order's whole story: where it stands, what covers it, its bills, what happened, what is next.

What belongs here: finding the order and putting the answer of CONTRACT section 3 together. What does not: the equation
(payables/coverage), the events (timeline), laying it out for people (showing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from cwxero_dagster.cli.answers import bill_answer, moment_text
from cwxero_dagster.cli.next_step import next_step
from cwxero_dagster.cli.outcome import Unusable
from cwxero_dagster.cli.timeline import timeline
from cwxero_dagster.payables import cutover
from cwxero_dagster.payables.bills import FREIGHT_LINE
from cwxero_dagster.payables.coverage import BilledPart, Coverage, coverage_of
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import amount_text, decimals_text
from cwxero_dagster.payables.planning import Action, without_removed
from cwxero_dagster.payables.problems import nearest
from cwxero_dagster.payables.records import ZERO, PurchaseOrder
from cwxero_dagster.payables.units import billable, due_units
from cwxero_dagster.pipeline.billing import guard
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known, plan_rows, planned_actions
from cwxero_dagster.settings import Settings


def explain(session: Session, po_number: str) -> dict[str, Any]:
    """What ``explain --json`` answers. Raises ``Unusable`` where the order is not known or the number is ambiguous."""
    live = session.settings.publish_mode == "live"
    known = session.known(live=live)
    po = _find(known, po_number)
    actions = _actions(session, known, po, live=live)
    keys = list(dict.fromkeys([*_ledger_keys(known, po), *(action.key for action in actions)]))
    covered = _coverage(known, po, actions)
    return {
        "po_number": po.po_number,
        "state": known.purchasing.states[po.po_id].state,
        "coverage": {
            field.name: {
                "quantity": decimals_text(getattr(covered, field.name).quantity),
                "amount": amount_text(getattr(covered, field.name).amount),
            }
            for field in fields(Coverage)
        },
        "bills": [_bill(session, action) for action in actions],
        "timeline": timeline(session, known.purchasing, po, keys),
        "next_step": next_step(known, po, actions),
    }


def _find(known: Known, text: str) -> PurchaseOrder:
    pos = known.purchasing.pos
    if not pos:
        message = "No purchase order has been read yet. Run `cwxero sync` or `cwxero plan` for a cycle first."
        raise Unusable(message)
    wanted = text.strip()
    if wanted.startswith("#"):
        digits = wanted[1:].strip()
        found = [pos[int(digits)]] if digits.isdecimal() and int(digits) in pos else []
    else:
        found = [po for po in pos.values() if folded(po.po_number) == folded(wanted)]
    if len(found) > 1:
        ids = " and ".join(f"'#{po.po_id}'" for po in found)
        message = f'"{wanted}" is the number of {len(found)} purchase orders. Say which one by its id: {ids}.'
        raise Unusable(message)
    if not found:
        close = nearest(wanted, [po.po_number for po in pos.values()], cutoff=0.75)
        hint = f" Is {close} meant?" if close else ""
        message = (
            f'No purchase order "{wanted}" has been read from ConnectWise.{hint} '
            "A new one is known after the next sync; '#4312' names one by its ConnectWise id."
        )
        raise Unusable(message)
    return found[0]


def _actions(session: Session, known: Known, po: PurchaseOrder, *, live: bool) -> list[Action]:
    """What a sync would do now with each bill of the order."""
    ledger = without_removed(known.ledger, known.books)
    units = due_units(known.purchasing, known.agreement, ledger, known.books)
    wanted = {unit.key: unit.cycle for unit in units if po.po_id in {one.po_id for one in unit.pos}}
    wanted |= {key: known.ledger.bills[key].cycle for key in _ledger_keys(known, po)}
    block = guard(session, known, live=live)
    actions = [
        action
        for cycle in sorted(set(wanted.values()))
        for action in planned_actions(known, cycle, block)
        if action.key in wanted
    ]
    return list({action.key: action for action in actions}.values())


def _ledger_keys(known: Known, po: PurchaseOrder) -> list[str]:
    return [key for key, bill in known.ledger.bills.items() if po.po_id in bill.po_ids]


def _coverage(known: Known, po: PurchaseOrder, actions: Sequence[Action]) -> Coverage:
    purchasing = known.purchasing
    lines = purchasing.lines.get(po.po_id, ())
    return coverage_of(
        po,
        lines,
        billed=[part for bill in known.ledger.bills.values() if (part := _part(known, bill, po))],
        elsewhere=_elsewhere(known, po, actions),
        ordered_costs=purchasing.ordered_costs,
        billable={line.line_id: billable(po, line, known.agreement.decision) for line in lines},
    )


def _elsewhere(known: Known, po: PurchaseOrder, actions: Iterable[Action]) -> dict[int, Decimal]:
    go_live = known.agreement.decision.go_live
    found = cutover.elsewhere(po, known.purchasing, go_live)
    if cutover.all_elsewhere(po, known.purchasing, go_live):
        found[FREIGHT_LINE] = Decimal(1)
    for action in actions:
        if action.action == "exclude" and action.bill:
            for part in (part for part in action.bill.slices if part.po_id == po.po_id):
                found[part.line_id] = max(found.get(part.line_id, ZERO), part.end, key=abs)
    return found


def _part(known: Known, bill: KnownBill, po: PurchaseOrder) -> BilledPart | None:
    """The live bill as coverage counts it; None where Xero holds no live document for it."""
    if po.po_id not in bill.po_ids or bill.xero_id is None or bill.state == "withdrawn":
        return None
    document = next((d for d in known.books.documents if d.document_id.lower() == (bill.xero_id or "").lower()), None)
    if document and not document.live:
        return None
    sign = -1 if bill.document_type == "ACCPAYCREDIT" else 1
    written = _written(bill, po, sign)
    net = sign * document.net if document and len(bill.po_ids) == 1 else sum(written.values(), ZERO)
    quantities = {part.line_id: part.quantity for part in bill.slices if part.po_id == po.po_id}
    costs = {
        line_id: written[line_id] / quantity
        for line_id, quantity in quantities.items()
        if quantity and line_id in written and line_id != FREIGHT_LINE
    }
    return BilledPart(bill.slices, net, costs)


def _written(bill: KnownBill, po: PurchaseOrder, sign: int) -> dict[int, Decimal]:
    """Net amount by line id that the last write said; freight is line 0. Empty where it is not known or holds tax."""
    if not bill.written or bill.written["line_amounts"] == "Inclusive":
        return {}
    amounts: dict[int, Decimal] = {}
    for line in bill.written["lines"]:
        po_id, _, rest = str(line["ref"]).partition(":")
        name = rest.partition(":")[0]
        if po_id == str(po.po_id) and line["unit_amount"] and (name == "freight" or name.isdecimal()):
            line_id = FREIGHT_LINE if name == "freight" else int(name)
            amount = sign * Decimal(line["quantity"]) * Decimal(line["unit_amount"])
            amounts[line_id] = amounts.get(line_id, ZERO) + amount
    return amounts


def _bill(session: Session, action: Action) -> dict[str, Any]:
    row = plan_rows([action], "")[0]
    bill, document = action.bill, action.document
    due = document.due_date if document else (bill.due_date if bill else None)
    dated = document.dated if document else (bill.dated if bill else None)
    return {
        **bill_answer(row),
        "case_ids": list(dict.fromkeys(one.case_id for one in action.holds)),
        "date": dated.isoformat() if dated else None,
        "due_date": due.isoformat() if due else None,
        "link": bill.url if bill else (document.url if document else None),
        "xero_link": _xero_link(session.connected, action.document.document_id) if action.document else None,
        "exchanges": [_exchange(row) for row in session.ledger.exchanges(action.key)],
    }


def _xero_link(settings: Settings, document_id: str) -> str | None:
    """Where a person opens the bill: Xero's own page, or the sandbox's."""
    root, _, _ = settings.xero.api_url.partition("/api.xro") if settings.xero else ("", "", "")
    if settings.profile == "sandbox":
        return f"{root}/page/bills/{document_id}"
    if root == "https://api.xero.com":
        return f"https://go.xero.com/AccountsPayable/View.aspx?InvoiceID={document_id}"
    return None


def _exchange(row: Mapping[str, Any]) -> dict[str, Any]:
    """One write as it left and as it was answered, byte for byte as text."""
    return {
        "at": moment_text(row["first_sent_at"] or row["created_at"]),
        "request": f"{row['method']} {row['path']}",
        "idempotency_key": row["idempotency_key"],
        "state": row["state"],
        "sent": row["body"].decode("utf-8", "replace"),
        "status": row["status"],
        "answered": row["answer"].decode("utf-8", "replace") if row["answer"] else None,
    }
