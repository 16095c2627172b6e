"""Would-be bills of a cycle, what holds them, and the values that no mapping covers.

What belongs here: the assets of group ``bills`` that are partitioned by billing cycle. What does not: composing bills
(payables/composing).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import rows_metadata, signed, spec, summed, version_of
from cwxero_dagster.assets.mappings import SEED_ASSET_NAMES
from cwxero_dagster.payables.money import moneys_text
from cwxero_dagster.pipeline import billing
from cwxero_dagster.pipeline.bill_frames import UNMAPPED
from cwxero_dagster.resources import Firm, in_words

HEADER_COLUMNS = (
    "bill_key",
    "po_numbers",
    "vendor_name",
    "number",
    "date",
    "due_date",
    "net",
    "tax",
    "total",
    "currency_code",
    "notes",
)
LINE_COLUMNS = (
    "bill_key",
    "position",
    "description",
    "quantity",
    "unit_amount",
    "net",
    "tax",
    "account_code",
    "tax_type",
)
HOLD_COLUMNS = ("bill_key", "po_numbers", "kind", "detail", "amount", "currency_code", "case_id")
UNMAPPED_COLUMNS = ("value", "name", "bills", "po_numbers", "amount", "currency_code", "what_to_do")
UNMAPPED_WORDS = {
    "unmapped_vendors": "Vendors on bills of the cycle without a Xero contact. Empty when all is well.",
    "unmapped_accounts": "Goods on bills of the cycle without a Xero account. Empty when all is well.",
    "unmapped_tax_codes": "Tax codes on bills of the cycle without a Xero tax type. Empty when all is well.",
    "unmapped_tracking": "Locations and departments of the cycle without a tracking option. Empty when all is well.",
}


def bill_assets(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The assets, for these billing cycles."""
    deps = ["purchase_order_states", "receipts", "catalog_items", "vendors", "connectwise_reference"]
    deps += ["xero_reference", "xero_contacts", "xero_documents", "workbook_answers", *SEED_ASSET_NAMES]
    specs = [
        spec(
            "bill_headers",
            frames.BillHeaders,
            group="bills",
            owner="finance",
            description="Would-be bills of the cycle, totals to the cent, before it is known whether they may go.",
            kinds={"duckdb"},
            deps=deps,
            partitions=cycles,
        ),
        spec(
            "bill_lines",
            frames.BillLines,
            group="bills",
            owner="finance",
            description="Their lines: what was received times the unit cost, freight once a purchase order.",
            kinds={"duckdb"},
            deps=deps,
            partitions=cycles,
        ),
        spec(
            "held_bills",
            frames.Holds,
            group="bills",
            owner="finance",
            description="Everything that holds a bill of the cycle, with its kind of case. Releases come on top.",
            kinds={"duckdb"},
            deps=deps,
            partitions=cycles,
        ),
        *(
            spec(
                name,
                frames.Unmapped,
                group="bills",
                owner="finance",
                description=words,
                kinds={"duckdb"},
                deps=deps,
                partitions=cycles,
            )
            for name, words in UNMAPPED_WORDS.items()
        ),
    ]

    @dg.multi_asset(specs=specs, name="compose_bills")
    def compose_bills(context: dg.AssetExecutionContext, firm: Firm) -> Iterator[dg.MaterializeResult[Any]]:
        """Put the cycle's bills together and ask every rule whether they may go."""
        with in_words():
            composed = billing.compose(firm.session, context.partition_key, live=firm.live)
        total = moneys_text(summed([signed(row)] for row in composed.headers))
        held = {row["bill_key"]: (row["currency_code"], row["amount"]) for row in composed.holds}
        numbers = {row["bill_key"]: row["po_numbers"] for row in composed.headers}
        holds = [{**row, "po_numbers": numbers[row["bill_key"]]} for row in composed.holds]
        yield _result("bill_headers", composed.headers, HEADER_COLUMNS, total=total)
        yield _result("bill_lines", composed.lines, LINE_COLUMNS)
        amount = moneys_text(summed([each] for each in held.values()))
        yield _result("held_bills", holds, HOLD_COLUMNS, bills=len(held), amount=amount)
        for name in UNMAPPED:
            yield _result(name, composed.unmapped[name], UNMAPPED_COLUMNS)

    return [compose_bills]


def _result(asset: str, rows: list[dict[str, Any]], columns: tuple[str, ...], **more: Any) -> dg.MaterializeResult[Any]:
    return dg.MaterializeResult(
        asset_key=asset, metadata=rows_metadata(rows, columns, **more), data_version=version_of(rows)
    )
