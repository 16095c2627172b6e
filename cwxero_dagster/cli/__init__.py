"""The command line: ``cwxero``, for terminals, cron and scripts. It runs the jobs that the Dagster UI runs.

What belongs here: arguments, exit statuses, printing. What does not: any step (pipeline) or rule (payables).

Exit status (CONTRACT section 3): 0 done; 1 done, and a person is needed; 2 unusable settings or seeds, nothing was
attempted; 3 stopped part-way, running it again continues.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status; Ctrl-C ends it with a sentence at any moment."""
    try:
        # Dagster and pandas take seconds to import, in which people already press Ctrl-C.
        from cwxero_dagster.cli.command import run

        return run(argv)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. Nothing is lost: running the command again continues.\n")
        return 3
