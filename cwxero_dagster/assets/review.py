"""What finance reads: the open cases of a cycle, fully received POs without a bill, where everything went.

What belongs here: the assets of group ``review``. What does not: the words of a case (payables/cases).
"""

from decimal import Decimal
from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import column_schema, money_text, rows_metadata, summed, version_of
from cwxero_dagster.payables.coverage import TERMS
from cwxero_dagster.payables.money import grouped_text
from cwxero_dagster.pipeline import covering, keying, reviewing
from cwxero_dagster.resources import Firm, in_words

CASE_COLUMNS = ("question", "what_happened", "what_to_do", "purchase_orders", "money", "who", "case")
WITHOUT_BILL_COLUMNS = ("purchase_orders", "vendor", "received_on", "days", "money", "reason")
COVERAGE_COLUMNS = (
    "po_number",
    "name",
    "ordered_amount",
    "billed_amount",
    "to_credit_amount",
    "received_not_billed_amount",
    "open_amount",
    "currency_code",
    "leads_to",
)
TO_KEY_COLUMNS = (
    "po_numbers",
    "vendor",
    "number",
    "date",
    "due_date",
    "description",
    "quantity",
    "unit_amount",
    "account",
    "tax_rate",
    "tracking",
    "total",
    "currency_code",
    "before_you_key",
)


def review_assets(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The assets, for these billing cycles."""

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        kinds={"duckdb"},
        partitions_def=cycles,
        deps=["published_bills"],
        metadata={"dagster/column_schema": column_schema(frames.Cases)},
    )
    def open_cases(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """Questions to a person, grouped by cause: one unmapped vendor on twelve POs is one case."""
        with in_words():
            cases, path = reviewing.export_cases(firm.session, context.partition_key)
        shown = [{**case, "money": in_currency(case)} for case in cases]
        return dg.MaterializeResult(
            metadata={"full_list": dg.MetadataValue.path(path), **rows_metadata(shown, CASE_COLUMNS)}
        )

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        kinds={"duckdb"},
        deps=["purchase_order_states", "xero_documents"],
    )
    def received_without_a_bill(firm: Firm) -> dg.MaterializeResult[Any]:
        """Fully received POs that have no bill from here, oldest first, with the reason: what a weekly look catches."""
        with in_words():
            rows, path = reviewing.received_without_a_bill(firm.session)
        money = money_text(summed([(row["currency"], row["total"])] for row in rows))
        shown = [
            {**row, "purchase_orders": row["po_numbers"], "money": f"{grouped_text(row['total'])} {row['currency']}"}
            for row in rows
        ]
        return dg.MaterializeResult(
            metadata={
                **rows_metadata(shown, WITHOUT_BILL_COLUMNS, amount=money or "nothing"),
                "full_list": dg.MetadataValue.path(path),
            }
        )

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        kinds={"duckdb"},
        deps=["purchase_order_states", "receipts", "xero_documents", "published_bills"],
        metadata={"dagster/column_schema": column_schema(frames.Coverage)},
    )
    def coverage(firm: Firm) -> dg.MaterializeResult[Any]:
        """For each PO: what was ordered and where it went, in quantity and money, and where each figure leads."""
        with in_words():
            orders = covering.keep_coverage(firm.session, live=firm.live)
        waiting = [row for row in orders if row["received_not_billed_amount"] or row["to_credit_amount"]]
        sums = {
            term: money_text(summed([(row["currency_code"], row[f"{term}_amount"])] for row in orders)) or "nothing"
            for term in TERMS
        }
        largest = sorted(waiting, key=lambda row: abs(row["received_not_billed_amount"]), reverse=True)
        return dg.MaterializeResult(
            metadata={**rows_metadata(largest, COVERAGE_COLUMNS, purchase_orders=len(orders)), **sums},
            data_version=version_of(orders),
        )

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        kinds={"duckdb"},
        partitions_def=cycles,
        deps=["published_bills"],
        metadata={"dagster/column_schema": column_schema(frames.BillsToKey)},
    )
    def bills_to_key(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """What the bookkeeper keys by hand where the lifecycle decision creates no bill, until Xero holds it."""
        with in_words():
            rows, path = keying.keep_bills_to_key(firm.session, context.partition_key, live=firm.live)
        waiting = [row for row in rows if row["keyed_as"] is None]
        bills = {row["bill_key"]: signed_as(row) for row in waiting}
        more = {"full_list": dg.MetadataValue.path(path)} if path else {"pattern": "bills are created, none is keyed"}
        return dg.MaterializeResult(
            metadata={
                **rows_metadata(
                    waiting, TO_KEY_COLUMNS, to_key=len(bills), keyed=len({r["bill_key"] for r in rows}) - len(bills)
                ),
                "amount": money_text(summed([each] for each in bills.values())) or "nothing",
                **more,
            }
        )

    return [open_cases, received_without_a_bill, coverage, bills_to_key]


def in_currency(case: dict[str, Any]) -> str:
    """What a case is about in money; in words where its bills have several currencies."""
    return "several currencies" if case["amount"] is None else f"{grouped_text(case['amount'])} {case['currency']}"


def signed_as(row: dict[str, Any]) -> tuple[str, Decimal]:
    """Currency and total of a bill to key; a supplier credit counts negative."""
    return row["currency_code"], -row["total"] if row["document"] == "supplier credit" else row["total"]
