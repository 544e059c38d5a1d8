"""How Stripe says no."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal with its HTTP status; `more` are further fields of the error."""

    def __init__(self, status: int, message: str, *, kind: str = "invalid_request_error", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.fields: dict[str, Any] = {"type": kind, "message": message, **more}

    def body(self) -> dict[str, Any]:
        """What is answered."""
        return {"error": {name: value for name, value in self.fields.items() if value is not None}}


def missing(kind: str, name: str, *, status: int = 404) -> ApiError:
    """There is no such object."""
    return ApiError(status, f"No such {kind}: '{name}'", code="resource_missing", param=kind)


def bad(param: str, message: str, *, code: str = "parameter_invalid") -> ApiError:
    """A parameter that cannot be."""
    return ApiError(400, message, code=code, param=param)


def declined(code: str, decline_code: str, message: str, **more: Any) -> ApiError:
    """The card was refused."""
    return ApiError(402, message, kind="card_error", code=code, decline_code=decline_code, **more)
