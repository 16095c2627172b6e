"""All mapping seeds in one go: every error of every file at once, or the seeds as values.

What belongs here: the list of files and what may be missing. What does not: reading a folder (seed_files), what one
file holds (tables, lifecycle).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from cwxero_dagster.payables.lifecycle import Decision, Signature, parse_decision, parse_signoff
from cwxero_dagster.payables.problems import Problem, SeedsBroken, nearest
from cwxero_dagster.payables.seeds import tables
from cwxero_dagster.payables.seeds.csv_text import text_of
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

LIFECYCLE, SIGNOFF = "lifecycle.yaml", "signoff.yaml"
SEED_FILES = (
    LIFECYCLE,
    SIGNOFF,
    "vendors.csv",
    "accounts.csv",
    "tax_codes.csv",
    "tracking.csv",
    "payment_terms.csv",
    "landed_costs.csv",
    "exclusions.csv",
    "vendor_invoices.csv",
    "keyed_bills.csv",
)
"""Every file of the mapping seeds, in the order of CONTRACT.md."""


@dataclass(frozen=True, kw_only=True)
class Seeds:
    """The mapping seeds in force. Each row knows its ``line``; ``hashes`` is SHA-256 (hex) by file that was there."""

    decision: Decision
    signatures: tuple[Signature, ...] = ()
    vendors: tuple[VendorRow, ...] = ()
    accounts: tuple[AccountRow, ...] = ()
    tax_codes: tuple[TaxCodeRow, ...] = ()
    tracking: tuple[TrackingRow, ...] = ()
    payment_terms: tuple[TermsRow, ...] = ()
    landed_costs: tuple[LandedCostRow, ...] = ()
    exclusions: tuple[ExclusionRow, ...] = ()
    vendor_invoices: tuple[VendorInvoiceRow, ...] = ()
    keyed_bills: tuple[KeyedBillRow, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)


def parse_seeds(contents: Mapping[str, bytes]) -> Seeds:
    """The seeds that the files state (name to bytes). Raises ``SeedsBroken`` with the problems of all files at once.

    A CSV that is missing counts as empty, a missing ``signoff.yaml`` as unsigned; ``lifecycle.yaml`` has to be there,
    because nothing is decided without it. A file whose name is nearly that of a missing one is refused, not ignored.
    """
    problems = _misnamed(contents)
    decision = _decision(contents, problems)
    signatures = _signatures(contents, problems)

    def rows(table: tables.Table[tables.RowT]) -> tuple[tables.RowT, ...]:
        content = contents.get(table.file)
        found, wrong = table.parse(content) if content is not None else ((), [])
        problems.extend(wrong)
        return found

    vendors = rows(tables.VENDORS)
    accounts = rows(tables.ACCOUNTS)
    tax_codes = rows(tables.TAX_CODES)
    tracking = rows(tables.TRACKING)
    payment_terms = rows(tables.PAYMENT_TERMS)
    landed_costs = rows(tables.LANDED_COSTS)
    exclusions = rows(tables.EXCLUSIONS)
    vendor_invoices = rows(tables.VENDOR_INVOICES)
    keyed_bills = rows(tables.KEYED_BILLS)
    if problems or decision is None:
        raise SeedsBroken(problems)
    return Seeds(
        decision=decision,
        signatures=signatures,
        vendors=vendors,
        accounts=accounts,
        tax_codes=tax_codes,
        tracking=tracking,
        payment_terms=payment_terms,
        landed_costs=landed_costs,
        exclusions=exclusions,
        vendor_invoices=vendor_invoices,
        keyed_bills=keyed_bills,
        hashes={name: hashlib.sha256(contents[name]).hexdigest() for name in SEED_FILES if name in contents},
    )


def _decision(contents: Mapping[str, bytes], problems: list[Problem]) -> Decision | None:
    if LIFECYCLE not in contents:
        message = (
            "the file is missing, so nothing says which state of a PO becomes a bill; "
            "write one with: cwxero lifecycle --preset scheduled_batch > mapping_seeds/lifecycle.yaml"
        )
        problems.append(Problem(file=LIFECYCLE, message=message))
        return None
    text, wrong = text_of(LIFECYCLE, contents[LIFECYCLE])
    problems.extend(wrong)
    if text is None:
        return None
    decision, wrong = parse_decision(text, LIFECYCLE)
    problems.extend(wrong)
    return decision


def _signatures(contents: Mapping[str, bytes], problems: list[Problem]) -> tuple[Signature, ...]:
    if SIGNOFF not in contents:
        return ()
    text, wrong = text_of(SIGNOFF, contents[SIGNOFF])
    problems.extend(wrong)
    signatures, wrong = parse_signoff(text, SIGNOFF) if text is not None else ((), [])
    problems.extend(wrong)
    return signatures


def _misnamed(contents: Mapping[str, bytes]) -> list[Problem]:
    missing = {name.partition(".")[0]: name for name in SEED_FILES if name not in contents}
    return [
        Problem(
            file=name,
            message=f"the file is not read under this name; rename it to {missing[meant]} or move it out of the folder",
            allowed=", ".join(SEED_FILES),
        )
        for name in sorted(set(contents) - set(SEED_FILES))
        if (meant := nearest(name.partition(".")[0], missing, cutoff=0.75))
    ]
