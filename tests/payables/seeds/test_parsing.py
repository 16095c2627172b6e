import contextlib
import hashlib
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwxero_dagster.payables.lifecycle import Decision, sign
from cwxero_dagster.payables.seeds import (
    SEED_FILES,
    AccountRow,
    ExclusionRow,
    KeyedBillRow,
    LandedCostRow,
    Problem,
    Seeds,
    SeedsBroken,
    TaxCodeRow,
    TermsRow,
    TrackingRow,
    VendorInvoiceRow,
    VendorRow,
    parse_seeds,
)
from cwxero_dagster.payables.seeds.tables import VENDORS

CONTACT = "3F8C2A6E-1B7D-4C55-9A0E-0D5B1C2E7F44"
VENDOR_HEADER = ",".join(VENDORS.columns)
KEYED_HEADER = (
    "po_number,vendor_name,invoice_number,date,due_date,description,quantity,unit_amount,account_code,tax_type,"
    "tracking_1,tracking_2,net,tax,total"
)


def seeds(**files: str | bytes) -> Seeds:
    """The seeds of a valid lifecycle and these CSVs (``vendors="..."``)."""
    contents = {f"{name}.csv": text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return parse_seeds({"lifecycle.yaml": b"version: 1\n", **contents})


def refused(**files: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(SeedsBroken) as broken:
        seeds(**files)
    return broken.value.problems


def test_missing_csv_files_and_signatures_count_as_empty() -> None:
    found = seeds()
    assert found.decision == Decision()
    assert found.signatures == ()
    assert found.vendors == found.accounts == found.keyed_bills == ()
    assert set(found.hashes) == {"lifecycle.yaml"}


def test_a_missing_lifecycle_names_the_command_that_writes_one() -> None:
    with pytest.raises(SeedsBroken, match=r"cwxero lifecycle --preset scheduled_batch > mapping_seeds/lifecycle\.yaml"):
        parse_seeds({})


def test_every_file_becomes_typed_rows_that_know_their_line() -> None:
    found = seeds(
        vendors=f"# who is who\n{VENDOR_HEADER}\n0815,Northwind,{CONTACT},Northwind Pty Ltd,310,input\n816,,,,,\n",
        accounts="match_on,match_value,account_code,tax_type,item_code\nproduct,FW-60F,0310,,FW\ndefault,,310,INPUT,\n",
        tax_codes="connectwise_tax_code,taxable,xero_tax_type\nGST,Yes,INPUT\n,no,EXEMPTEXPENSES\n",
        tracking="source,connectwise_value,xero_category,xero_option\nlocation,Adelaide Office,Location,Adelaide\n",
        payment_terms="connectwise_terms,days,counted_from\nNet 14,14,bill_date\n",
        landed_costs="match_on,match_value,carrier_vendor_id\nproduct,DUTY,843\ndefault,,842\n",
        exclusions='match_on,match_value,reason\npo_number,"#4312",two POs share a number\n',
        vendor_invoices=(
            "connectwise_vendor_id,invoice_number,invoice_date,po_number,net,tax,total\n"
            "815,INV-1,2026-05-14,PO-1001,1200.00,120,1320.0\n"
        ),
        keyed_bills=f"{KEYED_HEADER}\nPO-1001,Northwind,INV-1,2026-05-14,,Laptop,2,600.125,310,,,,,,-5.50\n",
    )
    assert found.vendors == (
        VendorRow(
            line=3,
            connectwise_vendor_id="815",
            connectwise_vendor_name="Northwind",
            xero_contact_id=CONTACT.lower(),
            xero_contact_name="Northwind Pty Ltd",
            default_account_code="310",
            default_tax_type="INPUT",
        ),
        VendorRow(
            line=4,
            connectwise_vendor_id="816",
            connectwise_vendor_name=None,
            xero_contact_id=None,
            xero_contact_name=None,
            default_account_code=None,
            default_tax_type=None,
        ),
    )
    assert found.accounts == (
        AccountRow(
            line=2, match_on="product", match_value="FW-60F", account_code="0310", tax_type=None, item_code="FW"
        ),
        AccountRow(line=3, match_on="default", match_value=None, account_code="310", tax_type="INPUT", item_code=None),
    )
    assert found.tax_codes == (
        TaxCodeRow(line=2, connectwise_tax_code="GST", taxable=True, xero_tax_type="INPUT"),
        TaxCodeRow(line=3, connectwise_tax_code=None, taxable=False, xero_tax_type="EXEMPTEXPENSES"),
    )
    assert found.tracking == (
        TrackingRow(
            line=2,
            source="location",
            connectwise_value="Adelaide Office",
            xero_category="Location",
            xero_option="Adelaide",
        ),
    )
    assert found.payment_terms == (TermsRow(line=2, connectwise_terms="Net 14", days=14, counted_from="bill_date"),)
    assert found.landed_costs == (
        LandedCostRow(line=2, match_on="product", match_value="DUTY", carrier_vendor_id="843"),
        LandedCostRow(line=3, match_on="default", match_value=None, carrier_vendor_id="842"),
    )
    assert found.exclusions == (
        ExclusionRow(line=2, match_on="po_number", match_value="#4312", reason="two POs share a number"),
    )
    assert found.vendor_invoices == (
        VendorInvoiceRow(
            line=2,
            connectwise_vendor_id="815",
            invoice_number="INV-1",
            invoice_date=date(2026, 5, 14),
            po_number="PO-1001",
            net=Decimal("1200.00"),
            tax=Decimal(120),
            total=Decimal(1320),
        ),
    )
    assert found.keyed_bills == (
        KeyedBillRow(
            line=2,
            po_number="PO-1001",
            vendor_name="Northwind",
            invoice_number="INV-1",
            date=date(2026, 5, 14),
            due_date=None,
            description="Laptop",
            quantity=Decimal(2),
            unit_amount=Decimal("600.125"),
            account_code="310",
            tax_type=None,
            tracking_1=None,
            tracking_2=None,
            net=None,
            tax=None,
            total=Decimal("-5.50"),
        ),
    )


def test_signatures_and_hashes_come_with_the_seeds() -> None:
    signoff = sign("", "finance", "Bo Chen", Decision().digest, date(2026, 4, 20)).encode()
    found = parse_seeds({"signoff.yaml": signoff, "lifecycle.yaml": b"version: 1\n"})
    assert [each.name for each in found.signatures] == ["Bo Chen"]
    assert found.hashes == {
        "lifecycle.yaml": hashlib.sha256(b"version: 1\n").hexdigest(),
        "signoff.yaml": hashlib.sha256(signoff).hexdigest(),
    }


def test_a_bom_and_crlf_are_accepted_everywhere() -> None:
    text = f"\ufeff# Excel\r\n{VENDOR_HEADER}\r\n815,N,,,,\r\n"
    found = parse_seeds({"vendors.csv": text.encode(), "lifecycle.yaml": "\ufeffversion: 1\r\n".encode()})
    assert [(row.line, row.connectwise_vendor_id) for row in found.vendors] == [(3, "815")]


def test_columns_may_come_in_any_order_and_case() -> None:
    [row] = seeds(payment_terms="Days, Counted_From ,connectwise_terms\n30,end_of_month,EOM\n").payment_terms
    assert (row.days, row.counted_from, row.connectwise_terms) == (30, "end_of_month", "EOM")


def test_comments_and_blank_rows_are_skipped_wherever_they_stand_and_lines_still_count() -> None:
    text = (
        "# top\n"
        "\n"
        "connectwise_terms,days,counted_from\n"
        "  # between, with a comma\n"
        "A,1,bill_date\n"
        '"# as a spreadsheet saves it, with a comma",,\n'
        ",,\n"
        '"B\n# not a comment: inside a cell",2,bill_date\n'
        "C,3,bill_date"
    )
    rows = seeds(payment_terms=text).payment_terms
    assert [(row.line, row.days) for row in rows] == [(5, 1), (8, 2), (10, 3)]
    assert rows[1].connectwise_terms == "B\n# not a comment: inside a cell"


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", 'a "quoted" | piped', "Ünïcödé 🏢", "\\'; DROP TABLE"]
)
def test_hostile_text_stays_text(name: str) -> None:
    cell = '"' + name.replace('"', '""') + '"'
    [row] = seeds(vendors=f"{VENDOR_HEADER}\n815,{cell},,,,\n").vendors
    assert row.connectwise_vendor_name == name


def test_all_errors_of_all_files_come_at_once() -> None:
    with pytest.raises(SeedsBroken) as broken:
        parse_seeds(
            {
                "lifecycle.yaml": b"lock_date: never\n",
                "signoff.yaml": b"- role: ceo\n",
                "vendors.csv": f"{VENDOR_HEADER}\n815,,abc,,,\nx,,,,,\n".encode(),
                "payment_terms.csv": b"connectwise_terms,days,counted_from\nA,400,bill_date\n",
            }
        )
    assert [(problem.file, problem.line) for problem in broken.value.problems] == [
        ("lifecycle.yaml", 1),
        ("signoff.yaml", 1),
        ("signoff.yaml", 1),
        ("signoff.yaml", 1),
        ("vendors.csv", 2),
        ("vendors.csv", 3),
        ("payment_terms.csv", 2),
    ]
    message = str(broken.value)
    assert message.startswith("The mapping seeds have 7 problems; nothing was attempted.")
    assert (
        'vendors.csv line 2, column xero_contact_id: "abc" is not a Xero contact id; allowed: 36 characters' in message
    )
    assert "or blank" in message


@pytest.mark.parametrize(
    ("file", "text", "line", "column", "finding"),
    [
        ("vendors", f"{VENDOR_HEADER}\n,,,,,Y\n", 2, "connectwise_vendor_id", "blank"),
        ("vendors", f"{VENDOR_HEADER}\n0,,,,,\n", 2, "connectwise_vendor_id", "vendor id"),
        ("vendors", f"{VENDOR_HEADER}\n8.0,,,,,\n", 2, "connectwise_vendor_id", "vendor id"),
        ("vendors", f"{VENDOR_HEADER}\n1,,,,12345678901,\n", 2, "default_account_code", "too long"),
        ("vendors", f"{VENDOR_HEADER}\n1,,,,,GST on Expenses\n", 2, "default_tax_type", "not a Xero tax type"),
        ("accounts", "categori,X,1,,", 2, "match_on", "did you mean category?"),
        ("accounts", "product,,1,,", 2, "match_value", "blank"),
        ("accounts", "freight,X,1,,", 2, "match_value", "beside freight"),
        ("accounts", "product,X,,,", 2, "account_code", "neither account"),
        ("accounts", f"product,X,1,,{'I' * 31}", 2, "item_code", "too long"),
        ("tax_codes", "GST,maybe,INPUT", 2, "taxable", "neither yes nor no"),
        ("tax_codes", "GST,,INPUT", 2, "taxable", "blank"),
        ("tracking", "site,A,Location,A", 2, "source", "cannot stand here"),
        ("tracking", "location,A,Location,", 2, "xero_option", "blank"),
        ("payment_terms", "Net 14,fourteen,bill_date", 2, "days", "number of days"),
        ("payment_terms", "Net 14,-1,bill_date", 2, "days", "number of days"),
        ("payment_terms", "Net 14,14,billdate", 2, "counted_from", "did you mean bill_date?"),
        ("landed_costs", "default,,carrier", 2, "carrier_vendor_id", "vendor id"),
        ("landed_costs", "product,,1", 2, "match_value", "blank"),
        ("exclusions", "vendor_id,Northwind,card", 2, "match_value", "vendor id"),
        ("exclusions", "terms,Credit Card,", 2, "reason", "blank"),
        ("vendor_invoices", "1,I,14/05/2026,P,1,1,2", 2, "invoice_date", "not a day"),
        ("vendor_invoices", "1,I,2026-02-30,P,1,1,2", 2, "invoice_date", "not a day"),
        ("vendor_invoices", '1,I,2026-05-14,P,"1,200.00",1,2', 2, "net", "number that fits"),
        ("vendor_invoices", "1,I,2026-05-14,P,1,$1,2", 2, "tax", "number that fits"),
        ("vendor_invoices", "1,I,2026-05-14,P,1,1,1.23456", 2, "total", "number that fits"),
        ("vendor_invoices", "1,I,2026-05-14,P,1,1,1e400", 2, "total", "number that fits"),
        ("keyed_bills", ",,,2026-05-14,,,,,,,,,,,1", 2, "vendor_name", "blank"),
        ("keyed_bills", ",N,,2026-05-14,,,,,,,,,,,", 2, "total", "blank"),
    ],
)
def test_a_cell_that_cannot_stand_is_named(file: str, text: str, line: int, column: str, finding: str) -> None:
    headers = {
        "accounts": "match_on,match_value,account_code,tax_type,item_code",
        "tax_codes": "connectwise_tax_code,taxable,xero_tax_type",
        "tracking": "source,connectwise_value,xero_category,xero_option",
        "payment_terms": "connectwise_terms,days,counted_from",
        "landed_costs": "match_on,match_value,carrier_vendor_id",
        "exclusions": "match_on,match_value,reason",
        "vendor_invoices": "connectwise_vendor_id,invoice_number,invoice_date,po_number,net,tax,total",
        "keyed_bills": KEYED_HEADER,
    }
    [problem] = refused(**{file: text if file == "vendors" else f"{headers[file]}\n{text}\n"})
    assert (problem.file, problem.line, problem.column) == (f"{file}.csv", line, column)
    assert finding in problem.message
    assert problem.allowed


@pytest.mark.parametrize(
    ("file", "text", "lines"),
    [
        ("vendors", f"{VENDOR_HEADER}\n815,,,,,\n816,,,,,\n0815,,,,,\n", "lines 2 and 4"),
        (
            "accounts",
            "match_on,match_value,account_code,tax_type,item_code\ncategory,Software,1,,\ncategory, SOFTWARE ,2,,\n",
            "lines 2 and 3",
        ),
        (
            "accounts",
            "match_on,match_value,account_code,tax_type,item_code\ndefault,,1,,\ndefault,,2,,\n",
            "lines 2 and 3",
        ),
        ("tax_codes", "connectwise_tax_code,taxable,xero_tax_type\n,yes,INPUT\n,yes,NONE\n", "lines 2 and 3"),
        (
            "tracking",
            "source,connectwise_value,xero_category,xero_option\nlocation,A,L,x\nlocation,a,D,y\n",
            "lines 2 and 3",
        ),
        ("payment_terms", "connectwise_terms,days,counted_from\nN,1,bill_date\nn,2,bill_date\n", "lines 2 and 3"),
        (
            "vendor_invoices",
            "connectwise_vendor_id,invoice_number,invoice_date,po_number,net,tax,total\n1,i,,P,,,1\n1,I,,p,,,2\n",
            "lines 2 and 3",
        ),
    ],
)
def test_the_same_key_twice_names_both_lines(file: str, text: str, lines: str) -> None:
    [problem] = refused(**{file: text})
    assert lines in problem.message


def test_a_vendor_with_two_contacts_names_both() -> None:
    other = CONTACT.replace("3F", "4F")
    [problem] = refused(vendors=f"{VENDOR_HEADER}\n815,,{CONTACT},,,\n815,,{other},,,\n")
    assert f"with two contacts: {CONTACT.lower()} and {other.lower()}" in problem.message


def test_the_same_tax_code_may_stand_once_for_taxable_and_once_for_not() -> None:
    rows = seeds(tax_codes="connectwise_tax_code,taxable,xero_tax_type\nGST,yes,INPUT\nGST,no,NONE\n").tax_codes
    assert len(rows) == 2


def test_one_keyed_bill_may_have_two_equal_lines() -> None:
    row = "PO-1,N,,2026-05-14,,Cable,1,5,,,,,5,0,5\n"
    assert len(seeds(keyed_bills=f"{KEYED_HEADER}\n{row}{row}").keyed_bills) == 2


def test_a_third_tracking_category_is_refused_once() -> None:
    header = "source,connectwise_value,xero_category,xero_option\n"
    text = f"{header}location,A,Location,x\nbusiness_unit,B,Department,x\nlocation,C,Region,x\nlocation,D,region,y\n"
    [problem] = refused(tracking=text)
    assert (problem.line, problem.column) == (4, "xero_category")
    assert "Location and Department" in str(problem)


def test_one_category_cannot_be_filled_from_two_sources() -> None:
    header = "source,connectwise_value,xero_category,xero_option\n"
    [problem] = refused(tracking=f"{header}location,A,Location,x\nbusiness_unit,B,location,x\n")
    assert "filled from location on line 2 already" in problem.message


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "\ufeff"])
def test_a_file_without_a_header_is_refused(text: str) -> None:
    [problem] = refused(vendors=text)
    assert problem.message == "the file has no header row"
    assert problem.allowed == VENDOR_HEADER


