"""The organisation's books: finding accounts, rates, contacts and documents, and stamping what changes.

What belongs here: look-ups, new ids, time stamps, history records, shared by the API and the bookkeeper. What does
not: who may do what (documents.py, purchase_orders.py, contacts.py) and HTTP.
"""

from __future__ import annotations

import uuid
from collections import deque
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from cwxero_dagster.sandbox.store import Document, Store
from cwxero_dagster.sandbox.wire import Clock
from cwxero_dagster.sandbox.xero import values
from cwxero_dagster.sandbox.xero.switches import XeroSwitches

_NAMESPACE = uuid.UUID("5f0a7c1e-6f0b-4a53-9a0e-2f8d1c9b7a44")
_ZONES = {
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "GMTSTANDARDTIME": "Europe/London",
    "EASTERNSTANDARDTIME": "America/New_York",
    "PACIFICSTANDARDTIME": "America/Los_Angeles",
}
_DAY_RATES = {"AUD": Decimal("1.52"), "NZD": Decimal("1.65"), "USD": Decimal(1), "GBP": Decimal("0.78")}
"""Units of a currency for one US dollar: the sandbox's day rate never moves."""

API_USER = "System Generated"


class Books:
    """One organisation in a store. Every change goes through ``keep``, which stamps and remembers it."""

    def __init__(self, store: Store, clock: Clock, switches: XeroSwitches) -> None:
        self.store = store
        self.clock = clock
        self.switches = switches
        self.complaints: deque[str] = deque(maxlen=10_000)
        self._last_stamp: datetime | None = None

    def complain(self, text: str) -> None:
        """Note something that the real Xero would swallow and a careful client never sends."""
        self.complaints.append(text)

    # --- the organisation

    @property
    def organisation(self) -> Document:
        """The one organisation. Raises ``LookupError`` when the books are empty."""
        found = next(self.store.all("xero.organisation"), None)
        if found is None:
            message = "the simulated Xero holds no organisation"
            raise LookupError(message)
        return found

    @property
    def base_currency(self) -> str:
        """Currency of the organisation."""
        return str(self.organisation["BaseCurrency"])

    def today(self) -> str:
        """The calendar day in the organisation's time zone."""
        zone = ZoneInfo(_ZONES.get(str(self.organisation.get("Timezone")), "UTC"))
        return self.clock.now().astimezone(zone).date().isoformat()

    def lock_of(self, day: str) -> tuple[str, str] | None:
        """Kind and date of the lock that covers a calendar day, the end of year lock first; None when it is open."""
        for kind, name in (("end of year", "EndOfYearLockDate"), ("period", "PeriodLockDate")):
            locked = self.organisation.get(name)
            if locked and day <= locked:
                return kind, str(locked)
        return None

    # --- look-ups

    def contact(self, contact_id: object) -> Document | None:
        """A contact by ContactID."""
        return self.store.get("xero.contacts", str(contact_id).lower())

    def account(self, *, code: object = None, account_id: object = None) -> Document | None:
        """An account by code or id."""
        if account_id is not None:
            return self.store.get("xero.accounts", str(account_id).lower())
        return next((one for one in self.store.all("xero.accounts") if one.get("Code") == str(code)), None)

    def tax_rate(self, tax_type: object) -> Document | None:
        """A tax rate by TaxType."""
        return self.store.get("xero.taxrates", str(tax_type))

    def has_currency(self, code: object) -> bool:
        """Whether the organisation has added a currency."""
        return self.store.get("xero.currencies", str(code)) is not None

    def day_rate(self, code: str) -> Decimal:
        """Units of ``code`` for one unit of the base currency."""
        return values.half_up(_DAY_RATES.get(code, Decimal(1)) / _DAY_RATES.get(self.base_currency, Decimal(1)), 6)

    def to_cents(self, value: Decimal) -> Decimal:
        """An amount of a line or of its tax at two decimals, in the organisation's way of rounding."""
        even = self.switches.half_cents == "even"
        return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN if even else ROUND_HALF_UP)

    # --- change

    def new_id(self, kind: str) -> str:
        """A fresh identifier; the same sequence in every new sandbox."""
        return str(uuid.uuid5(_NAMESPACE, f"{kind}/{self.store.next_id(f'xero.ids.{kind}')}"))

    def stamp(self) -> str:
        """The moment as UpdatedDateUTC; no two changes share one, even while the clock stands still."""
        now = self.clock.now()
        if self._last_stamp is not None and now <= self._last_stamp:
            now = self._last_stamp + timedelta(milliseconds=1)
        self._last_stamp = now
        return values.iso(now)

    def keep(self, kind: str, key: str, document: Document) -> Document:
        """Store a document with a new UpdatedDateUTC."""
        document["UpdatedDateUTC"] = self.stamp()
        return self.store.put(kind, key, document)

    def note(self, document_id: str, changes: str, details: str, *, user: str = API_USER) -> Document:
        """Add a record to a document's history."""
        record = {
            "DocumentID": document_id,
            "Changes": changes,
            "Details": details,
            "User": user,
            "DateUTC": values.iso(self.clock.now()),
        }
        return self.store.put("xero.history", self.store.next_id("xero.history"), record)
