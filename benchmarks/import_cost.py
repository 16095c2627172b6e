"""What importing the code location costs beside importing Dagster and pandas alone, as a ratio of medians.

Run: ``python benchmarks/import_cost.py [runs]``.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ALONE = "import dagster, pandas, pandera.pandas, duckdb, httpx"
WHOLE = "import cwxero_dagster.definitions"


def seconds(statement: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-W", "ignore", "-c", statement], check=True)
    return time.perf_counter() - started


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    pairs = [(seconds(ALONE), seconds(WHOLE)) for _ in range(runs)]
    alone, whole = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"libraries alone {alone:.2f} s, code location {whole:.2f} s, ratio {whole / alone:.2f}")


if __name__ == "__main__":
    main()
