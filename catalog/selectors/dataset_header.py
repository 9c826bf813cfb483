"""What the header of a dataset's page shows beside the dataset itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from catalog.access import Action, gate
from catalog.models import Container, Dataset, Follow, Remark
from catalog.names import parse_name
from catalog.types import Principal


def containers_around(principal: Principal, dataset: Dataset) -> Sequence[Container]:
    """The containers that hold the dataset, outermost first, in one query at most: their names
    are the ancestors of its own container's name."""
    if dataset.container is None:
        return ()
    if dataset.container.parent_id is None:
        return (dataset.container,)
    names = []
    ancestor = parse_name(dataset.container.qualified_name).parent
    while ancestor is not None and ancestor.parts:
        names.append(str(ancestor))
        ancestor = ancestor.parent
    outer = gate().scope(
        principal,
        Action.SEE,
        Container.objects.filter(system_id=dataset.system_id, qualified_name__in=names),
    )
    return (*sorted(outer, key=lambda found: len(found.qualified_name)), dataset.container)


@dataclass(frozen=True, slots=True)
class HeaderNumbers:
    """How many columns the dataset has now, whether the principal follows it, and whether people
    commented on it."""

    column_count: int
    is_following: bool
    has_remarks: bool


def header_numbers(principal: Principal, dataset: Dataset) -> HeaderNumbers:
    """All in one query; `dataset` must be one the principal may see."""
    # No person has the key 0: somebody who is no person follows nothing.
    follows = Follow.objects.filter(dataset=OuterRef("pk"), person=principal.person_id or 0)
    remarks = Remark.objects.filter(subject_type="dataset", subject_id=OuterRef("pk"))
    found = (
        Dataset.objects.filter(pk=dataset.pk)
        .annotate(
            column_count=Count("columns", filter=Q(columns__disappeared_at__isnull=True)),
            is_following=Exists(follows),
            has_remarks=Exists(remarks),
        )
        .values_list("column_count", "is_following", "has_remarks")
        .get()
    )
    return HeaderNumbers(*found)
