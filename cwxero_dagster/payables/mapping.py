"""From ConnectWise's words to Xero's: vendor, account, tax type, tracking, payment terms; and what is unmapped.

What belongs here: the precedence rules of CONTRACT.md section 2 over the mapping seeds. What does not: whether Xero
accepts the result (preflight), what a bill looks like (bills).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from cwxero_dagster.payables.books import Books, Contact
from cwxero_dagster.payables.problems import Problem, quoted
from cwxero_dagster.payables.records import CatalogItem, PurchaseOrder
from cwxero_dagster.payables.seeds import AccountRow, ExclusionRow, Seeds, TermsRow, TrackingRow, VendorRow

SPECIFICITY = ("product", "subcategory", "category", "product_type", "product_class")


@lru_cache(maxsize=65_536)  # the same few names meet on every order
def folded(text: str | None) -> str:
    """How names compare: without regard to case and outer spaces."""
    return (text or "").strip().casefold()


@dataclass(frozen=True)
class Coding:
    """Account, tax type and item of a line; None where nothing maps it."""

    account_code: str | None
    tax_type: str | None
    item_code: str | None = None
    account_rule: str = field(default="", compare=False)
    """Which row of which file gave the account, in words; blank for none."""
    tax_rule: str = field(default="", compare=False)


class Resolver:
    """The mapping seeds, indexed; every answer is a pure look-up."""

    def __init__(self, seeds: Seeds, books: Books) -> None:
        self._books = books
        self._vendors: dict[str, VendorRow] = {row.connectwise_vendor_id: row for row in seeds.vendors}
        self._accounts: dict[tuple[str, str], AccountRow] = {
            (row.match_on, folded(row.match_value)): row for row in seeds.accounts
        }
        self._taxes = {(folded(row.connectwise_tax_code), row.taxable): row for row in seeds.tax_codes}
        self._tracking: dict[tuple[str, str], TrackingRow] = {
            (row.source, folded(row.connectwise_value)): row for row in seeds.tracking
        }
        self._tracked: set[str] = {row.source for row in seeds.tracking}
        self._terms: dict[str, TermsRow] = {folded(row.connectwise_terms): row for row in seeds.payment_terms}
        self._exclusions: tuple[ExclusionRow, ...] = seeds.exclusions
        self._by_number = self._contacts("contact_number")
        self._by_account = self._contacts("account_number")

    def contact(self, vendor_id: int | None) -> Contact | None:
        """The Xero contact of a vendor: the row's contact, else by ContactNumber, else by a unique AccountNumber.

        Contacts that were merged count as the one that they were merged into. A contact of the row that Xero does not
        know is returned as an inactive stand-in, so that the bill is held for the contact and not as unmapped.
        """
        if vendor_id is None:
            return None
        key = str(vendor_id)
        row = self._vendors.get(key)
        if row and row.xero_contact_id:
            unknown = Contact(row.xero_contact_id, row.xero_contact_name or "", None, None, "NOT FOUND", None)
            return self._books.contact(row.xero_contact_id) or unknown
        found = self.numbered(vendor_id)
        return found[0] if len(found) == 1 else None

    def contact_rule(self, vendor_id: int | None) -> str:
        """What gives the contact of a vendor, in words; blank where nothing does."""
        if self.contact(vendor_id) is None:
            return ""
        row = self._vendors.get(str(vendor_id))
        if row and row.xero_contact_id:
            return f"vendors.csv line {row.line}: vendor {vendor_id}"
        what = "contact number" if str(vendor_id) in self._by_number else "account number"
        return f"the contact in Xero whose {what} is {vendor_id}, as vendors.csv names none"

    def numbered(self, company_id: int) -> tuple[Contact, ...]:
        """The contacts that carry the id of a company: as ContactNumber, else as AccountNumber. Two are ambiguous.

        Vendors and customers are companies of ConnectWise alike, and share its ids.
        """
        for groups in (self._by_number, self._by_account):
            if candidates := groups.get(str(company_id)):
                return tuple(candidates.values())
        return ()

    def coding(
        self,
        product: CatalogItem | None,
        vendor_id: int | None,
        *,
        identifier: str | None,
        tax_code: str | None,
        taxable: bool,
    ) -> Coding:
        """Account, tax type and item code of a goods line.

        Account: the most specific row of accounts.csv, then the vendor's default, then the ``default`` row. Tax type:
        the product's own row, then the vendor's default, then tax_codes.csv, then the row in force. A row without an
        account leaves the account to the next one.
        """
        return self._coded(self._rows(product, identifier), vendor_id, tax_code=tax_code, taxable=taxable)

    def freight_coding(self, vendor_id: int | None, *, tax_code: str | None, taxable: bool) -> Coding:
        """Account and tax type of freight: the ``freight`` row, in the same order of precedence as goods."""
        own = self._accounts.get(("freight", ""))
        coding = self._coded([own] if own else [], vendor_id, tax_code=tax_code, taxable=taxable)
        return replace(coding, item_code=None)

    def tracking(self, po: PurchaseOrder) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        """(category, option) pairs of a PO, and the (source, value) pairs that no row covers.

        A value without a row is unmapped only where tracking.csv has rows for its source (CONTRACT section 5).
        """
        found: dict[str, str] = {}
        unmapped = []
        for source, value in (("location", po.location_name), ("business_unit", po.business_unit_name)):
            row = self._tracking.get((source, folded(value))) if value else None
            if row:
                found[row.xero_category] = row.xero_option
            elif value and source in self._tracked:
                unmapped.append((source, value))
        return tuple(sorted(found.items())), tuple(unmapped)

    def tracking_rule(self, po: PurchaseOrder) -> str:
        """The rows that give the tracking of a PO, in words; blank for none."""
        wanted = (("location", po.location_name), ("business_unit", po.business_unit_name))
        rows = [row for source, value in wanted if value and (row := self._tracking.get((source, folded(value))))]
        lines = [f"line {row.line}: {row.source.replace('_', ' ')} {row.connectwise_value}" for row in rows]
        return f"tracking.csv {' and '.join(lines)}" if lines else ""

    def terms(self, name: str | None) -> TermsRow | None:
        """The payment terms row of a ConnectWise billing term."""
        return self._terms.get(folded(name)) if name else None

    def exclusion(self, po: PurchaseOrder) -> str | None:
        """The reason why a PO is kept out, or None."""
        values = {
            "po_number": {folded(po.po_number), f"#{po.po_id}"},
            "vendor_id": {str(po.vendor_id)},
            "po_status": {folded(po.status_name)},
            "location": {folded(po.location_name)},
            "terms": {folded(po.terms_name)},
        }
        for row in self._exclusions:
            if folded(row.match_value) in values.get(row.match_on, set()):
                return row.reason or f"{row.match_on} {row.match_value}"
        return None

    def _rows(self, product: CatalogItem | None, identifier: str | None) -> list[AccountRow]:
        """Rows that fit a product, from the most specific one to the one that gives the account.

        The ``default`` row is not among them, because a vendor's default comes before it.
        """
        values = {
            "product": product.identifier if product else identifier,
            "subcategory": product.subcategory if product else None,
            "category": product.category if product else None,
            "product_type": product.product_type if product else None,
            "product_class": product.product_class if product else None,
        }
        found = []
        for match_on in SPECIFICITY:
            row = self._accounts.get((match_on, folded(values[match_on]))) if values[match_on] else None
            if row:
                found.append(row)
                if row.account_code:
                    break
        return found

    def _coded(
        self, rows: Sequence[AccountRow], vendor_id: int | None, *, tax_code: str | None, taxable: bool
    ) -> Coding:
        vendor = self._vendors.get(str(vendor_id))
        default = self._accounts.get(("default", ""))
        account = rows[-1].account_code if rows else None
        account_rule = _row_words(rows[-1]) if account else ""
        if account is None and vendor:
            account = vendor.default_account_code
            account_rule = _default_of(vendor, "account") if account else ""
        if account is None and default:
            account, rows, account_rule = default.account_code, [*rows, default], _row_words(default)
        tax_type, tax_rule = self._tax(rows, vendor, tax_code, taxable=taxable)
        item_code = next((row.item_code for row in rows if row.item_code), None)
        return Coding(account, tax_type, item_code, account_rule if account else "", tax_rule)

    def _tax(
        self, rows: Sequence[AccountRow], vendor: VendorRow | None, tax_code: str | None, *, taxable: bool
    ) -> tuple[str | None, str]:
        """The tax type of a line and what gives it. ``rows``: those of accounts.csv in force."""
        taxes = {row.match_on: row for row in rows if row.tax_type}
        if own := taxes.get("product"):
            return own.tax_type, _row_words(own)
        if vendor and vendor.default_tax_type:
            return vendor.default_tax_type, _default_of(vendor, "tax type")
        if row := self._taxes.get((folded(tax_code), taxable)):
            code = row.connectwise_tax_code or "without a tax code"
            return (
                row.xero_tax_type,
                f"tax_codes.csv line {row.line}: {code}, {'taxable' if taxable else 'not taxable'}",
            )
        first = next(iter(taxes.values()), None)
        return (first.tax_type, _row_words(first)) if first else (None, "")

    def _contacts(self, attribute: str) -> Mapping[str, dict[str, Contact]]:
        """Contacts by one of their numbers, merged ones as what they were merged into, each once."""
        groups: dict[str, dict[str, Contact]] = {}
        for contact in self._books.contacts.values():
            value = getattr(contact, attribute)
            if value:
                final = self._books.contact(contact.contact_id) or contact
                groups.setdefault(value.strip(), {})[final.contact_id.lower()] = final
        return groups


@lru_cache(maxsize=4096)  # the same few rows code every line
def _row_words(row: AccountRow) -> str:
    matched = f"{row.match_on.replace('_', ' ')} {row.match_value or ''}".rstrip()
    return f"accounts.csv line {row.line}: {matched}"


def _default_of(vendor: VendorRow, what: str) -> str:
    return f"vendors.csv line {vendor.line}: default {what} of vendor {vendor.connectwise_vendor_id}"


def ambiguous_numbers(seeds: Seeds, pos: Iterable[PurchaseOrder]) -> list[Problem]:
    """Seed rows that name a PO number which several POs have; each names the ids (CONTRACT, "Two POs with one number").

    A row of vendor_invoices.csv names its vendor too, so only POs of that vendor count.
    """
    by_number: dict[str, list[PurchaseOrder]] = {}
    for po in pos:
        if po.present:
            by_number.setdefault(folded(po.po_number), []).append(po)
    excluded = [row for row in seeds.exclusions if row.match_on == "po_number"]
    return [
        *_ambiguous("exclusions.csv", "match_value", excluded, by_number, lambda row, po: True),
        *_ambiguous(
            "vendor_invoices.csv",
            "po_number",
            seeds.vendor_invoices,
            by_number,
            lambda row, po: row.connectwise_vendor_id == str(po.vendor_id),
        ),
        *_ambiguous("keyed_bills.csv", "po_number", seeds.keyed_bills, by_number, lambda row, po: True),
    ]


def _ambiguous(
    file: str,
    column: str,
    rows: Iterable[Any],
    by_number: Mapping[str, list[PurchaseOrder]],
    fits: Callable[[Any, PurchaseOrder], bool],
) -> list[Problem]:
    problems = []
    for row in rows:
        value = getattr(row, column) or ""
        meant = sorted(f"#{po.po_id}" for po in by_number.get(folded(value), []) if fits(row, po))
        if len(meant) > 1:
            message = f"{quoted(value)} is the number of {len(meant)} purchase orders: {' and '.join(meant)}"
            allowed = f"the id of the one that is meant, such as {meant[0]}"
            problems.append(
                Problem(file=file, line=row.line, column=column, value=value, message=message, allowed=allowed)
            )
    return problems
