"""How Xero says no: a refused request, and the findings about one document.

What belongs here: the error bodies and the collector of validation messages. What does not: wording of validation
messages (sentences.py) and the rules that find them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from cwxero_dagster.sandbox.wire import Response, json_response


class RequestRefusedError(Exception):
    """The whole request is refused with this status and body."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """As an HTTP answer."""
        return json_response(self.status, self.body, self.headers)


def gateway(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> RequestRefusedError:
    """A refusal in the shape of Xero's gateway: credentials, scopes, organisation, unknown address."""
    body = {"Type": None, "Title": title, "Status": status, "Detail": detail}
    return RequestRefusedError(status, body, headers)


def bad_request(number: int, kind: str, message: str) -> RequestRefusedError:
    """A 400 in the shape of the accounting API."""
    return RequestRefusedError(400, {"ErrorNumber": number, "Type": kind, "Message": message})


def unreadable(template: str, *parts: object) -> RequestRefusedError:
    """The body cannot be read as what the address takes."""
    return bad_request(14, "PostDataInvalidException", template.format(*parts))


def bad_query(template: str, *parts: object) -> RequestRefusedError:
    """A filter or an order cannot be understood."""
    return bad_request(16, "QueryParseException", template.format(*parts))


def unauthorised(detail: str) -> RequestRefusedError:
    """Absent or expired token, or a missing scope: Xero answers 401 to all three."""
    return gateway(401, "Unauthorized", detail)


def not_found() -> RequestRefusedError:
    """Nothing lives at the address."""
    return gateway(404, "Not Found", "The resource you're looking for cannot be found")


def not_allowed(method: str) -> RequestRefusedError:
    """The address does not take the method."""
    return gateway(405, "Method Not Allowed", f"{method} is not supported here")


@dataclass
class Findings:
    """What is wrong with one document; empty means that it can be stored."""

    document: list[str] = field(default_factory=list)
    lines: dict[int, list[str]] = field(default_factory=dict)
    """Messages by position of the line as sent."""
    warnings: list[str] = field(default_factory=list)

    def add(self, message: str) -> None:
        """A message about the document; each is kept once."""
        if message not in self.document:
            self.document.append(message)

    def add_line(self, position: int, message: str) -> None:
        """A message about a line."""
        self.lines.setdefault(position, []).append(message)

    @property
    def any(self) -> bool:
        """Whether the document is refused."""
        return bool(self.document or self.lines)


class DocumentRefusedError(Exception):
    """One document is refused; others of the batch are not."""

    def __init__(self, findings: Findings) -> None:
        super().__init__("; ".join([*findings.document, *chain.from_iterable(findings.lines.values())]))
        self.findings = findings
