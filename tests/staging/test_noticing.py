"""A changed purchase order is noticed at the next look, for one call, whatever the server compares."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from simulation import Simulation

from cwxero_dagster.sandbox.connectwise.buyer import NewLine
from cwxero_dagster.staging import noticing
from cwxero_dagster.staging.noticing import Bookmark, Noticed, notice

SERVERS = pytest.mark.parametrize("dates", ["exact", "days_only", "days_behind", "refused"])


class Looks:
    """A tenant without purchase orders, and the looks at it, minute by minute."""

    def __init__(self, folder: Path, dates: str) -> None:
        self.firm = Simulation(folder, scenario="empty", of_connectwise={"date_conditions": dates})
        self.bookmark: Bookmark | None = None
        self.calls = 0

    def order(self) -> int:
        products = [item["id"] for item in self.firm.store.all("cw.catalog")]
        line = NewLine(product_id=products[0], quantity=Decimal(2), unit_cost=Decimal(10))
        return int(self.firm.buyer.raise_po(801, [line])["id"])

    def touch(self, po_id: int) -> None:
        self.firm.buyer.edit_po(po_id, internalNotes="called the vendor")

    def look(self, *, after: timedelta = timedelta(minutes=1)) -> Noticed:
        self.firm.clock.travel(after.total_seconds())
        session, before = self.firm.session(), self.firm.requests()
        noticed = notice(session.connectwise, self.bookmark, self.firm.clock.now())
        session.close()
        self.calls = self.firm.requests() - before
        # What Dagster keeps of a bookmark is its text.
        self.bookmark = Bookmark.read(noticed.bookmark.text())
        assert self.bookmark == noticed.bookmark
        return noticed

    def seen(self, **options: Any) -> list[int]:
        return sorted(self.look(**options).po_numbers)


@SERVERS
def test_what_changed_is_seen_once_at_the_next_look_for_one_call(tmp_path: Path, dates: str) -> None:
    looks = Looks(tmp_path, dates)
    assert (looks.seen(), looks.calls) == ([], 1)
    first = looks.order()
    assert (looks.seen(), looks.calls) == ([first], 1)
    # Now there is an order to tell by, and a server that does not compare moments is found out.
    assert (looks.seen(), looks.calls) == ([], 1 if dates == "exact" else 2)
    for _ in range(3):
        looks.touch(first)
        second = looks.order()
        assert (looks.seen(), looks.calls) == ([first, second], 1)
        assert (looks.seen(), looks.calls) == ([], 1)
    assert (looks.seen(after=timedelta(hours=30)), looks.calls) == ([], 1)
    looks.touch(first)
    assert (looks.seen(after=timedelta(hours=30)), looks.calls) == ([first], 1)


@SERVERS
def test_the_first_look_sees_what_changed_within_a_day_and_nothing_older(tmp_path: Path, dates: str) -> None:
    looks = Looks(tmp_path, dates)
    looks.order()
    looks.firm.clock.travel(timedelta(days=1, hours=1).total_seconds())
    recent = looks.order()
    assert (looks.seen(), looks.calls) == ([recent], 1)


@SERVERS
def test_what_is_noticed_does_not_depend_on_the_hour(tmp_path: Path, dates: str) -> None:
    looks = Looks(tmp_path, dates)
    looks.look()
    for _ in range(26):
        po_id = looks.order()
        assert looks.seen(after=timedelta(minutes=55)) == [po_id]


@pytest.mark.parametrize("dates", ["days_only", "days_behind", "refused"])
def test_a_server_is_asked_by_moments_again_after_a_week(tmp_path: Path, dates: str) -> None:
    looks = Looks(tmp_path, dates)
    po_id = looks.order()
    looks.look()
    looks.look()
    assert looks.calls == 2
    looks.touch(po_id)
    assert (looks.seen(after=timedelta(days=6)), looks.calls) == ([po_id], 1)
    looks.touch(po_id)
    assert (looks.seen(after=timedelta(days=2)), looks.calls) == ([po_id], 2)
    looks.touch(po_id)
    assert (looks.seen(), looks.calls) == ([po_id], 1)


@pytest.mark.parametrize("dates", ["days_only", "days_behind", "refused"])
def test_by_days_everything_is_read_and_only_what_changed_is_named(tmp_path: Path, dates: str) -> None:
    looks = Looks(tmp_path, dates)
    orders = [looks.order() for _ in range(5)]
    assert looks.seen() == orders
    looks.look()
    looks.touch(orders[3])
    noticed = looks.look()
    assert (sorted(noticed.po_numbers), noticed.all_seen) == ([orders[3]], True)


def test_more_than_a_page_by_moments_is_left_to_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks(tmp_path, "exact")
    looks.order()
    looks.look()
    monkeypatch.setattr(noticing, "ONE_PAGE", 2)
    for _ in range(3):
        looks.order()
    assert not looks.look().all_seen


@SERVERS
def test_after_a_look_with_the_clock_ahead_the_run_reads_all_and_the_looks_go_on(tmp_path: Path, dates: str) -> None:
    looks = Looks(tmp_path, dates)
    now = looks.firm.clock.now()
    # The server's clock is right, and this machine's is 40 days ahead for one look.
    wrong = now + timedelta(days=40)
    looks.bookmark = notice(looks.firm.session().connectwise, looks.bookmark, wrong).bookmark
    looks.order()
    assert not looks.look().all_seen
    second = looks.order()
    seen = looks.look()
    assert (sorted(seen.po_numbers), seen.all_seen) == ([second], True)
    assert looks.bookmark is not None
    assert looks.bookmark.by_days_until <= looks.firm.clock.now() + timedelta(days=7)


@SERVERS
def test_the_first_look_with_the_clock_a_day_ahead_hides_nothing_once_it_is_right(tmp_path: Path, dates: str) -> None:
    looks = Looks(tmp_path, dates)
    wrong = looks.firm.clock.now() + timedelta(hours=30)
    looks.bookmark = notice(looks.firm.session().connectwise, None, wrong).bookmark
    order = looks.order()
    seen = looks.look()
    assert order in seen.po_numbers
    assert not seen.all_seen


def test_a_bookmark_of_an_earlier_version_is_read() -> None:
    text = '{"upto": "2026-10-05T01:00:00+00:00", "seen": {"7": "2026-10-05T01:00:00Z"}}'
    found = Bookmark.read(text)
    assert found is not None
    assert (found.upto, dict(found.seen)) == (
        datetime.fromisoformat("2026-10-05T01:00:00+00:00"),
        {"7": "2026-10-05T01:00:00Z"},
    )
    assert found.by_days_until < found.upto
