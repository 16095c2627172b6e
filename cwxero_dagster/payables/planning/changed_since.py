"""What a purchase order of ConnectWise says otherwise than what is approved in Xero, in a bookkeeper's words.

What belongs here: naming the differences: vendor, currency, quantities, prices, freight; and whether a person has
corrected the bill the same way before. What does not: whether there are any (facts, ``unit_facts``), what follows
from them (final).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from cwxero_dagster.payables.bills import Bill
from cwxero_dagster.payables.books import Document
from cwxero_dagster.payables.corrections import Correction, approved_costs, corrections, lines_of_her_own
from cwxero_dagster.payables.documents import meaning_of_bill, unit_costs_of
from cwxero_dagster.payables.keys import is_carrier
from cwxero_dagster.payables.ledger_view import KnownBill
from cwxero_dagster.payables.mapping import folded
from cwxero_dagster.payables.money import line_net, money_text, plain, price_text, total
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.told import net

MOST = 4
"""Differences that are told one by one; more are counted."""

Place = tuple[int, int]
"""PO id and line id."""


def differing(bill: Bill, known: KnownBill, document: Document, *, repriced: bool) -> str:
    """A sentence or two that name what differs and both totals. ``repriced``: changes of price were billed beside it.

    Prices are compared as far as it is known at which ones the bill was written.
    """
    found = [
        *_parties(bill, document),
        *_quantities(bill, known, document),
        *_prices(bill, known, document, repriced=repriced),
    ]
    if not found and bill.facts != known.facts and known.written is not None:
        found = [_same_contact(bill, document)]
    was = money_text(document.total, document.currency_code)
    now = money_text(bill.total_left, bill.currency_code)
    totals = f"Both come to {now}." if was == now else f"The bill says {was}, ConnectWise now {now}."
    if repriced:
        totals = f"The bill says {was}; without what was billed of changes of price beside it, it would now be {now}."
    return f"{_listed(found)}. {totals}"


def differing_order(order: Bill, known: KnownBill, document: Document) -> str:
    """The same of a purchase order that a person approved in Xero: its lines, and both totals before tax."""
    was = {line["ref"]: line for line in (known.written or {}).get("lines", ()) if line.get("ref")}
    now = {line["ref"]: line for line in meaning_of_bill(order)["lines"]}
    found = _parties(order, document, where="in Xero")
    for ref, line in {**was, **now}.items():
        name = f'"{line["description"][:60]}"'
        if ref not in was or ref not in now:
            found.append(f"{name} is {'ordered, too' if ref in now else 'not ordered any more'}")
            continue
        found += [
            f"the {word} of {name} is now {shown(Decimal(line[of] or 0))}, in Xero {shown(Decimal(was[ref][of] or 0))}"
            for word, of, shown in (("quantity", "quantity", plain), ("price", "unit_amount", price_text))
            if was[ref][of] != line[of]
        ]
    now_net, was_net = money_text(order.net, order.currency_code), money_text(document.net, document.currency_code)
    return f"{_listed(found)}. Before tax it comes to {now_net} now, in Xero to {was_net}."


def followed(bill: Bill, known: KnownBill, document: Document) -> bool:
    """True where a person corrected prices on the bill first, and ConnectWise now says the same as the bill.

    That is so for the goods that she left on it; what she put on it or took off is told by quantities, and a line of
    her own by itself.
    """
    hers = corrections(known, document)
    same_goods = _by_place(known.slices) == _by_place(bill.slices)
    differs = [*_parties(bill, document), *_prices(bill, known, document, repriced=False)]
    costs = {line.line_id: line.unit_cost for line in bill.lines if line.line_id and line.unit_cost}
    more = total(line_net(one.more, costs.get(one.line_id, ZERO)) for one in hers.values() if not one.by_amount)
    freight = hers[FREIGHT_LINE].more if FREIGHT_LINE in hers else ZERO
    left = document.net - total(net(line) for line in lines_of_her_own(known, document))
    return bool(hers) and same_goods and left == bill.net + more + freight and not differs


def _listed(found: list[str]) -> str:
    shown = "; ".join(found[:MOST]) + (f"; and {len(found) - MOST} more" if len(found) > MOST else "")
    return shown or "the amounts"


def _parties(bill: Bill, document: Document, *, where: str = "on the bill") -> list[str]:
    found = []
    if document.contact_id.lower() != (bill.contact_id or "").lower():
        vendor = bill.vendor_name or "not given"
        alike = folded(vendor) == folded(document.contact_name)
        other = "another contact of that name" if alike else document.contact_name
        found.append(f"the vendor is now {vendor}, {where} {other}")
    if document.currency_code != bill.currency_code:
        found.append(f"the currency is now {bill.currency_code}, {where} {document.currency_code}")
        return found
    others = [po for po in bill.pos[1:] if po.currency_code and po.currency_code != document.currency_code]
    return [
        *found,
        *(
            f"the currency of {po.po_number} is now {po.currency_code}, {where} {document.currency_code}"
            for po in others
        ),
    ]


def _same_contact(bill: Bill, document: Document) -> str:
    """Only who is owed is left of the facts, and Xero has the same contact for both."""
    if is_carrier(bill.key):
        return "the shipment method is another one, and its carrier the same"
    vendor = bill.vendor_name or "not given"
    return f"the vendor is now {vendor}, which is the same contact in Xero, {document.contact_name}"


def _quantities(bill: Bill, known: KnownBill, document: Document) -> list[str]:
    was, now, names = _by_place(known.slices), _by_place(bill.slices), _names(bill, known)
    hers = corrections(known, document)
    found = []
    for place in dict.fromkeys([*was, *now]):
        before, after = was.get(place, ZERO), now.get(place, ZERO)
        if before == after:
            continue
        one, name = hers.get(place[1]), names.get(place, "a line")
        one = one if place[1] != FREIGHT_LINE or len(known.po_ids) == 1 else None
        if one and one.by_amount and place[1] != FREIGHT_LINE:
            found.append(f"the quantity of {name} is now {plain(after)}, where {_amount_typed(one)}")
            continue
        on_it = before + (one.more.copy_sign(before * one.more) if one else ZERO)
        if place[1] == FREIGHT_LINE:
            found.append(f"freight is now {money_text(after)}, on the bill {money_text(on_it)}")
        else:
            where = (
                f"as on the bill, where {plain(before)} was written"
                if on_it == after
                else f"on the bill {plain(on_it)}"
            )
            found.append(f"the quantity of {name} is now {plain(after)}, {where}")
    return found


def _prices(bill: Bill, known: KnownBill, document: Document, *, repriced: bool) -> list[str]:
    if known.written is None:
        return []
    was, names, hers = unit_costs_of(known.written), _names(bill, known), corrections(known, document)
    if not repriced:
        was = approved_costs(known, document)
    now = {(line.po_id, line.line_id): line.unit_cost for line in bill.lines if line.line_id and line.unit_cost}
    found = []
    for place in sorted(_by_place(known.slices).keys() & _by_place(bill.slices).keys()):
        before, after = was.get(place[1], ZERO), now.get(place) or ZERO
        if before == after or place[1] == FREIGHT_LINE:
            continue
        name, one = names.get(place, "a line"), hers.get(place[1])
        if one and one.by_amount and one.more:
            if one.net[1] != abs(sum((line.net for line in bill.lines if (line.po_id, line.line_id) == place), ZERO)):
                found.append(f"the price of {name} is now {price_text(after)}, where {_amount_typed(one)}")
        elif repriced:
            more = f"{price_text(abs(after - before))} {'more' if after > before else 'less'}"
            found.append(f"the price of {name} is now {more} than is billed")
        else:
            found.append(f"the price of {name} is now {price_text(after)}, on the bill {price_text(before)}")
    return found


def _amount_typed(one: Correction) -> str:
    """What a person made of a line whose amount does not tell how many goods it bills."""
    return f"the bill was made to say {money_text(one.net[1])} for it instead of {money_text(one.net[0])}"


def _by_place(slices: Iterable[Slice]) -> dict[Place, Decimal]:
    found: dict[Place, Decimal] = {}
    for part in slices:
        place = part.po_id, part.line_id
        found[place] = found.get(place, ZERO) + part.quantity
    return {place: quantity for place, quantity in found.items() if quantity}


def _names(bill: Bill, known: KnownBill) -> Mapping[Place, str]:
    """What each line is called: on the bill as it would be now, else as it was written."""
    names: dict[Place, str] = {}
    for line in (known.written or {}).get("lines", ()):
        po_id, _, rest = str(line.get("ref", "")).partition(":")
        line_id = rest.partition(":")[0]
        if po_id.isdigit() and line_id.isdigit():
            names[int(po_id), int(line_id)] = line["description"]
    names |= {(line.po_id, line.line_id): line.description for line in bill.lines if line.line_id}
    return {place: f'"{description[:60]}"' for place, description in names.items()}
