"""Creating, changing and deleting the plain records of the catalog: systems, domains, teams ...

One pair of use cases serves the Django admin and the APIs alike; what has rules of its own
(datasets, owners, labels on datasets, people, connections) has services of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, ProtectedError

from catalog.access import Action, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import RecordChanged
from catalog.models import (
    Container,
    DataProduct,
    Distribution,
    Domain,
    Label,
    Person,
    ProductPort,
    PropertyDefinition,
    System,
    Team,
    TeamMembership,
    Technology,
)
from catalog.registries.uses import resting
from catalog.services.event_log import append, record, record_all
from catalog.services.record_dependents import changed_without
from catalog.services.record_trees import check_place, renamed_below
from catalog.services.transaction import writing
from catalog.types import Principal
from catalog.written import bounded

ModelT = TypeVar("ModelT", bound=Model)

RECORDS: frozenset[type[Model]] = frozenset(
    {
        Container,
        DataProduct,
        Distribution,
        Domain,
        Label,
        ProductPort,
        PropertyDefinition,
        System,
        Team,
        TeamMembership,
        Technology,
    }
)


def save_record(
    instance: ModelT,
    *,
    acting: Principal,
    many_to_many: Mapping[str, Iterable[Model]] | None = None,
    expected_version: str | None = None,
    reason: str = "",
) -> ModelT:
    """Validate and store a new or changed record; domains may be changed by their stewards.

    `expected_version` is what `record_version` said when the person started; a newer state raises
    Conflict. Raises InvalidInput naming the first field that does not fit, NotFound for a record
    that was deleted meanwhile.
    """
    _check_model(type(instance))
    is_new = instance.pk is None
    require(acting, _action(instance, is_new), None if is_new else instance)
    with writing(acting, reason=reason):
        if not is_new:
            _take(instance, expected_version)
        changed = _changed_fields(instance)
        _check_texts(instance, None if is_new else changed)
        if "parent" in changed:
            check_place(instance)
        try:
            instance.full_clean()
        except ValidationError as error:
            field, messages = next(iter(error.message_dict.items()))
            name = "" if field == "__all__" else field
            raise InvalidInput(" ".join(messages), field=name) from error
        instance.save()
        for name, values in (many_to_many or {}).items():
            getattr(instance, name).set(values)
        change = "created" if is_new else "changed"
        if is_new or changed or many_to_many:
            fields = (*changed, *(many_to_many or {}))
            record(RecordChanged(change=change, fields=fields), instance, acting=acting)
        if "path" in changed:
            below = renamed_below(instance)
            record_all(((RecordChanged(fields=("path",)), one) for one in below), acting=acting)
    return instance


def record_version(instance: Model) -> str:
    """An opaque mark of a record's state: the number of its latest history row."""
    rows = instance.history.order_by("-pgh_id")  # type: ignore[attr-defined]
    return str(rows.values_list("pgh_id", flat=True).first() or 0)


def _take(instance: Model, expected_version: str | None) -> None:
    """Lock the record as it is stored: saving one that is gone would bring it back."""
    rows = type(instance)._default_manager.select_for_update(of=("self",))
    if rows.filter(pk=instance.pk).order_by().first() is None:
        raise NotFound(f"{instance} was deleted meanwhile.")
    if expected_version is not None and expected_version != record_version(instance):
        raise Conflict("Somebody changed this meanwhile: reload it and try again.")


def add_members(team: Team, people: Iterable[Person], *, acting: Principal) -> None:
    """Take everybody into a team who is not in it yet, in a fixed number of queries."""
    require(acting, Action.ADMINISTER)
    with writing(acting):
        there = set(team.memberships.values_list("person_id", flat=True))
        new = TeamMembership.objects.bulk_create(
            TeamMembership(team=team, person=person) for person in people if person.pk not in there
        )
        record_all(((RecordChanged(change="created"), one) for one in new), acting=acting)


def delete_record(instance: Model, *, acting: Principal, reason: str = "") -> None:
    """Delete a record nothing rests on; raises Conflict that names what does."""
    _check_model(type(instance))
    require(acting, Action.ADMINISTER, instance)
    with writing(acting, reason=reason):
        blocking = _what_rests_on(instance)
        if blocking:
            raise Conflict(f"{instance} cannot be deleted: {blocking}.")
        record(RecordChanged(change="deleted"), instance, acting=acting)
        append(changed_without(instance), acting=acting)
        try:
            instance.delete()
        except ProtectedError as error:
            names = ", ".join(str(item) for item in list(error.protected_objects)[:3])
            raise Conflict(f"{instance} is still used by {names}.") from error


def _check_texts(instance: Model, names: Iterable[str] | None) -> None:
    """Texts are bounded here, since their columns are not: those that are written now, for what a
    source says may be longer. None are all of them."""
    for one in instance._meta.concrete_fields:
        text = getattr(instance, one.attname)
        if isinstance(text, str) and (names is None or one.name in names):
            bounded(text, one.name)


def _check_model(model: type[Model]) -> None:
    if model not in RECORDS:
        raise TypeError(f"{model.__name__} has services of its own.")


def _action(instance: Model, is_new: bool) -> Action:
    return Action.STEWARD if isinstance(instance, Domain) and not is_new else Action.ADMINISTER


def _changed_fields(instance: Model) -> tuple[str, ...]:
    if instance.pk is None:
        return ()
    stored = type(instance)._default_manager.filter(pk=instance.pk).values().first() or {}
    return tuple(
        field.name
        for field in instance._meta.concrete_fields
        if stored.get(field.attname) != getattr(instance, field.attname)
    )


def _what_rests_on(instance: Model) -> str:
    """Deleting a system or container would silently take its datasets along; that is refused."""
    if isinstance(instance, System | Container):
        count = instance.datasets.count()
        if count:
            return f"{count:,} datasets stand in it"
    return next(filter(None, (rests(instance) for rests in resting)), "")
