"""Small turns of phrase that every text for people shares.

What belongs here: counting things in words, shortening, what a status is called. What does not: sentences, amounts
(money).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
INSTEAD = "\N{REPLACEMENT CHARACTER}"
"""Stands where a character of other people's words is not shown."""
SEVERAL = "several"
"""Stands in a column of currencies where a row has more than one."""
_STATUS = {"SUBMITTED": "waiting for approval", "AUTHORISED": "approved"}


def status_words(status: str) -> str:
    """A document's status in Xero as its pages have it: ``draft``, ``waiting for approval``, ``approved``, ``paid``."""
    return _STATUS.get(status, status.lower())


def as_it_is(status: str) -> str:
    """The status behind "it is": ``a draft``, ``approved``."""
    return "a draft" if status == "DRAFT" else status_words(status)


def unturned(text: str) -> str:
    """The text without the characters that turn the direction of writing.

    A vendor's name that holds one would turn round what stands behind it, figures included: 134.20 reads 02.431.
    """
    return _TURNS.sub(INSTEAD, text)


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 bill``, ``3 bills``, ``1,818 lines``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def few(names: Sequence[str], most: int) -> str:
    """The first ``most`` names, and how many there are besides: ``PO-1, PO-2 and 3 more``."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def shortened(text: str, most: int) -> str:
    """The text in at most ``most`` characters; what was cut ends in an ellipsis, behind a whole word where one fits."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    words = cut if text[most - 1].isspace() else cut.rpartition(" ")[0]
    return f"{(words.rstrip() or cut.rstrip())}…"
