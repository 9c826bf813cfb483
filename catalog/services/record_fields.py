"""Plain records by kind and field name, for doors that have no form: GraphQL and scripts.

What a source states (names, platforms, harvested text) is not among the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey, Model

from catalog.errors import InvalidInput, NotFound
from catalog.models import (
    Container,
    DataProduct,
    Domain,
    Label,
    ProductPort,
    PropertyDefinition,
    System,
    Team,
    TeamMembership,
    Technology,
)
from catalog.selectors.directory import visible
from catalog.services.records import delete_record, save_record
from catalog.types import Principal
from catalog.whole_numbers import number_of


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record, the fields people set, and whether people make and delete it at all."""

    model: type[Model]
    fields: frozenset[str]
    is_made_by_people: bool = True


KINDS: Mapping[str, RecordKind] = {
    "system": RecordKind(
        System,
        frozenset(
            "display_name declared_description environment is_system_of_record is_external"
            " owner_team operator domain availability failover cost_center".split()
        ),
        is_made_by_people=False,
    ),
    "container": RecordKind(
        Container, frozenset({"declared_description"}), is_made_by_people=False
    ),
    "domain": RecordKind(
        Domain, frozenset({"name", "slug", "description", "parent", "owner_team"})
    ),
    "team": RecordKind(Team, frozenset({"name", "kind", "description", "email"})),
    "team_membership": RecordKind(TeamMembership, frozenset({"team", "person"})),
    "label": RecordKind(Label, frozenset({"kind", "name", "parent", "description"})),
    "product": RecordKind(
        DataProduct,
        frozenset("name slug purpose domain owner_team owner criticality service_level".split()),
    ),
    "product_port": RecordKind(
        ProductPort, frozenset({"product", "dataset", "is_output", "contract"})
    ),
    "technology": RecordKind(
        Technology,
        frozenset("name version stage task owner_team end_of_support systems".split()),
    ),
    "property": RecordKind(
        PropertyDefinition, frozenset({"key", "label", "description", "type", "options"})
    ),
}


def change_record(
    *,
    acting: Principal,
    kind: str,
    record_id: int | None,
    fields: Mapping[str, Any],
    reason: str = "",
) -> Model:
    """Make (`record_id` None) or change a record; related records are given by their ids.

    Raises InvalidInput for an unknown kind or field, NotFound for an unknown record.
    """
    declared = _kind(kind)
    if record_id is None and not declared.is_made_by_people:
        raise InvalidInput(f"A {kind} comes from a source and is not made by hand.", field="kind")
    instance = declared.model() if record_id is None else _found(acting, declared, kind, record_id)
    many: dict[str, list[Model]] = {}
    for name, value in fields.items():
        if name not in declared.fields:
            known = ", ".join(sorted(declared.fields))
            raise InvalidInput(f"A {kind} has the fields {known}.", field=name)
        field = declared.model._meta.get_field(name)
        if field.many_to_many:
            many[name] = _many(field, value)
        elif isinstance(field, ForeignKey):
            setattr(instance, field.attname, _key(field, value))
        else:
            setattr(instance, _attribute(field), value)
    if isinstance(instance, Label):
        parent = instance.parent
        instance.path = f"{parent.path} / {instance.name}" if parent else instance.name
    return save_record(instance, acting=acting, many_to_many=many, reason=reason)


def remove_record(*, acting: Principal, kind: str, record_id: int, reason: str = "") -> None:
    """Delete a record that people made and nothing rests on."""
    declared = _kind(kind)
    if not declared.is_made_by_people:
        raise InvalidInput(f"A {kind} disappears at its source, not by hand.", field="kind")
    delete_record(_found(acting, declared, kind, record_id), acting=acting, reason=reason)


def _kind(kind: str) -> RecordKind:
    declared = KINDS.get(kind)
    if declared is None:
        raise InvalidInput(f"kind is one of {', '.join(sorted(KINDS))}.", field="kind")
    return declared


def _found(acting: Principal, declared: RecordKind, kind: str, record_id: int) -> Model:
    found = visible(acting, declared.model).filter(pk=record_id).first()
    if found is None:
        raise NotFound(f"There is no such {kind.replace('_', ' ')}.")
    return found


def _attribute(field: Any) -> str:
    if not isinstance(field, Field):
        raise FieldDoesNotExist(f"{field} is no column.")
    return field.name


def _key(field: Any, value: Any) -> int | None:
    """The id of a related record; what is empty names none."""
    return None if value in (None, "") else number_of(str(value), field.name)


def _many(field: Any, value: Any) -> list[Model]:
    if not isinstance(value, list):
        raise InvalidInput(f"{field.name} is a list of ids.", field=field.name)
    keys = {number_of(str(key), field.name) for key in value}
    found = list(field.related_model.objects.filter(pk__in=keys))
    if len(found) != len(keys):
        raise InvalidInput(f"{field.name} names one that does not exist.", field=field.name)
    return found
