"""Which effect each door can carry, as data: carried, made stricter, or not carried at all.

No door is ever wider than the engine: what its protocol cannot say, it answers more strictly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from governance.permissions.types import Effect, GatewayUse


class Door(StrEnum):
    """Who asks, and by which protocol."""

    PAGES = "pages"
    NATIVE = "native"
    TRINO = "trino"
    AUTHZEN = "authzen"
    RANGER = "ranger"
    CLIENT = "client"
    RULES = "rules"
    ENVOY = "envoy"


GATEWAYS = (Door.NATIVE, Door.TRINO, Door.AUTHZEN, Door.RANGER, Door.CLIENT)
"""The doors at which data itself is asked for, whether a gateway of theirs is registered or not."""

BY_USE: Mapping[GatewayUse, Door] = MappingProxyType(
    {GatewayUse.RULES: Door.RULES, GatewayUse.ENVOY: Door.ENVOY}
)
"""Doors that matter only where a gateway is registered for them."""


class Carriage(StrEnum):
    """What becomes of an effect at a door."""

    CARRIED = "carried"
    STRICTER = "stricter"


CARRIAGE: Mapping[tuple[Effect, Door], Carriage] = MappingProxyType(
    {
        (Effect.DENY, Door.PAGES): Carriage.CARRIED,
        (Effect.DENY, Door.NATIVE): Carriage.CARRIED,
        (Effect.DENY, Door.TRINO): Carriage.CARRIED,
        (Effect.DENY, Door.AUTHZEN): Carriage.CARRIED,
        (Effect.DENY, Door.RANGER): Carriage.CARRIED,
        (Effect.DENY, Door.CLIENT): Carriage.CARRIED,
        (Effect.DENY, Door.RULES): Carriage.CARRIED,
        (Effect.DENY, Door.ENVOY): Carriage.CARRIED,
        (Effect.MASK, Door.PAGES): Carriage.STRICTER,
        (Effect.MASK, Door.NATIVE): Carriage.CARRIED,
        (Effect.MASK, Door.TRINO): Carriage.CARRIED,
        (Effect.MASK, Door.AUTHZEN): Carriage.CARRIED,
        (Effect.MASK, Door.RANGER): Carriage.CARRIED,
        (Effect.MASK, Door.CLIENT): Carriage.CARRIED,
        (Effect.MASK, Door.RULES): Carriage.CARRIED,
        (Effect.MASK, Door.ENVOY): Carriage.STRICTER,
        (Effect.ROW_FILTER, Door.PAGES): Carriage.STRICTER,
        (Effect.ROW_FILTER, Door.NATIVE): Carriage.CARRIED,
        (Effect.ROW_FILTER, Door.TRINO): Carriage.CARRIED,
        (Effect.ROW_FILTER, Door.AUTHZEN): Carriage.CARRIED,
        (Effect.ROW_FILTER, Door.RANGER): Carriage.CARRIED,
        (Effect.ROW_FILTER, Door.CLIENT): Carriage.CARRIED,
        (Effect.ROW_FILTER, Door.RULES): Carriage.CARRIED,
        (Effect.ROW_FILTER, Door.ENVOY): Carriage.STRICTER,
        (Effect.MIN_GROUP, Door.PAGES): Carriage.STRICTER,
        (Effect.MIN_GROUP, Door.NATIVE): Carriage.CARRIED,
        (Effect.MIN_GROUP, Door.TRINO): Carriage.STRICTER,
        (Effect.MIN_GROUP, Door.AUTHZEN): Carriage.CARRIED,
        (Effect.MIN_GROUP, Door.RANGER): Carriage.STRICTER,
        (Effect.MIN_GROUP, Door.CLIENT): Carriage.CARRIED,
        (Effect.MIN_GROUP, Door.RULES): Carriage.STRICTER,
        (Effect.MIN_GROUP, Door.ENVOY): Carriage.STRICTER,
    }
)
"""AuthZEN and the embedded client carry masks, filters and groups as obligations; whoever does not
know them has to deny. A proxy lets a whole answer pass or none, unless the service behind a route
says that it fulfills obligations. Pages show samples of what is masked or filtered where its
source answers SQL or is a folder of files, and no other values of it."""

_WHOLE = (
    "A proxy such as Envoy lets a whole answer pass or none: it denies what {}, unless the service"
    " behind it fulfills obligations."
)

INSTEAD: Mapping[tuple[Effect, Door], str] = MappingProxyType(
    {
        (Effect.MIN_GROUP, Door.TRINO): (
            "Trino cannot keep groups to a least size: it denies these columns altogether."
        ),
        (Effect.MIN_GROUP, Door.RANGER): (
            "Ranger's plugins, such as Trino's, cannot keep groups to a least size: they deny these"
            " columns altogether."
        ),
        (Effect.MIN_GROUP, Door.RULES): (
            "Trino's file of rules cannot keep groups to a least size: it denies these columns"
            " altogether."
        ),
        (Effect.MASK, Door.ENVOY): _WHOLE.format("is masked"),
        (Effect.ROW_FILTER, Door.ENVOY): _WHOLE.format("is filtered"),
        (Effect.MIN_GROUP, Door.ENVOY): _WHOLE.format("is shown in groups only"),
        (Effect.MASK, Door.PAGES): (
            "Pages mask samples of databases and of folders of files, and show none of uploads."
        ),
        (Effect.ROW_FILTER, Door.PAGES): (
            "Pages filter samples of databases and of folders of files, and show none of uploads."
        ),
        (Effect.MIN_GROUP, Door.PAGES): "Pages show no sample of what is shown in groups only.",
    }
)
"""What happens in place of an effect that is made stricter, for people."""


def doors_of(uses: Iterable[str]) -> tuple[Door, ...]:
    """The doors at which data is asked for where gateways are registered for these uses."""
    given = set(uses)
    return (*GATEWAYS, *(door for use, door in BY_USE.items() if use in given))


def carriage_of(effect: Effect, door: Door) -> Carriage:
    """What becomes of an effect at a door."""
    return CARRIAGE[effect, door]
