"""Who may ask at the doors, as it is held in memory: gateways by their secrets, service accounts
by their tokens, administrators, and which labels say that data may be served for longer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from catalog.models import ApiToken, Label, Person, System
from catalog.names import QualifiedName, join_parts, lookup_key, parse_name
from catalog.types import EmploymentKind, LabelKind, TokenScope
from governance.models import Gateway
from governance.permissions.gateways.envoy.routes import Route, route_of
from governance.permissions.types import GatewayUse

OPEN_CLASSES = frozenset({"public", "internal"})
CLOSED_CLASSES = frozenset({"confidential", "restricted"})


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a catalog of an engine is called in ours: `prefix` begins the name of its tables."""

    prefix: str
    system: str


@dataclass(frozen=True, slots=True)
class GatewayRecord:
    """One engine that asks. `catalogs` map its catalogs; any other lies in `elsewhere`. A proxy has
    `routes`, and an `identity_header` in lower case."""

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
        within = self.catalogs.get(catalog)
        if within is not None:
            return lookup_key(within.prefix + join_parts((schema, table))), within.system
        within = self.elsewhere
        return lookup_key(within.prefix + join_parts((catalog, schema, table))), within.system


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A service account that asks with a token; `ends` is seconds since 1970."""

    person: int
    username: str
    ends: float | None
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Registered:
    """See the module. The keys are SHA-256 digests."""

    gateways: Mapping[str, GatewayRecord] = field(default_factory=dict)
    tokens: Mapping[str, TokenRecord] = field(default_factory=dict)
    administrators: frozenset[int] = frozenset()
    open_labels: frozenset[str] = frozenset()
    closed_labels: frozenset[str] = frozenset()

    def gateway(self, secret: str) -> GatewayRecord | None:
        """The gateway whose secret this is."""
        return self.gateways.get(sha256(secret.encode()).hexdigest())


def read_registered() -> Registered:
    """What the database says now."""
    gateways: dict[str, GatewayRecord] = {}
    environments = dict(System.objects.values_list("lookup_name", "environment"))
    for row in Gateway.objects.filter(revoked_at__isnull=True):
        record = _record(row, environments)
        gateways[row.digest] = record
        if row.former_digest and row.former_until and row.former_until.timestamp() > time.time():
            gateways[row.former_digest] = record
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


def _record(row: Gateway, environments: Mapping[str, str]) -> GatewayRecord:
    elsewhere = mapped(row.system_name)
    return GatewayRecord(
        id=row.pk,
        name=row.name,
        purpose=row.purpose,
        environment=environments.get(elsewhere.system, ""),
        elsewhere=elsewhere,
        catalogs={catalog: mapped(text) for catalog, text in row.catalogs.items()},
        impersonators=frozenset(row.impersonators),
        uses=frozenset(row.uses),
        identity_header=row.identity_header.lower(),
        routes=tuple(route_of(one) for one in row.routes),
    )
