"""A firm whose machine fails it, as a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from command_line import Firm, build_firm


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """A firm of its own, and nothing done yet."""
    with ExitStack() as ends, pytest.MonkeyPatch.context() as patch:
        yield build_firm(tmp_path, ends, patch)
