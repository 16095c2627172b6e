"""Where a person opens a purchase order in ConnectWise, or a bill in Xero.

What belongs here: the two addresses. What does not: the link that a bill carries, which holds its key (numbering).
"""

from __future__ import annotations

from urllib.parse import quote

from cwxero_dagster.settings import Settings


def order_link(settings: Settings, po_id: int) -> str | None:
    """The purchase order in ConnectWise; None where its address is not known."""
    if settings.po_url is None:
        return None
    company = settings.connectwise.company if settings.connectwise else ""
    return settings.po_url.replace("{po_id}", str(po_id)).replace("{company}", quote(company, safe=""))


def bill_link(settings: Settings, document_id: str) -> str | None:
    """Where a person opens the bill: Xero's own page, or the sandbox's."""
    root, _, _ = settings.xero.api_url.partition("/api.xro") if settings.xero else ("", "", "")
    if settings.profile == "sandbox":
        return f"{root}/page/bills/{document_id}"
    if root == "https://api.xero.com":
        return f"https://go.xero.com/AccountsPayable/View.aspx?InvoiceID={document_id}"
    return None
