"""The seven steps by which a dataset becomes useful to others (R-057), each one a question that
the metadata answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from catalog.access import Action, gate
from catalog.models import (
    ColumnLabel,
    Dataset,
    DatasetLabel,
    DatasetUse,
    ExampleQuery,
    Relation,
    SourceRecord,
)
from catalog.registries.uses import other_uses
from catalog.selectors.history import history_model
from catalog.types import DatasetKind, LabelKind, Principal

EVOLVES_WITHIN = dt.timedelta(days=180)
USED_WITHIN = dt.timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it is done, and what to do where it is not.

    `part` names what can be edited on the page to get there; empty where it happens elsewhere.
    """

    key: str
    label: str
    is_done: bool
    how: str
    part: str = ""


def onboarding_steps(principal: Principal, dataset: Dataset) -> tuple[Step, ...]:
    """The seven steps in order; `dataset` must be one the principal may see."""
    own = {"dataset": OuterRef("pk")}
    since = timezone.now()
    found = (
        Dataset.objects.filter(pk=dataset.pk)
        .annotate(
            is_registered=Exists(SourceRecord.objects.filter(**own, gone_at__isnull=True)),
            is_related=Exists(
                Relation.objects.filter(Q(source=OuterRef("pk")) | Q(target=OuterRef("pk")))
            ),
            is_classified=Exists(
                DatasetLabel.objects.filter(**own, label__kind=LabelKind.CLASSIFICATION)
            )
            | Exists(
                ColumnLabel.objects.filter(
                    column__dataset=OuterRef("pk"), label__kind=LabelKind.CLASSIFICATION
                )
            ),
            has_query=Exists(ExampleQuery.objects.filter(**own)),
            is_read_by_view=Exists(
                Relation.objects.filter(
                    target=OuterRef("pk"),
                    source__kind__in=[DatasetKind.VIEW, DatasetKind.MATERIALIZED_VIEW],
                )
            ),
            is_used=Exists(
                DatasetUse.objects.filter(**own, reads__gt=0, day__gte=(since - USED_WITHIN).date())
            ),
            has_changed=Exists(
                history_model(Dataset).objects.filter(
                    pgh_obj_id=OuterRef("pk"), pgh_created_at__gte=since - EVOLVES_WITHIN
                )
            ),
        )
        .values(
            "is_registered",
            "is_related",
            "is_classified",
            "has_query",
            "is_read_by_view",
            "is_used",
            "has_changed",
        )
        .get()
    )
    readable = gate().authorize(principal, Action.READ_WHOLE, dataset).allowed
    has_promise = bool(dataset.operations.get("sla") or dataset.expected_latency)
    return (
        Step(
            "input",
            "Registered by a source",
            found["is_registered"],
            "Import it through a connection, so that it stays up to date by itself.",
        ),
        Step(
            "context",
            "Related to other data",
            found["is_related"],
            "Declare a key to another dataset at the source, so that people can join it.",
        ),
        Step(
            "globalise",
            "Reachable and allowed by default",
            readable and dataset.disappeared_at is None,
            "It is gone at its source, or you may not read it.",
        ),
        Step(
            "target",
            "Classified, with a promise on when it arrives",
            found["is_classified"] and has_promise,
            "Add a classification, and say how late the data may be.",
            "promises" if found["is_classified"] else "labels",
        ),
        Step(
            "customise",
            "Has a view or an example query for its readers",
            found["has_query"] or found["is_read_by_view"],
            "Add a query together with the question it answers.",
            "examples",
        ),
        Step(
            "support",
            "Used by a dashboard or by people",
            found["is_used"]
            or any(used(principal, dataset, since - USED_WITHIN) for used in other_uses),
            "Nobody is known to have read it in the last 180 days."
            " Tell those who need it, or archive it.",
        ),
        Step(
            "evolve",
            "Changed in the last 180 days",
            found["has_changed"],
            "Read the description once more and bring it up to date.",
            "description",
        ),
    )
