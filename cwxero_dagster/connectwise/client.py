"""The ConnectWise PSA client: reads records, lines and reports; writes nothing.

What belongs here: addresses, headers, the shape of an answer, and what a 404 proves. What does not: retries and limits
(``transport``), which records to read and what they mean (staging).

Source of every rule: connectwise_api.md, sections 6 and 8.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import httpx

from cwxero_dagster.access import ConnectWiseAccess
from cwxero_dagster.connectwise.paging import ForwardPages, NumberedPages, Pages
from cwxero_dagster.transport import (
    Answer,
    Clock,
    CredentialsRefused,
    Limits,
    MalformedAnswer,
    NotFound,
    Transport,
)

SYSTEM = "ConnectWise"
VERSION = "application/vnd.connectwise.com+json; version=2025.1"
LIMITS = Limits(per_minute=540, concurrent=8)
LONGEST_ADDRESS = 2_000
PURCHASE_ORDERS = "/procurement/purchaseorders"
KEYS = "CONNECTWISE_COMPANY, CONNECTWISE_PUBLIC_KEY, CONNECTWISE_PRIVATE_KEY and CONNECTWISE_CLIENT_ID"

_ALIVE_FOR = 60.0

_PO_PATH = re.compile(rf"{PURCHASE_ORDERS}/(\d+)(/lineitems)?", re.ASCII)

Record = dict[str, Any]
Fields = str | Sequence[str] | None

log = logging.getLogger("cwxero")


class ConnectWise:
    """ConnectWise PSA, read only. Safe to share between threads."""

    def __init__(
        self,
        access: ConnectWiseAccess,
        *,
        clock: Clock,
        limits: Limits = LIMITS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base_url = access.base_url.rstrip("/")
        self._clock = clock
        self._alive_until = float("-inf")
        self._lock = threading.Lock()
        self._transport = Transport(
            SYSTEM,
            self._base_url,
            limits=limits,
            clock=clock,
            auth=httpx.BasicAuth(f"{access.company}+{access.public_key}", access.private_key),
            headers={"clientId": access.client_id, "accept": VERSION},
            keys=KEYS,
            secrets=(access.private_key, access.client_id),
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    @property
    def calls(self) -> int:
        """Requests tried so far."""
        return self._transport.calls

    def records(
        self,
        path: str,
        *,
        conditions: str | None = None,
        child_conditions: str | None = None,
        fields: Fields = None,
        order_by: str | None = "id asc",
    ) -> Iterator[Record]:
        """The records of a list, page by page.

        Ordered by id unless told otherwise: by another order, a record that changes while the list is read moves
        between pages and pushes its neighbours over the edge. An empty list is returned as it is; whether that can be
        true is for the caller to judge. Raises ``CredentialsRefused`` where the list answers 404 (see
        ``check_alive``).
        """
        params = _params(conditions=conditions, childConditions=child_conditions, fields=fields, orderBy=order_by)
        return self._walk(path, params, NumberedPages(), _records)

    def forward(self, path: str, *, conditions: str | None = None, fields: Fields = None) -> Iterator[Record]:
        """The records of a list by growing id, which nothing that changes meanwhile can disturb.

        ``fields`` has to name ``id``. Costs one call more than ``records``: only an empty page ends the list. Raises
        ``MalformedAnswer`` where the server does not page this way.
        """
        return self._walk(path, _params(conditions=conditions, fields=fields), ForwardPages(), _records)

    def record(self, path: str) -> Record:
        """One record. Raises ``NotFound`` only while ConnectWise demonstrably accepts the keys."""
        answer = self._get(path, [])
        value = answer.json()
        if not isinstance(value, dict):
            raise MalformedAnswer.of(answer, "one record was expected")
        return value

    def lines(self, po_id: int) -> list[Record]:
        """The line items of a PO. Raises ``NotFound`` where ConnectWise has no such PO."""
        return list(self.records(f"{PURCHASE_ORDERS}/{po_id:d}/lineitems"))

    def lines_of(self, po_ids: Iterable[int]) -> Iterator[tuple[int, list[Record]]]:
        """PO id and line items of each PO, in the order given, up to eight read at once.

        A PO that ConnectWise no longer has is left out: whether that is a deletion is for the caller to judge. Any
        other failure ends the reading.
        """
        pool = ThreadPoolExecutor(max_workers=LIMITS.concurrent, thread_name_prefix="connectwise-lines")
        under_way: deque[tuple[int, Future[list[Record] | None]]] = deque()
        try:
            for po_id in po_ids:
                under_way.append((po_id, pool.submit(self._lines_if_there, po_id)))
                if len(under_way) >= 2 * LIMITS.concurrent:
                    yield from _finished(under_way)
            while under_way:
                yield from _finished(under_way)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def report(self, name: str, *, conditions: str | None = None, columns: Fields = None) -> Iterator[Record]:
        """Rows of a system report, column names in lower case.

        Raises ``NotFound``, ``CredentialsRefused`` or ``RequestRefused`` where the tenant has no such report, or the
        role may not read it.
        """
        params = _params(conditions=conditions, columns=columns)
        return self._walk(f"/system/reports/{quote(name, safe='')}", params, NumberedPages(), _report_rows)

    def system_info(self) -> Record:
        """Version, region and time zone of the server. Self-hosted servers answer this without keys."""
        return self.record("/system/info")

    def check_alive(self) -> None:
        """Proves that ConnectWise accepts the keys. Raises ``CredentialsRefused`` where it does not.

        ConnectWise's cloud answers 404 to everything when the keys are wrong or its release has moved, so a 404 alone
        proves nothing about a record. What proves something is the PO list answering with the same keys; good for a
        minute, so that many missing records cost one look.
        """
        with self._lock:
            if self._clock.monotonic() < self._alive_until:
                return
            try:
                query = [("pageSize", "1"), ("fields", "id")]
                answer = self._transport.get(PURCHASE_ORDERS, query, what=_named(PURCHASE_ORDERS))
            except NotFound as failure:
                refused = self._refused(failure)
            else:
                _records(answer)
                self._alive_until = self._clock.monotonic() + _ALIVE_FOR
                return
        raise refused

    def _walk(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        pages: Pages,
        rows_of: Callable[[Answer], list[Record]],
    ) -> Iterator[Record]:
        while not pages.done:
            answer = self._get(path, [*params, *pages.params], pages.headers)
            rows = rows_of(answer)
            pages.take(answer, rows)
            yield from rows

    def _get(self, path: str, params: Sequence[tuple[str, str]], headers: Mapping[str, str] | None = None) -> Answer:
        length = len(self._base_url) + len(path) + len(urlencode(list(params))) + 1
        if length > LONGEST_ADDRESS:
            message = f"an address of {length} characters; ConnectWise takes {LONGEST_ADDRESS}: ask in chunks"
            raise ValueError(message)
        try:
            return self._transport.get(path, params, headers, what=_named(path))
        except NotFound as failure:
            missing = failure
        self.check_alive()
        raise missing

    def _lines_if_there(self, po_id: int) -> list[Record] | None:
        try:
            return self.lines(po_id)
        except NotFound:
            log.warning("ConnectWise: purchase order #%d has gone since it was listed", po_id)
            return None

    @staticmethod
    def _refused(failure: NotFound) -> CredentialsRefused:
        sentence = (
            "ConnectWise answered that it has no purchase order list. Its cloud gives that answer when the keys are "
            "wrong or withdrawn, and when the address names a release that has moved. Nothing was read, and nothing "
            f"counts as deleted. Check {KEYS}, and that CONNECTWISE_BASE_URL ends in /v4_6_release/apis/3.0, then run "
            "`cwxero doctor`."
        )
        return CredentialsRefused(
            SYSTEM,
            sentence,
            status=failure.status,
            reason="404 for the PO list",
            body_excerpt=failure.body_excerpt,
            answer=failure.answer,
        )


def _finished(
    under_way: deque[tuple[int, Future[list[Record] | None]]],
) -> Iterator[tuple[int, list[Record]]]:
    po_id, future = under_way.popleft()
    lines = future.result()
    if lines is not None:
        yield po_id, lines


def _named(path: str) -> str:
    """What a path holds, for people."""
    if found := _PO_PATH.fullmatch(path):
        order = f"purchase order #{found[1]}"
        return f"the lines of {order}" if found[2] else order
    return "the list of purchase orders" if path == PURCHASE_ORDERS else f"the list {path.strip('/')}"


def _params(**given: Fields) -> list[tuple[str, str]]:
    return [
        (name, value if isinstance(value, str) else ",".join(value))
        for name, value in given.items()
        if value is not None
    ]


def _records(answer: Answer) -> list[Record]:
    value = answer.json()
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise MalformedAnswer.of(answer, "a list of records was expected")
    return value


def _report_rows(answer: Answer) -> list[Record]:
    value = answer.json()
    definitions = value.get("column_definitions") if isinstance(value, dict) else None
    rows = value.get("row_values") if isinstance(value, dict) else None
    if not isinstance(definitions, list) or not isinstance(rows, list):
        raise MalformedAnswer.of(answer, "a report was expected")
    names = [name.lower() for definition in definitions if isinstance(definition, dict) for name in definition]
    if len(set(names)) != len(names) or any(not isinstance(row, list) or len(row) != len(names) for row in rows):
        raise MalformedAnswer.of(answer, "the rows of a report do not fit its columns")
    return [dict(zip(names, row, strict=True)) for row in rows]
