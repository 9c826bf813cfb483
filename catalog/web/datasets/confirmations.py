"""After a change the changed place itself confirms, with Undo where history allows.

A confirmation travels in the address after a form was sent without a script, signed so that
nobody else's words can stand on the page."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from django.core import signing
from django.http import HttpRequest

_SALT = "catalog.web.datasets.confirmation"
_LIFETIME = 15 * 60  # seconds; afterwards the history page is the place to undo


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes a change back: where it is sent and what it holds."""

    action: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`part` is the place that changed, such as description or owners."""

    part: str
    text: str
    undo: Undo | None = None
    subject: str = field(default="")  # the column, where the part is a table of them

    def token(self) -> str:
        """The confirmation as part of an address."""
        return signing.dumps(asdict(self), salt=_SALT, compress=True)


def confirmation_of(request: HttpRequest) -> Confirmation | None:
    """The confirmation in the address, if it is ours and fresh."""
    token = request.GET.get("done", "")
    if not token:
        return None
    try:
        values = signing.loads(token, salt=_SALT, max_age=_LIFETIME)
    except signing.BadSignature:
        return None
    undo = values.pop("undo")
    return Confirmation(**values, undo=Undo(**undo) if undo else None)
