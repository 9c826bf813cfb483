"""Naming and releasing owners."""

from __future__ import annotations

from catalog.errors import InvalidInput, NotFound
from catalog.events import DatasetChanged
from catalog.models import Ownership, Person, Team
from catalog.services.curation.locking import take_dataset
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Origin, OwnershipKind, Principal


def add_owner(
    *,
    acting: Principal,
    dataset_id: int,
    kind: OwnershipKind,
    person_id: int | None = None,
    team_id: int | None = None,
    origin: Origin = Origin.DECLARED,
    reason: str = "",
) -> Ownership:
    """Name a person or a team as owner; naming the same one again changes nothing but makes a
    harvested ownership a declared one. Raises InvalidInput unless exactly one is given and
    exists."""
    if (person_id is None) == (team_id is None):
        raise InvalidInput("Name either a person or a team as owner.", field="owner")
    if person_id is not None and not Person.objects.filter(pk=person_id, is_active=True).exists():
        raise InvalidInput("This person does not exist or is not active.", field="person")
    if team_id is not None and not Team.objects.filter(pk=team_id).exists():
        raise InvalidInput("There is no such team.", field="team")
    with writing(acting, reason=reason):
        dataset = take_dataset(acting, dataset_id, facts=["owners"])
        ownership = Ownership.objects.filter(
            dataset=dataset, kind=kind, person=person_id, team=team_id
        ).first()
        created = ownership is None
        if ownership is None:
            ownership = Ownership.objects.create(
                dataset=dataset, kind=kind, person_id=person_id, team_id=team_id, origin=origin
            )
        changed = created
        if not created and ownership.origin != origin and origin is Origin.DECLARED:
            ownership.origin = origin
            ownership.save(update_fields=["origin"])
            changed = True
        if changed:
            record(DatasetChanged(fields=("owners",), reason=reason), dataset, acting=acting)
    return ownership


def remove_owner(
    *, acting: Principal, dataset_id: int, ownership_id: int, reason: str = ""
) -> None:
    """Release an owner; raises NotFound when this ownership is not on the dataset."""
    with writing(acting, reason=reason):
        dataset = take_dataset(acting, dataset_id, facts=["owners"])
        deleted, _ = Ownership.objects.filter(dataset=dataset, pk=ownership_id).delete()
        if not deleted:
            raise NotFound("This owner is not named on the dataset any more.")
        record(DatasetChanged(fields=("owners",), reason=reason), dataset, acting=acting)
