"""Where a dataset stands: its containers from the outside in."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.access import Action, gate
from catalog.models import Container, Dataset
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
