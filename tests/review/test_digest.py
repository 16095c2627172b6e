"""The digest against a mail server and a webhook on loopback: once, in words, and without a secret in any message."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import json
import os
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import SensorInstigatorData
from histories import ends, fails

from cwxero_dagster.cli.running import dagster_home
from cwxero_dagster.payables.reports.news import News, Question
from cwxero_dagster.review import digest
from cwxero_dagster.review.digest import NotSent, posted, send_mail, send_webhook, worded
from cwxero_dagster.settings import DigestSettings, load_settings
from cwxero_dagster.telling import review_digest

NEWS = News(
    organisation="Brightwater IT",
    mode="live",
    held="50,260.10 AUD",
    held_bills=5,
    open_cases=2,
    questions=(
        Question(
            "C-1", "Vendor <b>\r\nBcc: x@example.com", "finance", 4, "41.00 AUD", "PO-1", "https://cw.example.com/1"
        ),
        Question("C-2", "Price differs", "procurement", 1, "9.00 AUD", "PO-2", None),
    ),
    drafts="1,325.23 AUD",
    draft_bills=2,
    in_xero="14,417.17 AUD",
    bills_in_xero=3,
    packs=("/home/review/review-2026-05.xlsx",),
)


class Mailbox(socketserver.StreamRequestHandler):
    """One SMTP conversation."""

    def handle(self) -> None:
        server: Any = self.server
        self.wfile.write(b"220 loopback\r\n")
        while line := self.rfile.readline().decode().strip():
            server.lines.append(line)
            word = line.split()[0].upper()
            if word == "DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                server.mails.append(body)
                server.came.set()
            if word == "RCPT":
                server.recipients.append(line)
            if word == "RCPT" and (server.refuses or (server.knows_not and server.knows_not in line)):
                self.wfile.write(b"550 no such box for secret-password\r\n")
            elif word == "EHLO":
                self.wfile.write(b"250-loopback\r\n250 AUTH PLAIN\r\n")
            elif word == "QUIT":
                self.wfile.write(b"421 too busy to part\r\n" if server.parts_badly else b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 fine\r\n")


class Hook(BaseHTTPRequestHandler):
    """A webhook."""

    def do_POST(self) -> None:
        server: Any = self.server
        server.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(500 if server.refuses else 200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def serving(server: Any) -> Iterator[Any]:
    server.refuses = False
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def mailbox() -> Iterator[Any]:
    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox)
    server.daemon_threads = True
    server.mails, server.recipients, server.lines, server.came = [], [], [], threading.Event()
    server.knows_not, server.parts_badly = "", False
    yield from serving(server)


@pytest.fixture
def hook() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Hook)
    server.posts = []
    yield from serving(server)


@pytest.fixture
def settings(mailbox: Any, hook: Any) -> DigestSettings:
    return DigestSettings(
        smtp_url=f"smtp://127.0.0.1:{mailbox.server_address[1]}",
        mail_from="cwxero@example.com",
        mail_to=("finance@example.com", "cfo@example.com"),
        webhook_url=f"http://127.0.0.1:{hook.server_address[1]}/services/secret-key",
    )


def test_the_mail_says_money_first_and_links_each_question(mailbox: Any, settings: DigestSettings) -> None:
    send_mail(worded(NEWS), settings)
    mail = email.message_from_bytes(mailbox.mails[0], policy=email.policy.default)
    assert mail["Subject"] == "Brightwater IT: 5 bills held for a person: 50,260.10 AUD"
    assert mail["To"] == "finance@example.com, cfo@example.com"
    assert mail["Bcc"] is None
    assert abs(mail["Date"].datetime - datetime.now(UTC)) < timedelta(hours=1)
    assert mail["Message-ID"].endswith("@example.com>")
    text = mail.get_body(("plain",)).get_content()
    assert text.startswith("5 bills held for a person: 50,260.10 AUD.")
    assert "https://cw.example.com/1" in text
    html = mail.get_body(("html",)).get_content()
    assert "<b>" not in html
    assert '<a href="https://cw.example.com/1">' in html


def test_money_stands_before_what_checks_found_and_a_folder_is_named_once() -> None:
    packs = tuple(f"/home/review/{cycle}/review-{cycle}.xlsx" for cycle in ("2026-05", "2026-06"))
    told = worded(dataclasses.replace(NEWS, packs=packs), findings=["“Totals agree” is not so in cycle 2026-05."])
    assert [sentence.split(" ")[0] for sentence in told.sentences] == ["5", "2", "In", "“Totals", "Answer"]
    assert told.sentences[-1] == (
        "Answer the questions in the workbooks review-2026-05.xlsx, review-2026-06.xlsx, each in its cycle's folder "
        "under /home/review"
    )


def test_the_webhook_gets_the_same_words(hook: Any, settings: DigestSettings) -> None:
    send_webhook(worded(NEWS), settings)
    assert hook.posts[0]["text"].startswith("Brightwater IT: 5 bills held for a person: 50,260.10 AUD\n")


HOSTILE = (
    "<!channel>",
    "<http://evil.example|Approve here>",
    "[Approve here](http://evil.example)",
    "@channel",
    "*bold* &lt;!here&gt;",
    "</b><script>alert(1)</script>",
)
HOSTILE_NEWS = dataclasses.replace(
    NEWS, questions=tuple(dataclasses.replace(NEWS.questions[0], title=text, orders=text) for text in HOSTILE)
)


def test_slack_shows_a_hostile_number_and_does_nothing_with_it(hook: Any, settings: DigestSettings) -> None:
    send_webhook(worded(HOSTILE_NEWS, troubles=HOSTILE), settings)
    text = hook.posts[0]["text"]
    assert not set("<>") & set(text)
    assert "](" not in text
    assert not re.search(r"(^|\s)@\w", text)
    shown = text.replace("\u200b", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    for number in HOSTILE:
        assert shown.count(number) == 3, f"{number} is lost"


def test_a_link_with_an_ampersand_reaches_slack_whole(hook: Any, settings: DigestSettings) -> None:
    question = dataclasses.replace(NEWS.questions[0], link="https://cw.example.com/v4?recordType=PO&recid=1")
    send_webhook(worded(dataclasses.replace(NEWS, questions=(question,))), settings)
    assert "https://cw.example.com/v4?recordType=PO&amp;recid=1" in hook.posts[0]["text"]


def test_the_sign_of_life_says_when_the_last_run_ended_and_what_still_waits() -> None:
    at = datetime(2026, 11, 28, 2, 7, tzinfo=UTC)
    told = worded(NEWS, alive=at)
    assert told.subject == "Brightwater IT: nothing new, 5 bills still held: 50,260.10 AUD"
    assert "the last run ended on 2026-11-28 at 02:07 UTC" in told.sentences[0]
    assert told.sentences[1] == "5 bills held for a person: 50,260.10 AUD."
    assert worded(dataclasses.replace(NEWS, held_bills=0), alive=at).subject.endswith("nothing new, no bill is held")
    assert worded(NEWS, alive=at, troubles=["It stopped."]).subject.endswith("nothing new, but look at this")


@pytest.mark.parametrize(
    "host",
    [
        "prod-1.westeurope.logic.azure.com",
        "default12.3f.environment.api.powerplatform.com",
        "api.powerautomate.com",
        "brightwater.webhook.office.com",
    ],
)
def test_teams_gets_the_message_with_one_card_that_its_workflows_take(host: str) -> None:
    message = json.loads(json.dumps(posted(worded(NEWS), host)))
    (attachment,) = message.pop("attachments")
    card = attachment.pop("content")
    assert message == {"type": "message"}
    assert attachment == {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None}
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert card["$schema"] == "http://adaptivecards.io/schemas/adaptive-card.json"
    assert card["body"][0]["inlines"][0] == {
        "type": "TextRun",
        "text": "Brightwater IT: 5 bills held for a person: 50,260.10 AUD",
        "weight": "Bolder",
    }
    opened = [run["selectAction"] for block in card["body"] for run in block["inlines"] if "selectAction" in run]
    assert opened == [{"type": "Action.OpenUrl", "url": "https://cw.example.com/1"}]
    assert len(json.dumps(card)) < 28_000


@pytest.mark.parametrize("host", ["hooks.slack.com", "notoffice.com", "chat.example.com"])
def test_slack_and_others_get_text(host: str) -> None:
    message = posted(worded(NEWS), host)
    assert set(message) == {"text"}
    assert isinstance(message["text"], str)


def test_a_card_for_teams_shows_a_hostile_number_as_it_stands_and_opens_only_our_links(
    hook: Any, settings: DigestSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "_TEAMS", (".127.0.0.1",))
    send_webhook(worded(HOSTILE_NEWS, troubles=HOSTILE), settings)
    blocks = hook.posts[0]["attachments"][0]["content"]["body"]
    runs = [run for block in blocks for run in block["inlines"]]
    assert {block["type"] for block in blocks} == {"RichTextBlock"}, "a text block is read as Markdown"
    assert {run["type"] for run in runs} == {"TextRun"}
    for number in HOSTILE:
        assert sum(run["text"].count(number) for run in runs) == 3
    assert {run["selectAction"]["url"] for run in runs if "selectAction" in run} == {"https://cw.example.com/1"}


def test_the_mail_carries_no_tag_of_a_hostile_number(mailbox: Any, settings: DigestSettings) -> None:
    send_mail(worded(HOSTILE_NEWS, troubles=HOSTILE), settings)
    mail = email.message_from_bytes(mailbox.mails[0], policy=email.policy.default)
    html = mail.get_body(("html",)).get_content()
    assert "<script" not in html
    assert "<!channel" not in html
    assert set(re.findall(r'href="([^"]*)"', html)) == {"https://cw.example.com/1"}


def test_a_refusal_names_the_setting_and_no_secret(mailbox: Any, hook: Any, settings: DigestSettings) -> None:
    mailbox.refuses = hook.refuses = True
    with pytest.raises(NotSent, match="Check CWXERO_SMTP_URL") as by_mail:
        send_mail(worded(NEWS), settings)
    with pytest.raises(NotSent, match="Check CWXERO_WEBHOOK_URL") as by_hook:
        send_webhook(worded(NEWS), settings)
    assert "secret" not in f"{by_mail.value!r}{by_hook.value!r}"


def test_a_password_is_not_told_to_a_server_that_does_not_encrypt(
    mailbox: Any, settings: DigestSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, here = mailbox.server_address[1], socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: here("127.0.0.1", *rest, **more))
    far = dataclasses.replace(settings, smtp_url=f"smtp://finance:secret-password@mail.example.com:{port}")
    with pytest.raises(NotSent, match=r"mail\.example\.com offers no encryption") as refused:
        send_mail(worded(NEWS), far)
    assert "secret" not in str(refused.value)
    assert not any("AUTH" in line for line in mailbox.lines)
    assert mailbox.mails == []


def test_a_password_that_mail_servers_cannot_be_told_is_named_and_not_shown(
    mailbox: Any, settings: DigestSettings
) -> None:
    port = mailbox.server_address[1]
    odd = dataclasses.replace(settings, smtp_url=f"smtp://finance:secret-p%C3%BCsswort@127.0.0.1:{port}")
    with pytest.raises(NotSent, match="beyond plain ASCII") as refused:
        send_mail(worded(NEWS), odd)
    assert "secret" not in str(refused.value)
    assert mailbox.mails == []


def test_a_mail_that_one_of_two_recipients_gets_names_the_other(mailbox: Any, settings: DigestSettings) -> None:
    mailbox.knows_not = "cfo@"
    said = send_mail(worded(NEWS), settings)
    assert said == ("The mail server 127.0.0.1 did not take the digest for cfo@example.com. Check CWXERO_MAIL_TO.")
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks..example.com/secret",
        f"https://{'a' * 70}.example.com/secret",
        "https://hooks.example.com/\u202esecret\x00",
    ],
)
def test_an_address_that_cannot_be_asked_for_is_told_as_one_that_did_not_take_it(
    address: str, settings: DigestSettings
) -> None:
    with pytest.raises(NotSent, match="Check CWXERO_WEBHOOK_URL") as refused:
        send_webhook(worded(NEWS), dataclasses.replace(settings, webhook_url=address))
    assert "secret" not in str(refused.value)


# --- the sensor -------------------------------------------------------------------------------------------------------


class Office:
    """Dagster, a home, and the sensor's memory from tick to tick."""

    def __init__(self, home: Path, instance: dg.DagsterInstance) -> None:
        self.home, self.instance, self.cursor = home, instance, None

    def write(self, news: News, *, minutes_ago: int = 60) -> None:
        at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        self.home.mkdir(exist_ok=True)
        text = json.dumps({"news": dataclasses.asdict(news), "at": at.isoformat()})
        (self.home / "digest.json").write_text(text)

    def tick(self) -> str:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        answer = review_digest(context)
        self.cursor = context.cursor
        return str(answer.skip_message)

    def a_week_passes(self) -> None:
        memory = json.loads(self.cursor or "{}")
        for told in memory.values():
            told["at"] = (datetime.fromisoformat(told["at"]) - timedelta(days=7)).isoformat()
        self.cursor = json.dumps(memory)


