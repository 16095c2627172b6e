"""SQL of the publish ledger, in the order of its upgrades.

What belongs here: the tables of schema ``ledger``. What does not: reading them (``ledger_reading``) and
writing them (``ledger_rows``, ``ledger``).
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
        # Freight was allocated as one piece (0 to 1) and is allocated in money since: 25.00 is 0 to 25. What was
        # written says how much; of a bill that a person closed unsent nobody knows, and it keeps all of the freight.
        """
        create temporary table freight_written as
        with writings as (
            select bill_key, document_type, written as meaning from ledger.bills where written is not null
            union all
            select r.bill_key, b.document_type, json_extract(r.writing, '$.meaning')::varchar
            from ledger.request_bills r join ledger.bills b using (bill_key)
            where b.written is null
        ), lines as (
            select bill_key, document_type, unnest(from_json(meaning, '{"lines": ["json"]}').lines) as line
            from writings
        )
        select bill_key, line->>'$.ref' as ref,
            max(case document_type when 'ACCPAYCREDIT' then -1 else 1 end * cast(
                coalesce(line->>'$.hers.unit_amount.meant', line->>'$.unit_amount') as decimal(28, 10)
            )) as amount
        from lines
        where line->>'$.ref' like '%:freight:0'
        group by all;
        update ledger.allocations
        set end_quantity = coalesce(
            (
                select amount from freight_written
                where freight_written.bill_key = allocations.bill_key
                    and ref = concat(allocations.po_id, ':freight:0')
            ),
            999999999
        )
        where line_id = 0 and start_quantity = 0 and end_quantity = 1;
        drop table freight_written;
        """,
        "alter table ledger.bills add column meanwhile varchar",
        """
        create table ledger.history_notes (
            note_id varchar primary key,
            request_id varchar not null,
            bill_key varchar not null,
            document_type varchar not null,
            xero_id varchar not null,
            text varchar not null,
            state varchar not null,
            queued_at timestamptz not null,
            sent_at timestamptz,
            unique (request_id, bill_key)
        );
        """,
        """
        create table ledger.customer_links (
            bill_key varchar not null,
            ref varchar not null,
            document_id varchar not null,
            line_item_id varchar not null,
            item varchar not null,
            company_id bigint not null,
            customer varchar not null,
            contact_id varchar not null,
            state varchar not null,
            linked_id varchar,
            attempt integer not null,
            changed_at timestamptz not null,
            primary key (bill_key, ref)
        );
        """,
        # The cycle in which a live run first planned a bill, from before anything of it is sent.
        """
        create table ledger.planned_cycles (
            bill_key varchar primary key,
            billing_cycle varchar not null,
            planned_at timestamptz not null
        );
        """,
        # What a decision is about is what its question said, and not what was read between question and answer.
        "alter table ledger.settlements add column asked_at timestamptz",
        "alter table ledger.settlements add column gone varchar",
        # Goods that are not owed because they are on another bill are asked about again once they are not on it.
        "alter table ledger.settlements add column on_bills varchar",
        # The clock may be set between a sending and the next run; how long the machine is up is not set by anybody.
        "alter table ledger.requests add column sent_in_start varchar",
        "alter table ledger.requests add column sent_uptime double",
        # Decisions that a copy which was put back does not have, and the runs of the file that it replaced.
        """
        create table ledger.lost_decisions (
            lost_id varchar primary key,
            restored_at timestamptz not null,
            case_id varchar not null,
            kind varchar not null,
            verb varchar not null,
            by_name varchar not null,
            reason varchar not null,
            happened_at timestamptz,
            taken_back boolean not null,
            holding varchar not null
        );
        create table ledger.replaced_runs (run_id varchar primary key);
        """,
        # What a copy that was put back has as the last write to a document may not be the last one.
        "alter table ledger.bills add column base_in_doubt boolean",
    ),
)
