"""Gateways: made, given another secret, revoked. A secret is shown once and kept as a digest."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils import timezone

from catalog.access import Action, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import RecordChanged
from catalog.models.credentials import digest_of
from catalog.names import NameRefused, parse_name
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.models import Gateway
from governance.permissions.gateways.envoy.routes import MOST_ROUTES, RouteRefused, route_of
from governance.permissions.types import GatewayUse, Purpose

OVERLAP = dt.timedelta(hours=1)
"""How long the former secret holds after a rotation."""
IDENTITY_HEADER = "x-concord-user"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_HEADER = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


def add_gateway(
    *,
    acting: Principal,
    name: str,
    system: str,
    purpose: str = "",
    catalogs: Mapping[str, str] | None = None,
    impersonators: Collection[str] = (),
    uses: Collection[str] = (GatewayUse.ASK,),
    identity_header: str = "",
    routes: Iterable[Mapping[str, Any]] = (),
) -> tuple[Gateway, str]:
    """A gateway and its secret. `system` is what its tables are named after, such as
    `trino://lake`; `catalogs` name another place for tables of single catalogs; `uses` is what the
    secret is for. Of a proxy `identity_header` is the header that names who asks, and `routes` say
    which paths are about which data (`gateways.envoy.routes.Route`).

    Raises InvalidInput for a name, a place, a purpose, a use, a header or a route that is none,
    Conflict for a name that is taken.
    """
    require(acting, Action.ADMINISTER)
    if not _NAME.fullmatch(name):
        raise InvalidInput("Name it by small letters, digits and dashes.", field="name")
    if purpose and purpose not in set(Purpose):
        known = ", ".join(Purpose)
        raise InvalidInput(f"The purpose is one of {known}, or empty.", field="purpose")
    if not uses or not set(uses) <= set(GatewayUse):
        known = ", ".join(GatewayUse)
        raise InvalidInput(f"A gateway is for one or more of {known}.", field="uses")
    places = {
        catalog.strip(): _place(text, "catalogs") for catalog, text in (catalogs or {}).items()
    }
    if not all(places):
        raise InvalidInput("Give each catalog its name.", field="catalogs")
    header, paths = _of_proxy(uses, identity_header, list(routes))
    secret = secrets.token_urlsafe(32)
    with writing(acting):
        if Gateway.objects.filter(name=name).exists():
            raise Conflict(f"There is a gateway {name} already: rotate it, or choose another name.")
        gateway = Gateway.objects.create(
            name=name,
            system_name=_place(system, "system"),
            catalogs=places,
            purpose=purpose,
            impersonators=sorted(set(impersonators)),
            uses=sorted(set(uses)),
            identity_header=header,
            routes=paths,
            prefix=secret[:6],
            digest=digest_of(secret),
            created_at=timezone.now(),
        )
        record(RecordChanged(change="created"), gateway, acting=acting)
    return gateway, secret


def rotate_gateway(*, acting: Principal, name: str) -> tuple[Gateway, str]:
    """Another secret; the former one holds for an hour more. Raises NotFound, Conflict."""
    require(acting, Action.ADMINISTER)
    secret = secrets.token_urlsafe(32)
    with writing(acting):
        gateway = _held(name)
        if gateway.revoked_at is not None:
            raise Conflict(f"The gateway {name} was revoked: add another one.")
        gateway.former_digest, gateway.former_until = gateway.digest, timezone.now() + OVERLAP
        gateway.digest, gateway.prefix = digest_of(secret), secret[:6]
        gateway.save()
        record(RecordChanged(fields=("digest",)), gateway, acting=acting)
    return gateway, secret


def revoke_gateway(*, acting: Principal, name: str) -> Gateway:
    """End a gateway: within a second nobody is answered at its address. Raises NotFound."""
    require(acting, Action.ADMINISTER)
    with writing(acting):
        gateway = _held(name)
        if gateway.revoked_at is None:
            gateway.revoked_at = timezone.now()
            gateway.save()
            record(RecordChanged(fields=("revoked_at",)), gateway, acting=acting)
    return gateway


def _of_proxy(
    uses: Collection[str], header: str, routes: list[Mapping[str, Any]]
) -> tuple[str, list[dict[str, Any]]]:
    """The header and the routes of a proxy; none of anything else."""
    if GatewayUse.ENVOY not in uses:
        if header or routes:
            raise InvalidInput("Only gateways for envoy have a header and routes.", field="routes")
        return "", []
    name = (header or IDENTITY_HEADER).lower()
    if not _HEADER.fullmatch(name):
        raise InvalidInput(
            "The header that names who asks is letters, digits and dashes.",
            field="identity_header",
        )
    if not 1 <= len(routes) <= MOST_ROUTES:
        raise InvalidInput(
            f"State 1 to {MOST_ROUTES} routes: a path that none fits is denied.", field="routes"
        )
    try:
        return name, [route_of(one).document() for one in routes]
    except RouteRefused as error:
        raise InvalidInput(str(error), field="routes") from None


def _held(name: str) -> Gateway:
    gateway = Gateway.objects.select_for_update().filter(name=name).first()
    if gateway is None:
        raise NotFound(f"There is no gateway {name!r}.")
    return gateway


def _place(text: str, field: str) -> str:
    try:
        return str(parse_name(text))
    except NameRefused as error:
        raise InvalidInput(str(error), field=field) from None
