"""The firm in a life: the decisions that it may take, and how it maps vendors, accounts and taxes.

What belongs here: what people write into the seeds. What does not: ConnectWise (connectwise), Xero (life).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from payables.making import OTHER_VENDOR, account_row, agreement, deciding, seeds, tax_row, vendor_row

from cwxero_dagster.payables.lifecycle import Decision, Limit, MatchRule
from cwxero_dagster.payables.lifecycle.decision import TaxDifference
from cwxero_dagster.payables.seeds import ExclusionRow, LandedCostRow, VendorInvoiceRow
from cwxero_dagster.payables.units.purchasing import Agreement

_NO_MATCH = MatchRule(price=Limit(), quantity=Limit(), total=Limit())


def _decision(
    *,
    credits_by_itself: bool = True,
    matched: bool = False,
    events: dict[str, str] | None = None,
    **sections: Any,
) -> Decision:
    """Unless it is ``matched`` (with the default's limits), what is received is compared with nothing."""
    went_back = {"reversed": "draft_credit_note"} if credits_by_itself else {}
    decision = deciding(events={**went_back, **(events or {})}, **sections)
    return decision if matched else dataclasses.replace(decision, match=_NO_MATCH)


DECISIONS = {
    "whole": _decision(),
    "deliveries": _decision(events={"partially_received": "draft_bill"}, bill={"one_per": "receipt"}),
    **{
        f"invoices from {source}": _decision(
            events={"vendor_invoice_received": "draft_bill"},
            bill={"one_per": "vendor_invoice"},
            vendor_invoice_from=source,
        )
        for source in ("header", "packing_slip", "feed")
    },
    "at the invoice": _decision(events={"fully_received": "nothing", "vendor_invoice_received": "draft_bill"}),
}
"""Supplier credits are drafted for what goes back."""
CARRIERS = {f"freight {way}": _decision(freight={"bill": way}) for way in ("with_goods", "carrier")}
"""Freight goes with the goods, or to the carrier."""
OTHERS = {
    "from the first": _decision(events={"partially_received": "draft_bill"}),
    "when raised": _decision(events={"raised": "draft_bill", "fully_received": "nothing"}),
    "a purchase order first": _decision(events={"raised": "draft_purchase_order"}),
    "submitted": _decision(bill={"status": "SUBMITTED"}),
    "credits by hand": _decision(credits_by_itself=False),
    "into locked periods": _decision(lock_date="draft"),
    "all by hand": _decision(
        credits_by_itself=False, events={"fully_received": "nothing", "vendor_invoice_received": "nothing"}
    ),
}
"""What else a firm may decide."""
MATCHED = {
    "matched": _decision(matched=True),
    "matched deliveries": _decision(
        matched=True, events={"partially_received": "draft_bill"}, bill={"one_per": "receipt"}
    ),
    "matched invoices": _decision(
        matched=True,
        events={"vendor_invoice_received": "draft_bill"},
        bill={"one_per": "vendor_invoice"},
        vendor_invoice_from="feed",
    ),
}
"""Prices, quantities and totals are compared: what differs waits for a person."""
TAXED = {
    name: dataclasses.replace(made, tax_difference=TaxDifference(limit=Decimal("0.01")))
    for name, made in (("taxed deliveries", DECISIONS["deliveries"]), ("taxed orders", OTHERS["from the first"]))
}
"""Hardly any tax may differ: more than a cent waits for a person."""
EVERY = {**DECISIONS, **CARRIERS, **OTHERS, **MATCHED, **TAXED}
_BY_DIGEST = {made.digest: made for made in EVERY.values()}

VENDORS = (vendor_row(), vendor_row("802", OTHER_VENDOR), vendor_row("828", OTHER_VENDOR))
_CARRIER = LandedCostRow(line=2, match_on="default", match_value=None, carrier_vendor_id="828")
_FREIGHT = account_row("freight", None, "425")
_DEFAULT = account_row("default", None, "310")
MAPPINGS: dict[str, dict[str, Any]] = {
    "as at first": {},
    "another account": {"accounts": (account_row("default", None, "500"), _FREIGHT)},
    "an account by product": {"accounts": (_DEFAULT, account_row("product", "SKU-11", "500"), _FREIGHT)},
    "no account": {"accounts": (_FREIGHT,)},
    "a tax": {"tax_codes": (tax_row("GST", "INPUT", taxable=False),)},
    "no tax": {"tax_codes": ()},
    "another contact": {"vendors": tuple(vendor_row(one, OTHER_VENDOR) for one in ("801", "802", "828"))},
    "no contact": {"vendors": (vendor_row("801", None),)},
    "kept out": {"exclusions": (ExclusionRow(line=2, match_on="po_number", match_value="PO-1001", reason="card"),)},
}
"""What mapping seeds may say instead of what they say at first."""


def agreed(decision: str, *, rows: Iterable[VendorInvoiceRow] = (), mapping: str = "as at first") -> Agreement:
    """What is agreed on. ``rows``: the feed of vendor invoices; ``mapping``: a name of ``MAPPINGS``."""
    made = seeds(
        **{"vendors": VENDORS, "landed_costs": (_CARRIER,), **MAPPINGS[mapping]},
        decision=EVERY[decision],
        vendor_invoices=tuple(rows),
    )
    return agreement(made, decisions=_BY_DIGEST)


def feed(rows: Iterable[tuple[str, int, str | None]], *, vendor_id: int | None = 801) -> tuple[VendorInvoiceRow, ...]:
    """The feed: number, order and net amount of each row."""
    return tuple(
        VendorInvoiceRow(
            line=2 + index,
            connectwise_vendor_id=str(vendor_id),
            invoice_number=number,
            invoice_date=None,
            po_number=f"PO-100{po_id}",
            net=Decimal(net) if net else None,
            tax=None,
            total=None,
        )
        for index, (number, po_id, net) in enumerate(rows)
    )
