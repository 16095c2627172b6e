"""What the buyer does to one line of a PO: take a receipt back, change the cost, cancel, delete.

What belongs here: buttons of a line. What does not: buttons of the PO (order_actions.py).
"""

from __future__ import annotations

from cwxero_dagster.sandbox.page.formats import quantity, unit_price
from cwxero_dagster.sandbox.page.forms import RefusedError
from cwxero_dagster.sandbox.page.orders import Line
from cwxero_dagster.sandbox.page.site import Call, Done, MissingError


def unreceive(call: Call) -> Done:
    """Take back a part of what was received, or all of it."""
    line = _line(call)
    taken = call.form.amount("quantity", "Quantity")
    if taken is not None and taken != taken.to_integral_value():
        message = f"{quantity(taken)} cannot be taken back: ConnectWise counts receipts in whole units."
        raise RefusedError(message)
    after = Line(call.systems.buyer.unreceive(line.id, taken))
    return Done(
        f"{quantity(line.received - after.received)} of {line.product} taken back; {quantity(after.received)} left."
    )


def change_cost(call: Call) -> Done:
    """Change the unit cost; tax follows."""
    line = _line(call)
    cost = call.form.amount("cost", "Unit cost")
    if cost is None:
        message = "Unit cost is blank. Fill it in."
        raise RefusedError(message)
    old = unit_price(line.get("unitCost"))
    call.systems.buyer.change_cost(line.id, cost)
    return Done(f"The unit cost of {line.product} is {unit_price(cost)} now (it was {old}).")


def cancel(call: Call) -> Done:
    """Cancel a line."""
    line = _line(call)
    reason = call.form.text("reason")
    call.systems.buyer.cancel_line(line.id, *([reason] if reason else []))
    return Done(f"Line {line.get('lineNumber')} ({line.product}) is cancelled.")


def delete(call: Call) -> Done:
    """Delete a line for good."""
    line = _line(call)
    call.systems.buyer.delete_line(line.id)
    return Done(f"Line {line.get('lineNumber')} ({line.product}) is deleted for good.")


def _line(call: Call) -> Line:
    found = call.systems.store.get("cw.lineitems", call.params["id"])
    if found is None:
        message = f"There is no line with id {call.params['id']} in this ConnectWise."
        raise MissingError(message)
    # A copy: the buyer changes the stored record itself, and the message needs what it was.
    return Line(dict(found))
