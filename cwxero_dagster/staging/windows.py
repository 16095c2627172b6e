"""Asking ConnectWise for what changed: conditions over ``lastUpdated``, as far as the tenant's server understands them.

What belongs here: finding out once in a while which form of the condition works, and writing it. What does not: what is
done with the records.

Most servers compare moments. Some self-hosted ones refuse a time of day, or silently find nothing (connectwise_api.md,
section 6): a list that stays empty for that reason looks like a quiet night. So a condition has proved itself before it
is trusted: records that are known to have changed must be found by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from enum import IntEnum

from cwxero_dagster.connectwise.conditions import all_of, any_of, changed_between
from cwxero_dagster.staging.clients import ConnectWiseReader, Record
from cwxero_dagster.staging.findings import OVERLAP, Findings
from cwxero_dagster.staging.known import KnownOrder
from cwxero_dagster.transport import RequestRefused
from cwxero_dagster.warehouse.notes import Memory

PURCHASE_ORDERS = "/procurement/purchaseorders"
SOURCE = "connectwise.conditions"
PROVED_FOR = timedelta(days=7)
DAYS_BACK = timedelta(days=2)
"""How far back whole days reach: a server that finds nothing for ``>=`` today may be a day behind in its own zone."""
AHEAD = timedelta(days=1)
"""The server's clock, or its time zone, may be ahead of this machine's."""
_WITNESSES = 3


class Form(IntEnum):
    """How a window of time is asked for, best first. The numbers are stored."""

    MOMENTS = 0
    DAYS = 1
    NOT_AT_ALL = 2
    """Every record is read and compared: the server does not filter by time."""


def usable_form(
    client: ConnectWiseReader, memory: Memory, findings: Findings, orders: Collection[KnownOrder], now: datetime
) -> Form:
    """The form that works at this server, proved in the last week or now, with POs that are known as witnesses.

    Until there is a witness no form is trusted: a young tenant's first POs would never be found, nor bear witness.
    """
    witnesses = sorted(
        (
            order
            for order in orders
            if order.present and order.last_updated is not None and order.last_updated < now - DAYS_BACK
        ),
        key=lambda order: (order.last_updated, order.po_id),
    )[-_WITNESSES:]
    if not witnesses or not memory.is_due(SOURCE, PROVED_FOR, now):
        return Form(memory.positions.get(SOURCE, Form.NOT_AT_ALL))
    form = next(form for form in Form if form is Form.NOT_AT_ALL or _finds(client, form, witnesses, now))
    findings.positions[SOURCE] = int(form)
    findings.watermarks[SOURCE] = now
    if form is Form.NOT_AT_ALL:
        findings.remarks.append(
            "This ConnectWise server does not filter by the time of the last change: every run reads all headers."
        )
    return form


def changed(
    client: ConnectWiseReader, path: str, form: Form, after: datetime | None, upto: datetime, *, also: str | None = None
) -> Iterator[Record]:
    """Records of a list that changed since ``after`` (None: all of them), read a little further back."""
    window = None
    if after is not None and form is Form.MOMENTS:
        window = changed_between(after - OVERLAP, upto)
    if after is not None and form is Form.DAYS:
        window = changed_between(min(after - OVERLAP, upto - DAYS_BACK), upto + AHEAD, whole_days=True)
    return client.forward(path, conditions=all_of(also, window))


def _finds(client: ConnectWiseReader, form: Form, witnesses: list[KnownOrder], now: datetime) -> bool:
    first = min(order.last_updated for order in witnesses if order.last_updated is not None)
    window = changed_between(first, now, whole_days=form is Form.DAYS)
    asked = all_of(any_of("id", [order.po_id for order in witnesses]), window)
    try:
        return next(client.forward(PURCHASE_ORDERS, conditions=asked, fields="id"), None) is not None
    except RequestRefused:
        return False
