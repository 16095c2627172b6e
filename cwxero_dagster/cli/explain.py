"""A purchase order's whole story: where it stands, what covers it, its bills, what happened, what is next.

What belongs here: finding the order and putting the answer of CONTRACT section 3 together. What does not: the equation
(payables/coverage), the events (timeline), laying it out for people (showing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from cwxero_dagster.cli.answers import bill_answer, moment_text
from cwxero_dagster.cli.next_step import next_step
from cwxero_dagster.cli.outcome import Unusable
from cwxero_dagster.cli.timeline import timeline
from cwxero_dagster.payables.bills import CREDIT, Bill, owed
from cwxero_dagster.payables.books import Account, Books, Document, TaxRate
from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.payables.coverage.equation import Coverage
from cwxero_dagster.payables.keys import is_order, po_key
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import amount_text, plain
from cwxero_dagster.payables.planning.orders import due_orders
from cwxero_dagster.payables.planning.plan import Action
from cwxero_dagster.payables.problems import nearest
from cwxero_dagster.payables.records import PurchaseOrder
from cwxero_dagster.pipeline.bill_frames import plan_rows
from cwxero_dagster.pipeline.billing import guard
from cwxero_dagster.pipeline.covering import cover
from cwxero_dagster.pipeline.keying import as_actions, keyed_by_hand
from cwxero_dagster.pipeline.links import bill_link
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.working_out import Known, noticed, planned_actions


def explain(session: Session, po_number: str, *, on: date | None = None) -> dict[str, Any]:
    """What ``explain --json`` answers. Raises ``Unusable`` where the order is not known or the number is ambiguous.

    ``on``: of the timeline that day (UTC) alone, and under ``exchanges`` every write of that day, whichever bill of the
    order it was about and whether or not that bill is still there.

    Once bills were written the story is that of live runs, whatever the mode is now, as the case book's is.
    """
    live = session.settings.publish_mode == "live" or bool(session.ledger.organisations())
    known = session.known(live=live)
    po = _find(known, po_number)
    if known.books.organisation is None:
        message = (
            f"{po.po_number} has been read from ConnectWise, and Xero not yet, so nobody can say what becomes of it. "
            "Run `cwxero sync` or `cwxero plan` for its billing cycle; a run that stopped continues."
        )
        raise Unusable(message)
    by_hand = [one for one in keyed_by_hand(known) if any(each.po_id == po.po_id for each in one.bill.pos)]
    actions = [*_actions(session, known, po, live=live), *as_actions(by_hand)]
    today = day_of(session.clock.now(), session.zone())
    noted = [bill for bill in noticed(known, today=today) if po.po_id in bill.po_ids]
    covered = cover(known, po, [action for action in actions if not is_order(action.key)], noted).whole
    names = _names(known, po, actions)
    events = timeline(session, known.purchasing, po, {**names, **_decided(session, po, noted)})
    cases = {kept.case.case_id: kept.case for kept in session.case_book.cases()}
    told: dict[str, Any] = {
        "po_number": po.po_number,
        "state": known.purchasing.states[po.po_id].state,
        "coverage": {
            field.name: {
                "quantity": plain(getattr(covered, field.name).quantity),
                "amount": amount_text(getattr(covered, field.name).amount),
            }
            for field in fields(Coverage)
        },
        "bills": [_bill(session, known, action) for action in actions],
        "timeline": events if on is None else [event for event in events if event["at"].startswith(on.isoformat())],
        "next_step": next_step(known, po, actions, [one.bill for one in by_hand if one.document is None], noted, cases),
    }
    return told if on is None else {**told, "day": on.isoformat(), "exchanges": _exchanges(session, names, on)}


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
    """What a sync would do now with each bill of the order, and with its purchase order in Xero."""
    wanted = {unit.key: unit.cycle for unit in known.units if po.po_id in {one.po_id for one in unit.pos}}
    orders = due_orders(known.purchasing, known.agreement, known.standing, known.books)
    wanted |= {unit.key: unit.cycle for unit in orders if unit.pos == (po,)}
    written = {**known.ledger.bills, **known.ledger.orders}
    wanted |= {key: written[key].cycle for key in _ledger_keys(known, po)}
    block = guard(session, known, live=live)
    actions = [
        action
        for cycle in sorted(set(wanted.values()))
        for action in planned_actions(known, cycle, block)
        if action.key in wanted
    ]
    return list({action.key: action for action in actions}.values())


def _names(known: Known, po: PurchaseOrder, actions: Iterable[Action]) -> dict[str, str]:
    """What people call each document of the order, by key: its number, with a word before it for Xero's own orders."""
    ledger = {**known.ledger.bills, **known.ledger.orders}
    numbers = {key: str((ledger[key].written or {}).get("number") or key) for key in _ledger_keys(known, po)}
    numbers |= {action.key: action.figures.number for action in actions if action.figures}
    return {key: f"Xero purchase order {number}" if is_order(key) else number for key, number in numbers.items()}


