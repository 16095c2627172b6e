"""The contract of every table that crosses a wall: one Pandera model a table, its columns, units and meaning.

What belongs here: column names, types, nullability, and the sentences that must be true of every row, in a file a
subject. What does not: how a table is filled (rules, staging) or kept (warehouse). The warehouse derives its table
definitions from these models, so that there is one description of a table.
"""

from cwxero_dagster.frames.bills import BillHeaders, BillLines, BillsToKey, Plan, PublishedBills
from cwxero_dagster.frames.connectwise import (
    CatalogItems,
    ConnectWiseReference,
    CustomerProducts,
    PurchaseLinks,
    PurchaseOrderLines,
    PurchaseOrders,
    Vendors,
)
from cwxero_dagster.frames.goods import Coverage, OnBilling, PurchaseOrderStates, Receipts
from cwxero_dagster.frames.holds import Cases, Holds, Unmapped
from cwxero_dagster.frames.parallel_run import (
    ComparisonDifferences,
    ComparisonDispositions,
    ComparisonPatterns,
    Comparisons,
    ComparisonSignatures,
    ComparisonSums,
    ComparisonTotals,
    ParallelRuns,
)
from cwxero_dagster.frames.table import Observation, Table
from cwxero_dagster.frames.xero import XeroContacts, XeroDocuments, XeroPurchaseOrders, XeroReference

__all__ = [
    "BillHeaders",
    "BillLines",
    "BillsToKey",
    "Cases",
    "CatalogItems",
    "ComparisonDifferences",
    "ComparisonDispositions",
    "ComparisonPatterns",
    "ComparisonSignatures",
    "ComparisonSums",
    "ComparisonTotals",
    "Comparisons",
    "ConnectWiseReference",
    "Coverage",
    "CustomerProducts",
    "Holds",
    "Observation",
    "OnBilling",
    "ParallelRuns",
    "Plan",
    "PublishedBills",
    "PurchaseLinks",
    "PurchaseOrderLines",
    "PurchaseOrderStates",
    "PurchaseOrders",
    "Receipts",
    "Table",
    "Unmapped",
    "Vendors",
    "XeroContacts",
    "XeroDocuments",
    "XeroPurchaseOrders",
    "XeroReference",
]
