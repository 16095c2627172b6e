"""What the actions of a person in Xero share: the line as it is keyed, the refusal, one action at a time.

What belongs here: nothing that changes a document. What does not: the actions (bookkeeper.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from cwxero_dagster.sandbox.store import Document
from cwxero_dagster.sandbox.xero.books import Books

P = ParamSpec("P")
R = TypeVar("R")


class AtDesk(Protocol):
    """A person with the organisation's books open."""

    _books: Books


T = TypeVar("T", bound=AtDesk)


def alone(action: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """The action, with nobody else at the books: requests of the API wait."""

    @wraps(action)
    def locked(person: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with person._books.store.lock:
            return action(person, *args, **kwargs)

    return locked


class NotPossibleError(ValueError):
    """Xero does not offer this action on this document. The message says why."""


@dataclass(frozen=True, kw_only=True)
class BookLine:
    """A line as a person keys it. ``tracking`` maps category names to option names."""

    description: str
    quantity: Decimal = Decimal(1)
    unit_amount: Decimal = Decimal(0)
    account_code: str | None = None
    tax_type: str | None = None
    tracking: tuple[tuple[str, str], ...] = ()

    def sent(self) -> Document:
        """In the API's shape."""
        return {
            "Description": self.description,
            "Quantity": self.quantity,
            "UnitAmount": self.unit_amount,
            "AccountCode": self.account_code,
            "TaxType": self.tax_type,
            "Tracking": [{"Name": name, "Option": option} for name, option in self.tracking],
        }
