import traceback
from pathlib import Path

import pytest

from cwxero_dagster.access import ConnectWiseAccess, XeroAccess
from cwxero_dagster.payables.calendar import LATEST_START_DAY
from cwxero_dagster.settings import VARIABLES, DigestSettings, Settings, SettingsBroken, load_settings

REPOSITORY = Path(__file__).resolve().parents[1]
TENANT = "11111111-2222-4333-8444-555555555555"
LIVE = {
    "CWXERO_PROFILE": "live",
    "CONNECTWISE_BASE_URL": "https://api-au.myconnectwise.net/v4_6_release/apis/3.0",
    "CONNECTWISE_COMPANY": "brightwater",
    "CONNECTWISE_PUBLIC_KEY": "public-key-value",
    "CONNECTWISE_PRIVATE_KEY": "private-key-value",
    "CONNECTWISE_CLIENT_ID": "3F8C2A6E-1B7D-4C55-9A0E-0D5B1C2E7F44",
    "XERO_CLIENT_ID": "xero-client-value",
    "XERO_CLIENT_SECRET": "xero-secret-value",
}
SECRETS = ("public-key-value", "private-key-value", "3f8c2a6e-1b7d-4c55-9a0e", "xero-client-value", "xero-secret-value")


def load(**changes: str | None) -> Settings:
    """Live settings with these changes; None takes a variable away."""
    merged = {**LIVE, **changes}
    return load_settings({name: value for name, value in merged.items() if value is not None}, dotenv=None)


def refused(**changes: str | None) -> list[str]:
    with pytest.raises(SettingsBroken) as broken:
        load(**changes)
    return [str(problem) for problem in broken.value.problems]


def test_nothing_set_is_the_sandbox_in_shadow_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings == Settings(
        profile="sandbox",
        home=tmp_path / ".cwxero",
        seeds_folder=tmp_path / ".cwxero" / "sandbox" / "mapping_seeds",
        publish_mode="shadow",
        cycle_start_day=1,
        timezone=None,
        digest=DigestSettings(),
        po_link=None,
        connectwise=None,
        xero=None,
        profile_given=False,
    )
    assert settings.po_url is None


def test_the_live_profile_connects_to_both_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(XERO_TENANT_ID=TENANT)
    assert settings.connectwise == ConnectWiseAccess(
        base_url="https://api-au.myconnectwise.net/v4_6_release/apis/3.0",
        company="brightwater",
        public_key="public-key-value",
        private_key="private-key-value",
        client_id="3f8c2a6e-1b7d-4c55-9a0e-0d5b1c2e7f44",
    )
    assert settings.xero == XeroAccess(
        api_url="https://api.xero.com/api.xro/2.0",
        identity_url="https://identity.xero.com/connect/token",
        connections_url="https://api.xero.com/connections",
        client_id="xero-client-value",
        client_secret="xero-secret-value",
        tenant_id=TENANT,
    )
    assert settings.publish_mode == "shadow"
    assert settings.seeds_folder == tmp_path / "mapping_seeds"


def test_the_tenant_is_optional_for_a_custom_connection() -> None:
    xero = load().xero
    assert xero is not None
    assert xero.tenant_id is None


def test_every_missing_variable_of_the_live_profile_is_named_at_once_with_an_example() -> None:
    with pytest.raises(SettingsBroken) as broken:
        load_settings({"CWXERO_PROFILE": "live"}, dotenv=None)
    assert [problem.variable for problem in broken.value.problems] == [
        "CONNECTWISE_BASE_URL",
        "CONNECTWISE_COMPANY",
        "CONNECTWISE_PUBLIC_KEY",
        "CONNECTWISE_PRIVATE_KEY",
        "CONNECTWISE_CLIENT_ID",
        "XERO_CLIENT_ID",
        "XERO_CLIENT_SECRET",
    ]
    assert (
        "CONNECTWISE_COMPANY: it is not set, and the live profile needs it. Example: CONNECTWISE_COMPANY=yourcompany"
        in str(broken.value)
    )


def test_the_sandbox_does_not_look_at_connections() -> None:
    settings = load(CWXERO_PROFILE="sandbox", CONNECTWISE_BASE_URL="nonsense", XERO_CLIENT_ID=None)
    assert settings.connectwise is None
    assert settings.xero is None


def test_a_blank_value_counts_as_not_given() -> None:
    assert load(CWXERO_TIMEZONE=" ", CWXERO_CYCLE_START_DAY="").cycle_start_day == 1
    assert refused(CONNECTWISE_COMPANY="  ") == [
        "CONNECTWISE_COMPANY: it is not set, and the live profile needs it. Example: CONNECTWISE_COMPANY=yourcompany"
    ]


