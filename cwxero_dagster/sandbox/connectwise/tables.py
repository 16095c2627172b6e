"""The record types of the simulated API: where they are kept, what their fields are called, and of what kind they are.

What belongs here: names and kinds, as the vendor's published API description (2025.1) has them, because conditions,
field lists, sorting and writing all refuse names that it does not have. What does not: what the values mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cwxero_dagster.sandbox.connectwise.fields import REFERENCE, Fields, Kind, Leaf, fields

COMPANY = "identifier name"
ITEM = "identifier"
CURRENCY: Fields = fields(
    whole="id numberOfDecimals",
    text="name symbol currencyCode currencyIdentifier decimalSeparator thousandsSeparator",
    flag="negativeParenthesesFlag displaySymbolFlag displayIdFlag rightAlign",
)
WAREHOUSE: Fields = fields(whole="id", text="name", flag="lockedFlag")
CUSTOM_FIELDS: Fields = fields(whole="id", text="caption type entryMethod value")
INFO: Fields = fields(moment="lastUpdated dateEntered", text="updatedBy enteredBy")

PURCHASE_ORDER: Fields = fields(
    whole="id businessUnitId locationId",
    text="cancelReason closedBy customerCity customerExtension customerName customerPhone customerSiteName"
    " customerState customerStreetLine1 customerStreetLine2 customerZip enteredBy freightPackingSlip internalNotes"
    " poNumber shippingInstructions trackingNumber vendorInvoiceNumber vendorOrderNumber",
    number="freightCost freightTaxTotal salesTax subTotal total",
    flag="closedFlag dropShipCustomerFlag taxFreightFlag taxPoFlag",
    moment="dateClosed poDate shipmentDate vendorInvoiceDate",
    references={
        "businessUnit": "",
        "customerCompany": COMPANY,
        "customerContact": "",
        "customerCountry": COMPANY,
        "customerSite": "",
        "location": "",
        "shipmentMethod": "",
        "status": "",
        "taxCode": "",
        "terms": "",
        "vendorCompany": COMPANY,
        "vendorContact": "",
        "vendorSite": "",
        "warehouse": WAREHOUSE,
        "warehouseContact": "",
        "currency": CURRENCY,
    },
    lists={"customFields": CUSTOM_FIELDS},
)

RECEIVED_STATUSES = "Waiting FullyReceived PartiallyReceiveCancelRest PartiallyReceiveCloneRest"

LINE: Fields = fields(
    whole="id lineNumber purchaseOrderId receivedQuantity unbatchedRecId",
    text="canceledBy canceledReason description internalNotes packingSlip purchaseOrderNumber serialNumbers"
    " trackingNumber vendorOrderNumber vendorSku shipSet",
    number="extCost quantity tax unitCost",
    flag="backorderedFlag batchedFlag canceledFlag closedFlag displayInternalNotesFlag isDetachAvailable",
    moment="dateCanceled dateCanceledUtc dateReceived expectedArrivalDate expectedShipDate shipDate",
    references={
        "product": fields(whole="id", text="identifier", flag="serializedFlag"),
        "unitOfMeasure": "",
        "shipmentMethod": "",
        "warehouse": WAREHOUSE,
        "warehouseBin": "",
    },
    lists={"salesOrder": fields(whole="id", text="identifier"), "customFields": CUSTOM_FIELDS},
    choices={"receivedStatus": RECEIVED_STATUSES},
)

STATUS: Fields = fields(
    whole="id sortOrder",
    text="name",
    flag="defaultFlag closedFlag inactiveFlag defaultClosedFlag",
    references={"emailTemplate": ""},
)

COMPANY_FIELDS: Fields = fields(
    whole="id revenueYear numberOfEmployees yearEstablished",
    text="identifier name addressLine1 addressLine2 city state zip phoneNumber faxNumber website accountNumber"
    " vendorIdentifier taxIdentifier invoiceToEmailAddress invoiceCCEmailAddress leadSource mobileGuid"
    " deletedBy resellerIdentifier facebookUrl twitterUrl linkedInUrl",
    number="annualRevenue",
    flag="leadFlag unsubscribeFlag deletedFlag isVendorFlag",
    moment="dateAcquired dateDeleted",
    references={
        "status": "",
        "country": COMPANY,
        "territory": "",
        "defaultContact": "",
        "taxCode": "",
        "billingTerms": "",
        "billToCompany": COMPANY,
        "billingSite": "",
        "billingContact": "",
        "currency": CURRENCY,
        "parentCompany": COMPANY,
        "site": "",
        "timeZoneSetup": "",
        "invoiceDeliveryMethod": "",
        "pricingSchedule": "",
    },
    lists={"types": REFERENCE, "customFields": CUSTOM_FIELDS},
)

CLASSES = "Agreement Bundle Inventory NonInventory Service"

CATALOG: Fields = fields(
    whole="id minStockLevel",
    text="identifier description customerDescription manufacturerPartNumber vendorSku notes integrationXRef"
    " connectWiseID",
    number="price cost recurringRevenue recurringCost calculatedPrice calculatedCost markupPercentage",
    flag="inactiveFlag serializedFlag serializedCostFlag phaseProductFlag taxableFlag dropShipFlag specialOrderFlag"
    " recurringFlag recurringOneTimeFlag calculatedPriceFlag calculatedCostFlag markupFlag autoUpdateUnitCostFlag"
    " autoUpdateUnitPriceFlag",
    references={
        "subcategory": "",
        "category": "",
        "type": "",
        "unitOfMeasure": "",
        "manufacturer": "",
        "vendor": COMPANY,
        "sla": "",
        "entityType": "",
        "agreementType": "",
    },
    lists={"customFields": CUSTOM_FIELDS},
    choices={
        "productClass": CLASSES,
        "billableOption": "Billable DoNotBill NoCharge NoDefault",
        "priceAttribute": "FixedFee NotToExceed OverrideRate TimeAndMaterials",
    },
)

PRODUCT: Fields = fields(
    whole="id locationId businessUnitId warehouseId warehouseBinId needToOrderQuantity chargeToId",
    text="description vendorSku customerDescription internalNotes cancelledReason integrationXRef shipSet uom",
    number="sequenceNumber quantity price cost extPrice extCost discount margin agreementAmount quantityCancelled"
    " listPrice",
    flag="taxableFlag dropshipFlag specialOrderFlag phaseProductFlag cancelledFlag productSuppliedFlag"
    " needToPurchaseFlag minimumStockFlag poApprovedFlag calculatedPriceFlag calculatedCostFlag",
    moment="purchaseDate cancelledDate",
    references={
        "catalogItem": ITEM,
        "unitOfMeasure": "",
        "agreement": "",
        "location": "",
        "businessUnit": "",
        "vendor": COMPANY,
        "ticket": "summary",
        "project": "",
        "phase": "",
        "salesOrder": ITEM,
        "opportunity": "",
        "invoice": ITEM,
        "company": COMPANY,
        "taxCode": "",
    },
    lists={"customFields": CUSTOM_FIELDS},
    choices={
        "billableOption": "Billable DoNotBill NoCharge",
        "productClass": CLASSES,
        "chargeToType": "Ticket Project ProjectIssue SalesOrder Invoice Opportunity",
    },
)

SETTINGS: Fields = fields(
    whole="id startingPurchaseOrderNum numDecimalPlaces",
    text="purchaseOrderPrefix purchaseOrderSuffix eoriNumber shippingInfoNotificationEmail",
    flag="disableCostUpdatesFlag disableNegativeInventoryFlag autoClosePurchaseOrderFlag"
    " autoClosePurchaseOrderItemFlag autoApprovePurchaseOrderFlag taxPurchaseOrderFlag taxFreightFlag"
    " useVendorTaxCodeFlag disableAutoPickFlag defaultProductTaxableFlag notificationForChangesInShippingInfoFlag",
    choices={"costingMethod": "FIFO LIFO AverageCosting", "prefixSuffixType": "Prefix Suffix"},
)

_LEVELS = ("One", "Two", "Three", "Four", "Five", "Six")

TAX_CODE: Fields = fields(
    whole="id",
    text="identifier description invoiceCaption"
    + "".join(f" level{level}Caption level{level}TaxCodeXref level{level}AgencyXref" for level in _LEVELS),
    number=" ".join(f"level{level}Rate level{level}TaxableMax" for level in _LEVELS),
    flag="defaultFlag displayOnInvoiceFlag canadaCalculateGSTFlag"
    + "".join(f" level{level}{kind}Flag" for level in _LEVELS for kind in ("Services", "Expenses", "Products")),
    moment="effectiveDate cancelDate",
    choices={f"level{level}RateType": "Amount Percent" for level in _LEVELS},
)


@dataclass(frozen=True)
class Table:
    """A record type: its store kind, the name that error messages use, and its fields."""

    kind: str
    resource: str
    fields: Fields

    def leaf(self, name: str) -> Leaf | None:
        """The field that ``name`` (``status/id``, ``lastUpdated``) leads to. None: not a recognized name."""
        if name in INFO and name not in self.fields:
            return Leaf(("_info", name), INFO[name])
        first, _, rest = name.partition("/")
        if first == "_info":
            return Leaf(("_info", rest), INFO[rest]) if rest in INFO else None
        found = self.fields.get(first)
        if found is None or not rest:
            return Leaf((first,), found) if found else None
        if found.kind is Kind.REFERENCE and rest in found.inner:
            return Leaf((first, rest), found.inner[rest])
        return None


ORDERS = Table("cw.purchaseorders", "purchaseOrder", PURCHASE_ORDER)
LINES = Table("cw.lineitems", "purchaseOrderLineItem", LINE)
STATUSES = Table("cw.purchaseorderstatuses", "purchaseOrderStatus", STATUS)
TENANT_SETTINGS = Table("cw.settings", "procurementSetting", SETTINGS)


def _named(text: str = "", **more: Any) -> Fields:
    return fields(whole="id", text=f"name {text}", flag="inactiveFlag defaultFlag", **more)


TABLES: Mapping[str, Table] = {
    "/procurement/purchaseorders": ORDERS,
    "/procurement/purchaseorderstatuses": STATUSES,
    "/procurement/settings": TENANT_SETTINGS,
    "/procurement/catalog": Table("cw.catalog", "catalogItem", CATALOG),
    "/procurement/categories": Table("cw.categories", "category", _named("integrationXref priceLevelXref")),
    "/procurement/subcategories": Table(
        "cw.subcategories", "subCategory", _named("integrationXref", references={"category": ""})
    ),
    "/procurement/types": Table(
        "cw.types",
        "productType",
        _named(choices={"typeXref": "InventoryPart NonInventoryPart OtherCharge Service"}),
    ),
    "/procurement/products": Table("cw.products", "productItem", PRODUCT),
    "/procurement/shipmentmethods": Table(
        "cw.shipmentmethods", "shipmentMethod", fields(whole="id", text="name trackingUrl", flag="defaultFlag")
    ),
    "/procurement/unitofmeasures": Table("cw.unitofmeasures", "unitOfMeasure", _named()),
    "/procurement/warehouses": Table(
        "cw.warehouses",
        "warehouse",
        fields(
            whole="id",
            text="name locationXref",
            flag="inactiveFlag lockedFlag locationDefaultFlag overallDefaultFlag",
            references={"location": "", "department": COMPANY, "company": COMPANY, "currency": CURRENCY},
        ),
    ),
    "/company/companies": Table("cw.companies", "company", COMPANY_FIELDS),
    "/finance/taxcodes": Table("cw.taxcodes", "taxCode", TAX_CODE),
    "/finance/billingterms": Table(
        "cw.billingterms", "billingTerm", fields(whole="id dueDays", text="name termsXref", flag="defaultFlag")
    ),
    "/finance/currencies": Table(
        "cw.currencies",
        "currency",
        fields(
            whole="id numberOfDecimals",
            text="currencyIdentifier name symbol thousandsSeparator decimalSeparator reportFormat",
            flag="displayIdFlag displaySymbolFlag negativeParenthesesFlag rightAlign",
            references={"currencyCode": COMPANY},
        ),
    ),
    "/system/locations": Table(
        "cw.locations",
        "location",
        fields(
            whole="id ownerLevelId",
            text="name salesRep owaUrl payrollXref",
            flag="locationFlag clientFlag",
            references={"structureLevel": "", "manager": COMPANY, "reportsTo": "", "timeZoneSetup": "", "calendar": ""},
        ),
    ),
    "/system/departments": Table("cw.departments", "department", fields(whole="id", text="identifier name")),
}
"""Every record type that is read under its own path, by the path in lower case."""
