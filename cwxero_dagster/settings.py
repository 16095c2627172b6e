"""The settings: the only reader of the environment. CONTRACT.md, section 1, names every variable.

What belongs here: which variables there are, their defaults, which of them go together, and what is wrong with them.
What does not: what a single value may hold (setting_checks), reading ``.env`` (dotenv_file), network calls.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, cast
from urllib.parse import urlsplit

from cwxero_dagster import setting_checks as check
from cwxero_dagster.access import ConnectWiseAccess, XeroAccess
from cwxero_dagster.dotenv_file import read_dotenv
from cwxero_dagster.payables.problems import nearest

T = TypeVar("T")

_GUID = "3f8c2a6e-1b7d-4c55-9a0e-0d5b1c2e7f44"
VARIABLES: Mapping[str, str] = {
    "CWXERO_PROFILE": "live",
    "CWXERO_HOME": "./.cwxero",
    "CWXERO_MAPPING_SEEDS": "./mapping_seeds",
    "CWXERO_PUBLISH_MODE": "shadow",
    "CWXERO_CYCLE_START_DAY": "1",
    "CWXERO_TIMEZONE": "Australia/Sydney",
    "CWXERO_SMTP_URL": "smtps://user:password@mail.example.com:465",
    "CWXERO_MAIL_FROM": "cwxero@example.com",
    "CWXERO_MAIL_TO": "finance@example.com,procurement@example.com",
    "CWXERO_WEBHOOK_URL": "https://hooks.example.com/services/your-hook",
    "CONNECTWISE_BASE_URL": "https://api-au.myconnectwise.net/v4_6_release/apis/3.0",
    "CONNECTWISE_COMPANY": "yourcompany",
    "CONNECTWISE_PUBLIC_KEY": "your-public-key",
    "CONNECTWISE_PRIVATE_KEY": "your-private-key",
    "CONNECTWISE_CLIENT_ID": _GUID,
    "CONNECTWISE_PO_URL": "https://au.myconnectwise.net/po?company={company}&id={po_id}",
    "XERO_API_URL": "https://api.xero.com/api.xro/2.0",
    "XERO_IDENTITY_URL": "https://identity.xero.com/connect/token",
    "XERO_CONNECTIONS_URL": "https://api.xero.com/connections",
    "XERO_CLIENT_ID": "your-client-id",
    "XERO_CLIENT_SECRET": "your-client-secret",
    "XERO_TENANT_ID": _GUID,
}
"""Every variable that is read, with an example value for messages; the three Xero addresses are the defaults too."""

_PREFIXES = ("CWXERO_", "CONNECTWISE_", "XERO_")


@dataclass(frozen=True)
class SettingProblem:
    """One thing to mend: the variable (None for a line of ``.env``), what is wrong, and an example value."""

    variable: str | None
    message: str

    def __str__(self) -> str:
        """A sentence with an example; the value that was found is shown only where it cannot be secret."""
        if self.variable is None:
            return self.message
        return f"{self.variable}: {self.message}. Example: {self.variable}={VARIABLES[self.variable]}"


class SettingsBroken(Exception):  # noqa: N818 - reads as what happened, like the other failures that people see
    """The settings cannot be used; ``problems`` holds everything that is wrong with them."""

    def __init__(self, problems: Sequence[SettingProblem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(f"The settings have {count}; nothing was attempted.\n" + "\n".join(map(str, self.problems)))


@dataclass(frozen=True, kw_only=True)
class DigestSettings:
    """Where the digest for finance goes; all None is nowhere."""

    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    mail_to: tuple[str, ...] = ()
    webhook_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings in force. Paths are absolute; the connections are None in the sandbox until it is running."""

    profile: Literal["sandbox", "live"]
    home: Path
    seeds_folder: Path
    publish_mode: Literal["shadow", "live"]
    cycle_start_day: int
    timezone: str | None
    digest: DigestSettings
    po_link: str | None
    """The link template that was set; see :attr:`po_url`."""
    connectwise: ConnectWiseAccess | None
    xero: XeroAccess | None
    profile_given: bool = True
    """False where nothing names the profile, so that it is the default one."""

    @property
    def po_url(self) -> str | None:
        """Template of the link to a PO (``{po_id}``, ``{company}``); None until ConnectWise's address is known."""
        if self.po_link is not None:
            return self.po_link
        return _derived_po_link(self.connectwise.base_url) if self.connectwise else None

    def with_systems(self, *, connectwise: ConnectWiseAccess, xero: XeroAccess) -> Settings:
        """The same settings, connected to these systems: how the sandbox announces where it listens."""
        return dataclasses.replace(self, connectwise=connectwise, xero=xero)


