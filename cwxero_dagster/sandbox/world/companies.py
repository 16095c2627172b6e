"""Companies in ConnectWise: the vendors that Brightwater IT buys from and the customers that it buys for.

What belongs here: who they are and how each vendor can be found in Xero. What does not: their orders, their contacts
in Xero (contacts.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cwxero_dagster.sandbox.world import firm


@dataclass(frozen=True)
class Vendor:
    """One vendor: what it sells (catalog categories), and how a Xero contact leads back to it.

    ``found_by``: ``row`` (vendors.csv names the contact), ``contact_number`` or ``account_number`` (the contact carries
    the vendor id there), ``nothing`` (a contact of about that name exists, no more), ``ambiguous`` (two contacts
    carry the id).
    """

    id: int
    identifier: str
    name: str
    sells: tuple[str, ...]
    found_by: str = "row"
    terms: str = "Net 30"
    currency: str = "AUD"
    tax_code: str = "GST"
    deleted: bool = False

    @property
    def reference(self) -> firm.Record:
        """Reference to the company."""
        return {"id": self.id, "identifier": self.identifier, "name": self.name}


HARDWARE, NETWORKING, CABLES = "Hardware", "Networking", "Cables and Accessories"
SOFTWARE, SERVICES, TELEPHONY = "Software and Licensing", "Services", "Telephony"
PRINT, OFFICE, DEMO, CHARGES = "Print Supplies", "Office", "Demo Equipment", "Other Charges"

ORDINARY = (
    Vendor(801, "HalcyonDist", "Halcyon Distribution Pty Ltd", (HARDWARE, NETWORKING)),
    Vendor(802, "MeridianIT", "Meridian IT Wholesale", (HARDWARE, CABLES), terms="EOM 20"),
    Vendor(805, "Brightpath", "Brightpath Networks Australia", (NETWORKING,), "contact_number"),
    Vendor(806, "FirewallTrad", "Firewall Traders", (NETWORKING, SOFTWARE)),
    Vendor(807, "CumulusLic", "Cumulus Licensing Pty Ltd", (SOFTWARE,), "contact_number", "Net 14"),
    Vendor(813, "OakridgeComp", "Oakridge Computers", (HARDWARE,), "account_number"),
    Vendor(814, "PinnaclePer", "Pinnacle Peripherals", (CABLES, HARDWARE), "account_number", "Net 14"),
    Vendor(815, "LumenDisplay", "Lumen Displays", (HARDWARE,), "contact_number"),
    Vendor(819, "RacksmithDC", "Racksmith Data Cabling", (CABLES,), "contact_number", "Net 7"),
    Vendor(821, "AcaciaRefurb", "Acacia Refurbishing", (HARDWARE,), terms="COD"),
    Vendor(822, "TidewaterUPS", "Tidewater UPS & Power", (HARDWARE, CABLES), "account_number"),
    Vendor(823, "SableSurv", "Sable Surveillance", (NETWORKING, CABLES), "contact_number", "EOM 20"),
)

CABLE_TWINS = (
    Vendor(803, "SouthernCabN", "Southern Cable Supplies", (CABLES,), terms="Net 14"),
    Vendor(804, "SouthernCabQ", "Southern Cable Supplies", (CABLES,), terms="Net 14"),
)
US_VENDORS = (
    Vendor(808, "Tessellate", "Tessellate Software Inc", (SOFTWARE,), currency="USD", tax_code="Overseas"),
    Vendor(809, "NorthgateSec", "Northgate Security LLC", (SOFTWARE,), "contact_number", "Net 14", "USD", "Overseas"),
    Vendor(810, "VaultlineBak", "Vaultline Backup Corp", (SOFTWARE,), currency="USD", tax_code="Overseas"),
)
NZ_VENDOR = Vendor(811, "KauriCloud", "Kauri Cloud Limited", (SOFTWARE,), currency="NZD", tax_code="Overseas")
EURO_VENDOR = Vendor(812, "Rheintal", "Rheintal Systems GmbH", (NETWORKING,), currency="EUR", tax_code="Overseas")
TELEPHONY_VENDOR = Vendor(816, "Copperline", "Copperline Telephony", (TELEPHONY,), "contact_number")
PRINT_VENDOR = Vendor(817, "InkwellPrint", "Inkwell Print Supplies", (PRINT,))
OFFICE_VENDOR = Vendor(818, "DeskPaper", "Desk & Paper Co", (OFFICE,), terms="Net 7")
SERVICES_VENDOR = Vendor(820, "QuillonContr", "Quillon Contractors", (SERVICES,), terms="Net 7")
HOSTILE_VENDORS = (
    Vendor(824, "CmdCalc", "=cmd|' /C calc'!A0", (HARDWARE, CABLES)),
    Vendor(825, "OBrienSoehne", 'O\'Brien & Söhne "Elektro" <b>Pty</b> | Ltd', (CABLES,)),
)
CARD_VENDOR = Vendor(826, "KioskOnline", "Kiosk Online Store", (CABLES, OFFICE), terms="Credit Card")
ARCHIVED_VENDOR = Vendor(827, "LanternHW", "Lantern Hardware", (HARDWARE,))
CARRIER = Vendor(828, "RedgumCour", "Redgum Couriers", (), "contact_number", "Net 7")
UNMAPPED_VENDORS = (
    Vendor(829, "KestrelNet", "Kestrel Networks", (NETWORKING, CABLES), "nothing"),
    Vendor(830, "WattleComp", "Wattle Components", (HARDWARE,), "ambiguous"),
)
DEMO_VENDOR = Vendor(831, "BluegumStage", "Bluegum Staging", (DEMO,))
SLOW_VENDOR = Vendor(832, "FernhillEq", "Fernhill Equipment", (HARDWARE,), "contact_number", "Net 45")
DELETED_VENDOR = Vendor(833, "OldHarbour", "Old Harbour Computing", (), "nothing", deleted=True)

VENDORS = tuple(
    sorted(
        (
            *ORDINARY,
            *CABLE_TWINS,
            *US_VENDORS,
            NZ_VENDOR,
            EURO_VENDOR,
            TELEPHONY_VENDOR,
            PRINT_VENDOR,
            OFFICE_VENDOR,
            SERVICES_VENDOR,
            *HOSTILE_VENDORS,
            CARD_VENDOR,
            ARCHIVED_VENDOR,
            CARRIER,
            *UNMAPPED_VENDORS,
            DEMO_VENDOR,
            SLOW_VENDOR,
            DELETED_VENDOR,
        ),
        key=lambda vendor: vendor.id,
    )
)

_FIRST = ("Arbour", "Beacon", "Cedar", "Dune", "Ember", "Fathom", "Grove", "Harbour", "Inlet", "Jarrah")
_SECOND = ("Dental", "Legal", "Freight", "Primary School")
CUSTOMERS = {
    250 + place: f"{first} {second}"
    for place, (second, first) in enumerate((second, first) for second in _SECOND for first in _FIRST)
}
"""Customer names by company id."""


def customer(identifier: int) -> firm.Record:
    """Reference to a customer."""
    name = CUSTOMERS[identifier]
    return {"id": identifier, "identifier": name.replace(" ", ""), "name": name}


def _company(reference: firm.Record, **details: Any) -> firm.Record:
    return {
        **reference,
        "status": firm.named(1, "Active"),
        "addressLine1": f"{reference['id']} Example Street",
        "city": "Sydney",
        "state": "NSW",
        "zip": "2000",
        "country": {"id": 50, "identifier": "AU", "name": "Australia"},
        "phoneNumber": "0255501234",
        "site": firm.named(int(reference["id"]) + 1000, "Main"),
        "deletedFlag": False,
        "customFields": [],
        "_info": dict(firm.SET_UP),
        **details,
    }


def _vendor_record(vendor: Vendor) -> firm.Record:
    return _company(
        vendor.reference,
        accountNumber="",
        vendorIdentifier="" if vendor.id % 3 else f"V{vendor.id}",
        taxIdentifier=f"51 824 753 {vendor.id}" if vendor.currency == "AUD" else "",
        taxCode=firm.tax_code(vendor.tax_code),
        billingTerms=firm.terms(vendor.terms),
        currency=firm.currency(vendor.currency),
        isVendorFlag=True,
        types=[firm.named(6, "Vendor")],
        deletedFlag=vendor.deleted,
    )


def _customer_record(identifier: int) -> firm.Record:
    return _company(
        customer(identifier),
        accountNumber="",
        vendorIdentifier="",
        taxCode=firm.tax_code("GST"),
        billingTerms=firm.terms("Net 14"),
        currency=firm.currency("AUD"),
        isVendorFlag=False,
        types=[firm.named(1, "Client")],
    )


def tables() -> dict[str, list[firm.Record]]:
    """All companies: customers first, as they have the lower ids."""
    return {
        "cw.companies": [_customer_record(key) for key in CUSTOMERS] + [_vendor_record(vendor) for vendor in VENDORS]
    }
