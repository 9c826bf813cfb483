"""What may be done to one dataset or to many: the body each change takes and the service it calls.

One table serves the single and the bulk addresses, so that both check and do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.serializers import BaseSerializer

from catalog.api.serializers import datasets as shapes
from catalog.services import curation
from catalog.types import LabelKind, Lifecycle, OwnershipKind, Principal

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """`body` checks what comes in; `apply(acting, dataset_id, checked)` does it."""

    body: type[BaseSerializer[Any]]
    apply: Callable[[Principal, int, Given], object]


def _facts(acting: Principal, dataset_id: int, given: Given) -> object:
    return curation.change_dataset(
        acting=acting, dataset_id=dataset_id, changes=given["changes"], reason=given["reason"]
    )


def _owner(acting: Principal, dataset_id: int, given: Given) -> object:
    return curation.add_owner(
        acting=acting,
        dataset_id=dataset_id,
        kind=OwnershipKind(given["kind"]),
        person_id=given["person"],
        team_id=given["team"],
        reason=given["reason"],
    )


def _tags(acting: Principal, dataset_id: int, given: Given) -> object:
    return curation.set_tags(
        acting=acting, dataset_id=dataset_id, tags=given["tags"], reason=given["reason"]
    )


def _lifecycle(acting: Principal, dataset_id: int, given: Given) -> object:
    return curation.change_lifecycle(
        acting=acting, dataset_id=dataset_id, to=Lifecycle(given["to"]), reason=given["reason"]
    )


def _label(service: Callable[..., object]) -> Callable[[Principal, int, Given], object]:
    def apply(acting: Principal, dataset_id: int, given: Given) -> object:
        return service(
            acting=acting,
            dataset_id=dataset_id,
            kind=LabelKind(given["kind"]),
            path=given["path"],
            column_path=given["column"],
            reason=given["reason"],
        )

    return apply


OPERATIONS: Mapping[str, Operation] = {
    "change_facts": Operation(shapes.DatasetChangeSerializer, _facts),
    "add_owner": Operation(shapes.OwnerAddSerializer, _owner),
    "set_tags": Operation(shapes.TagsSerializer, _tags),
    "add_label": Operation(shapes.LabelChangeSerializer, _label(curation.add_label)),
    "remove_label": Operation(shapes.LabelChangeSerializer, _label(curation.remove_label)),
    "change_lifecycle": Operation(shapes.LifecycleChangeSerializer, _lifecycle),
}
