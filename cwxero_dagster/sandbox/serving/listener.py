"""The socket: loopback only, connections that a fault can close without an answer, and a prompt end.

What belongs here: uvicorn and what this server wants of it. What does not: what is answered.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from cwxero_dagster.sandbox.serving.users import Users

HOST = "127.0.0.1"
DROP = "sandbox.drop"
"""Name of the ASGI extension that closes the connection: ``scope["extensions"][DROP]()``."""


class PortTakenError(RuntimeError):
    """The port cannot be listened on. The message says what to do."""


class _Connection(H11Protocol):
    """A connection that the application may close without an answer, which ASGI itself has no word for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        inner: Any = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[DROP] = lambda: self.transport.close()
            await inner(scope, receive, send)

        self.app = app


def bind(port: int) -> socket.socket:
    """A loopback socket; port 0 is any free one. Raises ``PortTakenError``."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
    except (OSError, OverflowError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or error
        message = f"Port {port} of {HOST} cannot be used ({reason}). Give another port, or 0 for any that is free."
        raise PortTakenError(message) from None
    return bound


class Listener(uvicorn.Server):
    """Serves ``app`` on one bound loopback socket until it is told to end, or until its users are gone."""

    def __init__(
        self,
        app: ASGIApp,
        bound: socket.socket,
        *,
        users: Users,
        stopping: threading.Event,
        on_listening: Callable[[str], None],
    ) -> None:
        config = uvicorn.Config(
            app,
            http=_Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            # Longer than clients keep idle connections, so that it is never this side that closes one in use.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=3,
        )
        super().__init__(config)
        self.url = f"http://{HOST}:{bound.getsockname()[1]}"
        self._bound = bound
        self._users = users
        self._stopping = stopping
        self._on_listening = on_listening
        self._watch: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Serve until the end. ``on_listening`` is called with the address once connections are accepted."""
        self.run(sockets=[self._bound])

    def end(self) -> None:
        """End soon; callable from any thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting, then tell."""
        await super().startup(sockets)
        if self.started:
            self._on_listening(self.url)
            self._watch = asyncio.create_task(self._end_when_alone())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wake whoever waits inside a request, then finish."""
        self._users.end()
        self._stopping.set()
        if self._watch is not None:
            self._watch.cancel()
        await super().shutdown(sockets)

    async def _end_when_alone(self) -> None:
        while not self._users.end_if_alone():
            await asyncio.sleep(1)
        self.end()
