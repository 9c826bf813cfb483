"""What clients call actions, people and data, in ours.

An action that is not known is under every opt-out. Data of a type that the catalog has goes by
its name; any other resource is `type://id`, so that opt-outs can name it by a pattern.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.names import NameRefused, lookup_key, lookup_path, parse_name
from catalog.types import DatasetKind
from governance.permissions.types import DataAction

SUBJECTS = frozenset({"user", "person", "employee", "identity", "service"})
DATASETS = frozenset({"dataset", "data"})
KINDS = frozenset(kind.value for kind in DatasetKind)
COLUMN = "column"  # its id is dataset#path

ACTIONS: Mapping[str, DataAction] = {
    "read": DataAction.READ,
    "export": DataAction.EXPORT,
    "write": DataAction.WRITE,
}
"""The names that a search for actions answers with, in this order."""

SYNONYMS: Mapping[str, DataAction] = {
    **dict.fromkeys(("view", "get", "list", "select", "query", "search"), DataAction.READ),
    **dict.fromkeys(("download", "copy", "share"), DataAction.EXPORT),
    **dict.fromkeys(
        ("edit", "update", "insert", "create", "delete", "append", "truncate"), DataAction.WRITE
    ),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The names of actions that a service speaks."""

    actions: Mapping[str, DataAction] = field(default_factory=lambda: ACTIONS)
    synonyms: Mapping[str, DataAction] = field(default_factory=lambda: SYNONYMS)

    def action(self, name: str) -> str:
        """The action of that name; an unknown one as it is, which every opt-out covers."""
        return self.actions.get(name) or self.synonyms.get(name) or f"unknown:{name}"


def is_data(kind: str) -> bool:
    """Whether a type of resource is one that the catalog lists by name."""
    return kind in DATASETS or kind in KINDS


def name_of(kind: str, number: str) -> str:
    """The name of a resource in lower case."""
    return lookup_key(number if is_data(kind) else f"{kind}://{number}")


def known_name(name: str) -> str:
    """The name in lower case as the catalog writes it, whatever its quotes, its blanks or the other
    word for its platform."""
    name = name.strip()
    if "://" not in name:
        return lookup_path(name) if '"' in name else name
    try:
        return lookup_key(str(parse_name(name)))
    except NameRefused:
        return name
