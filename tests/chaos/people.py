"""Bookkeepers who work at random, between two runs and in the middle of one, and whether their work stood.

What belongs here: what they do, what they remember of it, and what must be true at the end. What does not: faults.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chaos.history import History

from cwxero_dagster.sandbox.wire import Request
from cwxero_dagster.sandbox.xero.bookkeeper import BookLine, NotPossibleError

GONE = {"DELETED", "VOIDED"}
FINAL = {"AUTHORISED", "PAID", *GONE}
ACTS = ("approve", "edit price", "edit account", "edit due date", "delete", "void", "pay", "submit", "attach", "twin")


@dataclass
class Office:
    """The people of one history. ``hers`` is what they left in each document, by field."""

    chance: random.Random
    busy: float
    """How likely somebody acts before a request, and between two runs."""
    hers: dict[str, dict[str, Any]] = field(default_factory=dict)
    final: dict[str, str] = field(default_factory=dict)
    """Documents that people closed, as they looked then."""
    did: list[str] = field(default_factory=list)
    twins: int = 0

    def during(self, history: History, _number: int, request: Request) -> None:
        """Somebody may act before a request of a run."""
        if request.path.startswith("/api.xro") and self.chance.random() < self.busy:
            self.act(history)

    def between(self, history: History) -> None:
        """Somebody may act between two runs."""
        while self.chance.random() < 0.4:
            self.act(history)

    def act(self, history: History) -> None:
        """One act on one document of ours, or a bill keyed by hand beside it."""
        history.clock.travel(2)
        documents = [one for found in history.documents().values() for one in found]
        if not documents:
            return
        chosen = self.chance.choice(documents)
        what = self.chance.choice(ACTS)
        identity = str(chosen.get("InvoiceID") or chosen.get("CreditNoteID"))
        try:
            self._carry_out(history, what, identity, chosen)
        except NotPossibleError:
            return
        self.did.append(f"{what} {_name(chosen)}")

    def _carry_out(self, history: History, what: str, identity: str, document: dict[str, Any]) -> None:
        people, hers = history.xero.bookkeeper, self.hers.setdefault(identity, {})
        priced = [at for at, line in enumerate(document["LineItems"]) if line.get("AccountCode")]
        match what:
            case "approve":
                self._closed(identity, people.approve(identity))
            case "void":
                self._closed(identity, people.void(identity))
            case "delete":
                self._closed(identity, people.delete(identity))
            case "pay":
                self._closed(identity, people.pay(identity))
            case "submit":
                people.submit(identity)
            case "attach":
                people.attach_file(identity)
            case "twin":
                self._key_twin(history, document)
            case _ if document["Status"] in FINAL:
                raise NotPossibleError(what)
            case "edit due date":
                moved = history.clock.now().date()
                people.edit_bill(identity, due=moved)
                hers["DueDate"] = moved.isoformat()
            case _:
                at = self.chance.choice(priced)
                name, value = ("UnitAmount", Decimal("61.17")) if what == "edit price" else ("AccountCode", "453")
                people.edit_line(identity, at, **{name: value})
                hers[f"{at}/{name}"] = value

    def _closed(self, identity: str, document: dict[str, Any]) -> None:
        self.final[identity] = _said(document)

    def _key_twin(self, history: History, document: dict[str, Any]) -> None:
        if document["Type"] != "ACCPAY":
            raise NotPossibleError("twin")
        lines = [line for line in document["LineItems"] if line.get("AccountCode")]
        history.xero.bookkeeper.key_bill(
            document["Contact"]["ContactID"],
            document["InvoiceNumber"],
            [
                BookLine(
                    description="Goods", quantity=one["Quantity"], unit_amount=one["UnitAmount"], account_code="310"
                )
                for one in lines
            ],
            on=history.clock.now().date(),
        )
        self.twins += 1

    # --- what must be true --------------------------------------------------------------------------------------------

    def check(self, history: History, expected: dict[str, Any]) -> None:
        """Nothing twice, nothing lost without a word, and nothing over a person's work without saying so."""
        cases = history.open_cases()
        named = {key for _, keys in cases for key in keys}
        documents = history.documents()
        for key, found in documents.items():
            assert len(found) == 1, f"{key} was created {len(found)} times"
        for key in expected:
            root = key.partition("/")[0]
            told = key in documents or any(one.partition("/")[0] == root for one in [*named, *documents])
            assert told, f"{key} is neither in Xero nor in a case"
        edited = {key for kind, keys in cases if kind == "edited_in_xero" for key in keys}
        for key, (document,) in documents.items():
            identity = str(document.get("InvoiceID") or document.get("CreditNoteID"))
            lives = key in expected and expected[key][0]["Status"] not in GONE
            removed = document["Status"] in GONE and identity not in self.final
            assert not (removed and lives), f"{key} is gone from Xero, and nobody removed it"
            assert not (removed and self.hers.get(identity)) or key in edited, f"{key}: her work went with the draft"
            if identity in self.final:
                assert _said(document) == self.final[identity], f"{key} was changed after people closed it"
            for name, value in self.hers.get(identity, {}).items():
                if key not in edited:
                    assert _value(document, name) == value, f"{key}: her {name} {value} is {_value(document, name)}"


def _value(document: dict[str, Any], name: str) -> Any:
    at, _, of_line = name.partition("/")
    return document["LineItems"][int(at)].get(of_line) if of_line else document.get(name)


def _said(document: dict[str, Any]) -> str:
    lines = [(line.get("Quantity"), line.get("UnitAmount"), line.get("AccountCode")) for line in document["LineItems"]]
    kept = {"AUTHORISED": "approved", "PAID": "approved"}.get(document["Status"], document["Status"])
    return f"{kept} {document['Total']} {document['Date']} {lines}"


def _name(document: dict[str, Any]) -> str:
    return f"{document.get('InvoiceNumber') or document.get('CreditNoteNumber')} ({document['Status'].lower()})"
