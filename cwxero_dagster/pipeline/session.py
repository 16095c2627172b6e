"""One run's tools and steps: settings, seeds, clients, warehouse, ledger, and what is done with them in order.

What belongs here: opening what a step needs, calling it, keeping its result. What does not: Dagster (assets call the
steps), printing (the command line), any rule.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import httpx

from cwxero_dagster import frames
from cwxero_dagster.connectwise.client import ConnectWise
from cwxero_dagster.payables.calendar import zone_of
from cwxero_dagster.payables.cases import held_bills
from cwxero_dagster.payables.composing import Agreement, Assessed
from cwxero_dagster.payables.documents import meaning_of_bill
from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.lifecycle import missing_signatures, parse_decision
from cwxero_dagster.payables.planning import WRITES, Action, Guard, payload_digest
from cwxero_dagster.payables.seeds import Seeds
from cwxero_dagster.pipeline.readings import read_books, read_organisation, read_purchasing
from cwxero_dagster.pipeline.working_out import (
    Known,
    assessed_bills,
    cycles_with_work,
    plan_rows,
    planned_actions,
)
from cwxero_dagster.publishing.publisher import Publisher, PublishReport
from cwxero_dagster.sandbox_process import running_sandbox
from cwxero_dagster.seed_files import load_seeds
from cwxero_dagster.settings import ConnectWiseSettings, Settings, XeroSettings
from cwxero_dagster.transport import CallFailed, Clock, SystemClock
from cwxero_dagster.warehouse.case_book import CaseBook
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.ledger import Ledger
from cwxero_dagster.writing import Outcome, Writing
from cwxero_dagster.xero.client import Xero

Progress = Callable[[str], None]


class NotReady(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """Something has to be put right before anything can run; the text says what and how."""


@dataclass(frozen=True)
class Published:
    """What a publish step did."""

    actions: list[Action]
    report: PublishReport
    recovered: PublishReport


@dataclass
class Session:
    """Everything one run works with. Nothing is opened before a step needs it."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    progress: Progress = lambda _: None
    connectwise_transport: httpx.BaseTransport | None = None
    xero_transport: httpx.BaseTransport | None = None

    @cached_property
    def connected(self) -> Settings:
        """Settings with both systems' addresses; starts the simulated ones in the sandbox profile."""
        if self.settings.connectwise and self.settings.xero:
            return self.settings
        address = running_sandbox(self.settings.home)
        return self.settings.with_systems(
            connectwise=ConnectWiseSettings(**address.connectwise), xero=XeroSettings(**address.xero)
        )

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse of this home."""
        return Warehouse(self.settings.home / "warehouse.duckdb")

    @cached_property
    def ledger(self) -> Ledger:
        """The publish ledger."""
        return Ledger(self.warehouse)

    @cached_property
    def case_book(self) -> CaseBook:
        """The open cases and what people decided."""
        return CaseBook(self.warehouse)

    @cached_property
    def connectwise(self) -> ConnectWise:
        """The ConnectWise client."""
        settings = self.connected.connectwise
        if settings is None:
            raise NotReady("ConnectWise is not configured.")
        return ConnectWise(settings, clock=self.clock, transport=self.connectwise_transport)

    @cached_property
    def xero(self) -> Xero:
        """The Xero client."""
        settings = self.connected.xero
        if settings is None:
            raise NotReady("Xero is not configured.")
        return Xero(settings, clock=self.clock, transport=self.xero_transport)

    def close(self) -> None:
        """Give connections back."""
        for name in ("connectwise", "xero"):
            if name in self.__dict__:
                self.__dict__[name].close()

    def calls(self) -> dict[str, int]:
        """Requests made so far, by system."""
        return {
            name: self.__dict__[name].calls if name in self.__dict__ else 0 for name in ("connectwise", "xero")
        }

    # --- what everything rests on -------------------------------------------------------------------------------

    def seeds(self) -> Seeds:
        """The mapping seeds as they stand now. Raises ``SeedsBroken``."""
        if self.settings.profile == "sandbox":
            _ = self.connected  # the sandbox lays its own seeds into the home
        return load_seeds(self.settings.seeds_folder)

    def zone(self) -> str:
        """The calendar that dates are read in: the setting, else the Xero organisation's, else UTC."""
        if self.settings.timezone:
            return self.settings.timezone
        organisation = read_organisation(self.warehouse)
        if organisation and organisation.time_zone:
            try:
                return zone_of(organisation.time_zone)
            except ValueError:
                return "UTC"
        return "UTC"

    def known(self, *, live: bool) -> Known:
        """Everything that a plan rests on, as the warehouse, the seeds and the ledger hold it now."""
        seeds = self.seeds()
        unsupported = not_yet_supported(seeds)
        if unsupported:
            raise NotReady(" ".join(unsupported))
        connected = self.connected
        settlements = self.case_book.settlements()
        decisions = {
            digest: decision
            for digest, text in self.ledger.decisions().items()
            if (decision := parse_decision(text, "lifecycle.yaml")[0]) is not None
        }
        agreement = Agreement(
            seeds=seeds,
            cycle_start_day=self.settings.cycle_start_day,
            po_link=connected.po_url or "",
            company=connected.connectwise.company if connected.connectwise else "",
            decisions=decisions,
            live=live,
        )
        return Known(
            purchasing=read_purchasing(self.warehouse, zone=self.zone()),
            agreement=agreement,
            books=read_books(self.warehouse),
            ledger=self.ledger.view(settlements),
        )

    # --- steps --------------------------------------------------------------------------------------------------

    def assessed(self, cycle: str, *, live: bool) -> list[Assessed]:
        """The would-be bills of a cycle with their holds."""
        return assessed_bills(self.known(live=live), cycle)

    def planned(self, cycle: str, *, live: bool) -> list[Action]:
        """The plan of a cycle as everything stands now."""
        known = self.known(live=live)
        return planned_actions(known, cycle, self._guard(known, live=live))

    def keep_plan(self, cycle: str, actions: Sequence[Action]) -> None:
        """Keep a cycle's plan and bring the case book up to date with it."""
        self.warehouse.replace_cycle(frames.Plan, cycle, frames.Plan.of(plan_rows(actions, cycle)))
        self.case_book.record(held_bills(actions, cycle=cycle), cycle=cycle, at=self.clock.now())

    def publish(self, cycle: str, *, live: bool) -> Published:
        """Write what the kept plan of ``cycle`` says and what still holds, and nothing else.

        The plan is worked out again from a fresh read of Xero: an action that is no longer the same is left to the next
        run. In shadow mode nothing leaves at all.
        """
        empty = PublishReport()
        if not live:
            return Published(self.planned(cycle, live=False), empty, empty)
        kept = {row["bill_key"]: row for row in frames.Plan.rows(self.warehouse.read_cycle(frames.Plan, cycle))}
        known = self.known(live=True)
        guard = self._guard(known, live=True)
        publisher = self._publisher(known)
        recovered = PublishReport() if guard.blocks else publisher.recover()
        if recovered.stopped:
            raise recovered.stopped
        if recovered.outcomes or any(row["action"] in WRITES for row in kept.values()):
            self.read_xero_again()
            known = self.known(live=True)
            guard = self._guard(known, live=True)
        actions = planned_actions(known, cycle, guard)
        self._adopt(actions, known)
        chosen = [action for action in actions if action.action in WRITES and _agrees(action, kept.get(action.key))]
        report = PublishReport()
        if chosen:
            self._settle_removed(known)
            decision = known.agreement.decision
            text = (self.settings.seeds_folder / "lifecycle.yaml").read_text(encoding="utf-8-sig")
            self.ledger.remember_decision(decision.digest, text, at=self.clock.now())
            report = publisher.publish([_writing(action, known, cycle) for action in chosen])
        self._keep_published(cycle, chosen, report)
        final = self.planned_after(cycle, actions, report)
        self.keep_plan(cycle, final)
        if report.stopped:
            raise report.stopped
        return Published(final, report, recovered)

    def planned_after(self, cycle: str, actions: Sequence[Action], report: PublishReport) -> list[Action]:
        """The plan as it reads after publishing: refusals and lost answers become holds."""
        return [_after(action, report.outcomes.get(action.key)) for action in actions]

    def read_xero_again(self) -> None:
        """Read what changed in Xero since staging, right before anything is written."""
        raise NotImplementedError

    def cycles_with_work(self) -> list[str]:
        """Cycles that tonight's run has to visit."""
        return cycles_with_work(self.known(live=self.settings.publish_mode == "live"))

    # --- inside -------------------------------------------------------------------------------------------------

    def _guard(self, known: Known, *, live: bool) -> Guard:
        blocks: list[Hold] = []
        organisation = known.books.organisation
        if live:
            name = organisation.name if organisation else None
            missing = missing_signatures(known.agreement.decision, known.agreement.seeds.signatures, name)
            if missing:
                detail = "Nothing is written while the lifecycle decision is not signed: " + " ".join(missing)
                blocks.append(hold("unsigned_lifecycle", "lifecycle.yaml", detail, known.agreement.decision.digest))
        return Guard(tuple(blocks), self.clock.now())

    def _publisher(self, known: Known) -> Publisher:
        organisation = known.books.organisation
        if organisation is None:
            raise NotReady("Xero has not been read yet: run the job `stage` first.")
        return Publisher(
            self.xero,
            self.ledger,
            organisation_id=organisation.organisation_id,
            clock=self.clock,
            progress=self.progress,
            before_first_write=self._back_up,
        )

    def _back_up(self) -> None:
        """A copy of warehouse and ledger before a release's first write."""
        copy = self.settings.home / "backups" / "before-last-release.duckdb"
        copy.parent.mkdir(parents=True, exist_ok=True)
        self.warehouse.backup(copy)

    def _settle_removed(self, known: Known) -> None:
        from cwxero_dagster.payables.planning import without_removed

        cleared = without_removed(known.ledger, known.books)
        gone = [
            key
            for key, bill in cleared.bills.items()
            if bill.state == "withdrawn" and known.ledger.bills[key].state != "withdrawn"
        ]
        self.ledger.withdraw_removed(gone, at=self.clock.now())

    def _adopt(self, actions: Sequence[Action], known: Known) -> None:
        organisation = known.books.organisation
        for action in actions:
            if action.action == "unchanged" and action.document and not (action.known and action.known.xero_id):
                writing = _writing(action, known, action.bill.cycle if action.bill else "")
                self.ledger.adopt(
                    writing,
                    organisation_id=organisation.organisation_id if organisation else "",
                    xero_id=action.document.document_id,
                    at=self.clock.now(),
                )

    def _keep_published(self, cycle: str, chosen: Sequence[Action], report: PublishReport) -> None:
        rows = []
        for action in chosen:
            outcome = report.outcomes.get(action.key)
            rows.append(
                {
                    "billing_cycle": cycle,
                    "bill_key": action.key,
                    "action": action.action,
                    "result": outcome.result if outcome else "not sent",
                    "xero_id": outcome.xero_id if outcome else None,
                    "xero_status": outcome.xero_status if outcome else None,
                    "total": action.bill.total if action.bill else Decimal(0),
                    "xero_total": outcome.total if outcome else None,
                    "message": outcome.message if outcome else "",
                }
            )
        self.warehouse.replace_cycle(frames.PublishedBills, cycle, frames.PublishedBills.of(rows))


