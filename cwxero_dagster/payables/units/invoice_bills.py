"""The bills of vendor invoices that the ledger knows: which invoice each stands for, and the key of the next one.

What belongs here: what has to be known of all POs at once, because an invoice may cover several. What does not: the
goods of a PO (order_units, invoicing), putting units together (due).

A bill keeps the invoice that it was written for, until every PO on it shows another number: then the number was
corrected, and the bill carries the new one. Where only some do, or where another draft stands for the new number
already, their goods leave the draft; they are billed under the new number once Xero has confirmed that they left it.
So do the goods of a PO that is in another currency than the draft by now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.books import FINAL, Books, Document
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.units.invoices import VendorInvoice, written_invoice

Name = tuple[int | None, str]
"""A vendor's id and an invoice number as numbers compare."""


@dataclass(frozen=True)
class Reading:
    """What one PO shows now for its goods on a bill."""

    vendor_id: int | None
    invoice: VendorInvoice


@dataclass(frozen=True)
class Debt:
    """What makes two goods part of one vendor invoice (CONTRACT section 5, "Same vendor, same invoice number")."""

    vendor_id: int | None
    name: str
    currency: str
    dated: date | None

    @property
    def of(self) -> Name:
        """Vendor and number."""
        return self.vendor_id, self.name

    def same(self, other: Debt) -> bool:
        """True for the same invoice; a missing date differs from nothing."""
        dated = None in {self.dated, other.dated} or self.dated == other.dated
        return (self.of, self.currency) == (other.of, other.currency) and dated


