"""A purchase order's whole story in a terminal.

What belongs here: laying the answer of ``explain`` out as text. What does not: the answer itself (explain, timeline),
other answers (showing).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cwxero_dagster.cli.showing import grouped, line, money_of, table, words_of
from cwxero_dagster.cli.timeline import INVOICE_CAME
from cwxero_dagster.payables.books import FINAL
from cwxero_dagster.payables.keys import is_order
from cwxero_dagster.payables.wording import status_words

COVERAGE = {
    "ordered": "Ordered",
    "over_received": "Over-received",
    "price_difference": "Price difference",
    "billed": "Billed",
    "to_credit": "To credit",
    "billed_elsewhere": "Billed elsewhere, or not owed",
    "received_not_billed": "Received, not billed",
    "open": "Open",
    "cancelled": "Cancelled",
}


def _stands(answer: Mapping[str, Any]) -> Iterator[str]:
    """The state of the goods, then the vendor's invoice and the payment as far as they came."""
    yield answer["state"].replace("_", " ")
    if any(event["event"] == INVOICE_CAME for event in answer["timeline"]):
        yield "vendor invoice received"
    statuses = {bill["xero_status"] for bill in answer["bills"] if bill["in_xero"] and not is_order(bill["key"])}
    if answer["state"] == "fully_received" and statuses == {"PAID"}:
        waits = answer["coverage"]["received_not_billed"]
        if not (Decimal(waits["quantity"]) or Decimal(waits["amount"])):
            yield "paid"


def story(answer: Mapping[str, Any]) -> None:
    """A purchase order's whole story."""
    line(f"{answer['po_number']}: {', '.join(_stands(answer))}")
    for link in [bill["link"] for bill in answer["bills"] if bill["link"]][:1]:
        line(f"In ConnectWise: {link}")
    line()
    figures = answer["coverage"]
    shown = {
        name: words
        for name, words in COVERAGE.items()
        if name == "ordered" or Decimal(figures[name]["quantity"]) or Decimal(figures[name]["amount"])
    }
    table(
        [[words, figures[name]["quantity"], grouped(figures[name]["amount"])] for name, words in shown.items()],
        right=[1, 2],
    )
    for bill in answer["bills"]:
        line()
        status = status_words(bill["xero_status"]) if bill["xero_status"] else "not in Xero"
        if bill["date"]:
            line(f"{_noun(bill)} {bill['number']}: {_on_both_sides(bill)}, {bill['vendor'] or 'no vendor'}")
            due = f", due {bill['due_date']}" if bill["due_date"] else ""
            line(f"  {status}, dated {bill['date']}{due}")
        else:
            # Nothing is left of what it would have billed.
            line(f"{_noun(bill)} {bill['number'] or 'that bills nothing any more'}, {status}")
        line(f"  {words_of(bill['action'], [bill], done=False)}: {bill['reason']}")
        if bill["xero_link"]:
            line(f"  {bill['xero_link']}")
        rules(bill["rules"], xero_status=bill["xero_status"])
    line()
    if "day" in answer:
        line(f"So it stands now. On {answer['day']} (UTC):")
        line()
    table(
        [[event["at"].replace("T", " ").rstrip("Z"), event["event"], event["detail"]] for event in answer["timeline"]]
    )
    for sent in answer.get("exchanges", ()):
        line()
        result = f"answered with status {sent['status']}" if sent["status"] else sent["state"]
        line(f"{sent['at'].replace('T', ' ').rstrip('Z')}  {sent['request']} for {', '.join(sent['bills'])}, {result}")
        line(f"  sent:     {sent['sent']}")
        line(f"  answered: {sent['answered'] or 'nothing'}")
    if "day" in answer and not (answer["timeline"] or answer["exchanges"]):
        line(f"Nothing happened to it on {answer['day']}.")
    line()
    line(f"Next: {answer['next_step']}")


def rules(chosen: Sequence[Mapping[str, Any]], *, xero_status: str | None) -> None:
    """What chose the fields of a bill; lines are named where they differ."""
    if not chosen:
        return
    kept = "; a bill that is approved keeps what it was written with" if xero_status in FINAL else ""
    line(f"  Chosen by, as the files stand now{kept}:")
    names = [rule["field"] for rule in chosen]
    rows = []
    for rule in chosen:
        of = f" (line {', '.join(map(str, rule['lines']))})" if names.count(rule["field"]) > 1 else ""
        value = f"{rule['name']} ({rule['value']})" if rule["name"] else rule["value"]
        rows.append([rule["field"], value, f"{rule['rule']}{of}"])
    table(rows, indent="    ")


def _noun(bill: Mapping[str, Any]) -> str:
    if is_order(bill["key"]):
        return "Xero purchase order"
    return "Supplier credit" if Decimal(bill["total"]) < 0 else "Bill"


def _on_both_sides(bill: Mapping[str, Any]) -> str:
    """The total that Xero holds, and ConnectWise's beside it where that is another one."""
    ours, held = money_of(bill), bill["in_xero"]
    theirs = money_of(held) if held else ours
    return ours if theirs == ours else f"{theirs} in Xero, {ours} by ConnectWise"