def not_yet_supported(seeds: Seeds) -> list[str]:
    """What of the decision this version does not carry out; such a decision is refused, never half followed."""
    return []


def _agrees(action: Action, row: dict[str, Any] | None) -> bool:
    """True where the plan that people saw says the same."""
    if row is None or row["action"] != action.action:
        return False
    payload = json.dumps(action.meaning) if action.meaning else None
    return bool(row["payload"] == payload)


def _writing(action: Action, known: Known, cycle: str) -> Writing:
    bill, document, earlier = action.bill, action.document, action.known
    decision = known.agreement.decision_for(earlier)
    meaning = action.meaning or (meaning_of_bill(bill) if bill else {})
    status = decision.bill.status
    if action.action == "update" and document:
        status = document.status  # type: ignore[assignment]
    elif action.action == "withdraw":
        status = "DELETED"  # type: ignore[assignment]
    return Writing(
        action=action.action,
        key=action.key,
        document_type=bill.document_type if bill else (earlier.document_type if earlier else "ACCPAY"),
        cycle=earlier.cycle if earlier else cycle,
        policy_digest=earlier.policy_digest if earlier else known.agreement.decision.digest,
        po_ids=tuple(po.po_id for po in bill.pos) if bill else (earlier.po_ids if earlier else ()),
        po_numbers=bill.po_numbers if bill else (),
        facts=bill.facts if bill else "",
        slices=bill.slices if bill else (),
        meaning=dict(meaning),
        status=status,
        payload_digest=payload_digest(dict(meaning)),
        xero_id=document.document_id if document and action.action in {"update", "withdraw"} else None,
    )


def _after(action: Action, outcome: Outcome | None) -> Action:
    if outcome is None or outcome.result == "confirmed":
        return action
    if outcome.result == "refused":
        kind = outcome.kind or "rejected_by_xero"
        detail = f"Xero refused the bill: {outcome.message}"
        facts = payload_digest(dict(action.meaning or {}))
    else:
        kind, detail, facts = "outcome_unknown", outcome.message, action.key
    return replace(action, action="hold", reason=detail, holds=(hold(kind, f"bill {action.key}", detail, facts),))
