"""The seed tables: which columns each file has, what a cell may hold, and when two rows say the same thing twice.

What belongs here: one description a file, and turning its records into rows. What does not: encoding and shape
(csv_text), kinds of cell (cells), checks across files (parsing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from cwxero_dagster.payables.problems import Problem, quoted
from cwxero_dagster.payables.seeds import cells
from cwxero_dagster.payables.seeds.csv_text import Record, records, text_of
from cwxero_dagster.payables.seeds.rows import (
    AccountRow,
    ExclusionRow,
    KeyedBillRow,
    LandedCostRow,
    TaxCodeRow,
    TermsRow,
    TrackingRow,
    VendorInvoiceRow,
    VendorRow,
)

RowT = TypeVar("RowT")

MAX_TRACKING_CATEGORIES = 2
"""Xero takes two active tracking categories an organisation, and two options a line."""


@dataclass(frozen=True)
class Table(Generic[RowT]):
    """One seed file."""

    file: str
    row: Callable[..., RowT]
    columns: Mapping[str, Callable[[str], Any]]
    required: tuple[str, ...]
    key: tuple[str, ...] = ()
    """Columns that identify a row (names compare without regard to case); none: equal rows are allowed."""
    row_checks: tuple[Callable[[Mapping[str, Any]], Iterator[tuple[str, str, str]]], ...] = ()
    """Checks within a row: (column, what is wrong, what is allowed)."""
    table_checks: tuple[Callable[[Sequence[Any]], Iterator[tuple[int, str, str, str]]], ...] = ()
    """Checks across rows: (line, column, what is wrong, what is allowed)."""
    twice: Callable[[Any, Any], str] = field(default=lambda _first, _second: "")
    """What to add where one key stands in two rows."""

    def parse(self, content: bytes) -> tuple[tuple[RowT, ...], list[Problem]]:
        """The file's rows, and everything that is wrong with it."""
        text, problems = text_of(self.file, content)
        if text is None:
            return (), problems
        found, problems = records(self.file, text, list(self.columns))
        rows: list[RowT] = []
        for record in found:
            row = self._row(record, problems)
            if row is not None:
                rows.append(row)
        problems += self._repeated(rows)
        for check in self.table_checks:
            problems += [
                self._problem(line, column, message, allowed) for line, column, message, allowed in check(rows)
            ]
        return tuple(rows), sorted(problems, key=lambda problem: problem.line or 0)

    def _row(self, record: Record, problems: list[Problem]) -> RowT | None:
        before = len(problems)
        values: dict[str, Any] = {}
        for column, read in self.columns.items():
            cell = record.cells[column]
            try:
                values[column] = None if cell is None else read(cell)
            except cells.Refused as refused:
                problems.append(self._problem(record.line, column, refused.found, refused.allowed, value=cell))
            if cell is None and column in self.required:
                problems.append(self._problem(record.line, column, "the cell is blank", "a value in every row"))
        if len(problems) == before:
            for check in self.row_checks:
                for column, message, allowed in check(values):
                    problems.append(self._problem(record.line, column, message, allowed, value=record.cells[column]))
        return self.row(line=record.line, **values) if len(problems) == before else None

    def _repeated(self, rows: Sequence[Any]) -> Iterator[Problem]:
        first_rows: dict[tuple[Any, ...], Any] = {}
        for row in rows if self.key else ():
            values = [getattr(row, column) for column in self.key]
            identity = tuple(value.casefold() if isinstance(value, str) else value for value in values)
            first = first_rows.setdefault(identity, row)
            if first is not row:
                shown = ", ".join("blank" if value is None else quoted(_shown(value)) for value in values)
                message = f"{shown} stands in two rows, lines {first.line} and {row.line}{self.twice(first, row)}"
                yield self._problem(row.line, self.key[-1], message, "one row for each", value=_shown(values[-1]))

    def _problem(self, line: int, column: str, message: str, allowed: str, *, value: str | None = None) -> Problem:
        return Problem(file=self.file, line=line, column=column, value=value, message=message, allowed=allowed)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _two_contacts(first: VendorRow, second: VendorRow) -> str:
    if first.xero_contact_id == second.xero_contact_id:
        return ""
    return f", with two contacts: {first.xero_contact_id or 'blank'} and {second.xero_contact_id or 'blank'}"