@pytest.fixture
def office(tmp_path: Path, settings: DigestSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.chdir(tmp_path)
    for name, value in (
        ("CWXERO_HOME", str(tmp_path / "home")),
        ("CWXERO_SMTP_URL", settings.smtp_url),
        ("CWXERO_MAIL_FROM", settings.mail_from),
        ("CWXERO_MAIL_TO", ",".join(settings.mail_to)),
        ("CWXERO_WEBHOOK_URL", settings.webhook_url),
    ):
        monkeypatch.setenv(name, value or "")
    with dg.DagsterInstance.ephemeral() as instance:
        yield Office(tmp_path / "home", instance)


def test_one_message_a_change_and_silence_until_the_next(office: Office, mailbox: Any, hook: Any) -> None:
    assert office.tick() == "No run has finished yet."
    office.write(NEWS)
    assert office.tick() == "Sent by mail. Sent by webhook."
    office.write(dataclasses.replace(NEWS, packs=()))
    assert "Nothing changed" in office.tick()
    assert (len(mailbox.mails), len(hook.posts)) == (1, 1)
    office.write(dataclasses.replace(NEWS, held_bills=4))
    office.tick()
    assert (len(mailbox.mails), len(hook.posts)) == (2, 2)


def test_a_night_that_is_still_at_work_is_not_told_of(office: Office, mailbox: Any) -> None:
    office.write(NEWS, minutes_ago=1)
    assert office.tick() == "A night is still at work."
    assert mailbox.mails == []


def test_a_week_of_silence_ends_with_a_sign_of_life(office: Office, mailbox: Any) -> None:
    office.write(NEWS)
    office.tick()
    office.a_week_passes()
    office.tick()
    subject = email.message_from_bytes(mailbox.mails[1], policy=email.policy.default)["Subject"]
    assert subject == "Brightwater IT: nothing new, 5 bills still held: 50,260.10 AUD"
    office.tick()
    assert len(mailbox.mails) == 2


def test_a_schedule_that_sleeps_is_told_of_once(office: Office, mailbox: Any) -> None:
    office.write(NEWS)
    office.tick()
    office.write(NEWS, minutes_ago=60 * 24 * 3)
    office.tick()
    office.tick()
    assert len(mailbox.mails) == 2
    body = email.message_from_bytes(mailbox.mails[1], policy=email.policy.default).get_body(("plain",)).get_content()
    assert body.startswith("No sync has finished since ")


def body(mail: bytes) -> str:
    part = email.message_from_bytes(mail, policy=email.policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize(
    ("job", "cycle", "told"),
    [
        ("parallel_run", "2026-05", "stopped part-way, in cycle 2026-05"),
        ("weekly_report", "", "The last weekly report stopped part-way"),
        ("stage", "", "The last reading of ConnectWise and Xero stopped part-way"),
    ],
)
def test_any_job_that_stopped_is_told_of_until_it_came_to_its_end(
    office: Office, mailbox: Any, job: str, cycle: str, told: str
) -> None:
    office.write(NEWS)
    office.tick()
    fails(office.instance, cycle, job)
    assert office.tick() == "Sent by mail. Sent by webhook."
    assert told in body(mailbox.mails[1])
    ends(office.instance, cycle, job)
    office.tick()
    assert "stopped part-way" not in body(mailbox.mails[2])


def test_a_reading_that_stopped_is_past_once_a_night_has_read_again(office: Office, mailbox: Any) -> None:
    fails(office.instance, "", "stage")
    ends(office.instance, "2026-05", "sync")
    office.write(NEWS)
    office.tick()
    assert "stopped part-way" not in body(mailbox.mails[0])


def test_a_sign_off_that_no_longer_stands_is_told_of_and_the_newest_answer_counts(office: Office, mailbox: Any) -> None:
    office.write(NEWS)
    ends(office.instance, "2026-05", "parallel_run", stands=False)
    ends(office.instance, "2026-05", "sync")
    office.tick()
    told = "“What was signed still stands” is not so in cycle 2026-05. PO-1 costs 9,000.00 more."
    assert told in body(mailbox.mails[0]).replace("\n", " ")
    ends(office.instance, "2026-05", "parallel_run", stands=True)
    office.tick()
    assert "signed" not in body(mailbox.mails[1])


def test_a_very_first_night_that_stops_is_told_of_once_though_there_are_no_figures(
    office: Office, mailbox: Any, hook: Any
) -> None:
    office.home.mkdir()
    fails(office.instance, "2026-05")
    assert office.tick() == "Sent by mail. Sent by webhook."
    mail = email.message_from_bytes(mailbox.mails[0], policy=email.policy.default)
    assert mail["Subject"] == "cwxero: the first sync stopped part-way"
    text = mail.get_body(("plain",)).get_content()
    assert text.startswith("The last run of cycle 2026-05 stopped part-way.")
    assert "there are no figures" in text
    assert "Nothing changed" in office.tick()
    office.a_week_passes()
    office.tick()
    assert len(mailbox.mails) == len(hook.posts) == 2, "a week of silence could hide that it still stops"
    office.write(NEWS)
    office.tick()
    assert email.message_from_bytes(mailbox.mails[2])["Subject"].startswith("Brightwater IT: 5 bills held")


def test_a_channel_that_failed_is_tried_again_and_the_other_is_not_told_twice(
    office: Office, mailbox: Any, hook: Any
) -> None:
    hook.refuses = True
    office.write(NEWS)
    assert "Sent by mail. The webhook at 127.0.0.1 did not take the digest (answered 500)." in office.tick()
    hook.refuses = False
    assert office.tick() == "Sent by webhook."
    assert (len(mailbox.mails), len(hook.posts)) == (1, 2)


def test_what_went_out_by_mail_is_not_sent_again_while_the_webhook_cannot_be_reached_at_all(
    office: Office, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CWXERO_WEBHOOK_URL", "https://hooks..example.com/secret")
    office.write(NEWS)
    assert "Sent by mail. The webhook at hooks..example.com did not take the digest" in office.tick()
    for _ in range(2):
        assert "did not take the digest" in office.tick()
    assert len(mailbox.mails) == 1
    office.write(dataclasses.replace(NEWS, held_bills=4))
    office.tick()
    assert body(mailbox.mails[1]).startswith("Not everybody got the last message. The webhook at hooks..example.com")


def test_the_webhook_gets_it_though_the_mails_password_cannot_be_told(
    office: Office, mailbox: Any, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = mailbox.server_address[1]
    monkeypatch.setenv("CWXERO_SMTP_URL", f"smtp://finance:p%C2%A3ss@127.0.0.1:{port}")
    office.write(NEWS)
    assert office.tick().endswith("Sent by webhook.")
    office.tick()
    assert len(hook.posts) == 1


def test_a_server_that_parts_badly_has_the_mail_all_the_same(office: Office, mailbox: Any) -> None:
    mailbox.parts_badly = True
    office.write(NEWS)
    assert office.tick().startswith("Sent by mail.")
    office.tick()
    assert len(mailbox.mails) == 1


def test_a_recipient_who_was_refused_is_named_to_the_others_in_the_next_message_only(
    office: Office, mailbox: Any
) -> None:
    mailbox.knows_not = "cfo@"
    office.write(NEWS)
    assert "did not take the digest for cfo@example.com" in office.tick()
    assert "Nothing changed" in office.tick()
    mailbox.knows_not = ""
    office.write(dataclasses.replace(NEWS, held_bills=4))
    office.tick()
    assert "for cfo@example.com" in body(mailbox.mails[1])
    office.write(dataclasses.replace(NEWS, held_bills=3))
    office.tick()
    assert "cfo@example.com" not in body(mailbox.mails[2])


def remembered(instance: dg.DagsterInstance) -> str:
    """What the daemon keeps of the sensor, once its tick has ended."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for sensor in instance.all_instigator_state():
            data = sensor.instigator_data
            if sensor.instigator_name == "review_digest" and isinstance(data, SensorInstigatorData) and data.cursor:
                return data.cursor
        time.sleep(0.1)
    message = "the daemon's tick did not end"
    raise AssertionError(message)


def test_dagsters_own_daemon_sends_it_without_a_switch_and_remembers_that_it_did(
    office: Office, mailbox: Any, hook: Any
) -> None:
    office.write(NEWS)
    folder = dagster_home(load_settings())
    command = [sys.executable, "-m", "dagster._daemon", "run", "-m", "cwxero_dagster.definitions"]
    with (folder / "daemon.log").open("wb") as log:
        daemon = subprocess.Popen(
            command, env={**os.environ, "DAGSTER_HOME": str(folder)}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        assert mailbox.came.wait(240), (folder / "daemon.log").read_text()[-3000:]
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            office.instance, office.cursor = instance, remembered(instance)
            assert "Nothing changed" in office.tick()
            office.a_week_passes()
            assert office.tick() == "Sent by mail. Sent by webhook."
    finally:
        daemon.send_signal(signal.SIGINT)
        daemon.wait(120)
    subjects = [email.message_from_bytes(mail)["Subject"] for mail in mailbox.mails]
    assert subjects == [
        "Brightwater IT: 5 bills held for a person: 50,260.10 AUD",
        "Brightwater IT: nothing new, 5 bills still held: 50,260.10 AUD",
    ]
    assert len(hook.posts) == 2


def test_without_an_address_nothing_leaves(office: Office, mailbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CWXERO_SMTP_URL", "CWXERO_MAIL_FROM", "CWXERO_MAIL_TO", "CWXERO_WEBHOOK_URL"):
        monkeypatch.delenv(name)
    office.write(NEWS)
    assert "nowhere to send" in office.tick()
    assert mailbox.mails == []
