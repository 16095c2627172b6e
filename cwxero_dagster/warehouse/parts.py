"""The parts that the file consists of, and the steps that made them, in the order of their upgrade.

What belongs here: SQL that makes or changes tables which no Pandera model describes, and the list of parts. A part
with many tables keeps its steps in a module of its own and is named in ``PARTS``. What does not: reading and writing
them.
"""

from __future__ import annotations

from cwxero_dagster.warehouse.ledger_tables import LEDGER
from cwxero_dagster.warehouse.migrations import Part

STAGING = Part(
    "staging",
    (
        """
        create schema if not exists staged;
        create table staged.runs (
            run_id varchar not null,
            system varchar not null,
            night varchar,
            started_at timestamptz not null,
            upto timestamptz not null,
            finished_at timestamptz not null,
            counts varchar not null,
            calls bigint not null
        );
        create table staged.watermarks (source varchar primary key, moment timestamptz not null);
        create table staged.missing (
            source varchar not null,
            record varchar not null,
            times bigint not null,
            first_missed_at timestamptz not null,
            primary key (source, record)
        );
        create table staged.looked_at (
            po_id bigint primary key,
            looked_at timestamptz not null,
            shown varchar
        );
        create table staged.positions (source varchar primary key, position bigint not null);
        """,
        """
        create table staged.belongs_to (system varchar primary key, whose varchar not null);
        """,
    ),
)
"""What staging writes down for its next run."""

PARTS: tuple[Part, ...] = (STAGING, LEDGER)