def test_wrong_headers_are_all_named_and_rows_are_not_guessed_at() -> None:
    problems = refused(payment_terms="connectwise_term,days,days\nA,x,y\n")
    assert [(problem.line, problem.column) for problem in problems] == [
        (1, "connectwise_term"),
        (1, "days"),
        (1, "connectwise_terms"),
        (1, "counted_from"),
    ]
    assert "did you mean connectwise_terms?" in problems[0].message
    assert "stands twice" in problems[1].message
    assert "missing" in problems[2].message


@pytest.mark.parametrize("mark", [";", "\t"])
def test_another_separator_is_recognised(mark: str) -> None:
    [problem] = refused(payment_terms=f"connectwise_terms{mark}days{mark}counted_from\n")
    assert "not separated by commas" in problem.message


@pytest.mark.parametrize("row", ["A,1", "A,1,bill_date,", "A, B,1,bill_date"])
def test_ragged_rows_are_named(row: str) -> None:
    [problem] = refused(payment_terms=f"connectwise_terms,days,counted_from\nok,1,bill_date\n{row}\n")
    assert problem.line == 3
    assert "cells where the header has 3" in problem.message


@pytest.mark.parametrize("row", ['"A" B,1,bill_date', '"A,1,bill_date'])
def test_broken_quotation_marks_are_named_with_the_line_on_which_the_row_begins(row: str) -> None:
    problems = refused(payment_terms=f"connectwise_terms,days,counted_from\n{row}\nok,1,bill_date\n")
    assert [problem.line for problem in problems] == [2]
    assert "quotation marks" in problems[0].message


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{VENDOR_HEADER}\n815,Müller,,,,\n".encode("latin-1"), 2),
        (f"{VENDOR_HEADER}\n".encode("utf-16"), 1),
        (b"PK\x03\x04\x00\x00", 1),
    ],
)
def test_another_encoding_is_recognised(content: bytes, line: int) -> None:
    [problem] = refused(vendors=content)
    assert problem.line == line
    assert "UTF-8" in str(problem)