def load_settings(
    environ: Mapping[str, str] | None = None,
    *,
    overrides: Mapping[str, str] | None = None,
    dotenv: Path | None = Path(".env"),
) -> Settings:
    """The settings from ``.env``, the environment (which beats it) and ``overrides`` (which beat both), by variable.

    Raises ``SettingsBroken`` with everything that is wrong at once. Blank values count as not given. In the sandbox
    profile the connection variables are not looked at: nothing real can be reached from there.
    """
    from_file, garbled = read_dotenv(dotenv) if dotenv is not None else ({}, [])
    environment = os.environ if environ is None else environ
    merged = {**from_file, **environment, **(overrides or {})}
    reader = _Reader({name: merged[name].strip() for name in VARIABLES if name in merged})
    reader.problems += [SettingProblem(None, message) for message in garbled]
    reader.problems += _misspelt(from_file, environment)

    live = reader.read("CWXERO_PROFILE", check.one_of("sandbox", "live"), "sandbox") == "live"
    home = reader.read("CWXERO_HOME", check.folder, check.folder("./.cwxero"))
    default_seeds = check.folder("./mapping_seeds") if live else home / "sandbox" / "mapping_seeds"
    connectwise = _connectwise(reader) if live else None
    settings = Settings(
        profile="live" if live else "sandbox",
        home=home,
        seeds_folder=reader.read("CWXERO_MAPPING_SEEDS", check.folder, default_seeds),
        publish_mode=cast(
            Literal["shadow", "live"], reader.read("CWXERO_PUBLISH_MODE", check.one_of("shadow", "live"), "shadow")
        ),
        cycle_start_day=reader.read("CWXERO_CYCLE_START_DAY", check.start_day, 1),
        timezone=reader.optional("CWXERO_TIMEZONE", check.time_zone),
        digest=_digest(reader),
        po_link=reader.optional("CONNECTWISE_PO_URL", check.po_link),
        connectwise=connectwise,
        xero=_xero(reader) if live else None,
        profile_given=reader.given("CWXERO_PROFILE"),
    )
    if connectwise and settings.po_link is None and "xero" in _derived_po_link(connectwise.base_url).lower():
        message = (
            'the link made from CONNECTWISE_BASE_URL contains "xero", which Xero refuses on a bill; set one without'
        )
        reader.problems.append(SettingProblem("CONNECTWISE_PO_URL", message))
    if reader.problems:
        raise SettingsBroken(reader.problems)
    return settings


