"""Every purchase order is accounted for, and every figure of it leads somewhere.

What belongs here: adding the kept coverage up again, beside receipts and Xero's own totals. What does not: the equation
(payables/coverage), mending anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.checks.declaring import check_of_all
from cwxero_dagster.checks.showing import Checked, Finding
from cwxero_dagster.payables.books import GONE
from cwxero_dagster.payables.coverage.equation import TERMS
from cwxero_dagster.payables.money import money_text, plain
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.session import Session

ZERO = Decimal(0)
LEFT = ("ordered", "over_received", "price_difference")
FAULT = "Tell the data team: the way from purchase orders to bills has a fault. `cwxero explain` shows the order."

Row = dict[str, Any]


def covering_checks() -> list[dg.AssetChecksDefinition]:
    """The checks."""
    return [
        check_of_all(every_purchase_order_is_accounted_for, asset="coverage"),
        check_of_all(every_figure_leads_somewhere, asset="coverage"),
    ]


def every_purchase_order_is_accounted_for(session: Session) -> Checked:
    """What each order ordered is billed, waiting, open or cancelled, as receipts and Xero's own totals say too."""
    rows = frames.Coverage.rows(session.warehouse.read(frames.Coverage))
    orders = {row["po_id"]: row for row in rows if row["part"] == "order"}
    findings = [*_missing(session, orders), *_unbalanced(rows), *_apart(rows, orders)]
    if session.seeds().decision.events.raised != "draft_bill":
        findings += _unlike_receipts(session, rows)
    findings += _unlike_xero(session, orders)
    return Checked(_scope(orders.values()), tuple(findings))


def every_figure_leads_somewhere(session: Session) -> Checked:
    """Whatever waits, is to be credited or differs in price leads to its bill, its case or the reason why."""
    rows = frames.Coverage.rows(session.warehouse.read(frames.Coverage))
    orders = [row for row in rows if row["part"] == "order"]
    findings = []
    for row in orders:
        lost = [term for term, words in json.loads(row["leads_to"]).items() if not words]
        if lost:
            figures = "; ".join(f"{_term(term)} {_figure(row, term)}" for term in lost)
            findings.append(_finding(row, f"Nothing explains, of purchase order {row['po_number']}: {figures}.", lost))
    return Checked(_scope(orders), tuple(findings))


def _missing(session: Session, orders: Mapping[int, Row]) -> list[Finding]:
    known = session.warehouse.current_rows(frames.PurchaseOrders, ("po_id", "po_number"))
    return [
        Finding(f"Purchase order {row['po_number']} has no coverage.", FAULT, (row["po_number"],))
        for row in known
        if row["po_id"] not in orders
    ]


def _unbalanced(rows: Iterable[Row]) -> list[Finding]:
    findings = []
    for row in rows:
        gaps = [_gap(row, kind) for kind in ("quantity", "amount")]
        if any(gaps):
            money = money_text(gaps[1], row["currency_code"])
            what = f"{_place(row)} does not add up: {plain(gaps[0])} in quantity, {money} in money."
            findings.append(_finding(row, what, LEFT))
    return findings


def _gap(row: Row, kind: str) -> Decimal:
    """Left side less right side of the equation."""
    value = {term: row[f"{term}_{kind}"] for term in TERMS}
    left = sum((value[term] for term in LEFT), ZERO)
    right = sum((value[term] for term in TERMS if term not in LEFT and term != "to_credit"), ZERO)
    gap: Decimal = left - (right - value["to_credit"])
    return gap


def _apart(rows: Iterable[Row], orders: Mapping[int, Row]) -> list[Finding]:
    """Orders whose parts add up to something else."""
    names = [f"{term}_{kind}" for term in TERMS for kind in ("quantity", "amount")]
    sums: dict[int, dict[str, Decimal]] = {}
    for row in rows:
        if row["part"] != "order":
            mine = sums.setdefault(row["po_id"], dict.fromkeys(names, ZERO))
            for name in names:
                mine[name] += row[name]
    findings = []
    for po_id, row in orders.items():
        apart = [name for name in names if sums.get(po_id, {}).get(name, ZERO) != row[name]]
        if apart:
            what = f"The lines of purchase order {row['po_number']} add up to another figure: {_term(apart[0])}."
            findings.append(_finding(row, what, LEFT))
    return findings


