"""Why a patch was refused."""

from __future__ import annotations

from typing import Any


class PatchError(Exception):
    """A patch that cannot be applied: what the server's Status says of it.

    `code` is the HTTP status, `reason` its StatusReason (empty where the server gives none), `details` the Status'
    details or None. The caller turns it into a Status.
    """

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details


def bad_request(message: str) -> PatchError:
    """The patch is not a patch."""
    return PatchError(400, "BadRequest", message)


def unprocessable() -> PatchError:
    """The patch does not fit the object: a failed test, a missing path, a missing merge key."""
    return PatchError(422, "Invalid", "the server rejected our request due to an error in our request", {})


def invalid_result(shown: str, why: str) -> PatchError:
    """What the patch makes of the object is no object of its kind. `shown` is what the server shows of it."""
    body = f'Invalid value: "{_escaped(shown)}": {why}'
    cause = {"reason": "FieldValueInvalid", "message": body, "field": "patch"}
    return PatchError(422, "Invalid", f' "" is invalid: patch: {body}', {"causes": [cause]})


def _escaped(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return "".join(escapes.get(character, character) for character in text)
