"""What came back from a call.

What belongs here: values, and reading a body as JSON with exact decimals. What does not: the meaning of a body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from cwxero_dagster.transport.failures import MalformedAnswer


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
        """The body as JSON, numbers with a fraction as ``Decimal``. Raises ``MalformedAnswer``."""
        try:
            return self._value
        except (ValueError, RecursionError):
            pass
        reason = f"{len(self.body)} bytes that are not JSON"
        raise self.malformed(reason)

    def malformed(self, reason: str) -> MalformedAnswer:
        """The failure to raise when the body is not what it should be; ``reason`` is for the log, not for people."""
        sentence = (
            f"{self.system} sent an answer that cannot be understood. Nothing was taken from it. Run the same again in "
            f"a few minutes; if it stays, check that the address set for {self.system} is the API's own."
        )
        return MalformedAnswer(self.system, sentence, status=self.status, reason=reason, answer=self)
