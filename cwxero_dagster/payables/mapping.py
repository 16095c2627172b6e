"""From ConnectWise's words to Xero's: vendor, account, tax type, tracking, payment terms; and what is unmapped.

What belongs here: the precedence rules of CONTRACT.md section 2 over the mapping seeds. What does not: whether Xero
accepts the result (preflight), what a bill looks like (bills).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cwxero_dagster.payables.books import Books, Contact
from cwxero_dagster.payables.records import CatalogItem, PurchaseOrder
from cwxero_dagster.payables.seeds import AccountRow, ExclusionRow, Seeds, TermsRow, VendorRow

SPECIFICITY = ("product", "subcategory", "category", "product_type", "product_class")


def folded(text: str | None) -> str:
    """How names compare: without regard to case and outer spaces."""
    return (text or "").strip().casefold()


@dataclass(frozen=True)
class Coding:
    """Account, tax type and item of a line; None where nothing maps it."""

    account_code: str | None
    tax_type: str | None
    item_code: str | None = None


class Resolver:
    """The mapping seeds, indexed; every answer is a pure look-up."""

    def __init__(self, seeds: Seeds, books: Books) -> None:
        self._books = books
        self._vendors: dict[str, VendorRow] = {row.connectwise_vendor_id: row for row in seeds.vendors}
        self._accounts: dict[tuple[str, str], AccountRow] = {
            (row.match_on, folded(row.match_value)): row for row in seeds.accounts
        }
        self._taxes = {(folded(row.connectwise_tax_code), row.taxable): row.xero_tax_type for row in seeds.tax_codes}
        self._tracking = {(row.source, folded(row.connectwise_value)): row for row in seeds.tracking}
        self._tracked = {row.source for row in seeds.tracking}
        self._terms: dict[str, TermsRow] = {folded(row.connectwise_terms): row for row in seeds.payment_terms}
        self._exclusions: tuple[ExclusionRow, ...] = seeds.exclusions
        self._by_number = _groups(books.contacts.values(), "contact_number")
        self._by_account = _groups(books.contacts.values(), "account_number")

    def contact(self, vendor_id: int | None) -> Contact | None:
        """The Xero contact of a vendor: the row's contact, else by ContactNumber, else by a unique AccountNumber.

        A contact of the row that Xero does not know is returned as an inactive stand-in, so that the bill is held for
        the contact and not as unmapped.
        """
        if vendor_id is None:
            return None
        key = str(vendor_id)
        row = self._vendors.get(key)
        if row and row.xero_contact_id:
            unknown = Contact(row.xero_contact_id, row.xero_contact_name or "", None, None, "NOT FOUND", None)
            return self._books.contact(row.xero_contact_id) or unknown
        for groups in (self._by_number, self._by_account):
            candidates = groups.get(key, [])
            active = [contact for contact in candidates if contact.active] or candidates
            if len(active) == 1:
                return self._books.contact(active[0].contact_id)
            if active:
                return None
        return None

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
        the product's own row, then the vendor's default, then tax_codes.csv, then the row in force.
        """
        row = self._most_specific(product, identifier)
        vendor = self._vendors.get(str(vendor_id))
        default = self._accounts.get(("default", ""))
        own_tax = row.tax_type if row and row.match_on == "product" else None
        vendor_account = vendor.default_account_code if vendor else None
        in_force = row if row and row.account_code else (None if vendor_account else default)
        return Coding(
            account_code=(in_force.account_code if in_force else None) or vendor_account,
            tax_type=own_tax
            or (vendor.default_tax_type if vendor else None)
            or self._taxes.get((folded(tax_code), taxable))
            or (in_force.tax_type if in_force else None),
            item_code=row.item_code if row else None,
        )

    def freight_coding(self, vendor_id: int | None, *, tax_code: str | None, taxable: bool) -> Coding:
        """Account and tax type of freight: the ``freight`` row, else the ``default`` row."""
        own = self._accounts.get(("freight", ""))
        row = own or self._accounts.get(("default", ""))
        vendor = self._vendors.get(str(vendor_id))
        return Coding(
            account_code=row.account_code if row else None,
            tax_type=(own.tax_type if own else None)
            or (vendor.default_tax_type if vendor else None)
            or self._taxes.get((folded(tax_code), taxable))
            or (row.tax_type if row else None),
        )

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

    def _most_specific(self, product: CatalogItem | None, identifier: str | None) -> AccountRow | None:
        values = {
            "product": product.identifier if product else identifier,
            "subcategory": product.subcategory if product else None,
            "category": product.category if product else None,
            "product_type": product.product_type if product else None,
            "product_class": product.product_class if product else None,
        }
        for match_on in SPECIFICITY:
            row = self._accounts.get((match_on, folded(values[match_on]))) if values[match_on] else None
            if row:
                return row
        return None


def _groups(contacts: Iterable[Contact], attribute: str) -> Mapping[str, list[Contact]]:
    groups: dict[str, list[Contact]] = {}
    for contact in contacts:
        value = getattr(contact, attribute)
        if value:
            groups.setdefault(value.strip(), []).append(contact)
    return groups
