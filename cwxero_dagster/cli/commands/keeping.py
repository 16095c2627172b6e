"""What is kept in the home: ``backup`` copies it and puts it back, ``rebuild-ledger`` makes it anew from Xero.

What belongs here: commands that touch the warehouse and the ledger as a whole. What does not: how they are copied
(``warehouse``) or rebuilt (``pipeline.rebuilding``).
"""

from __future__ import annotations

from pathlib import Path

from cwxero_dagster.cli import showing
from cwxero_dagster.cli.commands.given import Arguments, Commands
from cwxero_dagster.cli.outcome import DONE, PERSON_NEEDED
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.review.headings import DECIDED
from cwxero_dagster.settings import load_settings
from cwxero_dagster.warehouse.lock import home_lock
from cwxero_dagster.warehouse.lost_decisions import Restored, restore

_KIND = "possible_duplicate"
"""The kind of case that asks about decisions which a restored copy does not have."""


def add(commands: Commands) -> None:
    """Add ``backup``, ``rebuild-ledger`` to the command line."""
    backup = commands.add("backup", _backup, "a consistent copy of warehouse and ledger")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.add_argument("--restore", action="store_true", help="put the copy back")
    rebuild = commands.add("rebuild-ledger", _rebuild_ledger, "rebuild the publish ledger from Xero alone")
    rebuild.add_argument("--backup", type=Path, metavar="FILE", help="copy warehouse and ledger here first")


def _backup(arguments: Arguments) -> int:
    settings = load_settings()
    session = Session(settings)
    warehouse = session.warehouse
    if arguments.restore:
        with home_lock(settings.home, "restore"):
            restored = restore(warehouse, arguments.file, at=session.clock.now())
        kept = f" What stood here before is kept as {restored.kept}." if restored.kept else ""
        showing.line(f"Restored from {arguments.file}.{kept}")
        _tell_lost(restored, settings.home)
        return DONE if restored.lost == [] else PERSON_NEEDED
    warehouse.backup(arguments.file)
    showing.line(f"Warehouse and ledger copied to {arguments.file}.")
    return DONE


def _tell_lost(restored: Restored, home: Path) -> None:
    if restored.lost is None:
        told = (
            "what stood here before cannot tell which" if restored.kept else "nothing stood here that could tell which"
        )
        showing.line(
            f"Decisions that people took since the copy was made are not in it, and {told}. The sheet {DECIDED} of the "
            f"workbooks in {home / 'review'} shows what was decided: take those again. Until then a live sync holds "
            f"everything that it would write, in one case ({_KIND}); release that once you have looked."
        )
        return
    if restored.lost:
        showing.line("Decisions since the copy was made are not in it. Take them again:")
    for row in restored.lost:
        named = f" ({row['xero_id']})" if row["xero_id"] else ""
        verb = f"undo of {row['verb']}" if row["taken_back"] else row["verb"]
        who = f"{row['by_name']} on {row['happened_at']:%Y-%m-%d}"
        about = f"{KINDS[row['kind']].title}, {', '.join(row['po_numbers']) or 'no order'}"
        showing.line(f"  {row['case_id']} ({about}): {verb}{named}, {who}: {row['reason']}")
    if any(row["taken_back"] or row["verb"] != "release" for row in restored.lost):
        showing.line(f"Until then a live sync holds what it would write for the goods of these orders ({_KIND}).")


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
