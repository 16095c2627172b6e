"""Staging that would write something untrue stops instead.

What belongs here: the exceptions of this package. What does not: failures of a call (``transport``).
"""

from __future__ import annotations


class StagingRefused(Exception):  # noqa: N818 - a sentence for people, not a programming error
    """What was read cannot be believed. Nothing was written; ``str`` says what happened and what to do."""


class OtherOrganisation(StagingRefused):
    """The keys reach another organisation than the one that was read before: a setting is wrong, not an answer."""
