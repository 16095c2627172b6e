"""The official Python SDK, looking up and creating, beside cwxero under the same faults: duplicates, losses, calls.

Run: ``python benchmarks/naive.py [schedules]`` (default 100). Both have the same six bills to bring to the same
simulated Xero. A schedule strikes some requests (connection dropped, answer lost or too slow, a commit that comes late,
limits, server errors, half an answer); runs are repeated, minutes or a night apart, until three of them had nothing to
do. The schedules are those of ``tests/chaos``, without the deaths of the process.

Two ways of using the SDK are measured: look a bill up by contact and number and create it if it is not there, once a
run; and the same with the create tried three times at once, as many wrappers do. Every figure is printed, none is
asserted.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from itertools import repeat
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "scenarios"))

import urllib3
from chaos import schedules
from chaos.disturbances import Strike, Wire
from chaos.history import History, LastingWarehouse
from chaos.world import Acts, MemoryStore, tell
from xero_python.accounting import AccountingApi, Contact, Invoice, Invoices, LineItem
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

from cwxero_dagster.sandbox import credentials
from cwxero_dagster.sandbox.wire import Clock, Request
from cwxero_dagster.sandbox.xero import Xero

MOST_RUNS = 20
ADDRESS = "http://127.0.0.1:1"
KINDS = frozenset({"killed before", "killed after", "killed before commit", "killed after commit"})


class Pool:
    """What the SDK sends its requests through: the same wire as cwxero's, with the same strikes."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def request(self, method: str, url: str, **options: Any) -> urllib3.HTTPResponse:
        parts = urlsplit(url)
        fields = options.get("fields") or []
        query = [*parse_qsl(parts.query), *(fields if method == "GET" else [])]
        body = options.get("body") or (urlencode(fields) if method != "GET" else "")
        request = Request(
            method=method,
            path=unquote(parts.path),
            query=tuple(query),
            headers={key.lower(): value for key, value in (options.get("headers") or {}).items()},
            body=body.encode() if isinstance(body, str) else body,
            raw_query=parts.query,
        )
        try:
            answer = self._wire(request)
        except Exception as error:
            raise urllib3.exceptions.ProtocolError(str(error)) from error
        return urllib3.HTTPResponse(answer.body, headers=dict(answer.headers), status=answer.status)


class Naive:
    """Look up, create."""

    def __init__(self, acts: Acts, bills: list[dict[str, Any]], *, tries: int) -> None:
        self.clock = Clock(acts.starts)
        self.store = MemoryStore(acts.tables)
        self.wire = Wire(Xero(self.store, self.clock), self.clock)
        self._bills = bills
        self._tries = tries

    def run(self) -> int:
        """One run; answers how many bills it meant to create."""
        kept: dict[str, Any] = {}
        token = OAuth2Token(client_id=credentials.XERO_CLIENT_ID, client_secret=credentials.XERO_CLIENT_SECRET)
        client = ApiClient(
            Configuration(oauth2_token=token), oauth2_token_getter=lambda: kept, oauth2_token_saver=kept.update
        )
        client.rest_client.pool_manager = Pool(self.wire)
        api = AccountingApi(client, base_url=f"{ADDRESS}/api.xro/2.0")
        missing = 0
        try:
            client.get_client_credentials_token()
        except Exception:  # noqa: BLE001 - a naive run takes any failure for one
            return len(self._bills)
        for bill in self._bills:
            missing += self._bring(api, bill)
        return missing

    def _bring(self, api: AccountingApi, bill: dict[str, Any]) -> int:
        contact = bill["Contact"]["ContactID"]
        where = f'Type=="ACCPAY" AND Contact.ContactID==guid("{contact}") AND InvoiceNumber=="{bill["InvoiceNumber"]}"'
        try:
            found = api.get_invoices(credentials.XERO_TENANT_ID, where=where, page=1).invoices
        except Exception:  # noqa: BLE001 - a naive run takes any failure for one
            return 1
        if found:
            return 0
        lines = [
            LineItem(
                description=line["Description"], quantity=line["Quantity"], unit_amount=line["UnitAmount"],
                account_code=line["AccountCode"], tax_type=line["TaxType"],
            )
            for line in bill["LineItems"] if line.get("AccountCode")
        ]  # fmt: skip
        invoice = Invoice(
            type="ACCPAY",
            contact=Contact(contact_id=contact),
            invoice_number=bill["InvoiceNumber"],
            line_items=lines,
            status="DRAFT",
        )
        for _ in range(self._tries):
            try:
                api.create_invoices(credentials.XERO_TENANT_ID, Invoices(invoices=[invoice]), unitdp=4)
            except Exception:  # noqa: BLE001 - a naive run takes any failure for one
                self.clock.travel(2)
                continue
            break
        return 1


def tally(store: MemoryStore, bills: list[dict[str, Any]]) -> Counter[str]:
    """Bills that are there more than once, and bills that are not there."""
    wanted = {(one["Contact"]["ContactID"], one["InvoiceNumber"]) for one in bills}
    found = Counter((one["Contact"]["ContactID"], one["InvoiceNumber"]) for one in store.all("xero.invoices"))
    return Counter(
        duplicates=sum(found[one] - 1 for one in wanted if found[one] > 1), losses=sum(not found[one] for one in wanted)
    )


def strikes(seed: int) -> list[Strike]:
    """The disturbances of a schedule, one to four among the first twenty requests."""
    chance = random.Random(seed)
    return [one for one in schedules.strikes(chance, requests=20, commits=1) if one.kind not in KINDS]


def naive(acts: Acts, bills: list[dict[str, Any]], seed: int, *, tries: int) -> Counter[str]:
    """One schedule of the SDK."""
    one, pauses = Naive(acts, bills, tries=tries), schedules.pauses(random.Random(seed))
    one.wire.plan = {strike.at: strike for strike in strikes(seed)}
    quiet = 0
    for _ in range(MOST_RUNS):
        if quiet == 3:
            break
        one.clock.travel(next(pauses))
        quiet = 0 if one.run() else quiet + 1
    return tally(one.store, bills) + Counter(calls=len(one.wire.seen), schedules=1)


def ours(acts: Acts, warehouse: LastingWarehouse, bills: list[dict[str, Any]], seed: int) -> Counter[str]:
    """One schedule of cwxero."""
    history = History(acts, warehouse, schedules.pauses(random.Random(seed)))
    history.plan(strikes(seed))
    for _ in range(3):
        history.until_done(act=0)
    return tally(history.store, bills) + Counter(calls=len(history.wire.seen), schedules=1)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        acts, warehouse = tell(Path(folder)), LastingWarehouse()
        calm = History(acts, warehouse, repeat(120.0))
        calm.until_done(act=0)
        bills = [found[0] for found in calm.documents().values()]
        measured: dict[str, Counter[str]] = {
            "SDK, one try": Counter(),
            "SDK, three tries": Counter(),
            "cwxero": Counter(),
        }
        for seed in range(count):
            measured["SDK, one try"] += naive(acts, bills, seed, tries=1)
            measured["SDK, three tries"] += naive(acts, bills, seed, tries=3)
            measured["cwxero"] += ours(acts, warehouse, bills, seed)
        print(f"{count} schedules of {len(bills)} bills")
        for name, found in measured.items():
            calls = found["calls"] / count
            print(f"{name:<18} {found['duplicates']:5} duplicates {found['losses']:5} losses {calls:7.1f} calls each")


if __name__ == "__main__":
    main()
