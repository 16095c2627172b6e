"""The sandbox's world: Brightwater IT, a believable MSP in Sydney, as plain data in the shapes of both APIs.

What belongs here: who the firm is, what it bought, and what its bookkeeper keyed by hand, the same in every sandbox.
What does not: behaviour of the two systems (they live next door and start from this), and the mapping seeds that the
firm agreed on (sandbox/mapping_seeds).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

from cwxero_dagster.sandbox.store import Document, Store
from cwxero_dagster.sandbox.world import (
    catalog,
    companies,
    contacts,
    documents,
    firm,
    keyed_bills,
    organisation,
    products,
)
from cwxero_dagster.sandbox.world.orders import EMPTY, MSP, SMALL, orders_of
from cwxero_dagster.sandbox.world.shapes import SHAPES

SCENARIOS = (MSP, SMALL, EMPTY)
"""``msp``: 500 purchase orders over five billing cycles. ``small``: the same firm, every shape once. ``empty``: the
firm without purchase orders."""

_KEYS = {
    "xero.accounts": "AccountID",
    "xero.taxrates": "TaxType",
    "xero.trackingcategories": "TrackingCategoryID",
    "xero.currencies": "Code",
    "xero.contacts": "ContactID",
    "xero.invoices": "InvoiceID",
    "xero.payments": "PaymentID",
}


@dataclass(frozen=True)
class World:
    """The starting data of both systems, documents by table.

    ``shapes``: ids of the purchase orders that show a shape, by the shape's name (``shapes.SHAPES`` says what each
    means). ``outcomes``: what an honest sync does with a purchase order in live mode under the sandbox's decision and
    seeds, by id: ``bill``, ``credit``, ``zero`` (adds up to nothing), ``bill when seen`` (no day of receipt),
    ``hold <kind of case>``, ``wait`` (not due yet), ``nothing`` (nothing was ever received), ``elsewhere`` (received
    before go-live), ``exclude``.
    """

    connectwise: dict[str, list[Document]]
    xero: dict[str, list[Document]]
    shapes: dict[str, list[int]]
    outcomes: dict[int, str]


def build_world(*, scenario: str = MSP) -> World:
    """The world of a scenario, equal every time. Raises ``ValueError`` for a scenario that there is none of."""
    if scenario not in SCENARIOS:
        message = f"there is no scenario {scenario!r}; there are {', '.join(SCENARIOS)}"
        raise ValueError(message)
    written = documents.write(orders_of(scenario))
    return World(
        connectwise={
            **firm.tables(),
            **companies.tables(),
            **catalog.tables(),
            **documents.tables(written),
            **products.tables(written),
        },
        xero={**organisation.tables(), **contacts.tables(), **keyed_bills.tables(written)},
        shapes={shape.name: [one.po_id for one in written if shape.name in one.order.tags] for shape in SHAPES},
        outcomes={one.po_id: one.order.outcome for one in written},
    )


def load_world(world: World, store: Store) -> None:
    """Write a copy of the world to an empty store."""
    for kind, records in copy.deepcopy(world.connectwise | world.xero).items():
        store.put_many(kind, [(_key(kind, place, record), record) for place, record in enumerate(records, 1)])


def _key(kind: str, place: int, record: Document) -> object:
    """The key of a document: its id; tables of one document use "1"."""
    return record[_KEYS[kind]] if kind in _KEYS else record.get("id", place)
