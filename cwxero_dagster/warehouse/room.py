"""Room on the disk for a run, looked for before it begins.

What belongs here: how much a run wants, and the refusal. What does not: a disk that is full in the middle of a write
(``connection.translated``).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from cwxero_dagster.warehouse.errors import WarehouseUnavailable

OF_A_RUN = 50_000_000
"""Bytes for what a run writes beside the warehouse: Dagster's history, lists, packs (docs/operations.md, "Space")."""
_MB = 1_000_000


def refuse_little_room(warehouse: Path) -> None:
    """Raises ``WarehouseUnavailable`` where the disk of the file has less room than a run wants."""
    free = shutil.disk_usage(warehouse.parent).free
    # The file is copied before a run, and may grow.
    wants = OF_A_RUN + 2 * (warehouse.stat().st_size if warehouse.exists() else 0)
    if free < wants:
        message = (
            f"There is no room left for a run on the disk of {warehouse.parent}: {free // _MB} MB are free, and a run "
            f"wants {-(-wants // _MB)} MB for a copy of the warehouse, its history and its lists. Nothing was started. "
            "Free some space and run again."
        )
        raise WarehouseUnavailable(message)
