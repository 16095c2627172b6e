"""The lifecycle decision as sentences that finance reads before signing: one a decision, in the field's words.

What belongs here: wording. What does not: what the values do (states, bills, matching, planning).
"""

from __future__ import annotations

from collections.abc import Iterator

from cwxero_dagster.payables.lifecycle.decision import Decision, Limit
from cwxero_dagster.payables.lifecycle.rules import NAMES_ORDER
from cwxero_dagster.payables.money import money_text, plain, price_text

_ONE_PER = {
    "purchase_order": "Each purchase order becomes one bill",
    "receipt": "Each delivery becomes a bill of its own",
    "vendor_invoice": "Each vendor invoice becomes one bill, also where it covers several purchase orders",
}
_STATUS = {
    "DRAFT": "it is created as a draft for a person to review and authorise",
    "SUBMITTED": "it is created as awaiting approval",
}
_DATE = {
    "received": "the day of the last receipt",
    "vendor_invoice": "the vendor invoice's date",
    "purchase_order": "the purchase order's date",
}
_DUE = {"terms": "follows the payment terms", "expected": "is the day on which the goods are expected"}
_LINE_AMOUNTS = {
    "Exclusive": "Line amounts are shown before tax.",
    "Inclusive": "Line amounts are shown with tax included; the totals stay the same.",
    "NoTax": "Bills carry no tax.",
}
_INVOICE_FROM = {
    "header": "the vendor invoice field of the purchase order",
    "packing_slip": "the packing slip of each delivery",
    "feed": "the file vendor_invoices.csv",
}


def decision_in_words(decision: Decision) -> list[str]:
    """One plain sentence for each decision that the file makes, in the order of the file."""
    return list(_sentences(decision))


def _sentences(decision: Decision) -> Iterator[str]:
    yield f"Nothing that was first received before {decision.go_live} is ever published."
    yield from _events(decision)
    if decision.events.creates_bills:
        yield from _bills(decision)
        yield from _matching(decision)
        yield from _money(decision)
    else:
        yield "The sync creates no bill: every bill is keyed by hand."
    yield from _habits(decision)


def _bills(decision: Decision) -> Iterator[str]:
    bill = decision.bill
    yield f"{_ONE_PER[bill.one_per]}; {_STATUS[bill.status]}."
    yield f'The bill\'s Reference in Xero reads "{_example(bill.number)}"; a part that is not known drops out.'
    if NAMES_ORDER not in bill.number:
        yield "It names the purchase order only where the vendor invoice's number is not known."
    yield f"The bill is dated {_DATE[bill.date]}, and its due date {_DUE[bill.due_date]}."
    yield _LINE_AMOUNTS[bill.line_amounts]
    if bill.zero_value_lines == "text":
        yield "Lines without a value appear as text on the bill."
    else:
        yield "Lines without a value are left off the bill."
    if decision.freight.bill == "with_goods":
        yield "Freight goes on the bill of the goods."
    else:
        yield "Freight goes on a bill of its own, to the carrier that landed_costs.csv names."
    yield f"The vendor invoice number is read from {_INVOICE_FROM[decision.vendor_invoice_from]}."
    if decision.lock_date == "hold":
        yield "A bill dated on or before a lock date in Xero is held for a person."
    else:
        yield "A bill dated on or before a lock date in Xero is still created, as a draft with its own date."


def _events(decision: Decision) -> Iterator[str]:
    events = decision.events
    yield (
        "A purchase order is raised: "
        + {
            "nothing": "nothing happens in Xero.",
            "draft_purchase_order": "a draft purchase order is created in Xero.",
            "draft_bill": "a bill for the whole order is created in Xero.",
        }[events.raised]
    )
    received = {"nothing": "nothing happens in Xero.", "draft_bill": "what was received is billed in Xero."}
    yield f"Part of it is received: {received[events.partially_received]}"
    yield f"All of it is received: {received[events.fully_received]}"
    yield (
        "The vendor invoice arrives: "
        + {
            "nothing": "nothing happens in Xero.",
            "update_bill": "the bill takes the invoice's number and date, unless somebody approved it.",
            "draft_bill": "the bill is created in Xero.",
        }[events.vendor_invoice_received]
    )
    yield "It is paid: the sync does nothing; payments are applied in Xero."
    yield (
        "A receipt is reversed: a draft that nobody touched is corrected or withdrawn; for an approved bill "
        + {
            "open_case": "a person is asked.",
            "draft_credit_note": "a draft supplier credit is created.",
        }[events.reversed]
    )


