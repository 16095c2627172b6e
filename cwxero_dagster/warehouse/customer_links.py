"""Links of bill lines to customers: what was intended, and what became of it.

What belongs here: the transitions of a link, each one transaction, and their events in the bill's history. What does
not: deciding them (payables/customers/link_steps), sending (publishing/linking). A link is written down before its call
leaves; one without an answer is looked up before anything else is done about it.
"""

from __future__ import annotations

import json
from datetime import datetime

from cwxero_dagster.payables.customers.link_steps import HERS, LINKED, LINKING, REFUSED, UNLINKED, UNLINKING, KeptLink
from cwxero_dagster.payables.customers.linking import LineCustomer
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.ledger_rows import note

_COLUMNS = (
    "bill_key, ref, document_id, line_item_id, item, company_id, customer, contact_id, state, linked_id, attempt, "
    "changed_at"
)


class CustomerLinks:
    """The links of a warehouse, one row a line of a bill."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def all(self) -> list[KeptLink]:
        """Every link that was ever intended or left to a person, as it stands."""
        with self._warehouse.transaction() as connection:
            rows = connection.sql(f"select {_COLUMNS} from ledger.customer_links order by bill_key, ref").fetchall()
        return [KeptLink(*row) for row in rows]

    def linking(self, wanted: LineCustomer, *, at: datetime) -> KeptLink:
        """The line is about to be linked."""
        return self._put(wanted, LINKING, at=at)

    def linked(self, kept: KeptLink, linked_id: str, contact_id: str, *, at: datetime) -> None:
        """Xero holds the link."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "update ledger.customer_links set state = ?, linked_id = ?, contact_id = ?, changed_at = ? "
                "where bill_key = ? and ref = ?",
                [LINKED, linked_id, contact_id, at, kept.bill_key, kept.ref],
            )
            note(connection, at, kept.bill_key, "linked to a customer", f"{kept.item} is for {kept.customer}.")

    def not_linked(self, kept: KeptLink, *, at: datetime) -> None:
        """The request certainly did not arrive, or a look-up shows that it was not carried out."""
        self._state(kept, UNLINKED, at=at)

    def refused(self, kept: KeptLink, words: str, *, at: datetime) -> None:
        """Xero turned the link down; the same one is not sent again."""
        self._state(kept, REFUSED, "link refused by Xero", f"{kept.item} for {kept.customer}: {words}", at=at)

    def unlinking(self, kept: KeptLink, *, at: datetime) -> None:
        """The link is about to be taken back."""
        self._state(kept, UNLINKING, at=at)

    def unlinked(self, kept: KeptLink, *, at: datetime) -> None:
        """The link is gone: taken back, or with its line."""
        self._state(
            kept, UNLINKED, "no longer linked", f"{kept.item} is not linked to {kept.customer} any more.", at=at
        )

    def still_linked(self, kept: KeptLink, *, at: datetime) -> None:
        """Taking the link back certainly did not arrive."""
        self._state(kept, LINKED, at=at)

    def unanswered(self, kept: KeptLink, words: str, *, at: datetime) -> None:
        """It is not known what became of the call."""
        self._state(kept, kept.state, "answer lost", f"The link of {kept.item} to {kept.customer}: {words}", at=at)

    def hers(self, kept: KeptLink | None, wanted: LineCustomer | None, *, at: datetime) -> None:
        """A person linked the line, gave it to somebody else, put it on an invoice, or took our link away."""
        if kept is None and wanted is not None:
            kept = self._put(wanted, HERS, at=at)
        if kept is not None:
            words = f"{kept.item}: a person has decided in Xero for whom it is. The sync leaves it so."
            self._state(kept, HERS, "customer left to a person", words, at=at)

    def kept_by_xero(self, kept: KeptLink, words: str, *, at: datetime) -> None:
        """Xero does not let the link be taken back: it stays, and is left to people."""
        self._state(kept, HERS, "link not taken back", f"{kept.item} for {kept.customer}: {words}", at=at)

    def own_touch(self, bill_key: str, stamp: str) -> None:
        """The bill's update stamp after our work on its links, to be known again as ours."""
        with self._warehouse.transaction() as connection:
            connection.execute(
                "update ledger.bills set base = json_merge_patch(base, ?)::varchar "
                "where bill_key = ? and base is not null",
                [json.dumps({"linked_at": stamp}), bill_key],
            )

    def _put(self, wanted: LineCustomer, state: str, *, at: datetime) -> KeptLink:
        customer, contact = wanted.customer, wanted.contact
        if customer is None or contact is None:
            message = f"{wanted.bill_key} {wanted.ref} has no customer to be linked to"
            raise ValueError(message)
        with self._warehouse.transaction() as connection:
            connection.execute(
                f"insert into ledger.customer_links ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, null, 1, ?) "
                "on conflict (bill_key, ref) do update set document_id = excluded.document_id, "
                "line_item_id = excluded.line_item_id, item = excluded.item, company_id = excluded.company_id, "
                "customer = excluded.customer, contact_id = excluded.contact_id, state = excluded.state, "
                "linked_id = null, attempt = customer_links.attempt + 1, changed_at = excluded.changed_at",
                [
                    wanted.bill_key,
                    wanted.ref,
                    wanted.document_id,
                    wanted.line_item_id,
                    wanted.item,
                    customer.company_id,
                    customer.name,
                    contact.contact_id.lower(),
                    state,
                    at,
                ],
            )
            rows = connection.sql(
                f"select {_COLUMNS} from ledger.customer_links where bill_key = ? and ref = ?",
                params=[wanted.bill_key, wanted.ref],
            ).fetchall()
        return KeptLink(*rows[0])

    def _state(self, kept: KeptLink, state: str, event: str = "", detail: str = "", *, at: datetime) -> None:
        with self._warehouse.transaction() as connection:
            connection.execute(
                "update ledger.customer_links set state = ?, changed_at = ? where bill_key = ? and ref = ?",
                [state, at, kept.bill_key, kept.ref],
            )
            if event:
                note(connection, at, kept.bill_key, event, detail)
