"""The code location as a Dagster server loads it: names that outsiders rely on, and nothing opened on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from cwxero_dagster.definitions import build_defs

ASSETS = {
    "connectwise": {
        "purchase_orders",
        "purchase_order_lines",
        "vendors",
        "catalog_items",
        "connectwise_reference",
        "customer_products",
        "purchase_links",
    },
    "xero": {"xero_reference", "xero_contacts", "xero_documents", "xero_purchase_orders"},
    "mappings": {
        "seed_lifecycle",
        "seed_signoff",
        "seed_vendors",
        "seed_accounts",
        "seed_tax_codes",
        "seed_tracking",
        "seed_payment_terms",
        "seed_landed_costs",
        "seed_exclusions",
        "seed_vendor_invoices",
        "seed_keyed_bills",
    },
    "bills": {
        "receipts",
        "purchase_order_states",
        "bill_headers",
        "bill_lines",
        "held_bills",
        "unmapped_vendors",
        "unmapped_accounts",
        "unmapped_tax_codes",
        "unmapped_tracking",
    },
    "publish": {"publish_plan", "published_bills"},
    "review": {
        "open_cases",
        "workbook_answers",
        "review_pack",
        "received_without_a_bill",
        "coverage",
        "bills_to_key",
        "cycle_health",
        "on_billing",
        "parallel_run_comparison",
    },
}
BY_CYCLE = (
    (ASSETS["bills"] - {"receipts", "purchase_order_states"})
    | ASSETS["publish"]
    | {"open_cases", "review_pack", "bills_to_key", "parallel_run_comparison", "cycle_health"}
)
SHAPED = (
    ASSETS["connectwise"]
    | ASSETS["xero"]
    | ASSETS["publish"]
    | {
        "receipts",
        "purchase_order_states",
        "bill_headers",
        "bill_lines",
        "held_bills",
        "coverage",
        "bills_to_key",
        "on_billing",
        "parallel_run_comparison",
    }
)
CHECKS = {
    *((asset, "every_row_keeps_its_contract") for asset in SHAPED),
    ("purchase_orders", "staging_is_fresh"),
    ("xero_documents", "staging_is_fresh"),
    ("xero_documents", "no_document_in_xero_twice"),
    ("purchase_order_states", "nothing_lies_outside_a_cycle"),
    ("unmapped_vendors", "every_vendor_is_mapped"),
    ("unmapped_accounts", "every_account_is_mapped"),
    ("unmapped_tax_codes", "every_tax_code_is_mapped"),
    ("unmapped_tracking", "every_tracking_value_is_mapped"),
    ("held_bills", "contacts_are_active"),
    ("held_bills", "accounts_are_valid_in_xero"),
    ("held_bills", "accounts_and_tax_types_go_together"),
    ("held_bills", "tracking_options_exist"),
    ("held_bills", "currencies_are_enabled"),
    ("bill_lines", "bills_tie_to_receipts"),
    ("bill_headers", "no_bill_appears_twice"),
    ("seed_signoff", "lifecycle_is_signed"),
    ("published_bills", "published_totals_match_xero"),
    ("published_bills", "nothing_is_refused_by_xero"),
    ("published_bills", "nothing_waits_for_an_answer"),
    ("open_cases", "no_open_cases"),
    ("parallel_run_comparison", "the_cycle_is_ready_to_go_live"),
    ("parallel_run_comparison", "what_was_signed_still_stands"),
    ("review_pack", "what_was_signed_still_stands"),
    ("coverage", "every_purchase_order_is_accounted_for"),
    ("coverage", "every_figure_leads_somewhere"),
}


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("nowhere"))
        return build_defs()


@pytest.fixture(scope="module")
def specs(defs: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_the_definitions_load_and_fit_together(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)


def test_every_asset_is_in_its_group(specs: dict[str, dg.AssetSpec]) -> None:
    found: dict[str, set[str]] = {}
    for name, spec in specs.items():
        found.setdefault(spec.group_name, set()).add(name)
    assert found == ASSETS


def test_every_asset_has_an_owner_and_a_sentence(specs: dict[str, dg.AssetSpec]) -> None:
    without = [name for name, spec in specs.items() if not spec.owners or not (spec.description or "").endswith(".")]
    assert without == []


def test_tables_tell_their_columns(specs: dict[str, dg.AssetSpec]) -> None:
    columns = {column.name: column for column in specs["bill_headers"].metadata["dagster/column_schema"].columns}
    assert columns["total"].type == "decimal128(18, 4)"
    assert columns["due_on"].description == "The day of the event that made the bill due; it fixed the cycle."
    assert columns["vendor_name"].constraints.nullable
    assert not columns["total"].constraints.nullable


def test_what_belongs_to_a_cycle_is_partitioned_by_cycle(specs: dict[str, dg.AssetSpec]) -> None:
    assert {name for name, spec in specs.items() if spec.partitions_def} == BY_CYCLE
    key = specs["bill_headers"].partitions_def.get_partition_keys()[0]
    assert key == "2026-05"


def test_every_check_is_there(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    assert {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys} == CHECKS


def test_only_broken_tables_and_failed_staging_block(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    blocking = {key.name for key in graph.asset_check_keys if graph.get_check_spec(key).blocking}
    assert blocking == {"every_row_keeps_its_contract", "staging_is_fresh"}


def test_every_check_says_what_is_true(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    silent = [key for key in graph.asset_check_keys if not (graph.get_check_spec(key).description or "").endswith(".")]
    assert silent == []


def test_jobs_schedules_and_sensors_have_the_names_of_the_contract(defs: dg.Definitions) -> None:
    repository = defs.get_repository_def()
    named = {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")}
    assert named == {"decide_case", "stage", "sync", "parallel_run", "weekly_report", "health"}
    assert {each.name for each in repository.schedule_defs} == {"nightly_sync", "weekly_unsynced_report"}
    assert {each.name for each in repository.sensor_defs} == {
        "earlier_cycles",
        "earlier_cycles_after_failure",
        "cycle_health",
        "purchase_order_changes",
        "review_digest",
    }


CUSTOMER_SIDE = {"customer_products", "purchase_links"}


def test_the_stage_job_writes_nothing_to_xero(defs: dg.Definitions) -> None:
    staged = {key.to_user_string() for key in defs.resolve_job_def("stage").asset_layer.selected_asset_keys}
    assert staged == (ASSETS["connectwise"] - CUSTOMER_SIDE) | ASSETS["xero"] | {"receipts", "purchase_order_states"}


def test_the_customer_side_is_read_by_the_weekly_job_alone(defs: dg.Definitions) -> None:
    selected = {
        name: {key.to_user_string() for key in defs.resolve_job_def(name).asset_layer.selected_asset_keys}
        for name in ("stage", "sync", "weekly_report")
    }
    assert selected["weekly_report"] >= CUSTOMER_SIDE | {"on_billing"}
    assert not (selected["stage"] | selected["sync"]) & (CUSTOMER_SIDE | {"on_billing"})


def test_publishing_is_never_tried_again_by_dagster(defs: dg.Definitions) -> None:
    node = defs.resolve_job_def("sync").get_node_named("published_bills")
    assert node.retry_policy is None
    assert node.definition.retry_policy is None


def test_loading_opens_and_writes_nothing(tmp_path: Path) -> None:
    source = "import cwxero_dagster.definitions"
    environ = {"CWXERO_HOME": str(tmp_path / "home"), "PATH": "", "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
