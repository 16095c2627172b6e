"""The conditions language, case by case."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwxero_dagster.sandbox.connectwise.conditions import Language
from cwxero_dagster.sandbox.connectwise.errors import ApiError
from cwxero_dagster.sandbox.connectwise.tables import LINES, ORDERS

DOCUMENT: dict[str, Any] = {
    "id": 4001,
    "poNumber": 'PO "A" 100% [x]',
    "vendorInvoiceNumber": "INV-77",
    "status": {"id": 2, "name": "Sent to Vendor"},
    "vendorCompany": {"id": 801, "identifier": "Ingram", "name": "O'Brien \\ Söhne"},
    "closedFlag": False,
    "total": Decimal("2750.45"),
    "poDate": "2026-05-04T00:00:00Z",
    "_info": {"lastUpdated": "2026-05-08T03:12:44Z", "updatedBy": "buyer1"},
}


def holds(text: str, *, document: dict[str, Any] = DOCUMENT, **options: Any) -> bool | None:
    return Language(ORDERS.leaf, **options).predicate(text)(document)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "id=4001",
        "id = 4001.0",
        "id!=4002",
        "id>4000 and id<4002",
        "id>=4001 AND id<=4001",
        "id in (1,2,4001)",
        "id in(4001)",
        "id not in (1, 2)",
        "not id in (1, 2)",
        "NOT (id = 1 or id = 2)",
        "id=1 or id=4001",
        "id=1 or id=2 or (id=4001 and closedFlag=False)",
        "id=1 and id=2 or id=4001",
        "(((id=4001)))",
        "total = 2750.45",
        "total > 2750.44 and total < 2750.46",
        "total>-1",
        "closedFlag = False",
        "closedFlag=false",
        "closedFlag != True",
        "not closedFlag = True",
        'status/name = "Sent to Vendor"',
        'status/name = "SENT TO VENDOR"',
        "status/id=2",
        "vendorCompany/id in (800,801) and status/id in (1,2)",
        "poNumber = 'PO \"A\" 100% [x]'",
        r'poNumber = "PO \"A\" 100% [x]"',
        r'vendorCompany/name = "O\'Brien \\ Söhne"',
        r"""vendorCompany/name = "O'Brien \\ söhne" """,
        'poNumber contains "100"',
        'poNumber contains "[[]x]"',
        'poNumber like "PO*"',
        'poNumber like "po%[[]x]"',
        'poNumber like "%100[%]%"',
        'poNumber like "PO _A_ 100_ %"',
        'poNumber not like "XX%"',
        'poNumber not contains "XX"',
        'vendorInvoiceNumber like "INV-[0-9]7"',
        'vendorInvoiceNumber like "INV-[^0-6]7"',
        'vendorInvoiceNumber < "INV-78"',
        "poDate = [2026-05-04]",
        "poDate=[2026-05-04T00:00:00Z]",
        "lastUpdated > [2026-05-08T03:12:43Z]",
        "lastUpdated >= [2026-05-08T03:12:44Z] and lastUpdated <= [2026-05-08T03:12:44Z]",
        "_info/lastUpdated < [2026-05-08T13:12:45+10:00]",
        "lastUpdated > [2026-05-08T03:12:43]",
        '_info/updatedBy = "buyer1"',
        "freightPackingSlip = null",
        "vendorInvoiceNumber != null",
        "not freightPackingSlip != NULL",
        "dateClosed = null",
    ],
)
def test_a_condition_that_is_true(text: str) -> None:
    assert holds(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "id=4002",
        "id not in (4001)",
        "id=4001 and id=2",
        "id=1 and (id=2 or id=4001)",
        "closedFlag=True",
        'status/name="Sent"',
        'status/name like "Sent"',
        'vendorInvoiceNumber contains "INV_88"',
        "lastUpdated > [2026-05-08T03:12:44Z]",
        "lastUpdated >= [2026-05-08T13:12:45+10:00]",
        "poDate > [2026-05-04]",
        "vendorInvoiceNumber = null",
        "vendorInvoiceNumber = \"INV-77' or id=4001 or poNumber='\"",
    ],
)
def test_a_condition_that_is_false(text: str) -> None:
    assert holds(text) is False


@pytest.mark.parametrize(
    "text",
    [
        'freightPackingSlip = "x"',
        'freightPackingSlip != "x"',
        'not freightPackingSlip = "x"',
        'freightPackingSlip not like "x%"',
        'freightPackingSlip not in ("x")',
        "dateClosed < [2030-01-01]",
        "businessUnitId > 0",
        'customerCompany/name != "x"',
        'freightPackingSlip = "x" and id = 4001',
        'freightPackingSlip = "x" or id = 1',
    ],
)
def test_a_missing_value_is_neither_equal_nor_unequal(text: str) -> None:
    assert holds(text) is None


def test_unknown_and_false_is_false_and_unknown_or_true_is_true() -> None:
    assert holds('freightPackingSlip = "x" and id = 1') is False
    assert holds('freightPackingSlip = "x" or id = 4001') is True


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("invoiceDate = [2026-01-01]", "invoiceDate"),
        ("board/name = 'x'", "board/name"),
        ("status/colour = 'x'", "status/colour"),
        ("PONumber = 'x'", "PONumber"),
        ("_info/nothing = 'x'", "_info/nothing"),
        ("customFields/value = 'x'", "customFields/value"),
        ("status/name/id = 1", "status/name/id"),
    ],
)
def test_an_unknown_name_is_refused_as_the_real_server_does(text: str, name: str) -> None:
    with pytest.raises(ApiError) as caught:
        holds(text)
    refused = caught.value
    assert (refused.status, refused.code) == (400, "ApiFindCondition")
    assert refused.message == f"{name} is not a recognized name."


@pytest.mark.parametrize(
    "text",
    [
        "id",
        "id=",
        "id=4001 and",
        "and id=4001",
        "id=4001 id=4001",
        "(id=4001",
        "id=4001)",
        "id in ()",
        "id in (1,)",
        "id in 4001",
        "id in (1;2)",
        "id == 4001",
        "id <> 4001",
        "id = '4001'",
        "id = 4001x",
        "id like '4%'",
        "id not = 4001",
        "poNumber = PO1",
        "poNumber = 5",
        'poNumber = "no end',
        "poNumber = 'no end",
        'poNumber = "a" "b"',
        "poNumber like 5",
        "closedFlag = 0",
        "closedFlag = 'False'",
        "closedFlag > False",
        "closedFlag in (1)",
        "lastUpdated > '2026-05-08'",
        "lastUpdated > 2026-05-08",
        "lastUpdated > [yesterday]",
        "lastUpdated > [2026-13-40]",
        "lastUpdated > [",
        "total < null",
        "status = null",
        "status = 'New'",
        "customFields = null",
        "vendorCompany = 801",
        "id=4001; drop table purchaseorders",
        "id=4001 -- x",
        "id = 1 | id = 2",
        "@id=1",
        "in in (1)",
        "not",
        "()",
        "null",
        "(" * 500 + "id=1" + ")" * 500,
        "not " * 500 + "id=1",
    ],
)
def test_what_is_no_condition_is_refused_with_the_condition_code(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        holds(text)
    assert (caught.value.status, caught.value.code) == (400, "ApiFindCondition")


def test_an_enum_takes_its_own_values_only() -> None:
    line = {"receivedStatus": "FullyReceived"}
    assert Language(LINES.leaf).predicate('receivedStatus = "fullyreceived"')(line) is True
    for text in ('receivedStatus = "FullyCancel"', "receivedStatus = null", 'receivedStatus > "A"'):
        with pytest.raises(ApiError):
            Language(LINES.leaf).predicate(text)
    with pytest.raises(ApiError, match="Enum value supplied was invalid"):
        Language(LINES.leaf).predicate('receivedStatus in ("Waiting", "Lost")')


def test_in_can_be_out_of_the_language() -> None:
    with pytest.raises(ApiError, match="in operator"):
        holds("id in (4001)", allow_in=False)


def test_a_server_that_reads_days_only_finds_nothing_by_moment_and_nothing_from_today() -> None:
    now = datetime(2026, 5, 8, 12, tzinfo=UTC)
    assert holds("lastUpdated > [2026-05-01T00:00:00Z]", dates="days_only", now=now) is False
    assert holds("lastUpdated >= [2026-05-08]", dates="days_only", now=now) is False
    assert holds("lastUpdated > [2026-05-07]", dates="days_only", now=now) is True
    assert holds("lastUpdated >= [2026-05-07]", dates="days_only", now=now) is True
    assert holds("lastUpdated >= [2026-05-07]", dates="days_behind", now=now) is False
    assert holds("lastUpdated >= [2026-05-06]", dates="days_behind", now=now) is True


def test_a_server_can_refuse_moments() -> None:
    with pytest.raises(ApiError, match="date"):
        holds("lastUpdated > [2026-05-01T00:00:00Z]", dates="refused")
    assert holds("lastUpdated > [2026-05-01]", dates="refused") is True


@given(st.text())
def test_any_text_survives_quoting(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert holds(f'poNumber = "{quoted}"', document={"poNumber": value}) is True
    assert holds(f'poNumber != "{quoted}"', document={"poNumber": value}) is False


@given(st.text(alphabet="id=4001 ()\"'[]andornotinlike%*\\,<>!/null"))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(ApiError):
        assert holds(text) in (True, False, None)
