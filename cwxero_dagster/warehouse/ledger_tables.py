"""SQL of the publish ledger, in the order of its upgrades.

What belongs here: the tables of schema ``ledger``. What does not: reading and writing them (``ledger.py``).
"""

from __future__ import annotations

from cwxero_dagster.warehouse.migrations import Part

LEDGER = Part(
    "ledger",
    (
        """
        create schema if not exists ledger;
        create table ledger.decisions (
            digest varchar primary key,
            text varchar not null,
            first_used_at timestamptz not null
        );
        create table ledger.bills (
            bill_key varchar primary key,
            organisation_id varchar not null,
            document_type varchar not null,
            billing_cycle varchar not null,
            policy_digest varchar not null,
            po_ids varchar not null,
            po_numbers varchar not null,
            state varchar not null,
            xero_id varchar,
            facts varchar not null,
            written varchar,
            base varchar,
            refused_payload varchar,
            refused_at timestamptz,
            refusal varchar,
            refusal_kind varchar,
            issued_at timestamptz not null,
            changed_at timestamptz not null
        );
        create table ledger.allocations (
            bill_key varchar not null,
            po_id bigint not null,
            line_id bigint not null,
            start_quantity decimal(28, 10) not null,
            end_quantity decimal(28, 10) not null
        );
        create table ledger.requests (
            request_id varchar primary key,
            batch_id varchar not null,
            attempt integer not null,
            idempotency_key varchar not null,
            method varchar not null,
            path varchar not null,
            body blob not null,
            state varchar not null,
            created_at timestamptz not null,
            first_sent_at timestamptz,
            answered_at timestamptz,
            status integer,
            answer blob
        );
        create table ledger.request_bills (
            request_id varchar not null,
            position integer not null,
            bill_key varchar not null,
            action varchar not null,
            writing varchar not null
        );
        create table ledger.events (
            happened_at timestamptz not null,
            bill_key varchar not null,
            event varchar not null,
            detail varchar not null,
            request_id varchar
        );
        create table ledger.settlements (
            settlement_id varchar primary key,
            case_id varchar not null,
            kind varchar not null,
            cause varchar not null,
            verb varchar not null,
            facts varchar not null,
            bill_keys varchar not null,
            by_name varchar not null,
            reason varchar not null,
            xero_id varchar,
            decided_at timestamptz not null,
            undone_at timestamptz,
            undone_by varchar
        );
        create table ledger.cases (
            case_id varchar primary key,
            kind varchar not null,
            cause varchar not null,
            status varchar not null,
            first_seen timestamptz not null,
            last_seen timestamptz not null,
            closed_because varchar,
            holding varchar not null
        );
        """,
    ),
)
