"""Errors that services raise for a person or tool to read: a code, a sentence, the field.

The edges turn them into RFC 9457 problems, typed GraphQL errors, form errors or one line on the
command line; nothing was changed when one is raised.
"""

from __future__ import annotations

from collections.abc import Mapping

# What every edge says when the database refuses a value that no rule looked at.
UNSTORABLE = "A value cannot be stored: a number is too large, or a text holds a NUL character."


class CatalogError(Exception):
    """Base of every refusal; `status` is the HTTP status an edge answers with."""

    code = "refused"
    status = 400

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(CatalogError):  # noqa: N818
    """Something in the input is wrong; `fields` maps each field to its sentences."""

    code = "invalid_input"
    status = 400

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message, field=field)
        self.fields: Mapping[str, list[str]] = {field: [message]} if field else {}

    @classmethod
    def at_fields(cls, fields: Mapping[str, list[str]], message: str = "") -> InvalidInput:
        """Several things at once; `message` is the first of them unless another is given."""
        first = next(iter(fields))
        refused = cls(message or fields[first][0], field=first)
        refused.fields = fields
        return refused


class NotFound(CatalogError):  # noqa: N818
    """There is no such object, or the principal may not know that there is."""

    code = "not_found"
    status = 404


class Conflict(CatalogError):  # noqa: N818
    """The object changed meanwhile, or its state does not allow this."""

    code = "conflict"
    status = 409


class Unavailable(CatalogError):  # noqa: N818
    """A part of the service does not answer now; the same will work later, unchanged."""

    code = "unavailable"
    status = 503
