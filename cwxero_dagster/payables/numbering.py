"""Numbers and links that a bill carries: what people see as Reference, and where its key travels.

What belongs here: the number template, Xero's character limits, the link that holds the bill key. What does not: which
key a bill has (bills, ledger).

On a bill the API's ``InvoiceNumber`` is what Xero shows as Reference; the API's ``Reference`` is dropped on bills and is
never used (xero_api, section 1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, quote, urlsplit

MAX_NUMBER = 255
_SEPARATORS = " |/,;:-_"


def printable(text: str) -> str:
    """Printable ASCII; every other character is replaced by a question mark, line breaks and tabs by a space."""
    spaced = re.sub(r"\s+", " ", text).strip()
    return "".join(char if " " <= char <= "~" else "?" for char in spaced)


def number(template: str, *, vendor_invoice: str | None, po_numbers: Sequence[str], suffix: str = "") -> str:
    """The bill's number from the decision's template, cut to 255 printable ASCII characters.

    Text before a placeholder belongs to it and drops out with an empty value; so does text after the last one.
    ``suffix`` follows the PO numbers ("/2" for the second delivery).
    """
    values = {"vendor_invoice": (vendor_invoice or "").strip(), "po_number": (" ".join(po_numbers) + suffix).strip()}
    pieces = re.split(r"\{(\w+)\}", template)
    text, value = "", ""
    for literal, name in zip(pieces[::2], pieces[1::2], strict=False):
        value = values[name]
        if value:
            text += (literal if text or literal == pieces[0] else literal.lstrip(_SEPARATORS)) + value
    return printable(text + (pieces[-1] if value else ""))[:MAX_NUMBER].strip()


def link(template: str, *, po_id: int, company: str, key: str) -> str:
    """The link to the PO in ConnectWise, whose query ``k`` holds the bill key.

    Xero refuses a Url that contains "xero" in any case, so such a run of letters travels percent-encoded.
    """
    filled = template.replace("{po_id}", str(po_id)).replace("{company}", quote(company, safe=""))
    parts = urlsplit(filled)
    separator = "&" if parts.query else "?"
    anchor = f"#{parts.fragment}" if parts.fragment else ""
    base = filled[: len(filled) - len(anchor)] if anchor else filled
    whole = f"{base}{separator}k={quote(key, safe=':/')}{anchor}"
    return re.sub(r"(?i)x(?=ero)", lambda match: f"%{ord(match[0]):02X}", whole)


def key_in(url: str | None) -> str | None:
    """The bill key that a document's link holds, or None."""
    if not url or "k=" not in url:
        return None
    values = parse_qs(urlsplit(url).query).get("k", [])
    return values[-1] if values and re.match(r"^(po|vi):", values[-1]) else None
