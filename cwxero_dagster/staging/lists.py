"""Slow ConnectWise data, read by age: vendors, catalog and the small lists.

What belongs here: which lists there are, how old they may get, and what a record that is missing from one means. What
does not: POs and lines (``orders.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cwxero_dagster.connectwise.conditions import chunks, equals
from cwxero_dagster.frames import CatalogItems, ConnectWiseReference, PurchaseOrderLines, PurchaseOrders, Vendors
from cwxero_dagster.staging import connectwise_rows, windows
from cwxero_dagster.staging.clients import ConnectWiseReader, Record
from cwxero_dagster.staging.findings import DAILY, Findings, Model, Row
from cwxero_dagster.staging.known import Known
from cwxero_dagster.staging.whole_lists import WholeLists
from cwxero_dagster.staging.windows import Form
from cwxero_dagster.transport import MalformedAnswer, PermanentFailure
from cwxero_dagster.warehouse.notes import Memory

COMPANIES = "/company/companies"
CATALOG = "/procurement/catalog"
WEEKLY = timedelta(days=7)
RARE_A_RUN = 1
"""Rarely needed lists that a run reads after the first one, so that they never come all in one night."""


@dataclass(frozen=True)
class SmallList:
    """A list that is read whole; without an ``optional`` one a run goes on."""

    kind: str
    path: str
    age: timedelta = DAILY
    optional: bool = False

    @property
    def source(self) -> str:
        """Name of its watermark, and of its notes about missing records."""
        return f"connectwise.{self.kind}"


DAILY_LISTS = (
    SmallList("status", "/procurement/purchaseorderstatuses"),
    SmallList("terms", "/finance/billingTerms"),
    SmallList("settings", "/procurement/settings", optional=True),
)
RARE_LISTS = (
    SmallList("category", "/procurement/categories", WEEKLY, optional=True),
    SmallList("subcategory", "/procurement/subcategories", WEEKLY, optional=True),
    SmallList("product_type", "/procurement/types", WEEKLY, optional=True),
    SmallList("tax_code", "/finance/taxCodes", WEEKLY, optional=True),
    SmallList("currency", "/finance/currencies", WEEKLY, optional=True),
    SmallList("location", "/system/locations", WEEKLY, optional=True),
    SmallList("department", "/system/departments", WEEKLY, optional=True),
)
SYSTEM_INFO = "connectwise.system_info"
VENDORS = "connectwise.vendors"
PRODUCTS = "connectwise.catalog"


def read_lists(client: ConnectWiseReader, memory: Memory, findings: Findings, lists: WholeLists, now: datetime) -> None:
    """Read every small list that is due. Raises ``StagingRefused`` where one came back without what was known."""
    if memory.is_due(SYSTEM_INFO, DAILY, now):
        findings.add(ConnectWiseReference, connectwise_rows.reference("system_info", client.system_info()))
        findings.watermarks[SYSTEM_INFO] = now
    for small in [
        *(small for small in DAILY_LISTS if memory.is_due(small.source, small.age, now)),
        *_rare(memory, now),
    ]:
        try:
            records = list(client.records(small.path))
        except (PermanentFailure, MalformedAnswer) as failure:
            if not small.optional:
                raise
            findings.remarks.append(f"The ConnectWise list of {small.kind.replace('_', ' ')} was left out. {failure}")
            # Tried again tomorrow, however rarely it is read: it may have been a bad moment.
            findings.watermarks[small.source] = now - (small.age - DAILY)
            continue
        rows = [connectwise_rows.reference(small.kind, record) for record in records]
        lists.take(small.kind, rows)
        findings.watermarks[small.source] = now


def read_vendors_and_catalog(
    client: ConnectWiseReader, memory: Memory, findings: Findings, known: Known, form: Form, now: datetime
) -> None:
    """Vendors and products that changed since the last night, and those that this run's POs name for the first time."""
    only_vendors = equals("isVendorFlag", value=True)
    for model, path, source, also, row_of in (
        (Vendors, COMPANIES, VENDORS, only_vendors, connectwise_rows.vendor),
        (CatalogItems, CATALOG, PRODUCTS, None, connectwise_rows.catalog_item),
    ):
        if memory.is_due(source, DAILY, now):
            after = memory.watermarks.get(source)
            _take(findings, model, windows.changed(client, path, form, after, now, also=also), row_of)
            findings.watermarks[source] = now
    vendors = {row["vendor_id"] for row in findings.found(PurchaseOrders)}
    products = {row["product_id"] for row in findings.found(PurchaseOrderLines)}
    _named(client, findings, Vendors, COMPANIES, vendors - known.vendors, connectwise_rows.vendor)
    _named(client, findings, CatalogItems, CATALOG, products - known.products, connectwise_rows.catalog_item)


def _named(
    client: ConnectWiseReader,
    findings: Findings,
    model: Model,
    path: str,
    wanted: Collection[int | None],
    row_of: Callable[[Mapping[str, Any]], Row],
) -> None:
    read = {next(iter(key)) for key in findings.rows.get(model, {})}
    for condition in chunks("id", sorted(number for number in wanted if number is not None and number not in read)):
        _take(findings, model, client.records(path, conditions=condition), row_of)


def _take(
    findings: Findings, model: Model, records: Iterable[Record], row_of: Callable[[Mapping[str, Any]], Row]
) -> None:
    for record in records:
        findings.add(model, row_of(record))


def _rare(memory: Memory, now: datetime) -> list[SmallList]:
    due = [small for small in RARE_LISTS if memory.is_due(small.source, small.age, now)]
    never = [small for small in due if memory.watermarks.get(small.source) is None]
    if never:
        return never
    return sorted(due, key=lambda small: str(memory.watermarks.get(small.source)))[:RARE_A_RUN]
