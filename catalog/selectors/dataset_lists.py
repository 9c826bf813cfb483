"""Lists of datasets under conditions that live in a page's address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import Container, Dataset, DatasetLabel, Ownership, ProductPort
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.listing import holding_words, ordered
from catalog.selectors.stewardship import stewarded_datasets, stewardship_queue
from catalog.types import Principal
from catalog.whole_numbers import number_of

SORTS: Mapping[str, str] = {
    "name": "qualified_name",
    "use": "usage_score",
    "rows": "latest_rows",
    "kind": "kind",
    "lifecycle": "lifecycle",
}
ANY_GAP = "any"
_NUMBERS = ("system", "container", "team", "label", "product")


@dataclass(frozen=True, slots=True)
class DatasetFilter:
    """Conditions on a list of datasets; an empty one does not filter.

    `system`, `container` (with everything below it), `team`, `label` and `product` are ids,
    `domain` is a slug, `owner` a user name. `gap` keeps what the stewardship queue lists: `any`,
    or one of its gaps. `gone` also lists what disappeared at its source.
    """

    find: str = ""
    kind: str = ""
    lifecycle: str = ""
    system: int | None = None
    container: int | None = None
    domain: str = ""
    owner: str = ""
    team: int | None = None
    label: int | None = None
    product: int | None = None
    gap: str = ""
    mine: bool = False
    gone: bool = False

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read an address; raises InvalidInput for an id that is none."""
        values: dict[str, str | int | bool | None] = {}
        for field in fields(cls):
            written = query.get(field.name, "").strip()
            if field.name in _NUMBERS:
                values[field.name] = _number(field.name, written)
            elif field.name in {"mine", "gone"}:
                values[field.name] = written in {"1", "true", "on"}
            else:
                values[field.name] = written[:500]
        return cls(**values)  # type: ignore[arg-type]

    def query_string(self) -> str:
        """The same as part of an address, without what is empty."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode(
            {name: "1" if value is True else value for name, value in values.items() if value}
        )


def listed_datasets(
    principal: Principal, conditions: DatasetFilter, sort: str = ""
) -> QuerySet[Dataset]:
    """Visible datasets under the conditions, by name unless `sort` says otherwise; the gaps of
    the queue come in the queue's own order."""
    found = _base(principal, conditions)
    if not conditions.gone:
        found = found.filter(disappeared_at__isnull=True)
    plain = {
        "kind": conditions.kind,
        "lifecycle": conditions.lifecycle,
        "system": conditions.system,
        "domain__slug": conditions.domain,
    }
    found = found.filter(**{name: value for name, value in plain.items() if value})
    if conditions.container is not None:
        found = found.filter(container__in=_with_everything_below(conditions.container))
    found = _carrying(found, conditions)
    found = holding_words(found, ["qualified_name", "display_name"], conditions.find)
    if conditions.gap and not sort:
        return found
    return ordered(found, sort, SORTS, "name")


def _base(principal: Principal, conditions: DatasetFilter) -> QuerySet[Dataset]:
    if conditions.gap:
        gap = "" if conditions.gap == ANY_GAP else conditions.gap
        return stewardship_queue(principal, mine=conditions.mine, gap=gap)
    found = visible_datasets(principal)
    if conditions.mine:
        found = found.filter(pk__in=stewarded_datasets(principal))
    return found


def _carrying(found: QuerySet[Dataset], conditions: DatasetFilter) -> QuerySet[Dataset]:
    """What owns, labels or bundles a dataset, as subqueries, so that no row comes twice."""
    here = OuterRef("pk")
    if conditions.owner:
        owned = Ownership.objects.filter(dataset=here, person__username=conditions.owner)
        found = found.filter(Exists(owned))
    if conditions.team is not None:
        found = found.filter(Exists(Ownership.objects.filter(dataset=here, team=conditions.team)))
    if conditions.label is not None:
        label = Q(label=conditions.label)
        for depth in range(1, 6):
            label |= Q(**{f"label__{'__'.join(['parent'] * depth)}": conditions.label})
        found = found.filter(Exists(DatasetLabel.objects.filter(label, dataset=here)))
    if conditions.product is not None:
        ports = ProductPort.objects.filter(dataset=here, product=conditions.product)
        found = found.filter(Exists(ports))
    return found


def _with_everything_below(container_id: int) -> set[int]:
    """The container and all inside it, whatever the depth."""
    system = Container.objects.filter(pk=container_id).values("system")
    rows = Container.objects.filter(system__in=system).values_list("pk", "parent_id")
    children: dict[int | None, list[int]] = {}
    for pk, parent_id in rows:
        children.setdefault(parent_id, []).append(pk)
    found, waiting = {container_id}, [container_id]
    while waiting:
        below = [pk for pk in children.get(waiting.pop(), ()) if pk not in found]
        found.update(below)
        waiting += below
    return found


def _number(name: str, written: str) -> int | None:
    if not written:
        return None
    return number_of(written, name)
