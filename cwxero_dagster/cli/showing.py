"""What people read in a terminal.

What belongs here: laying answers out as text. What does not: JSON (answers), the story of an order (order_story),
deciding anything.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from cwxero_dagster.payables.calendar import day_of
from cwxero_dagster.payables.holds import Money
from cwxero_dagster.payables.keys import is_order
from cwxero_dagster.payables.lifecycle import Signature
from cwxero_dagster.payables.money import by_currency, money_text, moneys_text
from cwxero_dagster.payables.wording import INSTEAD, counted, shortened, unturned
from cwxero_dagster.pipeline.keying import owed_to_key
from cwxero_dagster.pipeline.rebuilding import LOST, Rebuilding
from cwxero_dagster.warehouse.case_book import KeptCase

HELD_BACK = frozenset({"hold", "refuse"})
STATES = {
    "unchanged": "already as they should be",
    "hold": "held for a person",
    "refuse": "refused: nothing may be written yet",
    "exclude": "kept out",
}
"""What is said of bills that nothing is done to."""
VERBS = {
    "create": ("to create", "created"),
    "update": ("to update", "updated"),
    "withdraw": ("to withdraw", "withdrawn"),
    "credit": ("to create", "created"),
}
"""What is to be done to bills, and what was done."""
MOST_ORDERS = 12
"""Purchase orders that a case names; the workbook and ``--json`` have all."""


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What makes a terminal do something: vendor names and answers are other people's words."""


def _harmless(text: str) -> str:
    return _CONTROL.sub(INSTEAD, unturned(text))


def line(text: str = "", *, file: TextIO | None = None) -> None:
    """One line on standard output, or in ``file``."""
    out = file or sys.stdout
    out.write(f"{_harmless(text)}\n")
    out.flush()


def error(text: str) -> None:
    """A message on standard error."""
    line(text, file=sys.stderr)


def table(rows: Sequence[Sequence[str]], *, right: Iterable[int] = (), indent: str = "  ") -> None:
    """Columns side by side; ``right`` are aligned to the right."""
    if not rows:
        return
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    aligned = set(right)
    for row in rows:
        cells = [
            cell.rjust(widths[index]) if index in aligned else cell.ljust(widths[index])
            for index, cell in enumerate(row)
        ]
        line((indent + "  ".join(cells)).rstrip())


def to_key(rows: Sequence[Mapping[str, Any]], *, file: Path) -> None:
    """What a bookkeeper keys by hand, a line a bill."""
    bills = {row["bill_key"]: row for row in rows}
    line()
    if not bills:
        line("The lifecycle decision creates no bill. Nothing is left to key by hand in this cycle.")
        return
    line(f"The lifecycle decision creates no bill. To key by hand ({len(bills)}), line by line in {file}:")
    shown = [
        [
            (row["vendor"] or "")[:28],
            row["number"][:40],
            row["date"].isoformat(),
            money_text(owed_to_key(row), row["currency_code"]),
            row["before_you_key"][:60],
        ]
        for row in bills.values()
    ]
    table(shown, right=[3])


def sync(answer: Mapping[str, Any], figures: Mapping[str, Money], *, planned_only: bool) -> None:
    """A sync or plan: what was done, what is held and why. ``figures``: what each bill counts for, by its key."""
    live = answer["mode"] == "live" and not planned_only
    mode = "planned only" if planned_only else "shadow"
    line(f"Billing cycle {answer['cycle']}, {'live' if live else f'{mode}: nothing was written to Xero'}")
    rows = []
    for action in answer["counts"]:
        bills = [bill for bill in answer["bills"] if bill["action"] == action]
        orders = [bill for bill in bills if is_order(bill["key"])]
        apart = [[bill for bill in bills if bill not in orders], orders] if action in VERBS else [bills]
        rows += [[str(len(some)), words_of(action, some, done=live), _summed(some, figures)] for some in apart if some]
    table(rows, right=[0])
    held = [bill for bill in answer["bills"] if bill["action"] in HELD_BACK]
    if held:
        line()
        line(f"Held ({len(held)}):")
        shown = [
            [
                shortened(", ".join(bill["po_numbers"]), 24),
                shortened(bill["vendor"] or "", 28),
                _summed([bill], figures),
                bill["case"] or "",
                shortened(bill["reason"], 90),
            ]
            for bill in held[:15]
        ]
        table(shown, right=[2])
        if len(held) > len(shown):
            line(f"  ... and {len(held) - len(shown)} more")
        line("`cwxero cases` says what to do about each.")
    calls = answer["api_calls"]
    line()
    line(f"API calls: {calls['connectwise']} ConnectWise, {calls['xero']} Xero")


def _summed(bills: Sequence[Mapping[str, Any]], figures: Mapping[str, Money]) -> str:
    """What bills count for, by currency; nobody is owed a purchase order."""
    counted_for = [figures[bill["key"]] for bill in bills if not is_order(bill["key"])]
    return moneys_text(by_currency(one for one in counted_for if one[0]), none="")


def words_of(action: str, bills: Sequence[Mapping[str, Any]], *, done: bool) -> str:
    """What is to be done, or was done, to bills or to purchase orders of one action, behind their number."""
    if action not in VERBS:
        return STATES[action]
    noun = "bill"
    if is_order(bills[0]["key"]):
        noun = "purchase order in Xero"
    elif action == "credit":
        noun = "supplier credit"
    elif action == "create" and all(bill["xero_status"] == "DRAFT" for bill in bills):
        noun = "draft bill"
    some = counted(len(bills), noun, noun.replace("order", "orders") if " in " in noun else None)
    return f"{some.partition(' ')[2]} {VERBS[action][done]}"