def _match_value(values: Mapping[str, Any], *, without: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    match_on, match_value = values["match_on"], values["match_value"]
    if match_on in without and match_value is not None:
        yield "match_value", f"{quoted(match_value)} stands beside {match_on}, which matches without a value", "blank"
    elif match_on not in without and match_value is None:
        yield "match_value", "the cell is blank", f"the {match_on.replace('_', ' ')} that the row is for"


def _account_match(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield from _match_value(values, without=("freight", "default"))
    if not (values["account_code"] or values["tax_type"] or values["item_code"]):
        yield "account_code", "the row gives neither account, tax type nor item", "at least one of the three"


def _landed_match(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield from _match_value(values, without=("default",))


def _excluded_vendor(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    if values["match_on"] == "vendor_id":
        try:
            cells.vendor_id(values["match_value"])
        except cells.Refused as refused:
            yield "match_value", refused.found, refused.allowed


def _categories(rows: Sequence[TrackingRow]) -> Iterator[tuple[int, str, str, str]]:
    first_rows: dict[str, TrackingRow] = {}
    for row in rows:
        first = first_rows.setdefault(row.xero_category.casefold(), row)
        if first is row and len(first_rows) > MAX_TRACKING_CATEGORIES:
            names = " and ".join(each.xero_category for each in [*first_rows.values()][:MAX_TRACKING_CATEGORIES])
            message = f"{quoted(row.xero_category)} is a tracking category too many"
            yield row.line, "xero_category", message, f"at most two in all rows, here {names}"
        elif first.source != row.source:
            message = f"{quoted(row.xero_category)} is filled from {first.source} on line {first.line} already"
            yield row.line, "xero_category", message, "one source a category, because a line holds one option of each"


VENDORS = Table(
    "vendors.csv",
    VendorRow,
    {
        "connectwise_vendor_id": cells.vendor_id,
        "connectwise_vendor_name": cells.text,
        "xero_contact_id": cells.contact_id,
        "xero_contact_name": cells.text,
        "default_account_code": cells.account_code,
        "default_tax_type": cells.tax_type,
    },
    required=("connectwise_vendor_id",),
    key=("connectwise_vendor_id",),
    twice=_two_contacts,
)
ACCOUNTS = Table(
    "accounts.csv",
    AccountRow,
    {
        "match_on": cells.one_of(
            "product", "subcategory", "category", "product_type", "product_class", "freight", "default"
        ),
        "match_value": cells.text,
        "account_code": cells.account_code,
        "tax_type": cells.tax_type,
        "item_code": cells.item_code,
    },
    required=("match_on",),
    key=("match_on", "match_value"),
    row_checks=(_account_match,),
)
TAX_CODES = Table(
    "tax_codes.csv",
    TaxCodeRow,
    {"connectwise_tax_code": cells.text, "taxable": cells.yes_or_no, "xero_tax_type": cells.tax_type},
    required=("taxable", "xero_tax_type"),
    key=("connectwise_tax_code", "taxable"),
)
TRACKING = Table(
    "tracking.csv",
    TrackingRow,
    {
        "source": cells.one_of("location", "business_unit"),
        "connectwise_value": cells.text,
        "xero_category": cells.tracking_name,
        "xero_option": cells.tracking_name,
    },
    required=("source", "connectwise_value", "xero_category", "xero_option"),
    key=("source", "connectwise_value"),
    table_checks=(_categories,),
)
PAYMENT_TERMS = Table(
    "payment_terms.csv",
    TermsRow,
    {
        "connectwise_terms": cells.text,
        "days": cells.days,
        "counted_from": cells.one_of("bill_date", "end_of_month"),
    },
    required=("connectwise_terms", "days", "counted_from"),
    key=("connectwise_terms",),
)
LANDED_COSTS = Table(
    "landed_costs.csv",
    LandedCostRow,
    {
        "match_on": cells.one_of("shipment_method", "product", "default"),
        "match_value": cells.text,
        "carrier_vendor_id": cells.vendor_id,
    },
    required=("match_on", "carrier_vendor_id"),
    key=("match_on", "match_value"),
    row_checks=(_landed_match,),
)
EXCLUSIONS = Table(
    "exclusions.csv",
    ExclusionRow,
    {
        "match_on": cells.one_of("po_number", "vendor_id", "po_status", "location", "terms"),
        "match_value": cells.text,
        "reason": cells.text,
    },
    required=("match_on", "match_value", "reason"),
    key=("match_on", "match_value"),
    row_checks=(_excluded_vendor,),
)
VENDOR_INVOICES = Table(
    "vendor_invoices.csv",
    VendorInvoiceRow,
    {
        "connectwise_vendor_id": cells.vendor_id,
        "invoice_number": cells.text,
        "invoice_date": cells.day,
        "po_number": cells.text,
        "net": cells.amount,
        "tax": cells.amount,
        "total": cells.amount,
    },
    required=("connectwise_vendor_id", "invoice_number", "po_number"),
    key=("connectwise_vendor_id", "invoice_number", "po_number"),
)
KEYED_BILLS = Table(
    "keyed_bills.csv",
    KeyedBillRow,
    {
        "po_number": cells.text,
        "vendor_name": cells.text,
        "invoice_number": cells.text,
        "date": cells.day,
        "due_date": cells.day,
        "description": cells.text,
        "quantity": cells.quantity,
        "unit_amount": cells.quantity,
        "account_code": cells.text,
        "tax_type": cells.text,
        "tracking_1": cells.text,
        "tracking_2": cells.text,
        "net": cells.amount,
        "tax": cells.amount,
        "total": cells.amount,
    },
    required=("vendor_name", "date", "total"),
)
