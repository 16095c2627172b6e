"""``cwxero demo``: the main job, told on simulated systems with real figures.

What belongs here: the order of the story and its words. What does not: anything that the other commands do not do, and
what the people of the story do (demo_people).
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cwxero_dagster import frames
from cwxero_dagster.cli import demo_people, showing
from cwxero_dagster.cli.answers import cases_answer, sync_answer
from cwxero_dagster.cli.outcome import DONE
from cwxero_dagster.cli.running import Ran, run_job, to_stderr
from cwxero_dagster.cli.ui import free_port, open_ui
from cwxero_dagster.payables.wording import shortened
from cwxero_dagster.pipeline.billing import kept_plan
from cwxero_dagster.pipeline.readings import read_books
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.pipeline.worklist import read_worklist
from cwxero_dagster.sandbox_process import running_sandbox
from cwxero_dagster.settings import Settings, load_settings

Answer = Mapping[str, Any]

ON_BILLS = ("create", "credit", "update", "unchanged")
KEPT_BACK = ("hold", "refuse")


def tell(*, ui: bool, port: int) -> int:
    """Tell the whole story, then leave the UI open until it is interrupted; without ``ui`` it ends there."""
    settings = load_settings(overrides={"CWXERO_PROFILE": "sandbox", "CWXERO_PUBLISH_MODE": "live"})
    if ui:
        free_port(port)
    page = running_sandbox(settings.home).url
    _heading("A managed service provider with ConnectWise and Xero, both simulated on this machine")
    showing.line(f"  Their page is {page}. There you can be the bookkeeper and the buyer.")
    story = _Story(settings, page)
    story.first_night()
    story.second_night()
    story.people_at_work()
    story.in_short()
    if not ui:
        showing.line("`cwxero ui` opens the Dagster UI and the page on everything that you have just read.")
        return DONE
    return open_ui(settings, port=port, hint=_first_click)


def _first_click(address: str) -> None:
    showing.line(f"Click first:   {address}/assets/publish_plan  (each bill of a cycle, its action and the reason)")


def _heading(text: str) -> None:
    showing.line()
    showing.line(text)
    showing.line("-" * len(text))


class _Story:
    """The story on one home; what it needs to know again it reads from there."""

    def __init__(self, settings: Settings, page: str) -> None:
        self._settings = settings
        self._page = page
        self._session = Session(settings)

    def first_night(self) -> None:
        """Read both systems, then publish cycle after cycle."""
        night = _night()
        _heading("The first night: both systems are read, and what is due becomes draft bills")
        staged = self._run("stage", None, night)
        showing.line(f"  Staged: {self._staged()} ({_calls([staged.calls])}).")
        decision = self._session.seeds()
        signers = " and ".join(f"{each.name} ({each.role})" for each in decision.signatures)
        showing.line(f"  One draft bill a purchase order once everything has arrived; signed by {signers}.")
        showing.line()
        self._table(self._publish(self._cycles(), night))
        showing.line()
        showing.line("  Held back, grouped by what is wrong, each a question to one person:")
        self._show_cases(most=8)

    def second_night(self) -> None:
        """Run everything again: nothing may be written."""
        _heading("The second night: nothing changed, so nothing may happen")
        sent_before = self._session.ledger.requests_sent()
        answers = self._publish(self._cycles(), _night())
        sent = self._session.ledger.requests_sent() - sent_before
        unchanged = [bill for answer in answers for bill in _bills(answer, ("unchanged",))]
        showing.line(f"  {len(unchanged)} bills as they should be ({showing.money(unchanged)}), {sent} writes to Xero.")
        showing.line(f"  {_calls([answer['api_calls'] for answer in answers])} for {len(answers)} billing cycles.")

    def people_at_work(self) -> None:
        """A bookkeeper approves a bill, accounts payable maps a vendor; the next night acts on both."""
        _heading("People at work, and the night after")
        drafts = [bill for bill in self._plans() if bill["action"] == "unchanged" and bill["xero_status"] == "DRAFT"]
        chosen = drafts[:1] if drafts and demo_people.approve(self._page, drafts[0]["xero_id"]) else []
        for bill in chosen:
            showing.line(f"  The bookkeeper approves {bill['number']} ({showing.money_of(bill)}) in Xero.")
        cases = {case["cause"]: case for case in self._cases() if case["kind"] == "unmapped_vendor"}
        mapped = demo_people.map_vendor(
            self._settings.seeds_folder, self._vendors_of(cases), read_books(self._session.warehouse).contacts.values()
        )
        case = cases[f"vendor {mapped.vendor_id}"] if mapped else None
        if mapped and case:
            showing.line(
                f"  Accounts payable adds a row to vendors.csv: {mapped.vendor_name} is {mapped.contact_name} in Xero."
            )
        concerned = {bill["key"] for bill in chosen} | set(case["bills"] if case else ())
        answers = self._publish(
            sorted({cycle for cycle, bill in self._by_cycle() if bill["key"] in concerned}), _night()
        )
        now = {bill["key"]: bill for answer in answers for bill in answer["bills"]}
        for bill in chosen:
            showing.line(f"  {bill['number']}: {now[bill['key']]['reason']} The sync never writes to it again.")
        if case:
            self._tell_of(case, [now[key] for key in case["bills"] if key in now])

    def in_short(self) -> None:
        """What was staged, what was published, what is held and why."""
        _heading("In short")
        bills = [bill for bill in self._plans() if bill["xero_id"]]
        cases = self._cases()
        held = {key for case in cases for key in case["bills"]}
        why = Counter[str]()
        for case in cases:
            why[case["what_happened"].partition(".")[0]] += len(case["bills"])
        showing.line(f"  Staged:     {self._staged()}.")
        showing.line(f"  Published:  {len(bills)} bills and supplier credits, {showing.money(bills)}.")
        showing.line(f"  Held:       {len(held)} bills in {len(cases)} cases; a bill may have several.")
        for title, number in why.most_common():
            showing.line(f"    {number:>4}  {title}")
        if cases and cases[0]["po_numbers"]:
            showing.line(
                f"  `cwxero cases` lists them all; `cwxero explain {cases[0]['po_numbers'][0]}` tells one story."
            )
        showing.line()

    def _tell_of(self, case: Answer, bills: Sequence[Answer]) -> None:
        published = [bill for bill in bills if bill["action"] == "create"]
        others = [bill for bill in bills if bill["action"] in KEPT_BACK]
        if case["id"] not in {open_one["id"] for open_one in self._cases()}:
            showing.line(f"  Case {case['id']} closed by itself.")
        showing.line(f"  {len(published)} of its bills were published ({showing.money(published) or 'no money'}).")
        for bill in others:
            showing.line(f"  {', '.join(bill['po_numbers'])} is still held: {bill['reason']}")

    def _run(self, job: str, cycle: str | None, night: str) -> Ran:
        return run_job(job, self._settings, cycle=cycle, mode="live", progress=to_stderr, night=night)

    def _publish(self, cycles: Sequence[str], night: str) -> list[Answer]:
        """The sync of some cycles in one night: both systems are read once for all of them."""
        answers = []
        for cycle in cycles:
            to_stderr(f"Billing cycle {cycle}")
            ran = self._run("sync", cycle, night)
            answers.append(self._answer(cycle, ran.calls))
        return answers

    def _answer(self, cycle: str, calls: Mapping[str, int]) -> Answer:
        digest = self._session.seeds().decision.digest
        rows = kept_plan(self._session, cycle)
        return sync_answer(rows, cycle=cycle, mode="live", policy_digest=digest, calls=calls)

    def _cycles(self) -> list[str]:
        return read_worklist(self._settings.home)

    def _by_cycle(self) -> list[tuple[str, Answer]]:
        return [(cycle, bill) for cycle in self._cycles() for bill in self._answer(cycle, {})["bills"]]

    def _plans(self) -> list[Answer]:
        return [bill for _, bill in self._by_cycle()]

    def _cases(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = cases_answer(self._session.case_book.cases(), "")["cases"]
        return found

    def _vendors_of(self, causes: Iterable[str]) -> list[dict[str, Any]]:
        wanted = set(causes)
        rows = self._session.warehouse.current_rows(frames.Vendors, ("vendor_id", "name"))
        return [row for row in rows if f"vendor {row['vendor_id']}" in wanted]

    def _staged(self) -> str:
        counts = {
            words: self._session.warehouse.count_current(model)
            for words, model in (
                ("purchase orders", frames.PurchaseOrders),
                ("lines", frames.PurchaseOrderLines),
                ("vendors", frames.Vendors),
                ("Xero contacts", frames.XeroContacts),
                ("Xero bills and credits", frames.XeroDocuments),
            )
        }
        return ", ".join(f"{number:,} {words}" for words, number in counts.items())

    def _table(self, answers: Sequence[Answer]) -> None:
        rows = [["cycle", "created", "unchanged", "held", "kept out", "on bills in Xero"]]
        for answer in answers:
            counts = answer["counts"]
            figures = [
                counts.get("create", 0) + counts.get("credit", 0),
                counts.get("unchanged", 0) + counts.get("update", 0),
                sum(counts.get(action, 0) for action in KEPT_BACK),
                counts.get("exclude", 0),
            ]
            money = showing.money(_bills(answer, ON_BILLS)) or "-"
            rows.append([answer["cycle"], *map(str, figures), money])
        showing.table(rows, right=[1, 2, 3, 4])

    def _show_cases(self, *, most: int) -> None:
        cases = sorted((kept.case for kept in self._session.case_book.cases()), key=lambda case: -len(case.bill_keys))
        rows = []
        for case in cases[:most]:
            title, _, detail = case.story.partition(". ")
            rows.append([str(len(case.bill_keys)), case.money_words, case.meaning.owner, title, shortened(detail, 70)])
        showing.table(rows, right=[0, 1])
        if len(cases) > most:
            showing.line(f"  ... and {len(cases) - most} more; `cwxero cases` lists them all.")


def _night() -> str:
    return f"demo-{uuid.uuid4().hex[:12]}"


def _bills(answer: Answer, actions: Sequence[str]) -> list[Answer]:
    return [bill for bill in answer["bills"] if bill["action"] in actions]


def _calls(calls: Iterable[Mapping[str, int]]) -> str:
    sums = Counter[str]()
    for one in calls:
        sums.update(one)
    return f"{sums['connectwise']} calls to ConnectWise and {sums['xero']} to Xero"
