"""Reads the folder of the mapping seeds.

What belongs here: files and folders, and saying which of them cannot be read. What does not: what the files may hold
(payables.seeds, payables.lifecycle), where the folder is (settings).
"""

from __future__ import annotations

from pathlib import Path

from cwxero_dagster.payables.problems import Problem, SeedsBroken
from cwxero_dagster.payables.seeds import SEED_FILES, Seeds, parse_seeds

_SUFFIXES = (".csv", ".yaml", ".yml")


def load_seeds(folder: Path) -> Seeds:
    """The mapping seeds in ``folder``. Raises ``SeedsBroken`` with everything that is wrong with all of them."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    except OSError as broken:
        message = (
            f"the folder of the mapping seeds cannot be read ({broken.strerror}); "
            "set CWXERO_MAPPING_SEEDS to the folder that holds lifecycle.yaml"
        )
        raise SeedsBroken([Problem(file=str(folder), message=message)]) from broken
    contents: dict[str, bytes] = {}
    unreadable: list[Problem] = []
    for path in found:
        try:
            contents[path.name] = path.read_bytes()
        except OSError as broken:
            if path.name in SEED_FILES:
                unreadable.append(Problem(file=path.name, message=f"the file cannot be read ({broken.strerror})"))
                contents[path.name] = b""
    if not unreadable:
        return parse_seeds(contents)
    named = {problem.file for problem in unreadable}
    try:
        parse_seeds(contents)
    except SeedsBroken as broken:
        unreadable += [problem for problem in broken.problems if problem.file not in named]
    raise SeedsBroken(unreadable)
