"""Numbers and links that a bill carries: what people see as Reference, and where its key travels.

What belongs here: the number template, Xero's character limits, the link that holds the bill key. What does not: which
key a bill has (bills, ledger).

On a bill the API's ``InvoiceNumber`` is what Xero shows as Reference; the API's ``Reference`` is dropped on bills and
is never used (xero_api, section 1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, quote, urlsplit

MAX_NUMBER = 255
_SEPARATORS = " |/,;:-_"
_KEY = re.compile(r"(po|vi):[0-9]+(/[a-z0-9:]+)*", re.ASCII)


def printable(text: str) -> str:
    """Printable ASCII; every other character is replaced by a question mark, line breaks and tabs by a space."""
    spaced = re.sub(r"\s+", " ", text).strip()
    return "".join(char if " " <= char <= "~" else "?" for char in spaced)


def number(template: str, *, vendor_invoice: str | None, po_numbers: Sequence[str], suffix: str = "") -> str:
    """The bill's number from the decision's template, cut to 255 printable ASCII characters.

    Text before a placeholder belongs to it and drops out with an empty value; so does text after the last one.
    ``suffix`` follows the PO numbers ("/2" for the second delivery). Where nothing is left, the PO numbers stand alone:
    a document without a number cannot be sent.
    """
    values = {"vendor_invoice": (vendor_invoice or "").strip(), "po_number": (" ".join(po_numbers) + suffix).strip()}
    pieces = re.split(r"\{(\w+)\}", template)
    text, value = "", ""
    for index, (literal, name) in enumerate(zip(pieces[::2], pieces[1::2], strict=False)):
        value = values[name]
        if value:
            text += (literal if text or index == 0 else literal.lstrip(_SEPARATORS)) + value
    whole = printable(text + (pieces[-1] if value else "")) or printable(values["po_number"])
    return whole[:MAX_NUMBER].strip()


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
    """The bill key that a document's link holds, or None; people put all sorts of links on documents."""
    if not url or "k=" not in url:
        return None
    try:
        values = parse_qs(urlsplit(url).query).get("k", [])
    except ValueError:
        return None
    return values[-1] if values and _KEY.fullmatch(values[-1]) else None


def order_key_in(reference: str | None) -> str | None:
    """The key that the Reference of a purchase order in Xero holds, or None."""
    return reference if reference and _KEY.fullmatch(reference) else None


def order_number(po_number: str, *, po_id: int, shared: bool, number: int) -> str:
    """The number of a PO's ``number``-th purchase order in Xero, where no two may have one number.

    ``shared``: an older PO has the same number in ConnectWise, so this one says its id too.
    """
    name = printable(po_number) or f"#{po_id}"
    tail = (f" #{po_id}" if shared else "") + (f" ({number})" if number > 1 else "")
    return name[: MAX_NUMBER - len(tail)].strip() + tail


def credit_line(po_numbers: Sequence[str], key: str) -> str:
    """The first line of a supplier credit, which carries its key, because a credit has no link."""
    return f"{', '.join(po_numbers)}: supplier credit [{key}]"


def credit_key_in(description: str) -> str | None:
    """The bill key that a credit's first line holds, or None."""
    found = re.search(r"\[([^\[\]]*)\]$", description.strip())
    return found[1] if found and _KEY.fullmatch(found[1]) else None
