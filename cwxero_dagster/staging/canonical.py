"""A record as text, the same for the same content, with exact numbers; and its fingerprint.

What belongs here: canonical JSON. What does not: which parts of a record are noise (the row modules).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_LONGEST_NUMBER = 60


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces, and decimals as plain numbers of their exact value (``2.50`` is ``2.5``).

    Raises ``TypeError`` for floats: a number that was one has lost its value already.
    """
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=not is_unicode(value))
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    message = f"{type(value).__name__} cannot be written as exact JSON"
    raise TypeError(message)


def is_unicode(text: str) -> bool:
    """False for text with half a character (a lone surrogate), which JSON can hold and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def fingerprint(record: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical text, hexadecimal."""
    return hashlib.sha256(canonical(record).encode()).hexdigest()


def _number(value: Decimal) -> str:
    if not value.is_finite():
        message = f"{value} is not a number that JSON can hold"
        raise TypeError(message)
    if value.is_zero():
        return "0"
    # Beyond this length an exponent is kept: a hostile 1e999999999 must not fill the memory with zeros.
    if abs(value.adjusted()) > _LONGEST_NUMBER:
        return str(value.normalize())
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
