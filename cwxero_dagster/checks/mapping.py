"""Every value on the cycle's bills has its place in Xero.

What belongs here: one check an ``unmapped_...`` asset, which is empty on a healthy night. What does not: resolving
(payables/mapping). These are errors that do not block: other bills go ahead.
"""

from __future__ import annotations

import json

import dagster as dg

from cwxero_dagster import frames
from cwxero_dagster.checks.declaring import Cycles, check_of_cycle
from cwxero_dagster.checks.holding import headers_of, held_for, money_of, scope_of
from cwxero_dagster.checks.showing import Checked, Finding
from cwxero_dagster.payables.wording import counted
from cwxero_dagster.pipeline.session import Session


def mapping_checks(cycles: Cycles) -> list[dg.AssetChecksDefinition]:
    """The checks, for these billing cycles."""
    return [
        check_of_cycle(every_vendor_is_mapped, asset="unmapped_vendors", cycles=cycles),
        check_of_cycle(every_account_is_mapped, asset="unmapped_accounts", cycles=cycles),
        check_of_cycle(every_tax_code_is_mapped, asset="unmapped_tax_codes", cycles=cycles),
        check_of_cycle(every_tracking_value_is_mapped, asset="unmapped_tracking", cycles=cycles),
    ]


def every_vendor_is_mapped(session: Session, cycle: str) -> Checked:
    """Every vendor on the cycle's bills has a Xero contact, by vendors.csv or by a number of the contact in Xero."""
    return nothing_unmapped(session, cycle, "unmapped_vendor")


def every_account_is_mapped(session: Session, cycle: str) -> Checked:
    """Everything bought on the cycle's bills has a Xero account, by accounts.csv or by the vendor's default."""
    return nothing_unmapped(session, cycle, "unmapped_account")


def every_tax_code_is_mapped(session: Session, cycle: str) -> Checked:
    """Every tax code on the cycle's bills has a Xero tax type, by tax_codes.csv, accounts.csv or vendors.csv."""
    return nothing_unmapped(session, cycle, "unmapped_tax")


def every_tracking_value_is_mapped(session: Session, cycle: str) -> Checked:
    """Every location and department on the cycle's bills has a tracking option, where tracking.csv lists any at all."""
    return nothing_unmapped(session, cycle, "unmapped_tracking")


def nothing_unmapped(session: Session, cycle: str, kind: str) -> Checked:
    """A finding for each value of ``kind`` that no mapping covers, dearest first."""
    rows = frames.Unmapped.rows(session.warehouse.read_cycle(frames.Unmapped, cycle))
    findings = tuple(
        Finding(
            what=f"{row['name']} It holds {counted(row['bills'], 'bill')}.",
            what_to_do=row["what_to_do"],
            purchase_orders=tuple(json.loads(row["po_numbers"])),
            money=((row["currency_code"], row["amount"]),),
        )
        for row in sorted(rows, key=lambda row: -row["amount"])
        if row["kind"] == kind
    )
    at_stake = money_of(held_for(session, cycle, kind))
    return Checked(scope_of(headers_of(session, cycle)), findings, at_stake=at_stake, asked=True)
