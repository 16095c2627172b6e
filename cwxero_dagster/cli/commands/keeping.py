"""What is kept in the home: ``backup`` copies it and puts it back, ``rebuild-ledger`` makes it anew from Xero.

What belongs here: commands that touch the warehouse and the ledger as a whole. What does not: how they are copied
(``warehouse``) or rebuilt (``pipeline.rebuilding``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cwxero_dagster.cli import showing
from cwxero_dagster.cli.commands.given import Arguments, Commands
from cwxero_dagster.cli.outcome import DONE, PERSON_NEEDED
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.review.headings import DECIDED
from cwxero_dagster.settings import load_settings
from cwxero_dagster.warehouse.lock import home_lock
from cwxero_dagster.warehouse.lost_decisions import lost_decisions


def add(commands: Commands) -> None:
    """Add ``backup``, ``rebuild-ledger`` to the command line."""
    backup = commands.add("backup", _backup, "a consistent copy of warehouse and ledger")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.add_argument("--restore", action="store_true", help="put the copy back")
    rebuild = commands.add("rebuild-ledger", _rebuild_ledger, "rebuild the publish ledger from Xero alone")
    rebuild.add_argument("--backup", type=Path, metavar="FILE", help="copy warehouse and ledger here first")


def _backup(arguments: Arguments) -> int:
    settings = load_settings()
    warehouse = Session(settings).warehouse
    if arguments.restore:
        with home_lock(settings.home, "restore"):
            kept = warehouse.restore(arguments.file)
            lost = lost_decisions(kept, warehouse.path) if kept else []
        showing.line(
            f"Restored from {arguments.file}." + (f" What stood here before is kept as {kept}." if kept else "")
        )
        _tell_lost(lost, settings.home)
        return DONE if lost == [] else PERSON_NEEDED
    warehouse.backup(arguments.file)
    showing.line(f"Warehouse and ledger copied to {arguments.file}.")
    return DONE


def _tell_lost(decisions: Sequence[Mapping[str, Any]] | None, home: Path) -> None:
    if decisions is None:
        showing.line(
            "Decisions that people took since the copy was made are not in it, and what stood here before cannot be "
            f"read to list them. The sheet {DECIDED} of the workbooks in {home / 'review'} shows what was decided: "
            "take those again before the next sync writes."
        )
    elif decisions:
        showing.line("Decisions since the copy was made are not in it. Take them again before the next sync writes:")
    for row in decisions or ():
        named = f" ({row['xero_id']})" if row["xero_id"] else ""
        who = f"{row['by_name']} on {row['decided_at']:%Y-%m-%d}"
        about = f"{KINDS[row['kind']].title}, {', '.join(row['po_numbers']) or 'no order'}"
        showing.line(f"  {row['case_id']} ({about}): {row['verb']}{named}, {who}: {row['reason']}")


def _rebuild_ledger(arguments: Arguments) -> int:
    from cwxero_dagster.cli.running import to_stderr
    from cwxero_dagster.pipeline.rebuilding import rebuild

    session = Session(load_settings(), progress=to_stderr)
    try:
        with home_lock(session.settings.home, "rebuild-ledger"):
            done = rebuild(session, backup=arguments.backup)
    finally:
        session.close()
    showing.rebuilding(done)
    return PERSON_NEEDED if done.unclear else DONE
