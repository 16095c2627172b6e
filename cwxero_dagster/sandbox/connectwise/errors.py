"""Refusals in ConnectWise's own error shape.

What belongs here: the exception that every rule of this package raises, and the body it becomes. What does not: the
reasons (they live with the rules) and the rate limit, whose body has another shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from cwxero_dagster.sandbox.wire import Response, json_response


@dataclass(eq=False)
class ApiError(Exception):
    """A request that ConnectWise refuses: HTTP status, error code, sentence, and the fields at fault."""

    status: int
    code: str
    message: str
    errors: list[dict[str, str]] | None = None

    def response(self) -> Response:
        """The answer as it leaves; ``errors`` is null where no field is named."""
        body: dict[str, Any] = {"code": self.code, "message": self.message, "errors": self.errors}
        return json_response(self.status, body)


def unrecognized(name: str) -> ApiError:
    """A condition, order or field list names something the record does not have. Wording seen on live tenants."""
    return ApiError(400, "ApiFindCondition", f"{name} is not a recognized name.")


def refuse_condition(message: str) -> NoReturn:
    """Refuse a condition that cannot be read or compares what cannot be compared. Raises ``ApiError``."""
    raise ApiError(400, "ApiFindCondition", message) from None


def not_found(resource: str, key: object) -> ApiError:
    """No record with this id."""
    return ApiError(404, "NotFound", f"{resource} {key} not found")


def invalid(resource: str, field: str, message: str, code: str = "InvalidField") -> ApiError:
    """A body with one field that cannot be accepted."""
    error = {"code": code, "message": message, "resource": resource, "field": field}
    return ApiError(400, "InvalidObject", f"{resource} object is invalid", [error])


def missing(resource: str, fields: list[str]) -> ApiError:
    """A body without required fields."""
    errors = [
        {
            "code": "MissingRequiredField",
            "message": f"The {field} field is required.",
            "resource": resource,
            "field": field,
        }
        for field in fields
    ]
    return ApiError(400, "InvalidObject", f"{resource} object is invalid", errors)
