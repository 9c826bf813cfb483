"""Asking for an exception after a denial (AuthZEN's access request profile), with a token that may
write.

The denial says where and carries a token that binds the request to it: who was denied what by
which opt-outs. The request becomes one exception asked for of each opt-out, which its owner's seat
decides about; the client looks at it or withdraws it, and asks again when it is approved.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.db import connection

from catalog import starting
from catalog.access import AccessRefused
from catalog.errors import CatalogError
from catalog.models import Person
from catalog.selectors.principals import principal_of
from catalog.types import Principal, TokenScope
from governance.models import OptOutException
from governance.permissions.gateways.asgi import Answer, Refused
from governance.permissions.gateways.authzen import bodies
from governance.permissions.gateways.authzen.deciding import Answered, AuthzenAnswers
from governance.permissions.gateways.registered import TokenRecord
from governance.permissions.types import ExceptionState

REQUESTS = "/access/v1/requests"
OFFER = 3_600  # seconds for which a denial may be answered with a request
_encode = msgspec.json.Encoder().encode
_STATES: Mapping[str, str] = {
    ExceptionState.REQUESTED: "pending",
    ExceptionState.APPROVED: "approved",
    ExceptionState.REFUSED: "denied",
    ExceptionState.WITHDRAWN: "cancelled",
    ExceptionState.REVOKED: "revoked",
}


def offered(answered: Answered, at: float) -> dict[str, Any]:
    """What a denial says of how to ask for an exception."""
    asked, ends = answered.question, int(at) + OFFER
    keys = sorted({one.rule.key for one in answered.decision.rules})
    base = settings.BASE_URL.rstrip("/")
    return {
        "reason": "approval_required",
        "access_request": {
            "endpoint": f"{base}{REQUESTS}",
            "template": keys[0],
            "expires_at": _instant(ends),
            "binding_token": _binding(asked.subject.id, asked.resource.id, keys, ends),
            "form_url": _form(base, keys[0]),
        },
    }


@lru_cache(maxsize=1_000)
def _form(base: str, opt_out: str) -> str:
    """Where a person asks for an exception."""
    return f"{base}/access/exceptions/new/?{urlencode({'opt_out': opt_out})}"


@lru_cache(maxsize=1)
def _instant(seconds: int) -> str:
    """The same for all denials of one second."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()


async def respond(
    method: str, path: str, body: bytes, token: TokenRecord, answers: AuthzenAnswers
) -> Answer:
    """Make, show or withdraw a request; asks the database, beside the loop."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, _respond, method, path, body, token, answers)


def _respond(
    method: str, path: str, body: bytes, token: TokenRecord, answers: AuthzenAnswers
) -> Answer:
    starting.finish()  # asking for an exception takes more than answering does
    from governance.permissions.services.exceptions import end_exception

    number = path.removeprefix(REQUESTS).strip("/")
    try:
        acting = _acting(token)
        if not number:
            if method != "POST":
                raise Refused(405, "Requests are posted.", ((b"allow", b"POST"),))
            return _make(acting, body, answers)
        rows = _rows(number, acting)
        if method == "DELETE":
            for row in rows:
                end_exception(acting=acting, exception_id=row.pk, reason="Withdrawn by the client.")
            rows = _rows(number, acting)
        elif method != "GET":
            raise Refused(405, "Look at it or delete it.", ((b"allow", b"GET, DELETE"),))
        return Answer(200, _encode(_task(rows)))
    except AccessRefused as refused:
        raise Refused(403, refused.verdict.reason) from None
    except CatalogError as error:
        raise Refused(error.status, str(error)) from None
    finally:
        connection.close()


def _make(acting: Principal, body: bytes, answers: AuthzenAnswers) -> Answer:
    from governance.permissions.services.exceptions import request_exception

    given = bodies.read(body)
    asked = bodies.question(given)
    denial = bodies.mapping(given, "denial")
    bound = bodies.text(denial, "binding_token")
    answered = answers.decide(asked)
    keys = sorted({one.rule.key for one in answered.decision.rules})
    if answered.allowed or not keys:
        raise Refused(409, "No opt-out denies this, so there is nothing to ask an exception from.")
    if bound:
        _check(bound, asked.subject.id, asked.resource.id, keys, answers.at)
    reason = bodies.text(asked.context, "business_justification")
    until = _until(bodies.text(bodies.mapping(given, "requested_access"), "requested_until"))
    names = [name for name, _ in answered.names]
    rows = [
        request_exception(
            acting=acting,
            agreement=key,
            reason=reason,
            ends_at=until,
            username=asked.subject.id,
            datasets=names,
        )
        for key in keys
    ]
    return Answer(201, _encode(_task(rows)))


def _task(rows: list[OptOutException]) -> dict[str, Any]:
    """Pending while one of them is; approved when all are."""
    states = {_STATES[row.state] for row in rows}
    state = next(
        (one for one in ("denied", "revoked", "cancelled", "pending") if one in states), "approved"
    )
    number = "-".join(str(row.pk) for row in rows)
    url = f"{settings.BASE_URL.rstrip('/')}{REQUESTS}/{number}"
    return {
        "task": {
            "id": number,
            "status": state,
            "status_endpoint": url,
            "cancel_endpoint": url,
            "expires_at": min(row.ends_at for row in rows).isoformat(),
            "opt_outs": [row.agreement.key for row in rows],
        }
    }


def _rows(number: str, acting: Principal) -> list[OptOutException]:
    """The exceptions of a task that the same account asked for."""
    pks = [
        int(one) for one in number.split("-") if one.isascii() and one.isdigit() and len(one) < 19
    ][:50]
    found = OptOutException.objects.filter(pk__in=pks, requested_by=acting.person_id)
    rows = list(found.select_related("agreement").order_by("pk"))
    if not rows or len(rows) != len(number.split("-")):
        raise Refused(404, "There is no such request of yours.")
    return rows


def _acting(token: TokenRecord) -> Principal:
    person = Person.objects.filter(pk=token.person, is_active=True).first()
    if person is None:
        raise Refused(401, "This service account is not active.")
    return principal_of(person, scopes=frozenset(map(TokenScope, token.scopes)))


def _until(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Refused(
            400, "requested_access.requested_until has to be an instant such as 2026-12-01T00:00Z."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _binding(subject: str, resource: str, keys: list[str], ends: int) -> str:
    said = _encode([subject, resource, keys, ends])
    return f"{ends}.{hmac.digest(_key(settings.SECRET_KEY), said, 'sha256').hex()[:32]}"


@lru_cache(maxsize=1)
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"requests after denials", "sha256")


def _check(token: str, subject: str, resource: str, keys: list[str], at: float) -> None:
    number = token.partition(".")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 12):
        raise Refused(400, "denial.binding_token is none of ours.")
    if not hmac.compare_digest(
        token.encode(), _binding(subject, resource, keys, int(number)).encode()
    ):
        raise Refused(400, "denial.binding_token belongs to another denial: ask again.")
    if int(number) < at:
        raise Refused(400, "denial.binding_token has ended: ask again.")
