"""Who may ask at the doors, as it is held in memory: gateways by their secrets, service accounts
by their tokens, administrators, and which labels say that data may be served for longer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import structlog

from catalog.models import ApiToken, Label, Person, System
from catalog.names import QualifiedName, lookup_key, lookup_parts, parse_name
from catalog.types import EmploymentKind, LabelKind, TokenScope
from governance.models import Gateway
from governance.permissions.gateways.envoy.routes import Route, route_of
from governance.permissions.types import GatewayUse

log = structlog.get_logger(__name__)

OPEN_CLASSES = frozenset({"public", "internal"})
CLOSED_CLASSES = frozenset({"confidential", "restricted"})
_left_out: dict[int, str] = {}
"""Gateways that the last reading could make nothing of, and why: told once, not at each one."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a catalog of an engine is called in ours: `prefix` begins the name of its tables."""

    prefix: str
    system: str


@dataclass(frozen=True, slots=True)
class GatewayRecord:
    """One engine that asks. `catalogs` map its catalogs, in lower case; any other lies in
    `elsewhere`. A proxy has `routes`, and an `identity_header` in lower case."""

    id: int
    name: str
    purpose: str
    environment: str
    elsewhere: Mapped
    catalogs: Mapping[str, Mapped] = field(default_factory=dict)
    impersonators: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset({GatewayUse.ASK})
    identity_header: str = ""
    routes: tuple[Route, ...] = ()

    def name_of(self, catalog: str, schema: str, table: str) -> tuple[str, str]:
        """The name of a table and that of its system in our catalog, in lower case."""
        within = self.catalogs.get(catalog.lower())
        if within is not None:
            return lookup_key(within.prefix) + lookup_parts((schema, table)), within.system
        within = self.elsewhere
        return lookup_key(within.prefix) + lookup_parts((catalog, schema, table)), within.system


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A service account that asks with a token; `ends` is seconds since 1970."""

    person: int
    username: str
    ends: float | None
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Registered:
    """See the module. The keys are SHA-256 digests; `ends` says until when a former secret holds
    (seconds since 1970)."""

    gateways: Mapping[str, GatewayRecord] = field(default_factory=dict)
    ends: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, TokenRecord] = field(default_factory=dict)
    administrators: frozenset[int] = frozenset()
    open_labels: frozenset[str] = frozenset()
    closed_labels: frozenset[str] = frozenset()

    def gateway(self, secret: str) -> tuple[GatewayRecord, float | None] | None:
        """The gateway whose secret this is or was, and until when; None for a current one."""
        digest = sha256(secret.encode()).hexdigest()
        found = self.gateways.get(digest)
        return None if found is None else (found, self.ends.get(digest))


def read_registered() -> Registered:
    """What the database says now."""
    gateways: dict[str, GatewayRecord] = {}
    ends: dict[str, float] = {}
    environments = dict(System.objects.values_list("lookup_name", "environment"))
    for row, record in _readable(Gateway.objects.filter(revoked_at__isnull=True), environments):
        gateways[row.digest] = record
        if row.former_digest and row.former_until:
            gateways[row.former_digest] = record
            ends[row.former_digest] = row.former_until.timestamp()
    tokens = ApiToken.objects.filter(
        revoked_at__isnull=True,
        person__is_active=True,
        person__employment_kind=EmploymentKind.SERVICE,
        scopes__overlap=[TokenScope.READ, TokenScope.ADMIN],
    ).values_list("digest", "person_id", "person__username", "expires_at", "scopes")
    labels = Label.objects.filter(kind=LabelKind.CLASSIFICATION).values_list("pk", "name")
    administrators = Person.objects.filter(is_superuser=True, is_active=True)
    return Registered(
        gateways=gateways,
        ends=ends,
        tokens={
            digest: TokenRecord(
                person, username, ends.timestamp() if ends else None, frozenset(scopes)
            )
            for digest, person, username, ends, scopes in tokens
        },
        administrators=frozenset(administrators.values_list("pk", flat=True)),
        open_labels=frozenset(str(pk) for pk, name in labels if name.lower() in OPEN_CLASSES),
        closed_labels=frozenset(str(pk) for pk, name in labels if name.lower() in CLOSED_CLASSES),
    )


def mapped(text: str) -> Mapped:
    """Where tables of a catalog lie: `trino://lake`, or `postgres://warehouse/larkfield` with what
    comes before their schema. Raises NameRefused."""
    name = parse_name(text)
    system = QualifiedName(name.platform, name.instance)
    return Mapped(str(name) + ("." if name.parts else "/"), lookup_key(str(system)))


def _readable(
    rows: Iterable[Gateway], environments: Mapping[str, str]
) -> list[tuple[Gateway, GatewayRecord]]:
    """The gateways that can be read. One whose places or routes are none any more is left out and
    answered as one that was revoked: it closes itself, not every other one with it."""
    found: list[tuple[Gateway, GatewayRecord]] = []
    wrong: dict[int, str] = {}
    for row in rows:
        try:
            found.append((row, _record(row, environments)))
        except (ValueError, TypeError, AttributeError) as error:
            wrong[row.pk] = f"{type(error).__name__}: {error}"[:300]
            if _left_out.get(row.pk) != wrong[row.pk]:
                log.error("gateway_left_out", gateway=row.name, error=wrong[row.pk])
    _left_out.clear()
    _left_out.update(wrong)
    return found


def _record(row: Gateway, environments: Mapping[str, str]) -> GatewayRecord:
    elsewhere = mapped(row.system_name)
    return GatewayRecord(
        id=row.pk,
        name=row.name,
        purpose=row.purpose,
        environment=environments.get(elsewhere.system, ""),
        elsewhere=elsewhere,
        catalogs={catalog.lower(): mapped(text) for catalog, text in row.catalogs.items()},
        impersonators=frozenset(row.impersonators),
        uses=frozenset(row.uses),
        identity_header=row.identity_header.lower(),
        routes=tuple(route_of(one) for one in row.routes),
    )
