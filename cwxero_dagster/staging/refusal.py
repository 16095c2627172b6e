"""Staging that would write something untrue stops instead.

What belongs here: the one exception of this package. What does not: failures of a call (``transport``).
"""

from __future__ import annotations


class StagingRefused(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """What was read cannot be believed. Nothing was written; ``str`` says what happened and what to do."""