def money(bills: Sequence[Mapping[str, Any]]) -> str:
    """What bills of an answer come to by currency, supplier credits taken off; nobody is owed a purchase order."""
    owed = [bill for bill in bills if bill["currency"] and not is_order(bill["key"])]
    return moneys_text(by_currency((bill["currency"], Decimal(bill["total"])) for bill in owed), none="")


def money_of(bill: Mapping[str, Any]) -> str:
    """The total of an answer's bill; that of a supplier credit is negative."""
    return money_text(Decimal(bill["total"]), bill["currency"])


def grouped(amount: str) -> str:
    """An amount of an answer."""
    return money_text(Decimal(amount))


def review(answer: Mapping[str, Any]) -> None:
    """Where the pack is, and the line that ties it out."""
    line(f"Review pack of {answer['cycle']}:")
    line(f"  {answer['workbook']}")
    line(f"  {answer['page']}")
    for tie in answer["tie_out"]:
        left = {"due", "no_longer_due", "left_as_written", "changed_in_xero"}
        right = [
            f"{name.replace('_', ' ').replace('xero', 'Xero')} {grouped(tie[name])}"
            for name in tie
            if name not in {*left, "currency", "unexplained"} and tie[name] != "0.00"
        ]
        shown = " + ".join(right) or "nothing"
        more = "".join(
            f" + {words} {grouped(tie[name])}"
            for name, words in (
                ("no_longer_due", "no longer due"),
                ("left_as_written", "left as written"),
                ("changed_in_xero", "changed in Xero"),
            )
            if tie[name] != "0.00"
        )
        line(f"  {tie['currency']}: due {grouped(tie['due'])}{more} = {shown}; unexplained {tie['unexplained']}")
    for taken in answer["taken"]:
        line(f"  {taken}")
    not_taken(answer["not_taken"], indent="  ")
    open_cases = answer["open_cases"]
    line(
        f"  {counted(open_cases, 'open question')}, in the workbook's sheet Questions."
        if open_cases
        else "  No open question."
    )


def not_taken(answers: Mapping[str, str], *, file: TextIO | None = None, indent: str = "") -> None:
    """What people wrote into workbooks and was not taken, each with why. ``file``: standard output where None."""
    for about, why in answers.items():
        line(f"{indent}Not taken for {f'case {about}' if about.startswith('C-') else about}: {why}", file=file)


def check(status: str, name: str, finding: str, fix: str) -> None:
    """One finding of the doctor, with its fix."""
    first, *rest = finding.splitlines()
    line(f"{status:<4}  {name}: {first}")
    for more in rest:
        line(f"      {more}")
    if fix:
        line(f"      -> {fix}")


def cases(found: Sequence[KeptCase], *, today: date, zone: str) -> None:
    """The open cases. ``zone``: the calendar in which the days are counted."""
    if not found:
        line("No open cases.")
        return
    line(f"{counted(len(found), 'open case')}, gravest first")
    for kept in found:
        case, meaning = kept.case, kept.case.meaning
        line()
        first = day_of(kept.first_seen, zone)
        age = f"since {first} ({counted((today - first).days, 'day')})"
        about = f"{counted(len(case.bill_keys), case.counts)}, {case.money_words}, for {meaning.owner}, {age}"
        line(f"{case.case_id}@{case.token}  {case.kind}  {about}")
        line(f"  Orders:        {orders(case.po_numbers)}")
        line(f"  What happened: {case.story}")
        line(f"  What we did:   {kept.what_we_did}")
        line(f"  What to do:    {case.what_to_do}")
        if case.ways_out:
            line(f"  Ways out:      {', '.join(case.ways_out)}")


def orders(numbers: Sequence[str]) -> str:
    """Purchase orders by number, the first of many."""
    more = f" and {len(numbers) - MOST_ORDERS} more" if len(numbers) > MOST_ORDERS else ""
    return ", ".join(numbers[:MOST_ORDERS]) + more


def rebuilding(done: Rebuilding) -> None:
    """What a rebuilt ledger knows, and what it cannot know."""
    live = sum(one.known.state == "confirmed" for one in done.bills)
    line(f"The ledger knows {live} bill(s) of Xero again; {len(done.bills) - live} that others replaced are closed.")
    for one in done.unclear:
        numbers = ", ".join(one.po_numbers) or "a purchase order that ConnectWise does not show"
        line(
            f"  {numbers}: not clear which goods {len(one.unclear)} line(s) are, so the bill counts for all of the "
            "order's goods that no other bill has. Compare it with the order."
        )
    if done.backup:
        line(f"What was known before is kept in {done.backup}.")
    for lost in LOST:
        line(lost)


def decision(words: Sequence[str], digest: str, signatures: Sequence[Signature]) -> None:
    """The lifecycle decision and who signed it."""
    line("The lifecycle decision in force:")
    for sentence in words:
        line(f"  {sentence}")
    line(f"Digest: {digest}")
    valid = [signature for signature in signatures if signature.digest == digest]
    names = ", ".join(f"{signature.name} ({signature.role})" for signature in valid)
    line(f"Signed by: {names or 'nobody yet'}")
