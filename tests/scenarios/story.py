"""A firm without purchase orders in which a test tells its own story: decide, order, receive, sync, look at Xero.

What belongs here: the verbs of a story. What does not: what must come of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulation import Simulation

from cwxero_dagster.frames import PurchaseOrderLines
from cwxero_dagster.payables.composing.rounding_lines import WORDS
from cwxero_dagster.payables.lifecycle import parse_decision, sign
from cwxero_dagster.pipeline import reading
from cwxero_dagster.pipeline.covering import keep_coverage
from cwxero_dagster.pipeline.rebuilding import rebuild
from cwxero_dagster.pipeline.releasing import Published
from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.sandbox.wire import Request, Response
from cwxero_dagster.sandbox.world.organisation import ORGANISATION_NAME
from cwxero_dagster.sandbox.xero import BookLine
from cwxero_dagster.warehouse.case_book import KeptCase

START = datetime(2026, 10, 5, 1, 0, tzinfo=UTC)
CYCLE = "2026-10"
VENDOR = 801


class Story(Simulation):
    """The simulation of one story; days pass with ``later``."""

    def __init__(
        self,
        folder: Path,
        *,
        of_connectwise: Mapping[str, Any] | None = None,
        of_xero: Mapping[str, Any] | None = None,
        **decision: Any,
    ) -> None:
        super().__init__(folder, scenario="empty", now=START, of_connectwise=of_connectwise, of_xero=of_xero)
        self.decide(**decision)
        self.sync(CYCLE)

    def decide(self, **decision: Any) -> None:
        """Put a lifecycle decision in force and have both roles sign it."""
        text = yaml.safe_dump({"version": 1, "go_live": "2026-05-01", **decision}).replace("'2026-05-01'", "2026-05-01")
        parsed, problems = parse_decision(text, "lifecycle.yaml")
        assert parsed is not None, [str(problem) for problem in problems]
        (self.seeds / "lifecycle.yaml").write_text(text, encoding="utf-8")
        signed = ""
        for role, name in (("procurement", "Priya Raman"), ("finance", "Tom Ashdown")):
            signed = sign(signed, role, name, parsed.digest, START.date(), ORGANISATION_NAME)
        (self.seeds / "signoff.yaml").write_text(signed, encoding="utf-8")

    def order(self, *quantities: int, cost: str = "100.00", **fields: Any) -> dict[str, Any]:
        """Raise a PO with a line a quantity, mapped and taxed."""
        products = [item["id"] for item in self.store.all("cw.catalog") if item["category"]["name"] == "Hardware"]
        lines = [
            NewLine(product_id=products[index], quantity=Decimal(quantity), unit_cost=Decimal(cost))
            for index, quantity in enumerate(quantities)
        ]
        return self.buyer.raise_po(VENDOR, lines, **fields)

    def lines(self, po: dict[str, Any]) -> list[dict[str, Any]]:
        """The lines of a PO as ConnectWise holds them now, oldest first."""
        return [line for line in self.store.all("cw.lineitems") if line["purchaseOrderId"] == po["id"]]

    def receive(self, po: dict[str, Any], *quantities: int) -> None:
        """So many pieces of a PO arrive, line by line; without figures all that is ordered."""
        lines = self.lines(po)
        for line, quantity in zip(lines, quantities or [int(line["quantity"]) for line in lines], strict=True):
            self.buyer.receive(line["id"], quantity)

    def received(self, *quantities: int, **order: Any) -> dict[str, Any]:
        """Raise a PO, of which everything arrives."""
        po = self.order(*quantities, **order)
        self.receive(po)
        return po

    def later(self, days: float = 1) -> None:
        """Time passes."""
        self.clock.travel(timedelta(days=days).total_seconds())

    def night(self) -> Published:
        """A day passes and the nightly sync runs."""
        self.later()
        return self.sync(CYCLE)

    def cycles_with_work(self) -> list[str]:
        """What the nightly run would sync beside the open cycle."""
        session = self.session()
        reading.read_xero(session, night=None)
        cycles = reading.note_cycles_with_work(session)
        session.close()
        return list(cycles)

    def until_lines_are_known(self) -> None:
        """Both systems are staged, as the job of that name does, until no figure of any line is news.

        Where neither the orders nor the report show that a line moved, lines are read again in turn, a few a run.
        """
        session = self.session()
        try:
            for _ in self.store.all("cw.purchaseorders"):
                reading.read_connectwise(session, night=None)
                reading.read_xero(session, night=None)
                known = PurchaseOrderLines.rows(session.warehouse.current(PurchaseOrderLines))
                if {
                    row["line_id"]: (row["received_quantity"], row["unit_cost"]) for row in known if row["present"]
                } == {
                    line["id"]: (line["receivedQuantity"], line["unitCost"]) for line in self.store.all("cw.lineitems")
                }:
                    return
                self.later(1 / 24)
            raise AssertionError("Every order was read again, and a line is still not known as it is.")
        finally:
            session.close()

    def lose_and_rebuild(self) -> None:
        """The warehouse is gone, and the ledger is rebuilt from Xero."""
        for file in self.home.glob("warehouse.duckdb*"):
            file.unlink()
        session = self.session()
        rebuild(session, backup=None)
        session.close()

    def dies_after_a_put(self, to: str) -> None:
        """A day passes, and the nightly sync dies once Xero has carried out a PUT to an address that ends so."""
        handle = self.xero.handle

        def dies(request: Request) -> Response:
            answer = handle(request)
            if request.method == "PUT" and request.path.endswith(to):
                raise KeyboardInterrupt
            return answer

        self.xero.handle = dies  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            self.night()
        self.xero.handle = handle  # type: ignore[method-assign]

    def quantities(self) -> dict[str, list[str]]:
        """Quantities of the live documents in Xero by bill key, credits negative; rounding lines are no goods."""
        found: dict[str, list[str]] = {}
        for key, documents in self.published().items():
            assert len(documents) == 1, f"{key} is in Xero {len(documents)} times"
            sign_ = -1 if documents[0]["Type"] == "ACCPAYCREDIT" else 1
            lines = [
                line for line in documents[0]["LineItems"] if line.get("AccountCode") and line["Description"] != WORDS
            ]
            found[key] = [f"{(sign_ * line['Quantity']).normalize():f}" for line in lines]
        return found

    def document(self, key: str) -> dict[str, Any]:
        """The one live document of a key."""
        (document,) = self.published()[key]
        return document

    def kinds(self) -> set[str]:
        """Kinds of the open cases."""
        return {kept.case.kind for kept in self.session().case_book.cases()}

    def open_case(self, kind: str) -> KeptCase:
        """The one open case of a kind."""
        (found,) = [kept for kept in self.session().case_book.cases() if kept.case.kind == kind]
        return found

    def settle(self, kind: str, verb: str, **more: Any) -> KeptCase:
        """Tom decides the one open case of a kind."""
        case_id = self.open_case(kind).case.case_id
        book = self.session().case_book
        return book.decide(case_id, verb=verb, reason="checked", by="Tom", at=self.clock.now(), **more)


def balances(story: Story) -> None:
    """The coverage of every order balances, and every figure leads somewhere."""
    for row in keep_coverage(story.session(), live=True):
        assert (row["difference_quantity"], row["difference_amount"]) == (0, 0)
        assert all(json.loads(row["leads_to"]).values()), row["leads_to"]


def typed_anew(line: dict[str, Any]) -> BookLine:
    """A line as she types it once more."""
    return BookLine(
        description=line["Description"],
        quantity=line["Quantity"],
        unit_amount=line["UnitAmount"],
        account_code=line["AccountCode"],
        tax_type=line["TaxType"],
    )
