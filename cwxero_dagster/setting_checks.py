"""What a single setting may hold: text to typed values, each refusal a sentence that never repeats a secret.

What belongs here: checks of one value. What does not: which variables there are, and which go together (settings).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cwxero_dagster.payables.calendar import LATEST_START_DAY, zone_of
from cwxero_dagster.payables.problems import hint, quoted

CONNECTWISE_PATH = "/v4_6_release/apis/3.0"
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_ADDRESS = re.compile(r"[^@\s,]+@[^@\s,]+")


class Refused(ValueError):  # noqa: N818 - what the value was, not an error of the program
    """A value that cannot stand; the text says why, without the value where that may be secret."""


def one_of(*words: str) -> Callable[[str], str]:
    """A check that takes one of ``words``."""

    def check(value: str) -> str:
        if value not in words:
            message = f"{quoted(value)} is not known{hint(value, words)}; it is {' or '.join(words)}"
            raise Refused(message)
        return value

    return check


def start_day(value: str) -> int:
    """Day of the month from 1 to 28."""
    if not re.fullmatch(r"[0-9]{1,2}", value, re.ASCII) or not 1 <= int(value) <= LATEST_START_DAY:
        message = (
            f"{quoted(value)} is not a day that every month has; it is a whole number from 1 to {LATEST_START_DAY}"
        )
        raise Refused(message)
    return int(value)


def time_zone(value: str) -> str:
    """An IANA time zone name."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        try:
            meant = f"; Xero's zone of that name is {zone_of(value)}"
        except ValueError:
            meant = ""
        message = f"{quoted(value)} is not an IANA time zone{meant}"
        raise Refused(message) from None
    return value


def folder(value: str) -> Path:
    """A folder that exists or can be made; relative ones start at the current folder."""
    try:
        path = Path(value).expanduser().absolute()
        is_other = path.exists() and not path.is_dir()
    except (OSError, RuntimeError, ValueError):
        raise Refused("this cannot be the path of a folder") from None
    if is_other:
        raise Refused("this is a file, not a folder")
    return path


def credential(value: str) -> str:
    """A key or secret: one run of printable characters, as it was copied."""
    if not value.isprintable() or any(character.isspace() for character in value):
        raise Refused("it holds spaces or characters that cannot be printed; copy it again, in one piece")
    return value


def guid(value: str) -> str:
    """An id of 36 characters."""
    if not _GUID.fullmatch(value):
        raise Refused("it is not an id of 36 characters; copy it again")
    return value.lower()


def web_address(value: str) -> str:
    """An https address (http on loopback only) without a trailing slash, user name, query or fragment."""
    parts = _parts(value)
    if parts.username or parts.password:
        raise Refused("it holds a user name or password; those have variables of their own")
    if parts.query or parts.fragment:
        raise Refused("it ends in a query (?) or fragment (#), which an address of this kind does not have")
    return value.rstrip("/")


def webhook(value: str) -> str:
    """An https address (http on loopback only) that may hold a query, and counts as a secret."""
    _parts(value)
    return value


def connectwise_address(value: str) -> str:
    """The root of the ConnectWise REST API."""
    address = web_address(value)
    parts = urlsplit(address)
    host = parts.hostname or ""
    if host.endswith(".myconnectwise.net") and not host.startswith("api-"):
        message = f"ConnectWise's cloud answers API calls under the name api-{host}"
        raise Refused(message)
    if parts.path != CONNECTWISE_PATH:
        message = f"it has to end in {CONNECTWISE_PATH}"
        raise Refused(message)
    return address


def po_link(value: str) -> str:
    """A link to a PO for people: {po_id} and perhaps {company}, and no "xero", which Xero refuses in links."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Refused("it is not a web address")
    unknown = sorted(set(re.findall(r"\{([^{}]*)\}", value)) - {"po_id", "company"})
    if unknown:
        message = f"{quoted('{' + unknown[0] + '}')} is no placeholder; there are {{po_id}} and {{company}}"
        raise Refused(message)
    if "{po_id}" not in value:
        raise Refused("it does not hold {po_id}, so every PO would have the same link")
    if "xero" in value.lower():
        raise Refused('it contains "xero", and Xero refuses such links on a bill')
    return value


def smtp_address(value: str) -> str:
    """A mail server: smtp:// or smtps://, with user and password where it wants them. Counts as a secret."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        raise Refused("it is not the address of a mail server; a password's special characters have to be %-encoded")
    return value


def mail_address(value: str) -> str:
    """One mail address."""
    if not _ADDRESS.fullmatch(value):
        message = f"{quoted(value)} is not a mail address"
        raise Refused(message)
    return value


def mail_addresses(value: str) -> tuple[str, ...]:
    """One or more mail addresses, separated by commas."""
    return tuple(mail_address(part.strip()) for part in value.split(","))


def is_loopback(address: str) -> bool:
    """Whether a web address stays on this machine."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parts(value: str) -> SplitResult:
    """The parts of an https address, or of an http address on loopback."""
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.scheme not in {"http", "https"} or not value.isprintable() or " " in value:
        raise Refused("it is not a web address")
    if parts.scheme == "http" and not is_loopback(value):
        raise Refused("plain http is accepted for this machine (loopback) only; use https")
    return parts
