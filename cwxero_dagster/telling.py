"""The sensor that tells finance: one message when something changed, silence else, a sign of life once a week.

What belongs here: when a message leaves, and that each leaves once. What does not: its words (review/digest), its
figures (a run wrote them down: nothing here opens the warehouse).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from cwxero_dagster.checks.showing import ASKED
from cwxero_dagster.jobs import sync
from cwxero_dagster.pipeline.news import read_news
from cwxero_dagster.review.digest import NotSent, send_mail, send_webhook, without_figures, worded
from cwxero_dagster.sensors import UNFINISHED
from cwxero_dagster.settings import DigestSettings, SettingsBroken, load_settings

SETTLES_AFTER = timedelta(minutes=5)
"""A night runs cycle after cycle; the message leaves once nothing was written for this long."""
SLEEPS_AFTER = timedelta(hours=50)
"""Two nights without a run that came to its end."""
SIGN_OF_LIFE = timedelta(days=7)
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
        try:
            message = (
                worded(news, troubles=troubles, findings=found, unchanged=unchanged)
                if news
                else without_figures(troubles=troubles, findings=found)
            )
            CHANNELS[channel](message, settings.digest)
        except NotSent as failed:
            outcomes.append(str(failed))
            continue
        memory[channel] = {"content": content, "at": now.isoformat()}
        outcomes.append(f"Sent by {channel}.")
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
    """What stopped, and what checks found, in the last sync of each cycle: a sentence for all cycles alike.

    What is asked of a person as a case is not told here: the message names it among its questions.
    """
    seen: set[str] = set()
    stopped: list[str] = []
    found: dict[str, tuple[list[str], str]] = {}
    for run in instance.get_runs(dg.RunsFilter(job_name=sync.name), limit=60):
        cycle = run.tags.get("dagster/partition", "")
        if cycle in seen:
            continue
        seen.add(cycle)
        if run.status == dg.DagsterRunStatus.FAILURE:
            stopped.append(cycle)
        records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
        for record in records:
            event = record.event_log_entry.dagster_event
            check = event.asset_check_evaluation_data if event else None
            if check is None or check.passed or check.severity != dg.AssetCheckSeverity.ERROR:
                continue
            if ASKED not in check.metadata:
                found.setdefault(check.check_name, ([], check.description or ""))[0].append(cycle)
    return (
        [f"The last run of {_cycles(stopped)} stopped part-way. Nothing is lost; the next run continues."]
        if stopped
        else [],
        [
            f"“{_sentence(name)}” is not so in {_cycles(where)}. {words}".strip()
            for name, (where, words) in found.items()
        ],
    )


def _sentence(check: str) -> str:
    """A check's name as people write it."""
    words = check.replace("_", " ").replace("xero", "Xero").replace("connectwise", "ConnectWise")
    return f"{words[0].upper()}{words[1:]}"


def _cycles(names: list[str]) -> str:
    return f"{'cycle' if len(names) == 1 else 'the cycles'} {', '.join(sorted(names))}"


def _memory(cursor: str | None) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return dict(found) if isinstance(found, Mapping) else {}
