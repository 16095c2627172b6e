"""How the two systems are reached: addresses and keys, as values.

What belongs here: what settings hold and clients are given. What does not: reading settings, using keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class ConnectWiseAccess:
    """How to reach ConnectWise; the keys are those of an API member."""

    base_url: str
    """Up to and including ``/v4_6_release/apis/3.0``."""
    company: str
    public_key: str = field(repr=False)
    private_key: str = field(repr=False)
    client_id: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class XeroAccess:
    """How to reach Xero through a custom connection."""

    api_url: str
    identity_url: str
    connections_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    tenant_id: str | None = None
    """The only organisation that may be written to; None: the only one that the connection reaches."""
