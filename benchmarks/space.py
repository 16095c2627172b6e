"""What the history costs in space: bytes a bill, a quiet night and a run, and what that makes in a year.

Run: ``python benchmarks/space.py [bills a month] [runs a night]``. The sandbox's firm is synced by the command until
its bills are in Xero, then for two nights in which nothing happens. Rows are measured as text, which is more than they
take in the file (DuckDB compresses, in blocks); the files are listed beside them. Every figure is printed, none is
asserted.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from command_line import build_firm

CYCLE = "2026-06"
STARTS = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
DAY = 24 * 3600
NIGHTS = 365


def rows(home: Path) -> dict[str, int]:
    """Bytes of each table of the warehouse, as text."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.sql("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        return {
            table: int(connection.sql(f"select coalesce(sum(strlen(t::varchar)), 0) from {table} t").fetchall()[0][0])
            for (table,) in tables
        }


def files(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """What each table grew by, the largest first; those that did not are absent."""
    more = {table: size - before.get(table, 0) for table, size in after.items()}
    return dict(sorted(((t, n) for t, n in more.items() if n > 0), key=lambda one: -one[1]))


def told(what: str, tables: dict[str, int], each: int = 1) -> int:
    """Print a growth and its largest tables; gives bytes for each."""
    total = sum(tables.values()) // each
    largest = ", ".join(f"{table} {size // each:,}" for table, size in list(tables.items())[:6])
    print(f"{what:<28} {total:>12,} bytes   {largest}", flush=True)
    return total


def main() -> None:
    bills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ends:
        patch = ends.enter_context(pytest.MonkeyPatch.context())
        firm = build_firm(Path(folder), ends, patch, with_checks=True, start=STARTS)
        firm.tell("plan", "--cycle", CYCLE)
        read = rows(firm.home)
        written = firm.sync(CYCLE).json["counts"].get("create", 0)
        full = rows(firm.home)
        sizes = [files(firm.home / "dagster")]
        quiet = [full]
        for _ in range(2):
            firm.systems.clock.travel(DAY)
            firm.sync(CYCLE)
            quiet.append(rows(firm.home))
            sizes.append(files(firm.home / "dagster"))
        told("read for the first time", read)
        a_bill = told(f"a bill ({written} written)", grown(read, full), max(written, 1))
        told("a quiet night (the first)", grown(quiet[0], quiet[1]))
        a_night = told("a quiet night", grown(quiet[1], quiet[2]))
        a_run = sizes[2] - sizes[1]
        print(f"{'a run in Dagster':<28} {a_run:>12,} bytes")
        for part in ("warehouse.duckdb", "backups", "review", "dagster"):
            path = firm.home / part
            print(f"{'files: ' + part:<28} {files(path) if path.is_dir() else path.stat().st_size:>12,} bytes")
        ledger = 12 * bills * a_bill + NIGHTS * a_night
        print(
            f"A year of {bills} bills a month and {runs} runs a night: warehouse {ledger / 1e6:,.0f} MB at most, "
            f"Dagster {NIGHTS * runs * a_run / 1e6:,.0f} MB."
        )


if __name__ == "__main__":
    main()
