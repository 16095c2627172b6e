"""What the bookkeeper does to bills that exist: submit, approve, pay, use a credit, delete, void, copy, attach.

What belongs here: buttons. What does not: keying and editing (bill_form.py), and whether Xero allows it (the
bookkeeper of sandbox/xero knows).
"""

from __future__ import annotations

from collections.abc import Callable

from cwxero_dagster.sandbox.page.bills import Bill, the_bill
from cwxero_dagster.sandbox.page.formats import counted, money
from cwxero_dagster.sandbox.page.forms import RefusedError
from cwxero_dagster.sandbox.page.site import Action, Call, Done
from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero import Bookkeeper, NotPossibleError

_MOVES: dict[str, tuple[Callable[[Bookkeeper, str], Document], str, str]] = {
    "submit": (Bookkeeper.submit, "waits for approval now", "wait for approval now"),
    "approve": (Bookkeeper.approve, "is approved", "are approved"),
    "delete": (Bookkeeper.delete, "is deleted", "are deleted"),
    "void": (Bookkeeper.void, "is voided", "are voided"),
    "attach": (Bookkeeper.attach_file, "carries a scan now", "carry a scan now"),
}
"""What the bookkeeper does, and what is said of one document and of several."""

BULK = ("submit", "approve", "delete")
"""Moves that the list offers for many bills at once."""


def move(name: str) -> Action:
    """The action of one button."""
    act, outcome, _ = _MOVES[name]

    def action(call: Call) -> Done:
        bill = the_bill(call)
        act(call.systems.bookkeeper, bill.id)
        return Done(f"{bill.title} from {bill.contact} {outcome}.")

    return action


def move_many(call: Call) -> Done:
    """One button for the bills that are ticked; what Xero refuses is named, the others are done."""
    act, one, many = _MOVES[call.form.chosen("do", "Action", BULK)]
    chosen = call.form.all("id")
    if not chosen:
        message = "No bill is ticked. Tick the bills first."
        raise RefusedError(message)
    refused = []
    for bill_id in chosen:
        try:
            act(call.systems.bookkeeper, bill_id)
        except NotPossibleError as refusal:
            refused.append(f"{_title(call, bill_id)}: {refusal}")
    done = len(chosen) - len(refused)
    said = [f"{counted(done, 'document')} {one if done == 1 else many}."] if done else ["Nothing was changed."]
    return Done(" ".join(said + ([f"Xero refused {'; '.join(refused)}."] if refused else [])))


def _title(call: Call, bill_id: str) -> str:
    store = call.systems.store
    found = store.get("xero.invoices", bill_id) or store.get("xero.creditnotes", bill_id)
    return Bill(found).title if found else bill_id


def pay(call: Call) -> Done:
    """Pay a bill, in full or in part."""
    bill = the_bill(call)
    paid = call.form.amount("amount", "Amount")
    after = Bill(call.systems.bookkeeper.pay(bill.id, paid, on=call.form.day("on", "Date of payment")))
    rest = f"{money(after.due)} {after.currency} is still due" if after.due else "it is paid in full"
    return Done(f"{money(bill.due - after.due)} {after.currency} was paid on {bill.title}; {rest}.")


def use_credit(call: Call) -> Done:
    """Apply a supplier credit to a bill of the same supplier."""
    credit = the_bill(call)
    amount = call.form.amount("amount", "Amount")
    target = call.form.needed("bill", "Bill")
    after = Bill(call.systems.bookkeeper.allocate_credit(credit.id, target, credit.due if amount is None else amount))
    return Done(
        f"{credit.title} was used on {after.title}; {money(after.due)} {after.currency} of the bill is still due."
    )


def copy(call: Call) -> Done:
    """Make a new draft with everything of an old bill."""
    bill = the_bill(call)
    made = Bill(call.systems.bookkeeper.copy_bill(bill.id))
    return Done(
        f"A new draft was made from {bill.title}, its link included. You are looking at the copy.", link_of(made)
    )


def link_of(bill: Bill) -> str:
    """The page of a document."""
    return f"/page/bills/{bill.id}"
