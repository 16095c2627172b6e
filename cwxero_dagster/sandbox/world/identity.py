"""Identifiers in Xero: the same in every sandbox, so that mapping seeds can name them.

What belongs here: how an identifier is made. What does not: the records themselves.
"""

from __future__ import annotations

import uuid

_NAMESPACE = uuid.UUID("7d3d3c0e-8f43-4d0e-9c3b-0d1a5f6b2c10")


def xero_id(kind: str, name: object) -> str:
    """The identifier of a record that came with the world."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}"))
