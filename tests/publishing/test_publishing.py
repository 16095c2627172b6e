"""What Xero holds after faults, lost answers and people who act in between. Never twice, never lost."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from simulation import Simulation, actions

from cwxero_dagster.sandbox.faults import Fault
from cwxero_dagster.sandbox.wire import Request, Response
from cwxero_dagster.transport import CallFailed, LimitReached, SystemDown, Uptime
from cwxero_dagster.warehouse.ledger import Ledger
from cwxero_dagster.xero.documents import encode

CYCLE = "2026-08"
MINUTES = 60.0


def undisturbed(simulation: Simulation) -> dict[str, Decimal]:
    """What a sync without faults leaves, by key and total."""
    simulation.sync(CYCLE)
    return held(simulation)


def held(simulation: Simulation) -> dict[str, Decimal]:
    found = simulation.published()
    assert all(len(documents) == 1 for documents in found.values()), "a bill is in Xero twice"
    return {key: documents[0]["Total"] for key, documents in found.items()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Decimal]:
    """What a sync without faults leaves: compare with it, never change it."""
    return undisturbed(Simulation(tmp_path_factory.mktemp("undisturbed")))


def test_every_eligible_bill_of_a_cycle_is_published_as_a_draft(simulation: Simulation) -> None:
    published = simulation.sync(CYCLE)
    assert {o.result for o in published.report.outcomes.values()} == {"confirmed"}
    assert set(simulation.published()) == {k for k, a in actions(published).items() if a in {"create", "credit"}}
    assert {d["Status"] for documents in simulation.published().values() for d in documents} == {"DRAFT"}
    assert simulation.xero.complaints == []


def test_xero_computes_the_totals_that_we_computed(simulation: Simulation) -> None:
    published = simulation.sync(CYCLE)
    ours = {a.key: a.bill.total for a in published.actions if a.action in {"create", "credit"} and a.bill}
    assert ours
    assert held(simulation) == ours


def test_a_second_run_leaves_everything_unchanged_and_writes_nothing(simulation: Simulation) -> None:
    simulation.sync(CYCLE)
    before, writes = held(simulation), len(simulation.writes())
    simulation.clock.travel(60 * MINUTES)
    second = simulation.sync(CYCLE)
    assert set(actions(second).values()) == {"unchanged"}
    assert len(simulation.writes()) == writes
    assert held(simulation) == before


def test_shadow_mode_writes_nothing_at_all(simulation: Simulation) -> None:
    published = simulation.sync(CYCLE, mode="shadow")
    assert Counter(actions(published).values())["create"] > 0
    assert simulation.writes() == []
    assert simulation.published() == {}


def test_keys_of_a_shadow_run_do_not_bind_a_live_one(simulation: Simulation, expected: dict[str, Decimal]) -> None:
    simulation.sync(CYCLE, mode="shadow")
    assert simulation.session().ledger.view().bills == {}
    simulation.sync(CYCLE)
    assert held(simulation) == expected


@pytest.mark.parametrize("kind", ["before", "lose", "malformed"])
def test_an_answer_that_is_lost_once_is_replayed_with_the_same_bytes(
    simulation: Simulation, expected: dict[str, Decimal], kind: str
) -> None:
    simulation.xero.faults.add(Fault(system="xero", kind=kind, method="PUT", path_contains="/Invoices"))
    published = simulation.sync(CYCLE)
    assert {o.result for o in published.report.outcomes.values()} == {"confirmed"}
    assert held(simulation) == expected


@pytest.mark.parametrize("kind", ["before", "lose"])
@pytest.mark.parametrize("pause", [1 * MINUTES, 6 * MINUTES, 20 * MINUTES, 24 * 60 * MINUTES])
def test_answers_that_stay_lost_are_settled_by_later_runs(
    simulation: Simulation, expected: dict[str, Decimal], kind: str, pause: float
) -> None:
    simulation.xero.faults.add(Fault(system="xero", kind=kind, method="PUT", path_contains="/Invoices", times=4))
    first = simulation.sync(CYCLE)
    assert "outcome_unknown" in {one.kind for action in first.actions for one in action.holds}
    simulation.xero.faults.clear()
    for _ in range(3):
        simulation.clock.travel(pause)
        simulation.sync(CYCLE)
    assert held(simulation) == expected


def test_that_a_later_run_sends_the_same_bytes_is_told(simulation: Simulation, expected: dict[str, Decimal]) -> None:
    simulation.xero.faults.add(Fault(system="xero", kind="lose", method="PUT", path_contains="/Invoices", times=4))
    simulation.sync(CYCLE)
    simulation.xero.faults.clear()
    simulation.clock.travel(1 * MINUTES)
    simulation.sync(CYCLE)
    story = [row["event"] for row in simulation.session().ledger.story("po:4033")]
    lost = ["answer lost"] * 4
    assert story == ["planned to create", *lost, "held", "sent again", "create: confirmed", "no longer held"]


@pytest.mark.parametrize("kind", ["before", "lose"])
def test_an_answer_that_stayed_lost_needs_one_later_run_and_not_two(
    simulation: Simulation, expected: dict[str, Decimal], kind: str
) -> None:
    simulation.xero.faults.add(Fault(system="xero", kind=kind, method="PUT", path_contains="/Invoices", times=4))
    simulation.sync(CYCLE)
    simulation.xero.faults.clear()
    simulation.clock.travel(20 * MINUTES)
    simulation.sync(CYCLE)
    assert held(simulation) == expected


def test_what_a_run_meant_to_send_when_it_ended_goes_with_the_next_one(
    simulation: Simulation, expected: dict[str, Decimal], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "sending", ended)
        with pytest.raises(KeyboardInterrupt):
            simulation.sync(CYCLE)
    assert not held(simulation)
    simulation.sync(CYCLE)
    assert held(simulation) == expected


def test_nothing_is_created_while_the_first_request_may_still_commit(simulation: Simulation) -> None:
    simulation.xero.faults.add(Fault(system="xero", kind="before", method="PUT", path_contains="/Invoices", times=4))
    simulation.sync(CYCLE)
    simulation.xero.faults.clear()
    writes = len(simulation.writes())
    simulation.clock.travel(5 * MINUTES)
    second = simulation.sync(CYCLE)
    assert "outcome_unknown" in {one.kind for action in second.actions for one in action.holds}
    assert all("/CreditNotes" in write.path for write in simulation.writes()[writes:])


@pytest.mark.parametrize("late_by", [30.0, 5 * MINUTES])
def test_a_first_request_that_commits_late_is_not_followed_by_a_second_bill(
    simulation: Simulation, expected: dict[str, Decimal], late_by: float
) -> None:
    simulation.xero.faults.add(Fault(system="xero", kind="before", method="PUT", path_contains="/CreditNotes", times=3))
    simulation.xero.delay_next_write(late_by)
    assert simulation.sync(CYCLE).report.count("unknown") == 1
    simulation.xero.faults.clear()
    for pause in (1 * MINUTES, 3 * MINUTES, 4 * MINUTES, 20 * MINUTES):
        simulation.clock.travel(pause)
        simulation.sync(CYCLE)
    assert held(simulation) == expected


@pytest.mark.parametrize("kind", ["before", "lose"])
def test_an_answer_lost_with_the_clock_ahead_is_looked_up_at_once_and_once_more(
    simulation: Simulation, expected: dict[str, Decimal], kind: str
) -> None:
    simulation.xero.faults.add(Fault(system="xero", kind=kind, method="PUT", path_contains="/Invoices", times=4))
    first = simulation.sync(CYCLE)
    assert first.report.count("unknown") > 0
    simulation.xero.faults.clear()
    with simulation.session().warehouse.transaction() as connection:
        connection.execute(
            "update ledger.requests set first_sent_at = first_sent_at + interval 40 day where state = 'unknown'"
        )
    second = simulation.sync(CYCLE)
    assert (held(simulation) == expected) == (kind == "lose")
    waiting = {one.kind for action in second.actions for one in action.holds} & {"outcome_unknown"}
    assert waiting == (set() if kind == "lose" else {"outcome_unknown"})
    for minutes in (5, 5):
        simulation.clock.travel(minutes * MINUTES)
        simulation.sync(CYCLE)
    assert held(simulation) == expected


@pytest.mark.parametrize("hours", [-1, 1], ids=["behind", "ahead"])
def test_a_clock_that_is_put_right_does_not_make_a_key_older_than_it_is(
    simulation: Simulation, expected: dict[str, Decimal], monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    monkeypatch.setattr(
        "simulation.SimulatedClock.uptime", lambda clock: Uptime("this start", clock._clock.now().timestamp())
    )
    with monkeypatch.context() as wrong:
        wrong.setattr("simulation.SimulatedClock.now", lambda clock: clock._clock.now() + timedelta(hours=hours))
        simulation.xero.faults.add(
            Fault(system="xero", kind="before", method="PUT", path_contains="/CreditNotes", times=3)
        )
        simulation.xero.delay_next_write(5 * MINUTES)
        assert simulation.sync(CYCLE).report.count("unknown") == 1
    simulation.xero.faults.clear()
    for pause in (0.5 * MINUTES, 1 * MINUTES, 3 * MINUTES, 4 * MINUTES, 20 * MINUTES):
        simulation.clock.travel(pause)
        simulation.sync(CYCLE)
    assert held(simulation) == expected


def test_one_refused_bill_never_stops_the_others(simulation: Simulation, expected: dict[str, Decimal]) -> None:
    session = simulation.session()
    simulation.sync(CYCLE, mode="shadow")
    victim = next(a for a in session_plan(simulation) if a["action"] == "create")
    archive_after_the_plan(simulation, victim["contact_id"])
    published = simulation.sync(CYCLE)
    refused = {a.key for a in published.actions if a.action == "hold"}
    assert victim["bill_key"] in refused
    assert {one.kind for a in published.actions if a.key in refused for one in a.holds} == {"contact_archived"}
    assert set(held(simulation)) == set(expected) - refused
    session.close()


def session_plan(simulation: Simulation) -> list[dict]:
    from cwxero_dagster.pipeline.billing import kept_plan

    return kept_plan(simulation.session(), CYCLE)


def archive_after_the_plan(simulation: Simulation, contact_id: str) -> None:
    """Archive the contact in the moment before the first write, when every check has passed."""
    handle = simulation.xero.handle

    def at_the_first_write(request):
        if request.method == "PUT" and request.path.endswith("/Invoices"):
            simulation.xero.handle = handle
            found = next(
                c for c in simulation.store.all("xero.contacts") if c["ContactID"].lower() == contact_id.lower()
            )
            simulation.bookkeeper.settings.archive_contact(found["ContactID"])
        return handle(request)

    simulation.xero.handle = at_the_first_write


def test_a_bill_that_was_refused_goes_once_its_cause_is_gone(
    simulation: Simulation, expected: dict[str, Decimal]
) -> None:
    simulation.sync(CYCLE, mode="shadow")
    victim = next(a for a in session_plan(simulation) if a["action"] == "create")
    archive_after_the_plan(simulation, victim["contact_id"])
    simulation.sync(CYCLE)
    contact = next(
        c for c in simulation.store.all("xero.contacts") if c["ContactID"].lower() == victim["contact_id"].lower()
    )
    simulation.bookkeeper.settings.restore_contact(contact["ContactID"])
    simulation.clock.travel(24 * 60 * MINUTES)
    simulation.sync(CYCLE)
    assert held(simulation) == expected
    assert [
        k
        for k in simulation.session().case_book.cases()
        if k.case.kind == "contact_archived" and CYCLE in k.case.cycles
    ] == []


def test_a_bill_that_is_refused_every_night_is_one_question_that_grows_older(simulation: Simulation) -> None:
    """It is sent once more each night; until Xero takes it, the question stands as it did."""
    body = {"Type": "ValidationException", "Message": "Odd"}
    simulation.xero.faults.add(
        Fault(system="xero", kind="status", method="PUT", path_contains="/Invoices", status=400, body=body, times=None)
    )
    for _ in range(2):
        simulation.clock.travel(24 * 60 * MINUTES)
        published = simulation.sync(CYCLE)
        (first, *_) = sorted(key for key, one in published.report.outcomes.items() if one.message.endswith('"Odd"'))
    book = simulation.session().case_book
    (kept,) = [one for one in book.cases() if one.case.kind == "rejected_by_xero" and first in one.case.bill_keys]
    assert simulation.clock.now() - kept.first_seen > timedelta(hours=23)
    story = simulation.session().ledger.story(first)
    assert sum(one["event"] == "create: refused" and '"Odd"' in one["detail"] for one in story) == 2
    assert [one["event"] for one in story if one["event"] in {"held", "no longer held"}] == ["held"]
    simulation.xero.faults.clear()
    simulation.clock.travel(24 * 60 * MINUTES)
    simulation.sync(CYCLE)
    assert [one["event"] for one in simulation.session().ledger.story(first)][-1] == "no longer held"
    assert not [one for one in book.cases() if one.case.kind == "rejected_by_xero"]


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_is_unknown_and_not_failed(
    simulation: Simulation, expected: dict[str, Decimal], status: int
) -> None:
    simulation.xero.faults.add(
        Fault(system="xero", kind="status", method="PUT", path_contains="/Invoices", status=status)
    )
    simulation.sync(CYCLE)
    for _ in range(2):
        simulation.clock.travel(20 * MINUTES)
        simulation.sync(CYCLE)
    assert held(simulation) == expected


def test_a_batch_refused_as_a_whole_is_sent_again_one_by_one(
    simulation: Simulation, expected: dict[str, Decimal]
) -> None:
    body = {"ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred"}
    simulation.xero.faults.add(
        Fault(system="xero", kind="status", method="PUT", path_contains="/Invoices", status=400, body=body)
    )
    simulation.sync(CYCLE)
    assert held(simulation) == expected


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (409, "", "Xero refused the bill: It says that the document clashes with something that it holds"),
        (412, "", "Xero refused the bill: It says that a condition of the request does not hold"),
        (409, {"Message": "Odd"}, "Xero refused the bill: Xero gave a reason that this program does not know."),
    ],
)
def test_requests_that_are_refused_as_a_whole_tell_each_bill_what_happened_and_what_to_do(
    simulation: Simulation, expected: dict[str, Decimal], status: int, body: object, said: str
) -> None:
    simulation.xero.faults.add(
        Fault(
            system="xero",
            kind="status",
            method="PUT",
            path_contains="/Invoices",
            status=status,
            body=body,
            times=1 + len(expected),
        )
    )
    published = simulation.sync(CYCLE)
    held_back = {a.key: one.detail for a in published.actions for one in a.holds if one.kind == "rejected_by_xero"}
    assert len(held_back) > 1
    assert not set(held_back) & set(held(simulation))
    for told in held_back.values():
        assert told.startswith(said)
        assert ("Correct what its words name" in told) == bool(body)
        assert "Nothing was done" not in told
    simulation.clock.travel(24 * 60 * MINUTES)
    simulation.sync(CYCLE)
    assert held(simulation) == expected


def test_a_bill_that_is_named_in_the_refusal_of_its_batch_keeps_the_words_of_xero(
    simulation: Simulation, expected: dict[str, Decimal]
) -> None:
    """Xero turns the batch down for one bill and creates the others all the same (xero_api, section 2)."""
    simulation.sync(CYCLE, mode="shadow")
    victim = next(a for a in session_plan(simulation) if a["action"] == "create")
    handle = simulation.xero.handle

    def handled(request: Request) -> Response:
        answer = handle(request)
        if request.method != "PUT" or not request.path.endswith("/Invoices"):
            return answer
        told = [one for one in json.loads(answer.body)["Invoices"] if one.get("HasErrors")]
        refused = {"Type": "ValidationException", "Message": "A validation exception occurred", "Elements": told}
        return Response(400, json.dumps(refused).encode(), answer.headers)

    simulation.xero.handle = handled  # type: ignore[method-assign]
    archive_after_the_plan(simulation, victim["contact_id"])
    published = simulation.sync(CYCLE)
    refused = {key: one.message for key, one in published.report.outcomes.items() if one.result == "refused"}
    assert victim["bill_key"] in refused
    assert held(simulation) == {key: total for key, total in expected.items() if key not in refused}
    assert all("archived" in message.lower() for message in refused.values()), refused


def test_a_day_limit_ends_the_run_and_the_next_one_continues(
    simulation: Simulation, expected: dict[str, Decimal]
) -> None:
    headers = {"Retry-After": "40000", "X-Rate-Limit-Problem": "day"}
    simulation.xero.faults.add(
        Fault(system="xero", kind="status", method="PUT", path_contains="/Invoices", status=429, headers=headers)
    )
    with pytest.raises(LimitReached):
        simulation.sync(CYCLE)
    simulation.clock.travel(24 * 60 * MINUTES)
    simulation.sync(CYCLE)
    assert held(simulation) == expected


def test_a_xero_that_is_down_leaves_nothing_half_done(simulation: Simulation) -> None:
    simulation.xero.faults.add(Fault(system="xero", kind="before", times=None))
    with pytest.raises(SystemDown):
        simulation.sync(CYCLE)
    assert simulation.published() == {}
    assert simulation.session().ledger.view().bills == {}


def test_revoked_keys_end_the_run_with_a_sentence(simulation: Simulation) -> None:
    simulation.xero.faults.add(
        Fault(
            system="xero",
            kind="status",
            path_contains="/connect/token",
            status=401,
            body={"error": "invalid_client"},
            times=None,
        )
    )
    with pytest.raises(CallFailed, match="XERO_CLIENT_ID"):
        simulation.sync(CYCLE)


def test_the_exact_bytes_of_a_write_are_kept_with_the_answer(simulation: Simulation) -> None:
    simulation.sync(CYCLE)
    session = simulation.session()
    key = next(iter(simulation.published()))
    exchanges = session.ledger.exchanges(key)
    assert [exchange["state"] for exchange in exchanges] == ["answered"]
    assert key.encode() in exchanges[0]["body"]
    assert exchanges[0]["status"] == 200
    assert key.encode() in exchanges[0]["answer"]
    assert encode({"a": Decimal("1.10")}) == b'{"a":1.1}'


def test_documents_are_recognised_without_the_ledger(simulation: Simulation) -> None:
    simulation.sync(CYCLE)
    before, writes = held(simulation), len(simulation.writes())
    for file in simulation.home.glob("warehouse.duckdb*"):
        file.unlink()
    second = simulation.sync(CYCLE)
    assert set(actions(second).values()) == {"unchanged"}
    assert len(simulation.writes()) == writes
    assert held(simulation) == before


def test_a_replay_that_a_limit_keeps_waiting_does_not_leave_after_its_time(
    simulation: Simulation, expected: dict[str, Decimal]
) -> None:
    lost = Fault(system="xero", kind="lose", method="PUT", path_contains="/Invoices", times=4)
    simulation.xero.faults.add(lost)
    simulation.sync(CYCLE)
    simulation.xero.faults.clear()
    headers = {"Retry-After": "60", "X-Rate-Limit-Problem": "minute"}
    busy = Fault(
        system="xero", kind="status", method="PUT", path_contains="/Invoices", status=429, headers=headers, times=3
    )
    simulation.xero.faults.add(busy)
    simulation.clock.travel(200)
    with pytest.raises(CallFailed):
        simulation.sync(CYCLE)
    simulation.xero.faults.clear()
    simulation.clock.travel(20 * MINUTES)
    simulation.sync(CYCLE)
    assert held(simulation) == expected


def test_what_a_person_did_to_a_bill_whose_answer_was_lost_stays_hers(simulation: Simulation) -> None:
    lost = Fault(system="xero", kind="lose", method="PUT", path_contains="/Invoices", times=4)
    simulation.xero.faults.add(lost)
    simulation.sync(CYCLE)
    simulation.xero.faults.clear()
    key, (bill,) = next((k, found) for k, found in simulation.published().items() if found[0]["Type"] == "ACCPAY")
    position = next(i for i, line in enumerate(bill["LineItems"]) if line.get("AccountCode"))
    simulation.bookkeeper.edit_line(bill["InvoiceID"], position, UnitAmount=Decimal("1.00"))
    simulation.clock.travel(20 * MINUTES)
    for _ in range(2):
        simulation.sync(CYCLE)
    (after,) = simulation.published()[key]
    assert after["LineItems"][position]["UnitAmount"] == Decimal("1.00")
    assert "edited_in_xero" in {kept.case.kind for kept in simulation.session().case_book.cases()}


def test_a_period_that_was_locked_during_the_day_is_locked_for_the_run_that_follows(
    simulation: Simulation, expected: dict[str, Decimal]
) -> None:
    simulation.sync("2026-09")
    simulation.bookkeeper.settings.set_lock_dates(period=date(2026, 8, 31))
    published = simulation.sync(CYCLE)
    assert "lock_date" in {one.kind for action in published.actions for one in action.holds}
    assert not held(simulation).keys() & expected.keys()
