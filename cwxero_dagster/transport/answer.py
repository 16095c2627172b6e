"""What came back from a call.

What belongs here: values, and reading a body as JSON with exact decimals. What does not: the meaning of a body, and
what is said to people about a bad one (``failures``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any


def _refuse_constant(name: str) -> Any:
    message = f"{name} is not a JSON number"
    raise ValueError(message)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: header names in lower case, the body as it came."""

    system: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @cached_property
    def _value(self) -> Any:
        return json.loads(self.body, parse_float=Decimal, parse_constant=_refuse_constant)

    def json(self) -> Any:
        """The body as JSON, numbers with a fraction as ``Decimal``. Raises ``ValueError``."""
        try:
            return self._value
        except (ValueError, RecursionError):
            pass
        message = f"{len(self.body)} bytes that are not JSON"
        raise ValueError(message)
