"""The product catalog: three hundred things that an MSP buys.

What belongs here: items, their categories and types, what one costs. What does not: who buys how many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from cwxero_dagster.sandbox.world import firm
from cwxero_dagster.sandbox.world.companies import (
    CABLES,
    CHARGES,
    DEMO,
    HARDWARE,
    NETWORKING,
    OFFICE,
    PRINT,
    SERVICES,
    SOFTWARE,
    TELEPHONY,
)

GOODS, LICENCE, SERVICE, CHARGE = "Hardware", "Software", "Service", "Other Charge"
TYPES = {
    1: (GOODS, "InventoryPart"),
    2: (LICENCE, "NonInventoryPart"),
    3: (SERVICE, "Service"),
    4: (CHARGE, "OtherCharge"),
}
CLASS_OF_TYPE = {GOODS: "Inventory", LICENCE: "NonInventory", SERVICE: "Service", CHARGE: "NonInventory"}
"""productClass by product type."""


@dataclass(frozen=True)
class Item:
    """One catalog item; ``cost`` is the list cost of one unit in the vendor's currency."""

    id: int
    identifier: str
    description: str
    category: str
    subcategory: str
    type: str
    cost: Decimal
    unit: str = "Each"
    serialized: bool = False
    taxable: bool = True

    @property
    def reference(self) -> firm.Record:
        """Reference to the item, as a PO line carries it."""
        return {"id": self.id, "identifier": self.identifier, "serializedFlag": self.serialized}


@dataclass(frozen=True)
class _Family:
    """Items of one kind: every combination of the name parts, each a step dearer than the one before."""

    category: str
    subcategory: str
    code: str
    parts: tuple[tuple[str, ...], ...]
    cost: str
    step: str
    type: str = GOODS
    unit: str = "Each"
    serialized: bool = False
    taxable: bool = True


_MAKERS = ("Norvik", "Castellan", "Parallax", "Ostler")
_FAMILIES = (
    _Family(
        HARDWARE,
        "Laptops",
        "NB",
        (_MAKERS, ("13in", "14in", "16in"), ("laptop 16GB", "laptop 32GB", "mobile workstation")),
        "1189.00",
        "37.45",
        serialized=True,
    ),
    _Family(HARDWARE, "Desktops", "DT", (_MAKERS, ("mini", "tower", "all-in-one")), "899.00", "61.30", serialized=True),
    _Family(HARDWARE, "Monitors", "MON", (_MAKERS, ("22in", "24in", "27in", "34in curved")), "168.50", "22.15"),
    _Family(HARDWARE, "Docks", "DOCK", (("USB-C", "Thunderbolt"), ("dock", "dual dock", "triple dock")), "149", "35.5"),
    _Family(HARDWARE, "Servers", "SRV", (_MAKERS[:2], ("1U server", "2U server", "NAS")), "4125.00", "780.00"),
    _Family(HARDWARE, "Power", "UPS", (("Line", "Online"), ("750VA", "1500VA", "3kVA", "6kVA")), "189.00", "212.40"),
    _Family(HARDWARE, "Tablets", "TAB", (_MAKERS, ("10in tablet", "12in tablet")), "549.00", "48.80", serialized=True),
    _Family(NETWORKING, "Firewalls", "FW", (_MAKERS[:3], ("FW-40", "FW-60", "FW-100", "FW-200")), "612.00", "233.10"),
    _Family(
        NETWORKING,
        "Switches",
        "SW",
        (_MAKERS, ("8-port", "16-port", "24-port", "24-port PoE", "48-port PoE")),
        "96.00",
        "74.35",
    ),
    _Family(NETWORKING, "Wireless", "AP", (_MAKERS, ("indoor AP", "outdoor AP", "mesh AP")), "158.00", "29.90"),
    _Family(NETWORKING, "Routers", "RT", (_MAKERS[:2], ("4G router", "5G router", "SD-WAN edge")), "289.00", "97.25"),
    _Family(NETWORKING, "Cameras", "CAM", (_MAKERS, ("dome camera", "bullet camera")), "214.00", "18.60"),
    _Family(
        CABLES,
        "Patch cables",
        "CAT6",
        (
            ("Blue", "Grey", "Yellow", "Red", "Green"),
            tuple(f"Cat6 {size} m" for size in ("0.5", "1", "2", "3", "5", "10")),
        ),
        "1.85",
        "0.37",
    ),
    _Family(
        CABLES,
        "Adapters",
        "ADP",
        (("USB-C", "DisplayPort", "HDMI", "USB-A"), ("to HDMI", "to Ethernet", "to VGA")),
        "12.40",
        "2.95",
    ),
    _Family(
        CABLES,
        "Input",
        "KBM",
        (_MAKERS, ("keyboard", "mouse", "keyboard and mouse set")),
        "24.20",
        "5.15",
    ),
    _Family(CABLES, "Headsets", "HS", (_MAKERS, ("wired headset", "wireless headset")), "58.00", "17.45"),
    _Family(
        CABLES,
        "Bulk cable",
        "BULK",
        (("Cat6 bulk cable", "Cat6A bulk cable", "Fibre OM4 bulk"),),
        "0.845",
        "0.6125",
        unit="Metre",
    ),
    _Family(
        SOFTWARE,
        "Productivity",
        "LIC",
        (("Office suite", "Mail plan", "Voice plan"), ("Basic", "Standard", "Premium", "Frontline")),
        "5.10",
        "3.85",
        LICENCE,
        "Licence",
    ),
    _Family(
        SOFTWARE,
        "Security",
        "SEC",
        (("Endpoint protection", "Mail filter", "Awareness training"), ("1 yr", "2 yr", "3 yr", "monthly")),
        "2.75",
        "4.20",
        LICENCE,
        "Licence",
    ),
    _Family(
        SOFTWARE,
        "Backup",
        "BKP",
        (("Server backup", "Mailbox backup"), ("500 GB", "1 TB", "2 TB", "5 TB", "unlimited")),
        "9.90",
        "11.35",
        LICENCE,
        "Licence",
    ),
    _Family(
        SOFTWARE,
        "Metered",
        "USE",
        (("Compute hour", "Storage GB hour", "Egress GB"), ("zone A", "zone B")),
        "0.0142857",
        "0.00731625",
        LICENCE,
        "Licence",
    ),
    _Family(
        SERVICES,
        "Installation",
        "SVC",
        (("Cabling", "Rack", "Camera", "Access point", "Projector"), ("install", "survey")),
        "145.00",
        "20.00",
        SERVICE,
        "Hour",
    ),
    _Family(
        SERVICES,
        "Training",
        "TRN",
        (("Vendor course", "Exam voucher"), ("associate", "expert")),
        "390.00",
        "155.00",
        SERVICE,
        taxable=False,
    ),
    _Family(TELEPHONY, "Handsets", "TEL", (("Desk phone", "Conference phone"), ("T2", "T4", "T6")), "84.00", "41.00"),
    _Family(
        PRINT,
        "Toner",
        "TNR",
        (("Black", "Cyan", "Magenta", "Yellow"), ("toner", "toner high yield")),
        "74.50",
        "9.80",
    ),
    _Family(
        OFFICE,
        "Stationery",
        "OFF",
        (("Labels", "Paper", "Packing tape"), ("small", "medium", "large")),
        "6.90",
        "4.45",
        LICENCE,
    ),
    _Family(DEMO, "Demo", "DEMO-KIT", (("Demo kit",), ("1", "2", "3", "4")), "980.00", "140.00"),
)

