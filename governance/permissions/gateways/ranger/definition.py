"""What a policy for Trino may name: resources from the catalog down to a column, and accesses.

Written after how Trino's own plugin asks. Nothing is restricted to some accesses here: policies
say what holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

READS = ("select",)
WRITES = ("insert", "delete", "create", "drop", "alter")
SEEN = ("use", "show")
DATA = (*READS, *WRITES, *SEEN)
ALL = (*DATA, "grant", "revoke", "impersonate", "execute", "read_sysinfo", "write_sysinfo")
"""Whoever is denied all of these is told of nothing: a list asks whether there is any access."""
_TABLE = ("catalog", "schema", "table", "column")
_OTHERS: Mapping[str, str] = {
    "trinouser": "", "systemproperty": "", "sessionproperty": "catalog", "function": "",
    "procedure": "schema", "schemafunction": "schema", "queryid": "", "sysinfo": "", "role": "",
}  # fmt: skip
_MATCHER = "org.apache.ranger.plugin.resourcematcher.RangerDefaultResourceMatcher"
MASK_NULL, MASK_CUSTOM = "MASK_NULL", "CUSTOM"


def service_definition() -> dict[str, Any]:
    """The definition that a document of policies carries."""
    return {
        "id": 17,
        "name": "trino",
        "displayName": "trino",
        "implClass": "",
        "resources": [
            *(
                _resource(place, name, _TABLE[place - 1] if place else "", 10 * (place + 1))
                for place, name in enumerate(_TABLE)
            ),
            *(
                _resource(len(_TABLE) + place, name, parent, _LEVELS[parent])
                for place, (name, parent) in enumerate(_OTHERS.items())
            ),
        ],
        "accessTypes": [
            {"itemId": place + 1, "name": name, "label": name} for place, name in enumerate(ALL)
        ],
        "configs": [],
        "enums": [],
        "contextEnrichers": [],
        "policyConditions": [],
        "dataMaskDef": {
            "accessTypes": [{"itemId": 1, "name": "select", "label": "select"}],
            "resources": _narrowed(_TABLE),
            "maskTypes": [
                {"itemId": 5, "name": MASK_NULL, "label": "Nothing"},
                {"itemId": 13, "name": MASK_CUSTOM, "label": "By an expression"},
            ],
        },
        "rowFilterDef": {
            "accessTypes": [{"itemId": 1, "name": "select", "label": "select"}],
            "resources": _narrowed(_TABLE[:3]),
        },
    }


_LEVELS = {"": 10, "catalog": 20, "schema": 30}


def _resource(place: int, name: str, parent: str, level: int) -> dict[str, Any]:
    return {
        "itemId": place + 1, "name": name, "type": "string", "level": level, "parent": parent,
        "mandatory": True, "isValidLeaf": True, "lookupSupported": False,
        "recursiveSupported": False, "excludesSupported": True, "matcher": _MATCHER,
        "matcherOptions": {"wildCard": "true", "ignoreCase": "true"}, "label": name,
    }  # fmt: skip


def _narrowed(names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        _resource(place, name, _TABLE[place - 1] if place else "", 10 * (place + 1))
        for place, name in enumerate(names)
    ]
