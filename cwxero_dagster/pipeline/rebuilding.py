"""Rebuilding the publish ledger from Xero: read both systems, work out what each bill covers, keep it.

What belongs here: the order of these steps and the refusals. What does not: which goods a bill covers
(payables/planning/rebuilding). Nothing is written to Xero.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cwxero_dagster.payables.planning.rebuilding import Rebuilt, rebuilt
from cwxero_dagster.pipeline.reading import read_connectwise, read_xero
from cwxero_dagster.pipeline.session import NotReady, Session

LOST = (
    (
        "Releases and settlements that were given before are not in Xero: a difference that somebody let stand is "
        "asked again."
    ),
    (
        "The bytes that were sent and answered are not in Xero: what each bill was last told is not known, so nothing "
        "is written over a difference until a person settles it."
    ),
)
"""What cannot come back, in words."""


@dataclass(frozen=True)
class Rebuilding:
    """What came of it."""

    bills: list[Rebuilt]
    backup: Path | None

    @property
    def unclear(self) -> list[Rebuilt]:
        """Bills with lines that could not be told."""
        return [one for one in self.bills if one.unclear]


def rebuild(session: Session, *, backup: Path | None) -> Rebuilding:
    """Rebuild the ledger. Raises ``NotReady`` where it holds bills and no ``backup`` is to be written first."""
    bills = session.ledger.view().bills
    if bills and backup is None:
        message = (
            f"The publish ledger knows {len(bills)} bill(s) already. Rebuilding it would forget what was last "
            "written to them. Nothing was changed. Name a file for a copy first: cwxero rebuild-ledger --backup FILE."
        )
        raise NotReady(message)
    if session.ledger.open_requests():
        message = (
            "A write to Xero has no answer yet, and the ledger holds what is needed to find out about it. Nothing was "
            "changed. Run a sync first."
        )
        raise NotReady(message)
    read_connectwise(session, night=None)
    read_xero(session, night=None)
    known = session.known(live=True)
    organisation = known.books.organisation
    if organisation is None:
        raise NotReady("Xero named no organisation. Nothing was changed.")
    if backup is not None:
        session.warehouse.backup(backup)
    found = rebuilt(known.purchasing, known.agreement, known.books)
    session.ledger.rebuild(found, organisation_id=organisation.organisation_id, at=session.clock.now())
    return Rebuilding(found, backup)
