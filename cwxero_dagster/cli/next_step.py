"""The next step for a purchase order, in words.

What belongs here: which of several sentences fits. What does not: the words of cases (payables/cases).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cwxero_dagster.payables.bills import CREDIT, Bill
from cwxero_dagster.payables.cases.grouping import Case, HeldBill
from cwxero_dagster.payables.cases.ways_out import fitting
from cwxero_dagster.payables.holds import Hold
from cwxero_dagster.payables.keys import is_order
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.money import money_text, plain
from cwxero_dagster.payables.planning.plan import Action
from cwxero_dagster.payables.records import PurchaseOrder
from cwxero_dagster.pipeline.keying import FILE
from cwxero_dagster.pipeline.working_out import Known

_NOTHING, _PAY = "Nothing", "Finance: pay "
"""How steps begin that are none beside others, and that come last."""
_WILL = {
    "create": "creates the bill in Xero",
    "credit": "creates the supplier credit as a draft",
    "update": "brings the bill in Xero into line with ConnectWise",
    "withdraw": "withdraws the draft",
}
_WILL_ORDER = {
    "create": "creates the purchase order in Xero as a draft",
    "update": "brings the purchase order in Xero into line with ConnectWise",
    "withdraw": "withdraws the purchase order in Xero",
}
_WAITING = {
    "draft": "Nothing: the order has not been sent to the vendor yet.",
    "raised": "Nothing until goods arrive: {received} of {ordered} received.",
    "partially_received": "Nothing until the rest arrives or is cancelled: {received} of {ordered} received.",
    "cancelled": "Nothing: the order was cancelled before anything was received.",
    "reversed": "Nothing: everything that was received went back.",
    "deleted": "Nothing: the order was deleted in ConnectWise.",
    "fully_received": "Nothing: no bill is due under the lifecycle decision.",
}
_INVOICE = {
    "header": "Procurement: enter the vendor's invoice number on the purchase order in ConnectWise; its bill follows.",
    "packing_slip": "Procurement: enter the vendor's invoice number as packing slip in ConnectWise; its bill follows.",
    "feed": "Accounts payable: add the vendor's invoice to vendor_invoices.csv; its bill follows.",
}
"""What goods wait for where a bill stands for a vendor's invoice."""


def next_step(
    known: Known,
    po: PurchaseOrder,
    actions: Sequence[Action],
    to_key: Sequence[Bill] = (),
    asked: Sequence[HeldBill] = (),
    cases: Mapping[str, Case] | None = None,
) -> str:
    """What happens next and who does it; one sentence a bill that needs something.

    ``to_key``: bills that a bookkeeper keys by hand, because the decision creates none. ``asked``: bills that hold
    nothing back, and about which there is a question. ``cases``: the open ones, by their id; a question that no run has
    made a case of yet is told without an id, which nobody could decide on.
    """
    kept = cases or {}
    steps = [
        _answer(one, one.ways_out or KINDS[one.kind].ways_out, bill.key, kept) for bill in asked for one in bill.holds
    ]
    steps += [step for action in actions if (step := _step(action, kept))]
    steps += [
        f"Finance: key the {_noun(bill)} {bill.number} for {money_text(bill.total, bill.currency_code)} in Xero; "
        f"review/{bill.cycle}/{FILE} says each line."
        for bill in to_key
    ]
    if steps:
        to_do = [step for step in steps if not step.startswith(_NOTHING)]
        # A credit that waits is set against its bill, so it comes before the bill is paid.
        return " ".join(dict.fromkeys(sorted(to_do or steps, key=lambda step: step.startswith(_PAY))))
    if any(not is_order(action.key) for action in actions):
        return "Nothing."
    state = known.purchasing.states[po.po_id]
    decision = known.agreement.decision
    early = "draft_bill" in {decision.events.partially_received, decision.events.vendor_invoice_received}
    received = state.state == "fully_received" or (early and state.state == "partially_received")
    if received and decision.bill.one_per == "vendor_invoice":
        return _INVOICE[decision.vendor_invoice_from]
    return _WAITING[state.state].format(received=plain(state.received), ordered=plain(state.ordered - state.cancelled))


def _noun(bill: Bill) -> str:
    return "supplier credit" if bill.document_type == CREDIT else "bill"


def _answer(one: Hold, verbs: Sequence[str], key: str, cases: Mapping[str, Case]) -> str:
    kind, case = KINDS[one.kind], cases.get(one.case_id)
    what = kind.advice(verbs, [key], beside=one.beside, done=one.done, lost=one.lost)
    if case and len(case.bill_keys) > 1:
        what = (
            f"{case.what_to_do} It asks about {len(case.bill_keys)} bills together, for {case.money_words}: purchase "
            f"orders {', '.join(case.po_numbers)}. An answer counts for all of them."
        )
    named = f" (case {one.case_id})" if case else ""
    return f"{kind.owner.capitalize()}{named}: {what}"


def _step(action: Action, cases: Mapping[str, Case]) -> str:
    if action.action in {"hold", "refuse"}:
        asked = {one.case_id: one for one in action.holds}
        return " ".join(_answer(one, fitting(one, action), action.key, cases) for one in asked.values())
    if action.action in _WILL:
        cycle = action.bill.cycle if action.bill else (action.known.cycle if action.known else "")
        will = _WILL_ORDER if is_order(action.key) else _WILL
        return f"The next sync of billing cycle {cycle} {will[action.action]}."
    if is_order(action.key):
        return ""
    if action.action == "exclude":
        return f"{_NOTHING}. {action.reason}"
    document = action.document
    if document is None:
        return ""
    match document.status:
        case "DRAFT":
            return f"Finance: review the draft {document.number} in Xero and approve it."
        case "SUBMITTED":
            return f"Finance: approve {document.number} in Xero."
        case "AUTHORISED" if document.document_type == "ACCPAYCREDIT":
            return f"Finance: apply the supplier credit {document.number} in Xero."
        case "AUTHORISED":
            due = f", due {document.due_date}" if document.due_date else ""
            return f"{_PAY}{document.number} in Xero{due}."
        case "PAID":
            return f"{_NOTHING}: {document.number} is paid."
        case _:
            return ""
