"""The command line: ``cwxero``, for terminals, cron and scripts. It runs the jobs that the Dagster UI runs.

What belongs here: arguments, exit statuses, printing. What does not: any step (pipeline) or rule (payables).

Exit status (CONTRACT section 3): 0 done; 1 done, and a person is needed; 2 unusable settings or seeds, nothing was
attempted; 3 stopped part-way, running it again continues.
"""

from __future__ import annotations

from cwxero_dagster.cli.command import main

__all__ = ["main"]
