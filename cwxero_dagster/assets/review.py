"""What finance reads: the open cases of a cycle, fully received POs without a bill, where everything went.

What belongs here: the assets of group ``review``. What does not: the words of a case (payables/cases).
"""

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.assets.describing import column_schema, rows_metadata, summed, version_of
from cwxero_dagster.payables.coverage.equation import TERMS
from cwxero_dagster.payables.money import money_text, moneys_text
from cwxero_dagster.payables.wording import few, shortened
from cwxero_dagster.pipeline import covering, keying, reviewing
from cwxero_dagster.resources import Firm, in_words

CASE_COLUMNS = ("question", "what_to_do", "purchase_orders", "money", "who", "case")
WITHOUT_BILL_COLUMNS = ("purchase_orders", "vendor", "received_on", "days", "money", "reason")
SHOWN_WORDS, SHOWN_NUMBERS = 160, 3
"""Characters and purchase orders of a cell: the UI squeezes its tables into half a window."""
COVERAGE_COLUMNS = ("purchase_order", "vendor", "ordered_amount", "billed_amount", "received_not_billed", "why")
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
        shown = [_in_short(case) for case in cases]
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
        money = moneys_text(summed([(row["currency"], row["total"])] for row in rows))
        shown = [
            {**row, "purchase_orders": row["po_numbers"], "money": money_text(row["total"], row["currency"])}
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
            term: moneys_text(summed([(row["currency_code"], row[f"{term}_amount"])] for row in orders))
            for term in TERMS
        }
        largest = sorted(waiting, key=lambda row: abs(row["received_not_billed_amount"]), reverse=True)
        shown = [_where_it_waits(row) for row in largest]
        return dg.MaterializeResult(
            metadata=rows_metadata(shown, COVERAGE_COLUMNS, purchase_orders=len(orders), **sums),
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
        bills = {row["bill_key"]: (row["currency_code"], keying.owed_to_key(row)) for row in waiting}
        more = {"full_list": dg.MetadataValue.path(path)} if path else {"pattern": "bills are created, none is keyed"}
        return dg.MaterializeResult(
            metadata={
                **rows_metadata(
                    waiting, TO_KEY_COLUMNS, to_key=len(bills), keyed=len({r["bill_key"] for r in rows}) - len(bills)
                ),
                "amount": moneys_text(summed([each] for each in bills.values())),
                **more,
            }
        )

    return [open_cases, received_without_a_bill, coverage, bills_to_key]


def _in_short(case: Mapping[str, Any]) -> dict[str, Any]:
    """A case as a row that leaves room for the others: the list beside the table has every word of it."""
    numbers = case["purchase_orders"].split(", ")
    return {
        **case,
        "question": shortened(f"{case['question']}. {case['what_happened']}", SHOWN_WORDS),
        "what_to_do": shortened(case["what_to_do"], SHOWN_WORDS),
        "purchase_orders": few(numbers, SHOWN_NUMBERS),
    }


def _where_it_waits(row: Mapping[str, Any]) -> dict[str, Any]:
    """A purchase order of which something is on no bill, or too much is: the money, and why."""
    leads = json.loads(row["leads_to"])
    why = leads.get("received_not_billed") or leads.get("to_credit") or ""
    return {
        **row,
        "purchase_order": row["po_number"],
        "vendor": row["name"],
        "received_not_billed": money_text(row["received_not_billed_amount"], row["currency_code"]),
        "why": shortened(why, SHOWN_WORDS),
    }
