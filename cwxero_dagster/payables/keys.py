"""Bill keys: their forms, and what a bill's number says of them.

What belongs here: building and reading keys (DESIGN.md, "Identity"). What does not: when a key is issued (units), where
it travels in Xero (numbering).

``po:{po_id}`` a whole PO, ``po:{po_id}/d:{n}`` its n-th delivery, ``po:{po_id}/f`` its freight on the carrier's own
bill (``/f:2`` for a second carrier), ``vi:{vendor_id}/{n}`` the n-th vendor invoice of a vendor; behind them ``/g:{n}``
replaces withdrawn ones, ``/s:{n}`` is a supplement, ``/c:{n}`` a credit for what went back.

``po:{po_id}/o:{n}`` is no bill: it is the n-th purchase order that Xero was given for a PO (another one only after the
one before was removed), and it never holds goods.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache


def po_key(po_id: int) -> str:
    """The key of a PO's bill."""
    return f"po:{po_id}"


def next_delivery(po_id: int, used: Collection[str]) -> str:
    """The key of a PO's next delivery, in order of first planning."""
    return _next(po_key(po_id), "d", used)


def invoice_key(vendor_id: int, number: int) -> str:
    """The key of a vendor's n-th invoice, in order of first planning."""
    return f"vi:{vendor_id}/{number}"


def vendor_and_number(key: str) -> tuple[int, int]:
    """The vendor id of a vendor invoice's key, and its number among the vendor's."""
    vendor_id, number = stem(key).removeprefix("vi:").split("/")
    return int(vendor_id), int(number)


def next_carrier(po_id: int, live: Collection[str], used: Collection[str]) -> str:
    """The key of a carrier's bill on a PO. ``live``: carriers' bills that stand; ``used``: every key ever issued."""
    first = f"{po_key(po_id)}/f"
    key = first if not any(is_carrier(one) for one in live) else _next(po_key(po_id), "f", {*used, f"{first}:1"})
    return next_generation(key, used) if key in used else key


def next_supplement(key: str, used: Collection[str]) -> str:
    """The key of the next supplement to a bill that is final."""
    return _next_shown(key, "s", used)


def next_credit(key: str, used: Collection[str]) -> str:
    """The key of the next credit for goods of a bill that went back."""
    return _next_shown(key, "c", used)


def next_generation(key: str, used: Collection[str]) -> str:
    """The key of the bill that replaces a withdrawn one."""
    return _next(key, "g", used)


def next_order(po_id: int, used: Collection[str]) -> str:
    """The key of a PO's next purchase order in Xero."""
    return _next(po_key(po_id), "o", used)


def _next(stem: str, letter: str, used: Collection[str]) -> str:
    number = 1
    while f"{stem}/{letter}:{number}" in used:
        number += 1
    return f"{stem}/{letter}:{number}"


def _next_shown(key: str, letter: str, used: Collection[str]) -> str:
    """The next key whose number no other document shows: numbers do not tell a replaced bill from its replacement."""
    shown = {suffix(one) for one in used if stem(one) == stem(key)}
    number = 1
    while suffix(f"{key}/{letter}:{number}") in shown:
        number += 1
    return f"{key}/{letter}:{number}"


def stem(key: str) -> str:
    """The PO or vendor invoice that a key begins with: ``po:7`` of ``po:7/d:2``, ``vi:801/3`` of ``vi:801/3/s:1``."""
    return "/".join(key.split("/")[: 2 if is_invoice(key) else 1])


def is_invoice(key: str) -> bool:
    """True for the bill of a vendor invoice, and for supplements and credits of one."""
    return key.startswith("vi:")


@lru_cache(maxsize=65_536)  # every question about a key asks for them
def steps(key: str) -> tuple[tuple[str, int], ...]:
    """What follows the stem: ``po:7/d:2/s:1`` gives ``(("d", 2), ("s", 1))``."""
    parts = [part.partition(":") for part in key.removeprefix(stem(key)).split("/")[1:]]
    return tuple((letter, int(number or 1)) for letter, _, number in parts)


def is_credit(key: str) -> bool:
    """True for a credit that gives back quantity of another bill."""
    return any(letter == "c" for letter, _ in steps(key))


def is_supplement(key: str) -> bool:
    """True for more of a bill that was final."""
    return any(letter == "s" for letter, _ in steps(key))


def is_carrier(key: str) -> bool:
    """True for a carrier's own bill, and for supplements and credits of one."""
    return any(letter == "f" for letter, _ in steps(key))


def is_delivery(key: str) -> bool:
    """True for a bill of one delivery, its replacements included."""
    return [letter for letter, _ in steps(key) if letter != "g"] == ["d"]


def is_whole(key: str) -> bool:
    """True for a bill of a whole PO, its replacements included."""
    return not is_invoice(key) and all(letter == "g" for letter, _ in steps(key))


def is_order(key: str) -> bool:
    """True for a purchase order in Xero, which is no bill."""
    return any(letter == "o" for letter, _ in steps(key))


def noun(key: str) -> str:
    """What people call what a key names."""
    return "purchase order" if is_order(key) else "bill"


def cause(key: str) -> str:
    """What groups cases that are about this one document alone."""
    return f"{noun(key)} {key}"


def credited_key(key: str) -> str:
    """The bill that a credit gives back quantity of."""
    return key.rsplit("/c:", maxsplit=1)[0]


def adjusted_key(key: str) -> str:
    """The bill that a credit, or a document of a change of price, is about."""
    return key.rpartition("/")[0]


def suffix(key: str) -> str:
    """What a PO number carries behind it: ``/2``, ``/S1``, ``/2/S1``, ``/F``, ``/C1`` (CONTRACT section 5)."""
    return "".join(_shown(letter, number) for letter, number in steps(key) if letter != "g")


def _shown(letter: str, number: int) -> str:
    if letter == "d":
        return f"/{number}"
    return "/F" if (letter, number) == ("f", 1) else f"/{letter.upper()}{number}"
