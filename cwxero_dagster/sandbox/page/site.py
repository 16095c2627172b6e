"""What all pages share: templates, messages that survive a redirect, and the guard against other sites' forms.

What belongs here: one request in, one answer out, whatever page it is. What does not: pages.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from cwxero_dagster.sandbox.connectwise.buyer import BuyerError
from cwxero_dagster.sandbox.connectwise.errors import ApiError
from cwxero_dagster.sandbox.page import formats
from cwxero_dagster.sandbox.page.forms import LONGEST_BODY, Form, RefusedError
from cwxero_dagster.sandbox.serving.systems import Systems
from cwxero_dagster.sandbox.xero import NotPossibleError

FOLDER = Path(__file__).parent
_COOKIE = "cwxero_sandbox_message"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class MissingError(LookupError):
    """There is nothing at this address. The message says what was looked for."""


@dataclass(frozen=True)
class Flash:
    """A message for the next page: what happened, or why not and what had been typed."""

    text: str
    refused_by: str = ""
    """Who said no (``Xero``, ``ConnectWise``, ``This page``); blank where it was done."""
    form: Form = field(default_factory=Form)
    page: str = ""


@dataclass(frozen=True)
class Call:
    """One request as the pages see it."""

    systems: Systems
    path: str
    params: Mapping[str, Any]
    query: Mapping[str, str]
    form: Form
    flash: Flash | None = None

    @property
    def typed(self) -> Form | None:
        """What was typed into this page's form before it was refused."""
        flash = self.flash
        return flash.form if flash is not None and flash.refused_by and flash.page == self.path else None


@dataclass(frozen=True)
class Page:
    """A page to show: template and what it needs."""

    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Done:
    """An action that was done: what happened, in words, and where to go on (None: where the form was)."""

    text: str
    to: str | None = None


View = Callable[[Call], Page]
Action = Callable[[Call], Done]
Endpoint = Callable[[Request], Awaitable[Response]]


class Site:
    """Turns views and actions into endpoints. State is read and changed under the store's lock, in a thread."""

    def __init__(self, systems: Systems, threads: ThreadPoolExecutor) -> None:
        self._systems = systems
        self._threads = threads
        self._flashes: OrderedDict[str, Flash] = OrderedDict()
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for written in (
            formats.money, formats.unit_price, formats.quantity, formats.plain,
            formats.day, formats.iso_day, formats.moment, formats.month, formats.counted,
        ):  # fmt: skip
            self._templates.filters[written.__name__] = written

    def view(self, view: View) -> Endpoint:
        """The endpoint of a page."""

        async def endpoint(request: Request) -> Response:
            return await self._in_thread(self._show, view, request)

        return endpoint

    def action(self, action: Action) -> Endpoint:
        """The endpoint of a form: does it, then leads back with a message."""

        async def endpoint(request: Request) -> Response:
            if not _is_own_origin(request):
                return _foreign()
            body = b""
            async for chunk in request.stream():
                body += chunk
                if len(body) > LONGEST_BODY:
                    return PlainTextResponse("The form is too large. Nothing was changed.\n", 413)
            return await self._in_thread(self._act, action, request, body)

        return endpoint

    async def _in_thread(self, work: Callable[..., Response], *given: Any) -> Response:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    def _show(self, view: View, request: Request) -> Response:
        with self._systems.store.lock:
            flash = self._flashes.pop(request.cookies.get(_COOKIE, ""), None)
            call = Call(self._systems, request.url.path, request.path_params, dict(request.query_params), Form(), flash)
            try:
                page, status = view(call), 200
            except MissingError as missing:
                page, status = Page("missing.html", {"message": str(missing), "desk": ""}), 404
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            html = self._templates.get_template(page.template).render(
                {"flash": flash, "here": here, "scenario": self._systems.scenario, **page.context}
            )
        response = HTMLResponse(html, status, _HEADERS)
        if _COOKIE in request.cookies:
            response.delete_cookie(_COOKIE, path="/", httponly=True, samesite="strict")
        return response

    def _act(self, action: Action, request: Request, body: bytes) -> Response:
        to, form = "/", Form()
        try:
            form = Form.read(body)
            to = _local(form.text("back"))
            call = Call(self._systems, request.url.path, request.path_params, {}, form)
            with self._systems.store.lock:
                done = action(call)
            flash, to = Flash(done.text), done.to or to
        except NotPossibleError as refusal:
            flash = Flash(str(refusal), "Xero", form, urlsplit(to).path)
        except BuyerError as refusal:
            flash = Flash(str(refusal), "ConnectWise", form, urlsplit(to).path)
        except ApiError as refusal:
            message = (refusal.errors or [{}])[0].get("message", refusal.message)
            flash = Flash(message, "ConnectWise", form, urlsplit(to).path)
        except (RefusedError, MissingError) as refusal:
            flash = Flash(str(refusal), "This page", form, urlsplit(to).path)
        response = RedirectResponse(to, 303, _HEADERS)
        response.set_cookie(_COOKIE, self._keep(flash), path="/", httponly=True, samesite="strict")
        return response

    def _keep(self, flash: Flash) -> str:
        token = secrets.token_urlsafe(16)
        with self._systems.store.lock:
            self._flashes[token] = flash
            while len(self._flashes) > 100:
                self._flashes.popitem(last=False)
        return token


def _is_own_origin(request: Request) -> bool:
    """The form stood on this site's page; that the name is this machine's is seen to before (``serving.app``)."""
    return request.headers.get("origin", "") == f"http://{request.headers.get('host', '')}"


def _foreign() -> Response:
    text = "This request did not come from the sandbox's own page. Nothing was shown or changed.\n"
    return PlainTextResponse(text, 403, _HEADERS)


def _local(address: str) -> str:
    """A path of this site; anything else is the start page."""
    usable = address.startswith("/") and not address.startswith("//") and address.isprintable() and "\\" not in address
    return address if usable else "/"