_TOTAL = "A bill is held when its total differs from the vendor invoice's"
_TOTAL_OF_SEVERAL = (
    "A bill is held when the bills of its vendor invoice come to more than the invoice says or, once no more goods can "
    "come, to less,"
)


def _matching(decision: Decision) -> Iterator[str]:
    match = decision.match
    for what, limit, held in (
        (
            "The price",
            match.price,
            "A line is held when its unit cost differs from the order's or the vendor invoice's",
        ),
        (
            "The quantity",
            match.quantity,
            "A line is held when its received quantity exceeds the order's or differs from the invoice's",
        ),
        ("The total", match.total, _TOTAL_OF_SEVERAL if decision.bill.one_per == "receipt" else _TOTAL),
    ):
        over = _over(limit)
        yield f"{what} is not checked." if over is None else f"{held}{over}."
        if match.price is limit and over is not None:
            yield (
                "What a line was ordered at is its unit cost when the order left its draft status; an order that had "
                "left it when it was first read has no such price, and its bill's row in the plan says so."
            )
    if decision.two_way:
        yield (
            f"Products of type {', '.join(decision.two_way)} are billed without a receipt: what was ordered counts as "
            "received when the purchase order is closed with ConnectWise's default closed status, or when its vendor "
            "invoice is known."
        )


def _over(limit: Limit) -> str | None:
    """How far beyond what, ready to be appended; None where the rule is off."""
    if 0 in (limit.percent, limit.absolute):
        return ""
    parts = []
    if limit.percent is not None:
        parts.append(f"{plain(limit.percent)} %")
    if limit.absolute is not None:
        parts.append(price_text(limit.absolute))
    return f" by more than {' or '.join(parts)}" if parts else None


def _money(decision: Decision) -> Iterator[str]:
    rounding = decision.rounding
    account = f"account {rounding.account}" if rounding.account else "the organisation's own rounding account"
    if rounding.limit:
        yield (
            f"Where Xero's total of a bill differs from ours by up to {money_text(rounding.limit)}, a visible line on "
            f"{account} makes up for it; a larger difference is a question to a person."
        )
    else:
        yield "Every cent between our total of a bill and Xero's is a question to a person."
    yield (
        f"Tax in ConnectWise may differ from Xero's by up to {money_text(decision.tax_difference.limit)}, on a bill "
        "and on the bills of a purchase order together; a larger difference is a question to a person."
    )
    if decision.accrual.account:
        yield f"The accrual of goods received and not billed is proposed on account {decision.accrual.account}."
    else:
        yield "The accrual of goods received and not billed is proposed without an account, because none is named."


def _habits(decision: Decision) -> Iterator[str]:
    if decision.events.raised == "draft_purchase_order":
        yield (
            "The purchase order in Xero is marked as billed with its last bill."
            if decision.mark_purchase_order_billed
            else "The purchase order in Xero stays open after its last bill."
        )
    if decision.link_customers:
        yield (
            "A bill's line that was bought for one customer becomes a billable expense of that customer in Xero, where "
            "a contact carries the company's number in ConnectWise. Nobody may bill it from Xero as well: ConnectWise "
            "invoices it already."
        )
    if decision.history_notes:
        yield "Every change is noted in the bill's history in Xero."
    yield f"A draft counts as old after {decision.stale_draft_days} days and is listed for finance."
    readiness = decision.readiness
    yield (
        f"A parallel run is ready when at least {plain(readiness.min_matched_percent)} % of the bills match "
        f"and no more than {money_text(readiness.max_unexplained)} is unexplained."
    )
    without = decision.without_po
    if without.contacts or without.accounts:
        named = ", ".join([*without.contacts, *(f"account {code}" for code in without.accounts)])
        yield f"Keyed bills without a purchase order are expected for: {named}."
    else:
        yield "Every keyed bill is expected to have a purchase order."


def _example(template: str) -> str:
    return template.replace("{vendor_invoice}", "INV-778").replace("{po_number}", "PO-1001")
