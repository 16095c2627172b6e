"""The digest: one message for finance, by mail and to an incoming webhook (Slack, Teams).

What belongs here: wording the message and sending it. What does not: when it is sent (sensors), its figures
(payables/reports/news). An address that holds a password or a key reaches no log and no message.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import localtime, make_msgid, parseaddr
from html import escape
from os.path import commonpath
from pathlib import PurePath
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from cwxero_dagster.payables.reports.news import News
from cwxero_dagster.payables.wording import counted, unturned
from cwxero_dagster.settings import DigestSettings
from cwxero_dagster.transport.calls import is_loopback

PATIENCE = 20.0
"""Seconds to wait for a mail server or webhook."""
_TEAMS = (
    ".office.com",
    ".office365.com",
    ".logic.azure.com",
    ".powerplatform.com",
    ".powerautomate.com",
    ".flow.microsoft.com",
)
_CARD = "http://adaptivecards.io/schemas/adaptive-card.json"
_CALL = re.compile(r"(?<!\S)@")
"""The beginning of a call to people; an address with a name before it is none."""


class NotSent(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """A message did not leave; the text says where it was going and why, without any secret."""


@dataclass(frozen=True)
class Message:
    """The message: a subject, sentences, and what is asked of whom, each with a link."""

    subject: str
    sentences: tuple[str, ...]
    questions: tuple[tuple[str, str | None], ...]

    @property
    def text(self) -> str:
        """All of it as plain text."""
        asked = [f"- {words}" + (f"\n  {link}" if link else "") for words, link in self.questions]
        return "\n".join([*self.sentences, "", *asked]).strip() + "\n"

    @property
    def html(self) -> str:
        """All of it as a small page."""
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        asked = "".join(
            f'<li><a href="{escape(link)}">{escape(words)}</a></li>' if link else f"<li>{escape(words)}</li>"
            for words, link in self.questions
        )
        return f"<html><body>{said}<ul>{asked}</ul></body></html>"


def worded(
    news: News, *, troubles: Sequence[str] = (), findings: Sequence[str] = (), alive: datetime | None = None
) -> Message:
    """The message: money, then what is asked. ``alive``: the weekly sign of life, and when the last run ended (UTC).

    ``troubles``: why the figures may be old (nothing ran, or stopped); they stand before the money. ``findings``: what
    checks found that is no question to a person; they stand behind it.
    """
    held = f"{counted(news.held_bills, 'bill')} held for a person: {news.held}"
    subject = f"{news.organisation}: {held}" if news.held_bills else f"{news.organisation}: no bill is held"
    if alive:
        waits = f"{counted(news.held_bills, 'bill')} still held: {news.held}" if news.held_bills else "no bill is held"
        subject = f"{news.organisation}: nothing new, {'but look at this' if troubles or findings else waits}"
    told = [
        f"{held}." if news.held_bills else "No bill is held; nobody is asked for anything.",
        f"{counted(news.draft_bills, 'draft')} to approve in Xero: {news.drafts}.",
        f"In Xero altogether: {counted(news.bills_in_xero, 'bill')}, {news.in_xero}.",
    ]
    if alive:
        told.insert(
            0,
            f"Nothing changed since the last message; the last run ended on {alive:%Y-%m-%d at %H:%M} UTC. "
            "This message comes once a week in any case, so that silence hides no schedule that stopped.",
        )
    if news.mode == "shadow":
        told.append("Shadow mode: nothing was written to Xero.")
    told += findings
    if news.packs:
        told.append(_workbooks(news.packs))
    if news.open_cases > len(news.questions):
        told.append(f"The largest {len(news.questions)} of {news.open_cases} questions:")
    questions = tuple(
        (f"{one.title}: {counted(one.bills, one.counts)}, {one.amount}, for {one.owner} ({one.orders})", one.link)
        for one in news.questions
    )
    return _message(_one_line(subject), (*troubles, *told), questions)


def without_figures(*, troubles: Sequence[str], findings: Sequence[str] = ()) -> Message:
    """The message where the very first night stopped: there is nothing to count yet, and somebody has to know."""
    told = (
        "No sync has come to its end yet, so there are no figures. Ask the data team: the Dagster UI shows why it "
        "stopped, and `cwxero doctor` names what has to be mended."
    )
    return _message("cwxero: the first sync stopped part-way", (*troubles, told, *findings), ())


def _message(subject: str, told: Sequence[str], questions: Sequence[tuple[str, str | None]]) -> Message:
    """The message; no vendor's or organisation's name turns the direction of the figures behind it."""
    asked = tuple((unturned(words), link) for words, link in questions)
    return Message(unturned(subject), tuple(map(unturned, told)), asked)


def _workbooks(paths: Sequence[str]) -> str:
    """Where questions are answered; one folder is named once."""
    if len(paths) == 1:
        return f"Answer the questions in the workbook: {paths[0]}"
    names = ", ".join(PurePath(path).name for path in paths)
    return f"Answer the questions in the workbooks {names}, each in its cycle's folder under {commonpath(paths)}"


def send_mail(message: Message, settings: DigestSettings) -> str:
    """Send by the configured mail server, encrypted where it offers that, a password never unencrypted but on loopback.

    The answer says who did not get it though it left, and is blank where everybody did. Raises ``NotSent`` for whatever
    keeps it from leaving, and for nothing that happens afterwards.
    """
    if settings.smtp_url is None or settings.mail_from is None:
        return ""
    server = urlsplit(settings.smtp_url)
    host = server.hostname or ""
    try:
        refused = _mailed(_as_mail(message, settings), server)
    except Exception as error:  # noqa: BLE001 - a digest that cannot leave is told of, whatever the reason
        # The server's own words may repeat what it was told, so only the kind of failure is passed on.
        sentence = (
            f"The mail server {host} did not take the digest ({type(error).__name__}). Check CWXERO_SMTP_URL, "
            "CWXERO_MAIL_FROM and CWXERO_MAIL_TO."
        )
        raise error if isinstance(error, NotSent) else NotSent(sentence) from None
    if not refused:
        return ""
    return f"The mail server {host} did not take the digest for {', '.join(sorted(refused))}. Check CWXERO_MAIL_TO."


def _as_mail(message: Message, settings: DigestSettings) -> EmailMessage:
    mail = EmailMessage()
    sender = settings.mail_from or ""
    mail["Subject"], mail["From"], mail["To"] = message.subject, sender, ", ".join(settings.mail_to)
    mail["Date"], mail["Message-ID"] = localtime(), make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail


def _mailed(mail: EmailMessage, server: SplitResult) -> list[str]:
    """Hand the mail over; the answer names those whom the server refused while it took the mail for others."""
    host = server.hostname or ""
    connection = _connected(server.scheme, host, server.port)
    try:
        encrypted = server.scheme == "smtps"
        if not encrypted and connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
            encrypted = True
        if server.username:
            _log_in(connection, server, safe=encrypted or is_loopback(host))
        refused = list(connection.send_message(mail))
        # The mail is gone: a farewell that fails is no reason to send it again.
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()
    finally:
        connection.close()
    return refused


def _log_in(connection: smtplib.SMTP, server: SplitResult, *, safe: bool) -> None:
    host, name, password = server.hostname, unquote(server.username or ""), unquote(server.password or "")
    if not safe:
        sentence = (
            f"The mail server {host} offers no encryption, so the password was not told to it and the "
            "digest was not sent. Write smtps:// in CWXERO_SMTP_URL, or name a server that encrypts."
        )
        raise NotSent(sentence)
    if not (name + password).isascii():
        sentence = (
            f"The digest was not sent: name or password for the mail server {host} has a letter or sign beyond plain "
            "ASCII (an umlaut, a pound sign), which cannot be told to it. Choose another and put it into "
            "CWXERO_SMTP_URL."
        )
        raise NotSent(sentence)
    connection.login(name, password)


def send_webhook(message: Message, settings: DigestSettings) -> str:
    """Post to the configured webhook, once. Nothing is left to say once it took it. Raises ``NotSent``."""
    if settings.webhook_url is None:
        return ""
    host = urlsplit(settings.webhook_url).hostname or ""
    try:
        answer = httpx.post(settings.webhook_url, json=posted(message, host), timeout=PATIENCE)
        refused = None if answer.is_success else f"answered {answer.status_code}"
    except Exception as error:  # noqa: BLE001 - an address may be one that no library can even ask for
        refused = type(error).__name__
    if refused:
        sentence = f"The webhook at {host} did not take the digest ({refused}). Check CWXERO_WEBHOOK_URL."
        raise NotSent(sentence)
    return ""


def posted(message: Message, host: str) -> dict[str, Any]:
    """The body that the webhook's host understands: an adaptive card for Teams, text for Slack and most others.

    Purchase order numbers and vendor names are other people's words: nobody is called by them, and no link hides in
    them. The card is made of text runs, which Teams shows as they stand (Markdown holds in text blocks and facts only).
    """
    if not f".{host}".endswith(_TEAMS):
        return {"text": _harmless(f"{message.subject}\n{message.text}")}
    lines = [_block(message.subject, weight="Bolder")]
    lines += [_block(sentence) for sentence in message.sentences]
    for words, link in message.questions:
        opening = {"selectAction": {"type": "Action.OpenUrl", "url": link}} if link else {}
        lines.append(_block(f"- {words}", **opening))
    card = {"$schema": _CARD, "type": "AdaptiveCard", "version": "1.4", "body": lines, "msteams": {"width": "Full"}}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _block(words: str, **look: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": words, **look}]}


def _harmless(text: str) -> str:
    """Text in which Slack (``<!channel>``, ``<address|words>``) and hosts that read Markdown find nothing to carry out.

    Slack turns the three signs back; a break of no width keeps others from a link with words of its own and from a
    call to a whole channel.
    """
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CALL.sub("@\u200b", escaped.replace("](", "]\u200b("))


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port or 465, timeout=PATIENCE, context=ssl.create_default_context()
        )
    else:
        connection = smtplib.SMTP(host, port or 587, timeout=PATIENCE)
    connection.ehlo()
    return connection


def _one_line(text: str) -> str:
    return " ".join(text.split())
