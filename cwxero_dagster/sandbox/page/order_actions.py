"""What the buyer does to a PO: raise, receive, type in the invoice and freight, move to another status, delete.

What belongs here: buttons of a PO. What does not: buttons of one line (line_actions.py), and what follows in
ConnectWise (sandbox/connectwise).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

from cwxero_dagster.sandbox.connectwise import Buyer
from cwxero_dagster.sandbox.connectwise.buyer import BuyerError, NewLine, Style
from cwxero_dagster.sandbox.page import forms
from cwxero_dagster.sandbox.page.formats import counted, money, quantity
from cwxero_dagster.sandbox.page.forms import Form, RefusedError
from cwxero_dagster.sandbox.page.orders import the_order
from cwxero_dagster.sandbox.page.site import Action, Call, Done, Page
from cwxero_dagster.sandbox.serving.systems import Systems
from cwxero_dagster.sandbox.store import Document

STYLES = {
    "cumulative": "Keep the rest open on the line",
    "clone": "Move the rest to a new line",
    "cancel_rest": "Cancel the rest",
}
"""What happens to what did not arrive."""

_MOVES: dict[str, tuple[Callable[[Buyer, int], Document], str]] = {
    "close": (Buyer.close_po, "is closed"),
    "reopen": (Buyer.reopen_po, "is open again"),
    "cancel": (Buyer.cancel_po, "is cancelled"),
    "batch": (Buyer.batch_po, "was posted: its closed lines carry the mark of another tool's batch"),
}
_EMPTY_LINES = 3


def move(name: str) -> Action:
    """The action of one button."""
    act, outcome = _MOVES[name]

    def action(call: Call) -> Done:
        order = the_order(call)
        act(call.systems.buyer, order.id)
        return Done(f"{order.number} {outcome}.")

    return action


def set_status(call: Call) -> Done:
    """Give the PO one of the tenant's own statuses."""
    order = the_order(call)
    call.systems.buyer.edit_po(order.id, status={"id": call.form.whole("status", "Status")})
    return Done(f"{order.number} has the status {the_order(call).named('status')} now.")


def delete(call: Call) -> Done:
    """Delete a PO for good."""
    order = the_order(call)
    call.systems.buyer.delete_po(order.id)
    return Done(f"{order.number} and its {counted(len(order.lines), 'line')} are deleted for good.", "/page/orders")


def receive(call: Call) -> Done:
    """Receive on as many lines as have a quantity typed in."""
    order, form = the_order(call), call.form
    style = cast(Style, form.chosen("style", "Rest", STYLES))
    on = form.day("on", "Day of arrival")
    slip = form.text("packing_slip") or None
    arriving = [
        (line, arrived)
        for line in order.lines
        if (arrived := form.amount(f"quantity_{line.id}", f"Quantity of {line.product}"))
    ]
    if not arriving:
        message = "No quantity is filled in. Type what arrived next to at least one line."
        raise RefusedError(message)
    done: list[str] = []
    for line, arrived in arriving:
        try:
            call.systems.buyer.receive(line.id, arrived, style=style, packing_slip=slip, on=on)
        except BuyerError as refusal:
            kept = f" Received before that and kept: {', '.join(done)}." if done else ""
            message = f"{refusal}{kept}"
            raise BuyerError(message) from None
        done.append(f"{quantity(arrived)} of {line.product}")
    after = the_order(call)
    state = (
        "Everything has arrived." if not after.open_lines else f"{counted(len(after.open_lines), 'line')} still open."
    )
    return Done(f"Received on {order.number}: {', '.join(done)}. {state}")


def attach_invoice(call: Call) -> Done:
    """Type in the vendor's invoice; a PO has room for one."""
    order = the_order(call)
    number = call.form.needed("number", "Invoice number")
    on = call.form.day("on", "Invoice date")
    if on is None:
        message = "Invoice date is blank. Fill it in."
        raise RefusedError(message)
    call.systems.buyer.attach_invoice(order.id, number, on)
    return Done(f"{order.number} carries the vendor's invoice {number} now.")


def set_freight(call: Call) -> Done:
    """Type in the freight of a PO."""
    order, form = the_order(call), call.form
    cost = form.amount("cost", "Freight") or Decimal(0)
    tax = form.amount("tax", "Tax on freight") or Decimal(0)
    call.systems.buyer.set_freight(order.id, cost, tax=tax, packing_slip=form.text("packing_slip") or None)
    return Done(f"The freight of {order.number} is {money(cost)} and {money(tax)} tax now.")


