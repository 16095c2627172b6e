"""What Dagster prints where it cannot keep the history of a run, in the reader's words.

What belongs here: that one line of Dagster's, which names its tables and prints what it would have kept. What does
not: what ends a run (``outcome``); a run whose history cannot be kept ends soon after, with a sentence of its own.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import TextIO

UNKEPT = "Exception while writing logger call to event log"
"""How Dagster begins that line (dagster 1.13, ``_core/instance/types.py``)."""
IN_WORDS = (
    "Dagster could not keep all of this run's history: the UI may show the run without its last steps. What the run "
    "did is kept in the warehouse.\n"
)


class _Standard(io.TextIOBase):
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told = False

    def write(self, text: str) -> int:
        if not text.startswith(UNKEPT):
            return self._stream.write(text)
        if not self._told:
            self._told = True
            self._stream.write(IN_WORDS)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()


@contextlib.contextmanager
def unkept_history_in_words() -> Iterator[None]:
    """Within it, standard error says once that history is missing, instead of Dagster's line a step."""
    with contextlib.redirect_stderr(_Standard(sys.stderr)):
        yield
