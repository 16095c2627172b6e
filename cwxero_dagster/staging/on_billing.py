"""The customer side of purchasing: products that customers were sold, and the PO lines that feed them.

What belongs here: reading products and links within a budget of calls. What does not: POs and lines
(``connectwise.py``), what the links mean (payables/customers/on_billing).

The report PurchaseOrderWithLineItems is the only public place that joins the two (connectwise_api.md, section 4). A run
reads it for as many POs as its budget allows and the next one goes on after the last of them; the nightly run has no
part in this.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice

from cwxero_dagster.connectwise.conditions import chunks
from cwxero_dagster.frames import CustomerProducts, PurchaseLinks
from cwxero_dagster.staging import connectwise_rows, windows
from cwxero_dagster.staging.canonical import canonical, fingerprint
from cwxero_dagster.staging.clients import ConnectWiseReader
from cwxero_dagster.staging.findings import Findings, Row, StagingReport
from cwxero_dagster.staging.known import Known, load_known
from cwxero_dagster.staging.looking import REPORT
from cwxero_dagster.staging.windows import Form
from cwxero_dagster.transport import MalformedAnswer, PermanentFailure
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.notes import Memory, StagingNotes

SYSTEM = "on_billing"
PRODUCTS = "/procurement/products"
COLUMNS = ("Purchase_Header_RecID", "Purchase_Detail_RecID", "IV_Product_RecID")
SOURCE = "connectwise.customer_products"
POSITION = "connectwise.purchase_links"
MOST_CALLS = 60
"""Calls that a run spends on the report; products that changed come on top, 1,000 a call."""
_ROWS_A_CALL = 900
_PORTION = 300


def stage_on_billing(
    client: ConnectWiseReader,
    warehouse: Warehouse,
    *,
    clock_now: Callable[[], datetime],
    progress: Callable[[str], None] = lambda _: None,
) -> StagingReport:
    """Read what customers were sold and which PO lines feed it, and append it to the warehouse.

    Where the role may not read one of the two, a remark says so and the other is kept. Raises ``transport.CallFailed``
    where ConnectWise does not answer; then nothing was written.
    """
    started, calls_before = clock_now(), client.calls
    findings = Findings()
    with warehouse.transaction():
        memory = StagingNotes(warehouse).recall(started)
        known = load_known(warehouse)
        links = [row for row in PurchaseLinks.rows(warehouse.current(PurchaseLinks)) if row["present"]]
        products = {row["product_id"] for row in warehouse.current_rows(CustomerProducts, ["product_id"])}
    progress("ConnectWise: reading which purchase order lines feed which customers' products")
    wanted = _links(client, memory, findings, known, links)
    progress("ConnectWise: reading what customers were sold")
    _products(client, memory, findings, wanted - products, started)
    return findings.write(
        warehouse,
        system=SYSTEM,
        run_id=str(uuid.uuid4()),
        night=None,
        started=started,
        clock_now=clock_now,
        calls=client.calls - calls_before,
    )


def _links(client: ConnectWiseReader, memory: Memory, findings: Findings, known: Known, before: list[Row]) -> set[int]:
    """Read the report for the next POs in turn; answers the products that all links name."""
    calls_before, last = client.calls, memory.positions.get(POSITION) or 0
    here = sorted(order.po_id for order in known.present())
    in_turn = [*(po_id for po_id in here if po_id > last), *(po_id for po_id in here if po_id <= last)]
    read: set[int] = set()
    found: set[tuple[int, int]] = set()
    try:
        for portion in _portions(in_turn, known):
            if client.calls - calls_before >= MOST_CALLS:
                break
            for condition in chunks(COLUMNS[0], portion):
                for row in client.report(REPORT, conditions=condition, columns=COLUMNS):
                    if row["iv_product_recid"] is not None:
                        link = _link(
                            row["purchase_header_recid"], row["purchase_detail_recid"], row["iv_product_recid"]
                        )
                        found.add((link["line_id"], link["product_id"]))
                        findings.add(PurchaseLinks, link)
            read |= set(portion)
            findings.positions[POSITION] = None if len(read) == len(here) else portion[-1]
    except (PermanentFailure, MalformedAnswer, LookupError, TypeError, ValueError) as failure:
        findings.remarks.append(
            f"ConnectWise's report {REPORT} could not be read, so cost is led to customers by drop-ship orders only. "
            f"The sync's role needs System > API Reports. {failure}"
        )
    for link in before:
        if link["po_id"] in read and (link["line_id"], link["product_id"]) not in found:
            findings.add(PurchaseLinks, link, present=False)
    return {product_id for _, product_id in found} | {link["product_id"] for link in before}


def _portions(po_ids: Iterable[int], known: Known) -> Iterable[list[int]]:
    """POs whose rows fit about one page of the report."""
    portion: list[int] = []
    rows = 0
    for po_id in po_ids:
        lines = max(1, len(known.lines.get(po_id, ())))
        if portion and (rows + lines > _ROWS_A_CALL or len(portion) >= _PORTION):
            yield portion
            portion, rows = [], 0
        portion.append(po_id)
        rows += lines
    if portion:
        yield portion


def _link(po_id: object, line_id: object, product_id: object) -> Row:
    record = {"po_id": int(str(po_id)), "line_id": int(str(line_id)), "product_id": int(str(product_id))}
    return {**record, "fingerprint": fingerprint(record), "body": canonical(record)}


def _products(
    client: ConnectWiseReader, memory: Memory, findings: Findings, unknown: set[int], started: datetime
) -> None:
    form = Form(memory.positions.get(windows.SOURCE, Form.MOMENTS))
    try:
        for record in windows.changed(client, PRODUCTS, form, memory.watermarks.get(SOURCE), started):
            findings.add(CustomerProducts, connectwise_rows.customer_product(record))
        read = {row["product_id"] for row in findings.found(CustomerProducts)}
        for condition in islice(chunks("id", sorted(unknown - read)), MOST_CALLS):
            for record in client.records(PRODUCTS, conditions=condition):
                findings.add(CustomerProducts, connectwise_rows.customer_product(record))
        findings.watermarks[SOURCE] = started
    except (PermanentFailure, MalformedAnswer) as failure:
        findings.remarks.append(f"What customers were sold could not be read, so no revenue is known. {failure}")