def test_the_sandbox_announces_its_systems(tmp_path: Path) -> None:
    idle = load_settings({"CWXERO_HOME": str(tmp_path)}, dotenv=None)
    live = load(
        CONNECTWISE_BASE_URL="http://127.0.0.1:8123/v4_6_release/apis/3.0", XERO_API_URL="http://127.0.0.1:8123/x"
    )
    assert live.connectwise is not None
    assert live.xero is not None
    running = idle.with_systems(connectwise=live.connectwise, xero=live.xero)
    assert (running.profile, running.home, running.connectwise, running.xero) == (
        "sandbox",
        tmp_path,
        live.connectwise,
        live.xero,
    )
    assert idle.connectwise is None
    assert running.po_url is not None
    assert running.po_url.startswith("http://127.0.0.1:8123/v4_6_release/services/")


@pytest.mark.parametrize(
    ("variable", "value", "finding"),
    [
        ("CWXERO_PROFILE", "production", '"production" is not known; it is sandbox or live'),
        ("CWXERO_PROFILE", "Live", "did you mean live?"),
        ("CWXERO_PUBLISH_MODE", "shaddow", "did you mean shadow?"),
        ("CWXERO_CYCLE_START_DAY", "0", "whole number from 1 to 28"),
        ("CWXERO_CYCLE_START_DAY", "29", "whole number from 1 to 28"),
        ("CWXERO_CYCLE_START_DAY", "1.5", "whole number from 1 to 28"),
        ("CWXERO_TIMEZONE", "Sydney", "not an IANA time zone"),
        ("CWXERO_TIMEZONE", "../etc/passwd", "not an IANA time zone"),
        ("CWXERO_TIMEZONE", "Australia", "not an IANA time zone"),
        ("CWXERO_TIMEZONE", "AUSEASTERNSTANDARDTIME", "Xero's zone of that name is Australia/Sydney"),
        ("CWXERO_HOME", __file__, "a file, not a folder"),
        ("CWXERO_MAPPING_SEEDS", __file__, "a file, not a folder"),
        ("CONNECTWISE_BASE_URL", "api-au.myconnectwise.net/v4_6_release/apis/3.0", "not a web address"),
        ("CONNECTWISE_BASE_URL", "http://cw.example.com/v4_6_release/apis/3.0", "plain http"),
        ("CONNECTWISE_BASE_URL", "https://au.myconnectwise.net/v4_6_release/apis/3.0", "api-au.myconnectwise.net"),
        ("CONNECTWISE_BASE_URL", "https://cw.example.com", "end in /v4_6_release/apis/3.0"),
        ("CONNECTWISE_BASE_URL", "https://cw.example.com/v2025_1/apis/3.0", "end in /v4_6_release/apis/3.0"),
        ("CONNECTWISE_BASE_URL", "https://u:p@cw.example.com/v4_6_release/apis/3.0", "user name or password"),
        ("CONNECTWISE_COMPANY", "bright water", "copy it again"),
        ("CONNECTWISE_PRIVATE_KEY", "abc\ndef", "copy it again"),
        ("CONNECTWISE_CLIENT_ID", "not-a-guid", "36 characters"),
        ("CONNECTWISE_PO_URL", "https://cw.example.com/po", "does not hold {po_id}"),
        ("CONNECTWISE_PO_URL", "https://cw.example.com/{id}/{po_id}", '"{id}" is no placeholder'),
        ("CONNECTWISE_PO_URL", "https://cw.example.com/XeroLink/{po_id}", "Xero refuses"),
        ("CONNECTWISE_PO_URL", "javascript:{po_id}", "not a web address"),
        ("XERO_API_URL", "http://api.xero.com/api.xro/2.0", "plain http"),
        ("XERO_IDENTITY_URL", "https://identity.xero.com:99999/", "not a web address"),
        ("XERO_CONNECTIONS_URL", "https://api.xero.com/connections?x=1", "a query"),
        ("XERO_CONNECTIONS_URL", "https://[::1", "not a web address"),
        ("XERO_TENANT_ID", "Brightwater IT", "36 characters"),
        ("CWXERO_WEBHOOK_URL", "http://hooks.example.com/x", "plain http"),
    ],
)
def test_a_malformed_value_is_named_with_an_example(variable: str, value: str, finding: str) -> None:
    [problem] = refused(**{variable: value})
    assert problem.startswith(f"{variable}: ")
    assert finding in problem
    assert problem.endswith(f"Example: {variable}={VARIABLES[variable]}")


