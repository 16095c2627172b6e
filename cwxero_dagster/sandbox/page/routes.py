"""Which address leads to which page or button.

What belongs here: the table of addresses. What does not: anything else.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from cwxero_dagster.sandbox.page import bill_actions, bill_form, bills, contacts, line_actions, order_actions, orders
from cwxero_dagster.sandbox.page.site import FOLDER, Action, Site, View
from cwxero_dagster.sandbox.page.start import start_page
from cwxero_dagster.sandbox.serving.systems import Systems

_VIEWS: dict[str, View] = {
    "/": start_page,
    "/page": start_page,
    "/page/bills": bills.bill_list,
    "/page/bills/new": bill_form.new_page,
    "/page/bills/{id}": bills.bill_page,
    "/page/bills/{id}/edit": bill_form.edit_page,
    "/page/contacts": contacts.contact_list,
    "/page/lock-dates": contacts.lock_dates,
    "/page/orders": orders.order_list,
    "/page/orders/new": order_actions.new_page,
    "/page/orders/{id:int}": orders.order_page,
}
_ACTIONS: dict[str, Action] = {
    "/page/bills": bill_actions.move_many,
    "/page/bills/new": bill_form.key_bill,
    "/page/bills/{id}/edit": bill_form.edit_bill,
    "/page/bills/{id}/pay": bill_actions.pay,
    "/page/bills/{id}/use": bill_actions.use_credit,
    "/page/bills/{id}/copy": bill_actions.copy,
    **{
        f"/page/bills/{{id}}/{name}": bill_actions.move(name)
        for name in ("submit", "approve", "delete", "void", "attach")
    },
    "/page/contacts/{id}/archive": contacts.archive,
    "/page/contacts/{id}/restore": contacts.restore,
    "/page/lock-dates": contacts.set_lock_dates,
    "/page/orders/new": order_actions.raise_po,
    "/page/orders/{id:int}/receive": order_actions.receive,
    "/page/orders/{id:int}/invoice": order_actions.attach_invoice,
    "/page/orders/{id:int}/freight": order_actions.set_freight,
    "/page/orders/{id:int}/status": order_actions.set_status,
    "/page/orders/{id:int}/line": order_actions.add_line,
    "/page/orders/{id:int}/delete": order_actions.delete,
    **{f"/page/orders/{{id:int}}/{name}": order_actions.move(name) for name in ("close", "reopen", "cancel", "batch")},
    "/page/lines/{id:int}/unreceive": line_actions.unreceive,
    "/page/lines/{id:int}/cost": line_actions.change_cost,
    "/page/lines/{id:int}/cancel": line_actions.cancel,
    "/page/lines/{id:int}/delete": line_actions.delete,
}


def page_routes(systems: Systems, threads: ThreadPoolExecutor) -> list[BaseRoute]:
    """The routes of the page over ``systems``; the work is done in ``threads``."""
    site = Site(systems, threads)
    return [
        *(Route(path, site.view(view), methods=["GET"]) for path, view in _VIEWS.items()),
        *(Route(path, site.action(action), methods=["POST"]) for path, action in _ACTIONS.items()),
        Mount("/page/static", StaticFiles(directory=FOLDER / "static")),
    ]
