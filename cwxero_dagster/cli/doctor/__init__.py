"""``cwxero doctor``: whether everything is in order before and between the nights, a line each, with the fix.

What belongs here: checks, in the order in which they make sense: what is on this machine first (``here``), then both
systems (``systems``), then the mapping seeds against Xero (``seeds_in_xero``). What does not: repairing anything.
"""

from __future__ import annotations

from cwxero_dagster.cli.doctor.examination import examine

__all__ = ["examine"]