@pytest.mark.parametrize(
    "base",
    [
        "https://api-au.myconnectwise.net/v4_6_release/apis/3.0/",
        "https://cw.example.com:8443/v4_6_release/apis/3.0",
        "http://localhost:8123/v4_6_release/apis/3.0",
        "http://127.9.9.9/v4_6_release/apis/3.0",
        "http://[::1]:8123/v4_6_release/apis/3.0",
    ],
)
def test_these_addresses_of_connectwise_are_accepted(base: str) -> None:
    settings = load(CONNECTWISE_BASE_URL=base)
    assert settings.connectwise is not None
    assert settings.connectwise.base_url == base.rstrip("/")


def test_a_simulated_connectwise_on_this_machine_may_have_a_client_id_of_any_shape() -> None:
    settings = load(CONNECTWISE_BASE_URL="http://127.0.0.1:8123/v4_6_release/apis/3.0", CONNECTWISE_CLIENT_ID="client")
    assert settings.connectwise is not None
    assert settings.connectwise.client_id == "client"


def test_the_id_of_an_organisation_that_was_cut_off_is_refused_wherever_xero_is() -> None:
    with pytest.raises(SettingsBroken, match=r"XERO_TENANT_ID.*36 characters"):
        load(XERO_API_URL="http://127.0.0.1:8123/api.xro/2.0", XERO_TENANT_ID=TENANT[:20])


def test_the_link_to_a_po_is_derived_from_the_base_url() -> None:
    assert load().po_url == (
        "https://au.myconnectwise.net/v4_6_release/services/system_io/router/openrecord.rails"
        "?locale=en_US&companyName={company}&recordType=PurchaseOrderHeaderFV&recid={po_id}"
    )
    assert load(CONNECTWISE_PO_URL="https://cw.example.com/{po_id}").po_url == "https://cw.example.com/{po_id}"


def test_a_derived_link_that_xero_would_refuse_is_found_before_the_first_bill() -> None:
    base = "https://connectwise.xerographics.example/v4_6_release/apis/3.0"
    [problem] = refused(CONNECTWISE_BASE_URL=base)
    assert problem.startswith("CONNECTWISE_PO_URL: ")
    assert load(CONNECTWISE_BASE_URL=base, CONNECTWISE_PO_URL="https://cw.example.com/{po_id}").po_url is not None


def test_mail_wants_server_sender_and_receivers_together() -> None:
    settings = load(
        CWXERO_SMTP_URL="smtps://user:p%40ss@mail.example.com:465",
        CWXERO_MAIL_FROM="cwxero@example.com",
        CWXERO_MAIL_TO="ann@example.com, bo@example.com",
    )
    assert settings.digest.mail_to == ("ann@example.com", "bo@example.com")
    assert [problem.split(":")[0] for problem in refused(CWXERO_SMTP_URL="smtp://mail.example.com")] == [
        "CWXERO_MAIL_FROM",
        "CWXERO_MAIL_TO",
    ]
    assert [problem.split(":")[0] for problem in refused(CWXERO_MAIL_TO="ann@example.com")] == ["CWXERO_SMTP_URL"]


@pytest.mark.parametrize("url", ["https://mail.example.com", "smtp://", "smtp://user:p@ss:word@mail:port", "mail"])
def test_what_is_no_mail_server_is_refused_without_repeating_it(url: str) -> None:
    problems = refused(CWXERO_SMTP_URL=url, CWXERO_MAIL_FROM="a@example.com", CWXERO_MAIL_TO="nobody")
    assert [problem.split(":")[0] for problem in problems] == ["CWXERO_SMTP_URL", "CWXERO_MAIL_TO"]
    assert "p@ss" not in "".join(problems)


def test_overrides_beat_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("CWXERO_PUBLISH_MODE=live\nCWXERO_CYCLE_START_DAY=5\nCWXERO_TIMEZONE=Europe/London\n")
    settings = load_settings(
        {"CWXERO_CYCLE_START_DAY": "6", "CWXERO_TIMEZONE": "Australia/Perth"},
        overrides={"CWXERO_TIMEZONE": "Australia/Sydney"},
        dotenv=dotenv,
    )
    assert (settings.publish_mode, settings.cycle_start_day, settings.timezone) == ("live", 6, "Australia/Sydney")


def test_the_environment_of_the_process_is_read_and_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CWXERO_CYCLE_START_DAY", "7")
    monkeypatch.delenv("CWXERO_PUBLISH_MODE", raising=False)
    dotenv = tmp_path / ".env"
    dotenv.write_text("CWXERO_PUBLISH_MODE=live\n")
    first = load_settings(dotenv=dotenv)
    dotenv.unlink()
    assert (first.cycle_start_day, first.publish_mode) == (7, "live")
    assert load_settings(dotenv=dotenv).publish_mode == "shadow"


