"""What else changes when a record is deleted: what stood in it, bore it or belonged to it.

Told in the log about each of these, before the record is gone, for afterwards nothing says any more
that they had it: search would find them by it for ever.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Model, Q, QuerySet

from catalog.events import DatasetChanged, EventType, RecordChanged
from catalog.models import Container, Dataset, Domain, Label, Person, System, Team, TeamMembership
from catalog.services.event_log import Subject
from catalog.types import LabelKind

_FACT = {LabelKind.TAG: "tags", LabelKind.CLASSIFICATION: "classifications"}
_Told = Iterator[tuple[EventType, Subject]]


def changed_without(record: Model) -> _Told:
    """An event for each object that has `record` among its facts and will not have it any more, or
    goes with it."""
    match record:
        case Label():
            bearing = Q(labels__label=record) | Q(columns__labels__label=record)
            yield from _datasets(Dataset.objects.filter(bearing), _FACT[LabelKind(record.kind)])
        case Domain():
            yield from _datasets(record.datasets.all(), "domain")
            yield from _records(record.systems.all(), "domain")
        case Team():
            yield from _datasets(Dataset.objects.filter(ownerships__team=record), "owners")
            yield from _records(record.systems.all(), "owner_team")
            yield from _records(record.domains.all(), "owner_team")
            yield from _records(Person.objects.filter(memberships__team=record), "teams")
        case System():
            yield from _gone(record.containers.all())
        case Container():
            yield from _gone(record.children.all())
            for child in record.children.order_by("pk"):
                yield from changed_without(child)
        case TeamMembership():
            yield from _records(Team.objects.filter(pk=record.team_id), "members")
            yield from _records(Person.objects.filter(pk=record.person_id), "teams")


def _datasets(found: QuerySet[Dataset], fact: str) -> _Told:
    named = found.order_by().values_list("pk", "qualified_name").distinct()
    for pk, name in named:
        yield DatasetChanged(fields=(fact,)), Subject("dataset", pk, name)


def _gone(found: QuerySet[Container]) -> _Told:
    for one in found.order_by("pk"):
        yield RecordChanged(change="deleted"), Subject("container", one.pk, str(one))


def _records(
    found: QuerySet[System] | QuerySet[Domain] | QuerySet[Person] | QuerySet[Team], fact: str
) -> _Told:
    for one in found.order_by("pk"):
        yield (
            RecordChanged(fields=(fact,)),
            Subject(one._meta.model_name or "", one.pk, str(one)),
        )
