"""Owners, tags and classifications from groups, `meta` and `config.meta`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from catalog.connectors.dbt.artifacts import ColumnEntry, Described, Owner
from catalog.connectors.dbt.project import Project
from catalog.connectors.source_values import plain_value, text_of, texts_of
from catalog.types import OwnerRecord, OwnershipKind

_OWNER_KEYS = {
    "owner": OwnershipKind.TECHNICAL_OWNER,
    "owners": OwnershipKind.TECHNICAL_OWNER,
    "maintainer": OwnershipKind.TECHNICAL_OWNER,
    "technical_owner": OwnershipKind.TECHNICAL_OWNER,
    "business_owner": OwnershipKind.BUSINESS_OWNER,
    "data_owner": OwnershipKind.BUSINESS_OWNER,
    "steward": OwnershipKind.STEWARD,
    "data_steward": OwnershipKind.STEWARD,
    "on_call": OwnershipKind.ON_CALL,
}
_CLASSIFICATION_KEYS = ("classification", "classifications", "data_classification")


def meta_of(node: Described | ColumnEntry) -> dict[str, Any]:
    """`meta` and `config.meta` as one; dbt moved it under config and writes one or both."""
    merged: dict[str, Any] = {}
    for part in (node.meta, node.config.meta if node.config else None):
        if isinstance(part, dict):
            merged.update(part)
    return merged


def tags_of(node: Described | ColumnEntry) -> tuple[str, ...]:
    """Tags from both places they are written to."""
    config = texts_of(node.config.tags) if node.config else ()
    return tuple(dict.fromkeys((*texts_of(node.tags), *config)))


def classifications_of(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """What `meta` classifies the node or column as."""
    return tuple(dict.fromkeys(t for key in _CLASSIFICATION_KEYS for t in texts_of(meta.get(key))))


def other_meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of `meta` that are neither owner nor classification, as plain values."""
    taken = {*_OWNER_KEYS, *_CLASSIFICATION_KEYS}
    return {
        key: plain_value(value)
        for name, value in meta.items()
        if (key := text_of(name)) not in taken
        if key
    }


def owners_of(
    project: Project, node: Described, meta: Mapping[str, Any]
) -> tuple[OwnerRecord, ...]:
    """Owners by group (a team) and by the owner keys of `meta`."""
    owners: dict[OwnerRecord, None] = {}
    group_name = node.group or (node.config.group if node.config else None)
    if group_name and (group := project.groups.get(group_name)):
        found = owner_record(group.owner or Owner(), fallback=group.name)
        if found:
            owners[found] = None
    for key, kind in _OWNER_KEYS.items():
        owners.update(dict.fromkeys(_named_owners(meta.get(key), kind)))
    return tuple(owners)


def owner_record(owner: Owner, *, fallback: str = "") -> OwnerRecord | None:
    """The owner of a group or an exposure; None when it has neither name nor e-mail."""
    emails = texts_of(owner.email)
    name = text_of(owner.name) or text_of(fallback) or (emails[0] if emails else None)
    return OwnerRecord(name, emails[0] if emails else None) if name else None


def _named_owners(value: object, kind: OwnershipKind) -> Iterator[OwnerRecord]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            name, email = text_of(item.get("name")), text_of(item.get("email"))
        else:
            name = text_of(item)
            email = name if name and "@" in name.strip("@") else None
        if name or email:
            is_person = kind is OwnershipKind.STEWARD or (
                email is not None and name in (None, email)
            )
            yield OwnerRecord(name or email or "", email, not is_person, kind)