class InvoiceBills:
    """What is known of the bills of vendor invoices; complete once ``read`` has heard every PO on them."""

    def __init__(self, ledger: LedgerView, books: Books) -> None:
        self._books = books
        self._under: dict[str, list[str]] = {}
        for key in ledger.bills:
            if keys.is_invoice(key):
                self._under.setdefault(keys.stem(key), []).append(key)
        mine = [ledger.bills[key] for under in self._under.values() for key in under if not keys.is_credit(key)]
        mine = [bill for bill in mine if not bill.reprices]
        self._live = {bill.key: bill for bill in mine if bill.state != "withdrawn"}
        self._gone = {bill.key: bill for bill in mine if bill.state == "withdrawn"}
        self._followed = {
            key: any(later != key and later.startswith(f"{key}/") and _stands(ledger, later) for later in under)
            for under in self._under.values()
            for key in under
        }
        self._last: dict[int, int] = {}
        for under in self._under.values():
            vendor_id, number = keys.vendor_and_number(under[0])
            self._last[vendor_id] = max(number, self._last.get(vendor_id, 0))
        self._invoices: dict[str, VendorInvoice] = {}
        self._leaving: set[tuple[str, int]] = set()
        self._bills: dict[Name, list[tuple[Debt, str]]] = {}
        self._issued: dict[Name, list[tuple[Debt, str]]] = {}
        self._supplements: dict[str, str] = {}
        self._replaceable: dict[Name, str] = {}
        for bill in self._gone.values():
            if invoice := written_invoice(bill.meant):
                self._replaceable[keys.vendor_and_number(bill.key)[0], invoice.name] = bill.key

    def known(self) -> Collection[KnownBill]:
        """The bills, supplements included, that were not withdrawn."""
        return self._live.values()

    def under(self, key: str) -> Sequence[str]:
        """Every key that was ever issued under the same invoice."""
        return self._under.get(keys.stem(key), [])

    def read(self, readings: Mapping[str, Mapping[int, Reading]], currencies: Mapping[int, str]) -> None:
        """Take note of what the POs on each bill show now: by bill key and PO id."""
        before = {key: written_invoice(bill.meant) for key, bill in self._live.items()}
        drafts = {
            (vendor, invoice.name): key
            for key, invoice in before.items()
            if invoice and invoice.name and self.may_grow(key)
            for vendor in {one.vendor_id for one in readings[key].values() if one.invoice.name == invoice.name}
        }
        for key, by_po in readings.items():
            was = before[key]
            if was is not None and by_po:
                self._settle(key, was, by_po, drafts, currencies)

    def _settle(
        self,
        key: str,
        was: VendorInvoice,
        by_po: Mapping[int, Reading],
        drafts: Mapping[tuple[int | None, str], str],
        currencies: Mapping[int, str],
    ) -> None:
        home, _ = keys.vendor_and_number(key)
        vendors = [one.vendor_id for one in by_po.values()]
        vendor = home if home in vendors else vendors[0]
        now = next((one.invoice for one in by_po.values() if one.invoice.name == was.name), None)
        now = now or next(iter(by_po.values())).invoice
        days = [one.invoice.dated for one in by_po.values() if one.invoice.name == now.name and one.invoice.dated]
        self._invoices[key] = replace(now, dated=max(days, default=None))
        currency = self._currency(key, [currencies[po_id] for po_id in by_po])
        debt = Debt(vendor, now.name, currency, self._invoices[key].dated)
        self._bills.setdefault(debt.of, []).append((debt, key))
        numbers = dict.fromkeys(one.invoice.number for one in by_po.values() if one.invoice.number)
        if len({one.invoice.name for one in by_po.values()}) > 1 and not self.may_grow(key):
            # An approved bill loses nothing, so it is said of it that its orders are on several invoices by now.
            self._invoices[key] = replace(self._invoices[key], number=", ".join(numbers))
        elsewhere = now.name != was.name and drafts.get((vendor, now.name), key) != key
        if self._may_lose(key):
            self._leaving |= {
                (key, po_id)
                for po_id, one in by_po.items()
                if elsewhere or (one.vendor_id, one.invoice.name, currencies[po_id]) != (vendor, now.name, currency)
            }

    def _currency(self, key: str, of_orders: Sequence[str]) -> str:
        """The currency of a bill: the one that it has in Xero, until none of its orders is in that any more."""
        document = self._document(key)
        return document.currency_code if document and document.currency_code in of_orders else of_orders[0]

    def _document(self, key: str) -> Document | None:
        return self._books.by_id.get((self._live[key].xero_id or "").lower())

    def _may_lose(self, key: str) -> bool:
        document = self._document(key)
        return self._live[key].state == "confirmed" and document is not None and self.may_grow(key)

    def invoice_of(self, key: str) -> VendorInvoice | None:
        """The invoice that a bill stands for; None where that is not known."""
        return self._invoices.get(key)

    def cycle_of(self, key: str) -> str:
        """The cycle of a known bill."""
        return self._live[key].cycle

    def leaves(self, key: str, po_id: int) -> bool:
        """True where the goods of a PO leave a draft, because they are of another invoice."""
        return (key, po_id) in self._leaving

    def may_grow(self, key: str) -> bool:
        """A bill takes more only while nobody approved, settled or removed it, and nothing came after it."""
        bill = self._live.get(key)
        if bill is None or bill.state == "settled" or self._followed[key]:
            return False
        document = self._document(key)
        return document is None or (document.live and document.status not in FINAL)

    def home_of(self, debt: Debt) -> str | None:
        """The bill that takes more goods of an invoice, or None."""
        found = [key for one, key in self._bills.get(debt.of, ()) if one.same(debt) and self.may_grow(key)]
        return found[-1] if found else None

    def earlier(self, debt: Debt) -> str | None:
        """A bill of the invoice that takes no more."""
        mine = [key for one, key in self._bills.get(debt.of, ()) if one.same(debt)]
        found = [key for key in mine if not keys.is_supplement(key)]
        return found[-1] if found else None

    def issue(self, debt: Debt, *, alone: bool = False) -> str:
        """The key of a new bill; goods of the same invoice get the same one, unless they stay ``alone``."""
        issued = self._issued.setdefault(debt.of, [])
        for one, key in issued:
            if one.same(debt) and not alone:
                return key
        key = self._new(debt)
        self._under.setdefault(keys.stem(key), []).append(key)
        if not alone:
            issued.append((debt, key))
        return key

    def supplement(self, key: str) -> str:
        """The key of the next supplement to a bill that takes no more; all POs with more of it share that one."""
        if key not in self._supplements:
            issued = self._under.setdefault(keys.stem(key), [])
            self._supplements[key] = keys.next_supplement(key, issued)
            issued.append(self._supplements[key])
        return self._supplements[key]

    def _new(self, debt: Debt) -> str:
        replaced = self._replaceable.get(debt.of) if debt.name else None
        if replaced:
            return keys.next_generation(keys.stem(replaced), self.under(replaced))
        vendor_id = debt.vendor_id or 0
        self._last[vendor_id] = self._last.get(vendor_id, 0) + 1
        return keys.invoice_key(vendor_id, self._last[vendor_id])


def _stands(ledger: LedgerView, key: str) -> bool:
    return ledger.bills[key].state != "withdrawn"
