"""The sensor that tells finance: one message when something changed, silence else, a sign of life once a week.

What belongs here: when a message leaves, and that each leaves once. What does not: its words (review/digest), its
figures (a run wrote them down: nothing here opens the warehouse).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from cwxero_dagster.checks.last_runs import Found, left_by_last_runs
from cwxero_dagster.jobs import parallel_run, stage, sync, weekly_report
from cwxero_dagster.killed_runs import end_killed_runs
from cwxero_dagster.pipeline.news import read_news
from cwxero_dagster.review.digest import NotSent, send_mail, send_webhook, without_figures, worded
from cwxero_dagster.sensors import UNFINISHED
from cwxero_dagster.settings import DigestSettings, SettingsBroken, load_settings

SETTLES_AFTER = timedelta(minutes=5)
"""A night runs cycle after cycle; the message leaves once nothing was written for this long."""
SLEEPS_AFTER = timedelta(hours=50)
"""Two nights without a run that came to its end."""
SIGN_OF_LIFE = timedelta(days=7)
STOPPED = {
    sync.name: "The last run of {cycles} stopped part-way. Nothing is lost; the next run continues.",
    stage.name: "The last reading of ConnectWise and Xero stopped part-way. Nothing is lost; the next run continues.",
    parallel_run.name: (
        "The last comparison with the bills that you keyed stopped part-way, in {cycles}: what the review pack shows "
        "of it is the one before. Ask the data team to run the job parallel_run again."
    ),
    weekly_report.name: (
        "The last weekly report stopped part-way: what it lists is as of the week before. Ask the data team to run the "
        "job weekly_report again."
    ),
}
"""What people are told where the last run of a job stopped."""
MISSED = "missed"
"""What kept a message from somebody, in the sensor's memory of a channel."""
CHANNELS = {"mail": send_mail, "webhook": send_webhook}


@dg.sensor(
    name="review_digest",
    minimum_interval_seconds=300,
    # It tells nobody until an address is set, so setting one is all there is.
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="One message for finance when what is held, asked or published has changed; once a week in any case.",
)
def review_digest(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Send what changed since the last message, on each channel by itself."""
    try:
        settings = load_settings()
    except SettingsBroken as broken:
        return dg.SkipReason(str(broken))
    end_killed_runs(context.instance, settings.home)
    news, written_at = read_news(settings.home) or (None, None)
    now = datetime.now(UTC)
    settling = written_at is not None and now - written_at < SETTLES_AFTER
    if settling or context.instance.get_runs(dg.RunsFilter(statuses=UNFINISHED), limit=1):
        return dg.SkipReason("A night is still at work.")
    stopped, found = failures(context.instance)
    if news is None and not stopped:
        return dg.SkipReason("No run has finished yet.")
    troubles = (*(asleep(written_at, now) if written_at else ()), *stopped)
    figures = replace(news, packs=()) if news else None
    content = hashlib.sha256(repr((figures, troubles, found)).encode()).hexdigest()
    memory, outcomes = _memory(context.cursor), []
    for channel in wanted(settings.digest):
        told = memory.get(channel, {})
        unchanged = told.get("content") == content
        if unchanged and now - datetime.fromisoformat(told["at"]) < SIGN_OF_LIFE:
            continue
        # What kept earlier messages from people is told to those whom this one reaches, and is no reason to send one.
        missed_before = dict.fromkeys(memory.get(name, {}).get(MISSED) for name in wanted(settings.digest))
        unread = [*troubles, *(f"Not everybody got the last message. {words}" for words in missed_before if words)]
        message = (
            worded(news, troubles=unread, findings=found, alive=written_at if unchanged else None)
            if news
            else without_figures(troubles=unread, findings=found)
        )
        try:
            missed = CHANNELS[channel](message, settings.digest)
        except NotSent as failed:
            memory[channel] = told | {MISSED: str(failed)}
            outcomes.append(str(failed))
        else:
            memory[channel] = {"content": content, "at": now.isoformat(), MISSED: missed}
            outcomes.append(f"Sent by {channel}. {missed}".strip())
        context.update_cursor(json.dumps(memory))
    return dg.SkipReason(" ".join(outcomes) or "Nothing changed, or nowhere to send it.")


def wanted(settings: DigestSettings) -> list[str]:
    """The channels that are configured."""
    return [
        name for name, there in (("mail", settings.smtp_url), ("webhook", settings.webhook_url)) if there is not None
    ]


def asleep(written_at: datetime, now: datetime) -> Iterable[str]:
    """A sentence where no run has finished for too long: this sensor lives, the nightly schedule may not."""
    if now - written_at > SLEEPS_AFTER:
        yield f"No sync has finished since {written_at:%Y-%m-%d}. Ask the data team whether the nightly schedule is on."


def failures(instance: dg.DagsterInstance) -> tuple[list[str], list[str]]:
    """What stopped, and what checks found, in the last run of each job and cycle: a sentence for all cycles alike.

    What is asked of a person as a case is not told here: the message names it among its questions.
    """
    now = left_by_last_runs(instance, STOPPED)
    stopped: dict[str, list[str]] = {}
    for job, cycle in now.stopped:
        stopped.setdefault(job, []).append(cycle)
    found: dict[str, list[Found]] = {}
    for one in now.found:
        if not one.asked:
            found.setdefault(one.check, []).append(one)
    return (
        [STOPPED[job].format(cycles=_cycles(stopped[job])) for job in STOPPED if job in stopped],
        [_not_so(answers) for answers in found.values()],
    )


def _not_so(answers: Sequence[Found]) -> str:
    where = sorted({one.cycle for one in answers if one.cycle})
    within = f" in {_cycles(where)}" if where else ""
    return f"“{answers[0].sentence}” is not so{within}. {answers[0].words}".strip()


def _cycles(names: list[str]) -> str:
    return f"{'cycle' if len(names) == 1 else 'the cycles'} {', '.join(sorted(names))}"


def _memory(cursor: str | None) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return dict(found) if isinstance(found, Mapping) else {}
