"""``python -m cwxero_dagster.sandbox``: the sandbox of a home as a process of its own.

What belongs here: reading the options. What does not: serving (server.py) and anything of the product.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cwxero_dagster.sandbox.server import serve
from cwxero_dagster.sandbox.world import SCENARIOS


def main() -> int:
    """Serve until the end; returns the exit status of ``serve``."""
    parser = argparse.ArgumentParser(
        prog="python -m cwxero_dagster.sandbox", description="Simulated ConnectWise and Xero."
    )
    parser.add_argument("--home", type=Path, required=True, help="folder that keeps the sandbox's state")
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 is any that is free")
    parser.add_argument("--scenario", choices=SCENARIOS, default=SCENARIOS[0], help="what a new sandbox begins with")
    parser.add_argument("--faults", type=Path, help="JSON file of planned faults")
    parser.add_argument("--until-pid", type=int, help="end when this process is gone")
    given = parser.parse_args()
    return serve(given.home, port=given.port, scenario=given.scenario, faults=given.faults, until_pid=given.until_pid)


if __name__ == "__main__":
    sys.exit(main())