def add_line(call: Call) -> Done:
    """Add a line to a PO."""
    order = the_order(call)
    products = _products(call.systems)
    new = _new_line(call.systems, call.form, products, 0, rate=_rate_of(call.systems, order.document.get("taxCode")))
    if new is None:
        message = "Choose a product and a quantity."
        raise RefusedError(message)
    call.systems.buyer.add_line(order.id, new)
    return Done(f"A line with {quantity(new.quantity)} of {products[new.product_id]['identifier']} was added.")


# --- raising a PO


def new_page(call: Call) -> Page:
    """The form for a new PO."""
    store, typed = call.systems.store, call.typed
    count = max(_EMPTY_LINES, len(typed.all("product")) if typed else 0)
    lines = [
        {
            name: (typed.all(name) + [""] * count)[place] if typed else ""
            for name in ("product", "quantity", "unit_cost")
        }
        for place in range(count)
    ]
    return Page(
        "order_new.html",
        {
            "desk": "buyer",
            "vendors": sorted(_vendors(call.systems).values(), key=lambda one: str(one["name"]).lower()),
            "catalog": sorted(_products(call.systems).values(), key=lambda one: str(one["identifier"])),
            "locations": list(store.all("cw.locations")), "departments": list(store.all("cw.departments")),
            "statuses": [s for s in store.all("cw.purchaseorderstatuses") if not s.get("closedFlag")],
            "lines": lines, "typed": typed or Form({"on": [call.systems.xero.books.today()]}),
        },
    )  # fmt: skip


def raise_po(call: Call) -> Done:
    """Raise the PO that the form describes; ConnectWise takes terms, tax code and currency from the vendor."""
    form, store = call.form, call.systems.store
    vendor = _vendors(call.systems).get(form.whole("vendor", "Vendor"))
    if vendor is None:
        message = "The vendor is not on offer. Choose one of the list."
        raise RefusedError(message)
    products, rate = _products(call.systems), _rate_of(call.systems, vendor.get("taxCode"))
    lines = [
        line
        for place in range(len(form.all("product")))
        if (line := _new_line(call.systems, form, products, place, rate=rate)) is not None
    ]
    if not lines:
        message = "The PO has no line. Choose at least one product and its quantity."
        raise RefusedError(message)
    places: dict[str, Any] = {
        f"{name}Id": record["id"]
        for name, table in (("location", "cw.locations"), ("businessUnit", "cw.departments"))
        if (record := store.get(table, form.text(name))) is not None
    }
    made = call.systems.buyer.raise_po(
        vendor["id"],
        lines,
        number=form.text("number") or None,
        on=form.day("on", "Date"),
        status_id=form.whole("status", "Status"),
        **places,
    )
    code = (made.get("currency") or {}).get("currencyCode", "")
    text = f"{made['poNumber']} with {counted(len(lines), 'line')} over {money(made['total'])} {code} was raised."
    return Done(text, f"/page/orders/{made['id']}")


def _vendors(systems: Systems) -> dict[int, Document]:
    vendors = (
        one for one in systems.store.all("cw.companies") if one.get("isVendorFlag") and not one.get("deletedFlag")
    )
    return {one["id"]: one for one in vendors}


def _products(systems: Systems) -> dict[int, Document]:
    return {one["id"]: one for one in systems.store.all("cw.catalog") if not one.get("inactiveFlag")}


def _rate_of(systems: Systems, tax_code: Document | None) -> Decimal:
    """Share of tax of a reference to a tax code; nothing where there is none."""
    record = systems.store.get("cw.taxcodes", (tax_code or {}).get("id"))
    return Decimal((record or {}).get("levelOneRate") or 0)


def _new_line(
    systems: Systems, form: Form, products: dict[int, Document], place: int, *, rate: Decimal
) -> NewLine | None:
    """A line of the form; None for a blank one. The cost is the catalog's where none was typed."""
    product, ordered, cost = (
        (form.all(name) + [""] * (place + 1))[place] for name in ("product", "quantity", "unit_cost")
    )
    if not (product or ordered or cost):
        return None
    item = products.get(int(product)) if product.isdecimal() else None
    many = forms.amount(ordered, f"Line {place + 1}, quantity")
    if item is None or many is None or many <= 0:
        message = f"Line {place + 1} needs a product and a quantity above 0."
        raise RefusedError(message)
    unit_cost = forms.amount(cost, f"Line {place + 1}, unit cost")
    return NewLine(
        product_id=item["id"],
        quantity=many,
        unit_cost=Decimal(item.get("cost") or 0) if unit_cost is None else unit_cost,
        tax_rate=rate if item.get("taxableFlag") else Decimal(0),
    )
