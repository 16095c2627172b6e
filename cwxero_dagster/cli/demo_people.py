"""The people of the demo: a bookkeeper who approves a bill, and accounts payable who maps a vendor.

What belongs here: doing with the sandbox's page and the seed files what a person does. What does not: telling it
(demo), any call that the sync makes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from cwxero_dagster.payables.books import Contact
from cwxero_dagster.payables.mapping import folded


@dataclass(frozen=True)
class Mapped:
    """A vendor that was mapped: one more row of vendors.csv."""

    vendor_id: str
    vendor_name: str
    contact_name: str


def approve(page: str, document_id: str) -> bool:
    """Press "Approve" on the sandbox's page; whether the page took it."""
    with httpx.Client(trust_env=False, timeout=30, base_url=page) as browser:
        form = {"back": "/page/bills"}
        answer = browser.post(f"/page/bills/{document_id}/approve", data=form, headers={"origin": page})
    return answer.status_code == httpx.codes.SEE_OTHER


def map_vendor(seeds: Path, unmapped: Iterable[Mapping[str, Any]], contacts: Iterable[Contact]) -> Mapped | None:
    """Add the first unmapped vendor to vendors.csv whose contact a person recognises by its name; None where none is.

    ``unmapped``: vendors as ``vendor_id`` and ``name``.
    """
    active = [contact for contact in contacts if contact.active]
    for vendor in unmapped:
        name = folded(vendor["name"])
        same = [contact for contact in active if folded(contact.name) == name]
        alike = same or [contact for contact in active if folded(contact.name).startswith(name)]
        if len(alike) == 1:
            _add_row(seeds / "vendors.csv", [str(vendor["vendor_id"]), vendor["name"], *_of(alike[0]), "", ""])
            return Mapped(str(vendor["vendor_id"]), vendor["name"], alike[0].name)
    return None


def _of(contact: Contact) -> tuple[str, str]:
    return contact.contact_id, contact.name


def _add_row(file: Path, row: list[str]) -> None:
    text = file.read_text(encoding="utf-8")
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(row)
    file.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    with file.open("a", encoding="utf-8", newline="") as kept:
        kept.write(line.getvalue())
