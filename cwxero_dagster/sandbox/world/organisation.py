"""Brightwater IT's Xero organisation: itself, chart of accounts, tax rates, tracking, currencies.

What belongs here: the settings that bills are checked against. What does not: contacts and documents.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cwxero_dagster.sandbox.credentials import XERO_TENANT_ID
from cwxero_dagster.sandbox.world.identity import xero_id

Record = dict[str, Any]

ORGANISATION_NAME = "Brightwater IT (sandbox)"
SET_UP = "2021-02-01T01:00:00Z"
TAX_PERCENT = {"INPUT": Decimal(10), "EXEMPTEXPENSES": Decimal(0), "BASEXCLUDED": Decimal(0)}
"""Percent of the tax types that the bookkeeper uses on bills."""

HARDWARE, SOFTWARE, SERVICES, FREIGHT = "310", "311", "312", "425"
OFFICE, POWER, RENT, TELEPHONE = "453", "445", "469", "489"
BANK = "090"

_ACCOUNTS: tuple[tuple[str, str, str, str, str], ...] = (
    (BANK, "Business Bank Account", "BANK", "ASSET", "BASEXCLUDED"),
    ("200", "Sales", "REVENUE", "REVENUE", "OUTPUT"),
    (HARDWARE, "Cost of Goods Sold - Hardware", "DIRECTCOSTS", "EXPENSE", "INPUT"),
    (SOFTWARE, "Cost of Goods Sold - Software", "DIRECTCOSTS", "EXPENSE", "INPUT"),
    (SERVICES, "Cost of Goods Sold - Services", "DIRECTCOSTS", "EXPENSE", "INPUT"),
    ("313", "Cost of Goods Sold - Phone Systems", "DIRECTCOSTS", "EXPENSE", "INPUT"),
    (FREIGHT, "Freight Inwards", "DIRECTCOSTS", "EXPENSE", "INPUT"),
    (POWER, "Light, Power, Heating", "OVERHEADS", "EXPENSE", "INPUT"),
    (OFFICE, "Office Expenses", "OVERHEADS", "EXPENSE", "INPUT"),
    (RENT, "Rent", "OVERHEADS", "EXPENSE", "INPUT"),
    (TELEPHONE, "Telephone & Internet", "OVERHEADS", "EXPENSE", "INPUT"),
    ("610", "Accounts Receivable", "CURRENT", "ASSET", "BASEXCLUDED"),
    ("710", "Office Equipment", "FIXED", "ASSET", "CAPEXINPUT"),
    ("800", "Accounts Payable", "CURRLIAB", "LIABILITY", "BASEXCLUDED"),
    ("820", "GST", "CURRLIAB", "LIABILITY", "BASEXCLUDED"),
    ("868", "Rounding", "CURRLIAB", "LIABILITY", "BASEXCLUDED"),
)
_SYSTEM = {"610": "DEBTORS", "800": "CREDITORS", "820": "GST", "868": "ROUNDING"}
_ARCHIVED = {"313"}

_TAX_RATES: tuple[tuple[str, str, int, str, tuple[str, ...]], ...] = (
    ("INPUT", "GST on Expenses", 10, "ACTIVE", ("Expenses", "Assets", "Liabilities", "Equity")),
    ("EXEMPTEXPENSES", "GST Free Expenses", 0, "ACTIVE", ("Expenses", "Assets", "Liabilities", "Equity")),
    ("BASEXCLUDED", "BAS Excluded", 0, "ACTIVE", ("Expenses", "Assets", "Liabilities", "Equity", "Revenue")),
    ("CAPEXINPUT", "GST on Capital", 10, "ACTIVE", ("Assets",)),
    ("OUTPUT", "GST on Income", 10, "ACTIVE", ("Revenue",)),
    ("TAX001", "Old levy on imports", 5, "DELETED", ("Expenses", "Assets")),
)
_CLASSES = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")

TRACKING = {
    "Location": ("Sydney Office", "Brisbane Office", "Perth Office"),
    "Department": ("Managed Svcs", "Project Delivery", "Procurement & Resale", "Cloud & Security", "Training (old)"),
}
"""Options by category; the last one of Department is archived."""

_CURRENCIES = {"AUD": "Australian Dollar", "USD": "United States Dollar", "NZD": "New Zealand Dollar"}


def account_id(code: str) -> str:
    """AccountID of a code."""
    return xero_id("account", code)


def tracked(**options: str) -> list[Record]:
    """Tracking elements of a line; keywords are category names."""
    return [
        {
            "Name": category,
            "Option": option,
            "TrackingCategoryID": xero_id("tracking", category),
            "TrackingOptionID": xero_id("tracking option", f"{category}/{option}"),
        }
        for category, option in options.items()
    ]


def tables() -> dict[str, list[Record]]:
    """The settings of this page, by table."""
    return {
        "xero.organisation": [_organisation()],
        "xero.accounts": [_account(*row) for row in _ACCOUNTS],
        "xero.taxrates": [_tax_rate(*row) for row in _TAX_RATES],
        "xero.trackingcategories": [_tracking_category(name) for name in TRACKING],
        "xero.currencies": [{"Code": code, "Description": name} for code, name in _CURRENCIES.items()],
    }


def _organisation() -> Record:
    return {
        "OrganisationID": XERO_TENANT_ID,
        "Name": ORGANISATION_NAME,
        "LegalName": "Brightwater IT Pty Ltd",
        "PaysTax": True,
        "Version": "AU",
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "OrganisationStatus": "ACTIVE",
        "BaseCurrency": "AUD",
        "CountryCode": "AU",
        "IsDemoCompany": False,
        "RegistrationNumber": "51824753556",
        "TaxNumber": "51824753556",
        "FinancialYearEndDay": 30,
        "FinancialYearEndMonth": 6,
        "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": "QUARTERLY1",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "EndOfYearLockDate": "2025-06-30",
        "CreatedDateUTC": SET_UP,
        "Timezone": "AUSEASTERNSTANDARDTIME",
        "ShortCode": "!bwtr1",
        "Class": "PREMIUM",
        "Edition": "BUSINESS",
    }


def _account(code: str, name: str, kind: str, account_class: str, tax_type: str) -> Record:
    account: Record = {
        "AccountID": account_id(code),
        "Code": code,
        "Name": name,
        "Type": kind,
        "Class": account_class,
        "TaxType": tax_type,
        "Status": "ARCHIVED" if code in _ARCHIVED else "ACTIVE",
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "HasAttachments": False,
        "UpdatedDateUTC": SET_UP,
    }
    if code in _SYSTEM:
        account["SystemAccount"] = _SYSTEM[code]
    if kind == "BANK":
        account |= {"BankAccountNumber": "062000 10101010", "BankAccountType": "BANK", "CurrencyCode": "AUD"}
    return account


def _tax_rate(tax_type: str, name: str, percent: int, status: str, applies: tuple[str, ...]) -> Record:
    rate = Decimal(percent)
    return {
        "TaxType": tax_type,
        "Name": name,
        "Status": status,
        "DisplayTaxRate": rate,
        "EffectiveRate": rate,
        "TaxComponents": [{"Name": "GST", "Rate": rate, "IsCompound": False, "IsNonRecoverable": False}],
        **{f"CanApplyTo{kind}": kind in applies for kind in _CLASSES},
    }


def _tracking_category(name: str) -> Record:
    return {
        "TrackingCategoryID": xero_id("tracking", name),
        "Name": name,
        "Status": "ACTIVE",
        "Options": [
            {
                "TrackingOptionID": xero_id("tracking option", f"{name}/{option}"),
                "TrackingCategoryID": xero_id("tracking", name),
                "Name": option,
                "Status": "ARCHIVED" if option.endswith("(old)") else "ACTIVE",
            }
            for option in TRACKING[name]
        ],
    }