def test_values_of_the_file_are_taken_as_they_stand(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(
        "\ufeff# our keys\r\n"
        "export CONNECTWISE_PRIVATE_KEY='a$b${HOME}#c'\r\n"
        'XERO_CLIENT_SECRET="with#hash"  # comment\r\n'
        "CONNECTWISE_COMPANY = brightwater # comment\r\n".encode()
    )
    missing = {"CONNECTWISE_PRIVATE_KEY", "XERO_CLIENT_SECRET", "CONNECTWISE_COMPANY"}
    settings = load_settings({name: value for name, value in LIVE.items() if name not in missing}, dotenv=dotenv)
    assert settings.connectwise is not None
    assert settings.xero is not None
    assert settings.connectwise.private_key == "a$b${HOME}#c"
    assert settings.connectwise.company == "brightwater"
    assert settings.xero.client_secret == "with#hash"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("CWXERO_PROFILE=sandbox\n\nXERO_CLIENT_SECRET='private-key-value\n", 3),
        ("CWXERO_PROFILE=sandbox\nCWXERO_PUBL", 2),
        ("# one\n=private-key-value\n", 2),
        ("private key value\n", 1),
    ],
)
def test_a_garbled_or_cut_off_file_names_the_line_and_not_its_text(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / ".env").write_text(text)
    with pytest.raises(SettingsBroken) as broken:
        load_settings({}, dotenv=tmp_path / ".env")
    assert f".env line {line} is not of the form NAME=value" in str(broken.value)
    assert "private" not in str(broken.value)


def test_a_file_that_cannot_be_used_at_all_says_so(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=1\nB=\xff\xfe\n")
    with pytest.raises(SettingsBroken, match=r"\.env line 2 is not UTF-8"):
        load_settings({}, dotenv=tmp_path / ".env")
    with pytest.raises(SettingsBroken, match="cannot be read"):
        load_settings({}, dotenv=tmp_path)


def test_a_variable_that_is_set_twice_in_the_file_names_both_lines(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CWXERO_PUBLISH_MODE=shadow\n\nCWXERO_PUBLISH_MODE=live\n")
    with pytest.raises(SettingsBroken, match="sets CWXERO_PUBLISH_MODE twice, on lines 1 and 3"):
        load_settings({}, dotenv=tmp_path / ".env")


def test_a_misspelt_variable_is_not_ignored(tmp_path: Path) -> None:
    with pytest.raises(SettingsBroken, match="CWXERO_PUBLISHMODE is set, which nothing reads"):
        load_settings({"CWXERO_PUBLISHMODE": "live"}, dotenv=None)
    (tmp_path / ".env").write_text("XERO_TENANTID=x\nOTHER_TOOL=1\n")
    with pytest.raises(SettingsBroken, match="XERO_TENANT_ID is probably meant") as broken:
        load_settings({}, dotenv=tmp_path / ".env")
    assert len(broken.value.problems) == 1


def test_secrets_are_in_no_representation() -> None:
    settings = load(CWXERO_WEBHOOK_URL="https://hooks.example.com/secret-hook")
    assert settings.connectwise is not None
    shown = repr(settings) + str(settings) + repr(settings.connectwise) + repr(settings.xero)
    for secret in (*SECRETS, "secret-hook"):
        assert secret not in shown


def test_secrets_are_in_no_error() -> None:
    with pytest.raises(SettingsBroken) as broken:
        load(
            CONNECTWISE_PUBLIC_KEY="public-key-value x",
            CONNECTWISE_PRIVATE_KEY="private-key-value x",
            CONNECTWISE_CLIENT_ID="3f8c2a6e-1b7d-4c55-9a0e",
            XERO_CLIENT_ID="xero-client-value x",
            XERO_CLIENT_SECRET="xero-secret-value x",
            CWXERO_WEBHOOK_URL="ftp://hooks.example.com/secret-hook",
            CWXERO_SMTP_URL="ftp://secret-hook@mail",
        )
    shown = "".join(traceback.format_exception(broken.value))
    for secret in (*SECRETS, "secret-hook"):
        assert secret not in shown.replace(VARIABLES["CONNECTWISE_CLIENT_ID"], "")


def test_the_example_values_are_valid() -> None:
    examples = {name: value for name, value in VARIABLES.items() if name != "CWXERO_HOME"}
    assert load_settings(examples, dotenv=None).profile == "live"
    assert int(VARIABLES["CWXERO_CYCLE_START_DAY"]) <= LATEST_START_DAY


def test_the_example_file_loads_and_explains_every_variable() -> None:
    example = REPOSITORY / ".env.example"
    assert load_settings({}, dotenv=example).profile == "sandbox"
    text = example.read_text(encoding="utf-8")
    for name in VARIABLES:
        assert f"\n{name}=" in text or f"\n#{name}=" in text