class _Reader:
    """Takes values out of the merged variables and collects what is wrong with them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.problems: list[SettingProblem] = []

    def given(self, name: str) -> bool:
        """Whether the variable has a value."""
        return bool(self._values.get(name))

    def optional(self, name: str, checked: Callable[[str], T]) -> T | None:
        """The checked value; None where it is not given or a problem was noted."""
        value = self._values.get(name)
        if not value:
            return None
        try:
            return checked(value)
        except check.Refused as refused:
            self.problems.append(SettingProblem(name, str(refused)))
            return None

    def read(self, name: str, checked: Callable[[str], T], default: T) -> T:
        """The checked value, or the default."""
        value = self.optional(name, checked)
        return default if value is None else value

    def required(self, name: str, checked: Callable[[str], str]) -> str:
        """The checked value; blank where a problem was noted."""
        if not self.given(name):
            self.problems.append(SettingProblem(name, "it is not set, and the live profile needs it"))
        return self.optional(name, checked) or ""


def _connectwise(reader: _Reader) -> ConnectWiseAccess:
    base_url = reader.required("CONNECTWISE_BASE_URL", check.connectwise_address)
    return ConnectWiseAccess(
        base_url=base_url,
        company=reader.required("CONNECTWISE_COMPANY", check.credential),
        public_key=reader.required("CONNECTWISE_PUBLIC_KEY", check.credential),
        private_key=reader.required("CONNECTWISE_PRIVATE_KEY", check.credential),
        client_id=reader.required("CONNECTWISE_CLIENT_ID", _id_at(base_url)),
    )


def _xero(reader: _Reader) -> XeroAccess:
    api_url = reader.read("XERO_API_URL", check.web_address, VARIABLES["XERO_API_URL"])
    return XeroAccess(
        api_url=api_url,
        identity_url=reader.read("XERO_IDENTITY_URL", check.web_address, VARIABLES["XERO_IDENTITY_URL"]),
        connections_url=reader.read("XERO_CONNECTIONS_URL", check.web_address, VARIABLES["XERO_CONNECTIONS_URL"]),
        client_id=reader.required("XERO_CLIENT_ID", check.credential),
        client_secret=reader.required("XERO_CLIENT_SECRET", check.credential),
        tenant_id=reader.optional("XERO_TENANT_ID", check.guid),
    )


def _id_at(address: str) -> Callable[[str], str]:
    """Real systems issue GUIDs; a simulated one on this machine may use any text."""
    return check.credential if check.is_loopback(address) else check.guid


def _digest(reader: _Reader) -> DigestSettings:
    for name in ("CWXERO_MAIL_FROM", "CWXERO_MAIL_TO"):
        if reader.given("CWXERO_SMTP_URL") and not reader.given(name):
            reader.problems.append(SettingProblem(name, "it is not set, but CWXERO_SMTP_URL is, so mail is wanted"))
    if reader.given("CWXERO_MAIL_TO") and not reader.given("CWXERO_SMTP_URL"):
        message = "it is not set, but CWXERO_MAIL_TO is, so mail is wanted"
        reader.problems.append(SettingProblem("CWXERO_SMTP_URL", message))
    return DigestSettings(
        smtp_url=reader.optional("CWXERO_SMTP_URL", check.smtp_address),
        mail_from=reader.optional("CWXERO_MAIL_FROM", check.mail_address),
        mail_to=reader.read("CWXERO_MAIL_TO", check.mail_addresses, ()),
        webhook_url=reader.optional("CWXERO_WEBHOOK_URL", check.webhook),
    )


def _derived_po_link(base_url: str) -> str:
    parts = urlsplit(base_url)
    return (
        f"{parts.scheme}://{parts.netloc.removeprefix('api-')}/v4_6_release/services/system_io/router/openrecord.rails"
        "?locale=en_US&companyName={company}&recordType=PurchaseOrderHeaderFV&recid={po_id}"
    )


def _misspelt(from_file: Mapping[str, str], environment: Mapping[str, str]) -> list[SettingProblem]:
    """Names that are nearly those of a variable: a setting that somebody believes to be in force."""
    ours = {*from_file, *(name for name in environment if name.startswith("CWXERO_"))}
    return [
        SettingProblem(meant, f"a variable called {name} is set, which nothing reads; {meant} is probably meant")
        for name in sorted(ours - set(VARIABLES))
        if name.startswith(_PREFIXES) and (meant := nearest(name, list(VARIABLES), cutoff=0.88))
    ]