def _unlike_receipts(session: Session, rows: Iterable[Row]) -> list[Finding]:
    """Lines of which the bills and what waits are not together what the receipts say."""
    received: dict[int, Decimal] = {}
    for receipt in frames.Receipts.rows(session.warehouse.read(frames.Receipts)):
        received[receipt["line_id"]] = received.get(receipt["line_id"], ZERO) + receipt["quantity"]
    findings = []
    for row in rows:
        if row["part"] != "line":
            continue
        accounted = row["billed_quantity"] - row["to_credit_quantity"]
        accounted += row["billed_elsewhere_quantity"] + row["received_not_billed_quantity"]
        arrived = received.get(row["line_id"], ZERO)
        if accounted != arrived:
            what = f"{_place(row)}: {plain(arrived)} arrived, and bills and what waits account for {plain(accounted)}."
            findings.append(_finding(row, what, ("received_not_billed",)))
    return findings


def _unlike_xero(session: Session, orders: Mapping[int, Row]) -> list[Finding]:
    """Orders whose bills in Xero come to another net total than what counts as billed.

    Orders that share a bill are added up together: Xero's total does not say how much of it is whose.
    """
    columns = ("document_id", "document_type", "status", "net", "present")
    documents = {
        row["document_id"].lower(): row for row in session.warehouse.current_rows(frames.XeroDocuments, columns)
    }
    together = {po_id: frozenset({po_id}) for po_id in orders}
    nets = dict.fromkeys(orders, ZERO)
    unread: set[int] = set()
    for bill in session.ledger.view().bills.values():
        document = documents.get((bill.xero_id or "").lower())
        tied = [po_id for po_id in bill.po_ids if po_id in orders]
        if not tied or bill.xero_id is None or bill.state == "withdrawn" or (document and document["status"] in GONE):
            continue
        joined = frozenset().union(*(together[po_id] for po_id in tied))
        together |= dict.fromkeys(joined, joined)
        if document is None:
            unread.add(tied[0])
            continue
        net = document["net"] or ZERO
        nets[tied[0]] += -net if document["document_type"] == "ACCPAYCREDIT" else net
    findings = []
    for group in dict.fromkeys(together.values()):
        rows = [orders[po_id] for po_id in sorted(group)]
        net, billed = sum((nets[po_id] for po_id in group), ZERO), sum((row["billed_amount"] for row in rows), ZERO)
        if net != billed and not group & unread:
            findings.append(_apart_from_xero(rows, net, billed))
    return findings


def _apart_from_xero(rows: Sequence[Row], net: Decimal, billed: Decimal) -> Finding:
    numbers = tuple(row["po_number"] for row in rows)
    named = f"purchase order {numbers[0]}" if len(numbers) == 1 else f"the purchase orders {', '.join(numbers)}"
    what = f"Xero's bills of {named} come to {money_text(net)} net, and {money_text(billed)} counts as billed."
    return Finding(what, FAULT, numbers, ((rows[0]["currency_code"], abs(billed)),))


def _scope(orders: Iterable[Row]) -> str:
    return counted(len(list(orders)), "purchase order")


def _finding(row: Row, what: str, terms: Iterable[str]) -> Finding:
    money = sum((abs(row[f"{term}_amount"]) for term in terms), ZERO)
    return Finding(what, FAULT, (row["po_number"],), ((row["currency_code"], money),))


def _place(row: Row) -> str:
    where = f"Purchase order {row['po_number']}"
    return where if row["part"] == "order" else f"{where}, {row['name']}"


def _figure(row: Row, term: str) -> str:
    return f"{plain(row[f'{term}_quantity'])} for {money_text(row[f'{term}_amount'])}"


def _term(name: str) -> str:
    return name.removesuffix("_quantity").removesuffix("_amount").replace("_", " ")
