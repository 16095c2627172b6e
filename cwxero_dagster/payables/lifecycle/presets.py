"""The lifecycle decisions that ship with the package, as text that a firm can start from.

What belongs here: naming and reading ``cwxero_dagster/presets/*.yaml``. What does not: checking them (reading).
"""

from __future__ import annotations

from importlib.resources import files

from cwxero_dagster.payables.problems import hint

_PRESETS = ("manual", "scheduled_batch", "real_time", "quickbooks_commerce", "quickbooks_commerce_legacy")


def presets() -> tuple[str, ...]:
    """Names of all presets, from the least automation to the most, then those that follow another product."""
    return _PRESETS


def preset_text(name: str) -> str:
    """The preset's ``lifecycle.yaml``, comments included. Raises ``ValueError`` that lists the names."""
    if name not in _PRESETS:
        message = f"There is no preset called {name!r}{hint(name, _PRESETS)}; there are: {', '.join(_PRESETS)}."
        raise ValueError(message)
    return (files("cwxero_dagster") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")
