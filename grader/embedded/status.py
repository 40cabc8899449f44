"""API errors: the Status objects that a Kubernetes API server answers with.

Wording and reasons follow k8s.io/apimachinery, package api/errors, and the "Status v1 meta" page of the
Kubernetes API reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grader.embedded.schema.field_errors import FieldError


class ApiError(Exception):
    """A request that was refused; `status()` is what the client receives.

    Raised by everything below the API room, and by controllers' own writes.
    """

    def __init__(
        self, code: int, reason: str, message: str, details: dict[str, Any] | None = None, *, retry_after: int = 0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.retry_after = retry_after

    def status(self) -> dict[str, Any]:
        """The Status object of this error."""
        answer: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        }
        if self.details is not None:
            answer["details"] = self.details
        if not self.reason:
            del answer["reason"]
        answer["code"] = self.code
        return answer


def group_resource(plural: str, group: str) -> str:
    """`deployments.apps`, or `pods` for the core group."""
    return f"{plural}.{group}" if group else plural


def _details(name: str, group: str, kind: str) -> dict[str, Any]:
    parts = {"name": name, "group": group, "kind": kind}
    return {key: value for key, value in parts.items() if value}


def not_found(plural: str, group: str, name: str) -> ApiError:
    text = f'{group_resource(plural, group)} "{name}" not found'
    return ApiError(404, "NotFound", text, _details(name, group, plural))


def no_such_path() -> ApiError:
    """The answer for a path that no resource serves."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def already_exists(plural: str, group: str, name: str) -> ApiError:
    text = f'{group_resource(plural, group)} "{name}" already exists'
    return ApiError(409, "AlreadyExists", text, _details(name, group, plural))


def conflict(plural: str, group: str, name: str, why: str) -> ApiError:
    text = f'Operation cannot be fulfilled on {group_resource(plural, group)} "{name}": {why}'
    return ApiError(409, "Conflict", text, _details(name, group, plural))


def stale(plural: str, group: str, name: str) -> ApiError:
    """The conflict of an update that was made from an older version of the object."""
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(plural, group, name, why)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def forbidden(plural: str, group: str, name: str, why: str) -> ApiError:
    subject = f'{group_resource(plural, group)} "{name}"' if name else group_resource(plural, group)
    return ApiError(403, "Forbidden", f"{subject} is forbidden: {why}", _details(name, group, plural))


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def gone(message: str) -> ApiError:
    """A resource version or continue token that history no longer covers."""
    return ApiError(410, "Expired", message)


def method_not_allowed(verb: str, plural: str, group: str) -> ApiError:
    text = f'{verb} is not supported on resources of kind "{group_resource(plural, group)}"'
    return ApiError(405, "MethodNotAllowed", text, _details("", group, plural))


def unsupported_media_type(message: str) -> ApiError:
    return ApiError(415, "UnsupportedMediaType", message)


def too_large(message: str) -> ApiError:
    return ApiError(413, "RequestEntityTooLarge", message)


def too_many_requests(message: str, seconds: int = 0) -> ApiError:
    details = {"retryAfterSeconds": seconds} if seconds else None
    return ApiError(429, "TooManyRequests", message, details, retry_after=seconds)


def internal(message: str) -> ApiError:
    return ApiError(500, "InternalError", f"Internal error occurred: {message}", {"causes": [{"message": message}]})


def unavailable(message: str) -> ApiError:
    return ApiError(503, "ServiceUnavailable", message)


def invalid(kind: str, group: str, name: str, errors: Iterable[FieldError]) -> ApiError:
    """One Status for all that is wrong with an object; a cause for each field error.

    As in the API server's aggregate, a message that occurs twice is printed once.
    """
    found = list(errors)
    texts = list(dict.fromkeys(str(error) for error in found))
    said = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    details = _details(name, group, kind)
    details["causes"] = [{"reason": e.type.reason, "message": e.body, "field": e.field} for e in found]
    return ApiError(422, "Invalid", f'{group_resource(kind, group)} "{name}" is invalid: {said}', details)
