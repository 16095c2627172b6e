"""What staging needs of the two clients.

What belongs here: the methods, by shape; ``connectwise.client.ConnectWise`` and ``xero.client.Xero`` have them. What
does not: how they work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Protocol

Record = dict[str, Any]


class ConnectWiseReader(Protocol):
    """ConnectWise, read only."""

    @property
    def calls(self) -> int:
        """Requests tried so far."""
        ...

    def records(self, path: str, *, conditions: str | None = None) -> Iterator[Record]:
        """A list, page by page."""
        ...

    def forward(self, path: str, *, conditions: str | None = None, fields: str | None = None) -> Iterator[Record]:
        """A list by growing id, which changes meanwhile cannot disturb."""
        ...

    def record(self, path: str) -> Record:
        """One record; ``NotFound`` only while the keys demonstrably work."""
        ...

    def lines_of(self, po_ids: Iterable[int]) -> Iterator[tuple[int, list[Record]]]:
        """Lines of each PO; a PO that is not there is left out."""
        ...

    def report(
        self, name: str, *, conditions: str | None = None, columns: tuple[str, ...] | None = None
    ) -> Iterator[Record]:
        """Rows of a system report, column names in lower case."""
        ...

    def system_info(self) -> Record:
        """Version and time zone of the server."""
        ...


class XeroReader(Protocol):
    """One Xero organisation, read only."""

    @property
    def calls(self) -> int:
        """Requests tried so far, token requests included."""
        ...

    def connections(self) -> list[Record]:
        """The organisations that the keys reach."""
        ...

    def organisation(self) -> Record:
        """The organisation."""
        ...

    def actions(self) -> list[Record]:
        """What the connection may do."""
        ...

    def accounts(self) -> list[Record]:
        """The chart of accounts."""
        ...

    def tax_rates(self) -> list[Record]:
        """Tax rates of every status."""
        ...

    def tracking_categories(self) -> list[Record]:
        """Tracking categories with their options."""
        ...

    def currencies(self) -> list[Record]:
        """Currencies that the organisation has added."""
        ...

    def contacts(self, *, modified_since: datetime | None = None) -> Iterator[Record]:
        """Contacts, archived ones included."""
        ...

    def bills(self, *, modified_since: datetime | None = None) -> Iterator[Record]:
        """Bills of every status with their lines."""
        ...

    def supplier_credits(self, *, modified_since: datetime | None = None) -> Iterator[Record]:
        """Supplier credits of every status with their lines."""
        ...

    def purchase_orders(self, *, modified_since: datetime | None = None) -> Iterator[Record]:
        """Xero's purchase orders of every status with their lines."""
        ...
