"""Who may change which fact: the metadata protocol's port (R-052).

Governance will install agreed protocols here; until one is adopted the built-in one holds:
descriptions, tags and examples are a wiki with history and revert, what carries responsibility
(owner, classification, lifecycle, promises) belongs to stewards.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from catalog.access import Action
from catalog.models import Dataset


class FieldMode(StrEnum):
    """How a fact is governed; `locked` means that sources alone may change it."""

    WIKI = "wiki"
    STEWARD = "steward"
    LOCKED = "locked"


WIKI_FACTS = frozenset({"description", "tags", "example_queries", "questions", "display_name"})
HARVESTED_FACTS = frozenset({"kind", "name", "qualified_name", "physical_type", "definition_sql"})


class MetadataProtocol(Protocol):
    """Answers the mode of one fact of one dataset."""

    def mode(self, fact: str, dataset: Dataset) -> FieldMode:
        """`fact` is a field name of the dataset, or owners, tags, classifications."""
        ...


class BuiltInProtocol:
    """What holds until the council adopts a protocol."""

    def mode(self, fact: str, dataset: Dataset) -> FieldMode:
        """The same for every dataset."""
        if fact in HARVESTED_FACTS:
            return FieldMode.LOCKED
        return FieldMode.WIKI if fact in WIKI_FACTS else FieldMode.STEWARD


_protocol: MetadataProtocol = BuiltInProtocol()


def install_protocol(protocol: MetadataProtocol) -> None:
    """Put an agreed protocol behind the port."""
    global _protocol
    _protocol = protocol


def mode_of(fact: str, dataset: Dataset) -> FieldMode:
    """How `fact` is governed on this dataset."""
    return _protocol.mode(fact, dataset)


def action_for(fact: str, dataset: Dataset) -> Action | None:
    """What the access port is asked before `fact` changes; None when nobody may."""
    mode = mode_of(fact, dataset)
    if mode is FieldMode.LOCKED:
        return None
    return Action.EDIT_WIKI if mode is FieldMode.WIKI else Action.STEWARD
