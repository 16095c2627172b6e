"""Keeping secrets out of everything that is logged, raised or kept.

What belongs here: which values are secret, and blotting them out of a text. What does not: the secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BLOT = "***"
EXCERPT = 500

_BY_SHAPE = (
    re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{16,}"),
    re.compile(r'(?i)("?(?:access_token|refresh_token|id_token|client_secret|private_?key)"?\s*[:=]\s*"?)[^"&\s,}]+'),
)


class Redactor:
    """Blots out known secret values wherever they stand, and anything that has the shape of a token."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def __repr__(self) -> str:
        return "Redactor()"

    def text(self, text: str) -> str:
        """``text`` without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, BLOT)
        text = _BY_SHAPE[0].sub(lambda found: f"{found.group(1)} {BLOT}", text)
        return _BY_SHAPE[1].sub(lambda found: f"{found.group(1)}{BLOT}", text)

    def body(self, body: bytes, *, sent: str = "") -> bytes:
        """A body in which the very keys stand blotted that came back with it; the rest is data and stays as it is.

        ``sent`` is the Authorization header that the request carried.
        """
        for secret in (*self._secrets, sent.rpartition(" ")[2]):
            for spelt in {secret, secret.replace("/", "\\/")} - {""}:
                body = body.replace(spelt.encode(), BLOT.encode())
        return body

    def excerpt(self, body: bytes) -> str:
        """The start of a body as text, without secrets."""
        # Blotted before it is cut: a secret that straddles the cut would otherwise leave its first half behind.
        return self.text(body.decode("utf-8", errors="replace"))[:EXCERPT]
