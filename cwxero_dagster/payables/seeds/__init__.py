"""The mapping seeds: what people edit to say how ConnectWise's words become Xero's.

What belongs here: the rows of every seed file as values, and the one check that names everything wrong in all files at
once. What does not: reading folders (seed_files), the lifecycle decision itself (lifecycle), using the rows (mapping).
"""

from cwxero_dagster.payables.problems import Problem, SeedsBroken
from cwxero_dagster.payables.seeds.parsing import SEED_FILES, Seeds, parse_seeds
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

__all__ = [
    "SEED_FILES",
    "AccountRow",
    "ExclusionRow",
    "KeyedBillRow",
    "LandedCostRow",
    "Problem",
    "Seeds",
    "SeedsBroken",
    "TaxCodeRow",
    "TermsRow",
    "TrackingRow",
    "VendorInvoiceRow",
    "VendorRow",
    "parse_seeds",
]
