"""One asset a mapping seed, whose data version is the file's hash: the UI shows what went stale when a file changes.

What belongs here: the assets of group ``mappings``. What does not: reading the files (seed_files, payables/seeds).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from cwxero_dagster.payables.lifecycle import decision_in_words
from cwxero_dagster.payables.seeds import SEED_FILES, Seeds
from cwxero_dagster.resources import Firm, in_words

DESCRIPTIONS = {
    "lifecycle.yaml": "The lifecycle decision: which ConnectWise state causes which Xero event.",
    "signoff.yaml": "Who agreed to the lifecycle decision.",
    "vendors.csv": "ConnectWise vendor to Xero contact.",
    "accounts.csv": "Product, category or type to Xero account.",
    "tax_codes.csv": "ConnectWise tax code to Xero tax type.",
    "tracking.csv": "Location and business unit to Xero tracking option.",
    "payment_terms.csv": "Billing terms to days.",
    "landed_costs.csv": "Shipment method or product to carrier.",
    "exclusions.csv": "What is kept out for good, and why.",
    "vendor_invoices.csv": "Vendor invoices from a feed, for three-way match.",
    "keyed_bills.csv": "Bills that the bookkeeper keyed elsewhere, for the parallel run.",
}
OWNERS = {"lifecycle.yaml": "procurement", "landed_costs.csv": "procurement", "exclusions.csv": "procurement"}


def asset_name(file: str) -> str:
    """The asset of a seed file."""
    return f"seed_{file.split('.', maxsplit=1)[0]}"


def seed_spec(file: str) -> dg.AssetSpec:
    """The declaration of one seed file's asset."""
    return dg.AssetSpec(
        asset_name(file),
        group_name="mappings",
        owners=[f"team:{OWNERS.get(file, 'finance')}"],
        kinds={"yaml" if file.endswith(".yaml") else "csv"},
        description=f"{DESCRIPTIONS[file]} People edit `{file}`; the data version is the file's hash.",
    )


@dg.multi_asset(specs=[seed_spec(file) for file in SEED_FILES], name="read_mapping_seeds", can_subset=True)
def read_mapping_seeds(context: dg.AssetExecutionContext, firm: Firm) -> Iterator[dg.MaterializeResult[Any]]:
    """Read all mapping seeds at once, because the mistakes of all files are told at once."""
    with in_words():
        seeds = firm.session.seeds()
        folder = firm.session.settings.seeds_folder
    for file in SEED_FILES:
        if dg.AssetKey(asset_name(file)) in context.selected_asset_keys:
            yield dg.MaterializeResult(
                asset_key=asset_name(file),
                metadata={"file": dg.MetadataValue.path(folder / file), **told(file, seeds)},
                data_version=dg.DataVersion(seeds.hashes.get(file, "absent")),
            )


def told(file: str, seeds: Seeds) -> dict[str, Any]:
    """What a seed file says: the decision in words, who signed it, or how many rows there are."""
    if file == "lifecycle.yaml":
        words = "\n".join(f"- {line}" for line in decision_in_words(seeds.decision))
        return {"in_words": dg.MetadataValue.md(words), "digest": seeds.decision.digest}
    if file == "signoff.yaml":
        signed = [f"- {s.name}, {s.role}, {s.signed_on}: {s.digest[:12]}" for s in seeds.signatures]
        return {"signatures": dg.MetadataValue.md("\n".join(signed) or "Nobody has signed yet.")}
    return {"dagster/row_count": len(getattr(seeds, file.removesuffix(".csv")))}


SEED_ASSETS = [read_mapping_seeds]
SEED_ASSET_NAMES = [asset_name(file) for file in SEED_FILES]
