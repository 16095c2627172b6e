from __future__ import annotations

from pathlib import Path

import pytest
from simulation import Simulation


@pytest.fixture
def simulation(tmp_path: Path) -> Simulation:
    """The small world, ready for its first sync."""
    return Simulation(tmp_path)
