"""The fake credentials of the sandbox, in one place.

What belongs here: constants that both simulated systems check and that the sandbox profile hands to the product. What
does not: anything real. None of these values opens anything outside the sandbox.
"""

from __future__ import annotations

CONNECTWISE_COMPANY = "brightwater"
CONNECTWISE_PUBLIC_KEY = "sandbox-public"
CONNECTWISE_PRIVATE_KEY = "sandbox-private"
CONNECTWISE_CLIENT_ID = "00000000-0000-4000-8000-000000000001"

XERO_CLIENT_ID = "SANDBOXCLIENTID"
XERO_CLIENT_SECRET = "sandbox-secret"  # noqa: S105
XERO_TENANT_ID = "11111111-2222-4333-8444-555555555555"