SUPPLIER_CREDIT, SUPPLIER_INVOICE, REBATE, WARRANTY_SWAP = range(991, 995)


def _charges() -> Iterator[Item]:
    rows = (
        (SUPPLIER_CREDIT, "SUPPLIER-CREDIT", "Credit from the vendor"),
        (SUPPLIER_INVOICE, "SUPPLIER-INVOICE", "Details of the vendor's invoice"),
        (REBATE, "REBATE", "Vendor rebate"),
        (WARRANTY_SWAP, "WARRANTY-SWAP", "Replacement under warranty"),
    )
    for identifier, code, description in rows:
        yield Item(identifier, code, description, CHARGES, "Adjustments", CHARGE, Decimal(0))


def _goods() -> Iterator[Item]:
    identifier = 701
    for family in _FAMILIES:
        for place, words in enumerate(product(*family.parts)):
            yield Item(
                id=identifier if identifier < SUPPLIER_CREDIT else identifier + 4,
                identifier=f"{family.code}-{place + 1:02}",
                description=" ".join(words),
                category=family.category,
                subcategory=family.subcategory,
                type=family.type,
                cost=Decimal(family.cost) + place * Decimal(family.step),
                unit=family.unit,
                serialized=family.serialized,
                taxable=family.taxable,
            )
            identifier += 1


ITEMS = {item.id: item for item in sorted((*_goods(), *_charges()), key=lambda item: item.id)}
CATEGORIES = {name: 20 + place for place, name in enumerate(dict.fromkeys(i.category for i in ITEMS.values()))}
SUBCATEGORIES = {
    (category, name): 40 + place
    for place, (category, name) in enumerate(dict.fromkeys((i.category, i.subcategory) for i in ITEMS.values()))
}


def items_of(*categories: str) -> list[Item]:
    """The items of some categories."""
    return [item for item in ITEMS.values() if item.category in categories]


def items_in(subcategory: str) -> list[Item]:
    """The items of one subcategory."""
    return [item for item in ITEMS.values() if item.subcategory == subcategory]


def _item_record(item: Item) -> firm.Record:
    kind = next(identifier for identifier, (name, _) in TYPES.items() if name == item.type)
    return {
        "id": item.id,
        "identifier": item.identifier,
        "description": item.description,
        "customerDescription": item.description,
        "category": firm.named(CATEGORIES[item.category], item.category),
        "subcategory": firm.named(SUBCATEGORIES[item.category, item.subcategory], item.subcategory),
        "type": firm.named(kind, item.type),
        "productClass": CLASS_OF_TYPE[item.type],
        "unitOfMeasure": firm.unit(item.unit),
        "cost": item.cost,
        "price": item.cost * Decimal("1.25"),
        "taxableFlag": item.taxable,
        "serializedFlag": item.serialized,
        "inactiveFlag": False,
        "vendorSku": f"{item.identifier}-V",
        "customFields": [],
        "_info": dict(firm.SET_UP),
    }


def tables() -> dict[str, list[firm.Record]]:
    """Catalog, categories, subcategories and product types."""
    return {
        "cw.catalog": [_item_record(item) for item in ITEMS.values()],
        "cw.categories": [
            {**firm.named(key, name), "inactiveFlag": False, "defaultFlag": False, "_info": dict(firm.SET_UP)}
            for name, key in CATEGORIES.items()
        ],
        "cw.subcategories": [
            {
                **firm.named(key, name),
                "category": firm.named(CATEGORIES[category], category),
                "inactiveFlag": False,
                "_info": dict(firm.SET_UP),
            }
            for (category, name), key in SUBCATEGORIES.items()
        ],
        "cw.types": [
            {**firm.named(key, name), "typeXref": xref, "inactiveFlag": False, "_info": dict(firm.SET_UP)}
            for key, (name, xref) in TYPES.items()
        ],
    }
