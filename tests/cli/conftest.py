"""Firms that the command line works for, as fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from command_line import Firm, Told, build_firm, clear_environment, tell


@pytest.fixture(name="tell")
def tell_fixture() -> Callable[..., Told]:
    """Runs a command without a firm of the test's own."""
    return tell


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings."""
    clear_environment(monkeypatch)


@pytest.fixture(scope="module")
def module_firm(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Firm]:
    """A firm that the tests of a module share: its fixtures work there once, its tests look at what came of it.

    A module that says ``WITH_CHECKS = True`` runs the asset checks too, as every real run does.
    """
    with_checks = getattr(request.module, "WITH_CHECKS", False)
    with ExitStack() as ends, pytest.MonkeyPatch.context() as patch:
        yield build_firm(tmp_path_factory.mktemp("firm"), ends, patch, with_checks=with_checks)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """A firm of its own, and nothing done yet."""
    with ExitStack() as ends, pytest.MonkeyPatch.context() as patch:
        yield build_firm(tmp_path, ends, patch)
