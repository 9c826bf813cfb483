"""Containers of a system as a tree, with how many datasets stand in each and below it."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import Container
from catalog.selectors.directory import containers
from catalog.types import Principal

DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Branch:
    """A container in its tree; `dataset_count` includes everything below it."""

    container: Container
    depth: int
    dataset_count: int


def container_tree(
    principal: Principal, system_id: int, below: Container | None = None
) -> list[Branch]:
    """The containers of a system, or those below one, in the order of the tree, by name."""
    rows = list(containers(principal, system_id=system_id).order_by("name", "pk"))
    children: dict[int | None, list[Container]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    totals: dict[int, int] = {}

    def total(container: Container, depth: int) -> int:
        inside = children.get(container.pk, []) if depth < DEEPEST else []
        totals[container.pk] = container.dataset_count + sum(  # type: ignore[attr-defined]
            total(child, depth + 1) for child in inside
        )
        return totals[container.pk]

    branches: list[Branch] = []

    def walk(container: Container, depth: int) -> None:
        branches.append(Branch(container, depth, totals[container.pk]))
        if depth < DEEPEST:
            for child in children.get(container.pk, []):
                walk(child, depth + 1)

    for root in children.get(below.pk if below else None, []):
        total(root, 0)
        walk(root, 0)
    return branches


def containers_above(container: Container) -> list[Container]:
    """The containers around one, the outermost first."""
    above: list[Container] = []
    current = container.parent
    while current is not None and len(above) < DEEPEST:
        above.insert(0, current)
        current = current.parent
    return above
