"""The application: which path leads to which system, and HTTP requests as the systems take them.

What belongs here: the adapter between ASGI and the systems' handlers, the health check. What does not: sockets, and
what the systems or the page answer.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cwxero_dagster.sandbox.faults import Dropped
from cwxero_dagster.sandbox.page import page_routes
from cwxero_dagster.sandbox.serving.listener import DROP
from cwxero_dagster.sandbox.serving.systems import Systems
from cwxero_dagster.sandbox.serving.users import Users
from cwxero_dagster.sandbox.wire import Handler, Request

THREADS = 64
"""More than clients ask at once (8 and 5), so that slow answers hold nobody else up."""


_OWN_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


def build_app(systems: Systems, users: Users, threads: ThreadPoolExecutor) -> Starlette:
    """Everything that the server answers; the systems and the page work in ``threads``."""
    connectwise = _System(systems.connectwise.handle, threads)
    xero = _System(systems.xero.handle, threads)
    routes: list[BaseRoute] = [
        Route("/health", _Health(systems, users)),
        Route("/v4_6_release/services/system_io/router/openrecord.rails", _open_record, methods=["GET"]),
        Route("/v4_6_release/{path:path}", connectwise),
        Route("/connect/token", xero),
        Route("/connections", xero),
        Route("/api.xro/{path:path}", xero),
        *page_routes(systems, threads),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(_OwnName)])
    app.router.redirect_slashes = False
    return app


class _OwnName:
    """Answers under a loopback name only.

    A name of another site that is made to resolve to loopback would else let that site's scripts, in a browser of this
    machine, read and change everything here: the simulated systems' keys are in the source.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = HttpRequest(scope).headers.get("host", "")
        name, _, port = host.rpartition(":")
        if (name if port.isdecimal() else host).lower() in _OWN_NAMES:
            await self._app(scope, receive, send)
            return
        text = "The sandbox answers under the names of this machine only. Nothing was shown or changed.\n"
        await PlainTextResponse(text, 403)(scope, receive, send)


class _System:
    """One system as an ASGI application: its handler runs in a thread of its own."""

    def __init__(self, handler: Handler, threads: ThreadPoolExecutor) -> None:
        self._handler = handler
        self._threads = threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _request(scope, receive)
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._handler, request)
        except Dropped:
            scope["extensions"][DROP]()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await HttpResponse(answer.body, answer.status, dict(answer.headers))(scope, receive, send)


async def _request(scope: Scope, receive: Receive) -> Request:
    raw_query = scope["query_string"].decode("latin-1")
    return Request(
        method=scope["method"],
        path=unquote(scope["raw_path"].decode("latin-1")),
        query=tuple(parse_qsl(raw_query, keep_blank_values=True)),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=await HttpRequest(scope, receive).body(),
        raw_query=raw_query,
    )


class _Health:
    """``/health``: that this server lives. ``?used_by=PID`` keeps it alive as long as that process lives."""

    def __init__(self, systems: Systems, users: Users) -> None:
        self._scenario = systems.scenario
        self._users = users

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        user = HttpRequest(scope).query_params.get("used_by", "")
        ok = not user or (user.isdecimal() and self._users.add(int(user)))
        body: dict[str, Any] = {"ok": ok, "pid": os.getpid(), "scenario": self._scenario}
        await JSONResponse(body, 200 if ok else 503)(scope, receive, send)


async def _open_record(request: HttpRequest) -> HttpResponse:
    """ConnectWise's own link to a record leads to the PO on the page."""
    record = request.query_params.get("recid", "")
    return RedirectResponse(f"/page/orders/{record}" if record.isdecimal() else "/page/orders", 303)