def _decided(session: Session, po: PurchaseOrder, noted: Iterable[HeldBill]) -> dict[str, str]:
    """The order's number by each key under which goods that are on no bill were asked about, and a person decided."""
    keys = {po_key(po.po_id), *(bill.key for bill in noted)}
    return {key: po.po_number for key in sorted(keys) if session.ledger.story(key)}


def _ledger_keys(known: Known, po: PurchaseOrder) -> list[str]:
    written = {**known.ledger.bills, **known.ledger.orders}
    return [key for key, one in written.items() if po.po_id in one.po_ids]


def _bill(session: Session, known: Known, action: Action) -> dict[str, Any]:
    row = plan_rows([action], "")[0]
    bill, document = action.bill, action.document
    due = document.due_date if document else (bill.due_date if bill else None)
    dated = document.dated if document else (bill.dated if bill else None)
    # The sandbox has no page for Xero's purchase orders, and where Xero shows them is documented nowhere.
    order = is_order(action.key)
    return {
        **bill_answer(row),
        "case_ids": list(dict.fromkeys(one.case_id for one in action.holds)),
        "date": dated.isoformat() if dated else None,
        "due_date": due.isoformat() if due else None,
        "in_xero": _held(document) if document and document.live else None,
        "link": None if order else (bill.url if bill else (document.url if document else None)),
        "xero_link": bill_link(session.connected, document.document_id) if document and not order else None,
        "rules": [] if bill is None else rules(bill, known.books),
        "exchanges": [_exchange(row) for row in session.ledger.exchanges(action.key)],
    }


def rules(bill: Bill, books: Books) -> list[dict[str, Any]]:
    """What chose the fields of a bill, as the files and the decision stand now; what nothing chose is left out.

    ``name``: what Xero calls an account or a tax type, whose ``value`` is its code; blank for other fields, and where
    Xero has none. ``lines``: positions of the lines that a rule is about, from 1; none where it is about the whole
    bill.
    """
    contact = books.contact(bill.contact_id) if bill.contact_id else None
    header = [
        ("contact", contact.name if contact else "", bill.contact_rule),
        ("date", bill.dated.isoformat(), bill.date_rule),
        (
            "due date",
            bill.due_date.isoformat() if bill.due_date and bill.document_type != CREDIT else "",
            bill.due_rule,
        ),
    ]
    chosen: dict[tuple[str, str, str], list[int]] = {one: [] for one in header if all(one)}
    for name in ("account", "tax type", "tracking"):
        for position, line in enumerate(bill.lines, start=1):
            value, rule = {
                "account": (line.account_code, line.account_rule),
                "tax type": (line.tax_type, line.tax_rule),
                "tracking": (
                    ", ".join(f"{category}: {option}" for category, option in line.tracking),
                    line.tracking_rule,
                ),
            }[name]
            if line.priced and rule:
                chosen.setdefault((name, value or "none", rule), []).append(position)
    return [
        {"field": field, "value": value, "name": _named(books, field, value), "rule": rule, "lines": lines}
        for (field, value, rule), lines in chosen.items()
    ]


def _named(books: Books, field: str, code: str) -> str:
    """What Xero calls an account or a tax type."""
    named: Mapping[str, Mapping[str, Account | TaxRate]] = {"account": books.accounts, "tax type": books.tax_rates}
    found = named.get(field, {}).get(code)
    return found.name if found else ""


def _held(document: Document) -> dict[str, str]:
    """What Xero holds the document for; a supplier credit is negative, as in every sum."""
    total = amount_text(owed(document.document_type, document.total))
    return {"total": total, "currency": document.currency_code}


def _exchanges(session: Session, names: Mapping[str, str], on: date) -> list[dict[str, Any]]:
    """Writes of one day, each once, with the bills of the order that it was about."""
    found: dict[str, dict[str, Any]] = {}
    for key, name in names.items():
        for row in session.ledger.exchanges(key):
            told = _exchange(row)
            if told["at"].startswith(on.isoformat()):
                found.setdefault(row["request_id"], {"bills": [], **told})["bills"].append(name)
    return sorted(found.values(), key=lambda told: str(told["at"]))


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