def test_a_lifecycle_in_another_encoding_is_a_problem_too() -> None:
    with pytest.raises(SeedsBroken, match=r"lifecycle.yaml line 1: byte 0xfc"):
        parse_seeds({"lifecycle.yaml": "# für alle\n".encode("latin-1")})


def test_a_misnamed_file_is_not_ignored() -> None:
    with pytest.raises(SeedsBroken, match=r"vendor.csv: .* rename it to vendors.csv"):
        parse_seeds({"lifecycle.yaml": b"", "vendor.csv": VENDOR_HEADER.encode()})
    with pytest.raises(SeedsBroken, match=r"lifecycle.yml: .* rename it to lifecycle.yaml"):
        parse_seeds({"lifecycle.yml": b""})


def test_a_stranger_beside_complete_seeds_is_left_alone() -> None:
    assert seeds(notes="anything").vendors == ()
    contents = {"vendors.csv": VENDOR_HEADER.encode(), "vendors-old.csv": b"x", "lifecycle.yaml": b""}
    assert "vendors-old.csv" not in parse_seeds(contents).hashes


@given(st.dictionaries(st.sampled_from(SEED_FILES), st.binary(max_size=200)))
def test_no_content_crashes_the_check(contents: dict[str, bytes]) -> None:
    with contextlib.suppress(SeedsBroken):
        assert isinstance(parse_seeds(contents), Seeds)


@given(st.lists(st.text(st.characters(exclude_characters="\x00", codec="utf-8")).map(str.strip), min_size=1))
def test_names_survive_the_way_through_a_spreadsheet(names: list[str]) -> None:
    rows = "".join(f'{number},"{name.replace(chr(34), chr(34) * 2)}",,,,\n' for number, name in enumerate(names, 1))
    found = seeds(vendors=f"{VENDOR_HEADER}\n{rows}")
    assert [row.connectwise_vendor_name or "" for row in found.vendors] == names
