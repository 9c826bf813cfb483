"""Which suggested classifications a protocol has count as given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from catalog.models import Dataset
from governance.agreements.kinds.metadata_protocol.document import MetadataProtocolDocument
from governance.agreements.selectors.labels import label_condition, labels_ever
from lineage.selectors.detected import unreviewed


@dataclass(frozen=True, slots=True)
class Counted:
    """A suggestion that counts: the column by dataset id and path, the label, and how sure."""

    dataset: int
    path: str
    label_id: int
    label: str
    confidence: float
    why: tuple[str, ...]


def counted_by(
    document: MetadataProtocolDocument,
    datasets: QuerySet[Dataset],
    since: dt.datetime | None = None,
) -> list[Counted]:
    """The suggestions that nobody reviewed of these datasets, as far as the protocol counts them,
    by dataset and column; for one that holds `since` an instant, labels by whatever they were
    called in that time."""
    counting = document.treat_suggestions_as_class
    if counting is None:
        return []
    named = Q(pk__in=[])
    for name in counting.classes:
        named |= label_condition(name) if since is None else Q(label__in=labels_ever(name, since))
    rows = unreviewed().filter(
        named, confidence__gte=counting.minimum_confidence, dataset__in=datasets.values("pk")
    )
    found = rows.order_by("dataset", "column__path").values_list(
        "dataset_id", "column__path", "label_id", "label__path", "confidence", "evidence"
    )
    return [
        Counted(
            dataset, path, label_id, label, confidence,
            tuple(one["text"] for one in evidence if one["weight"] > 0),
        )
        for dataset, path, label_id, label, confidence, evidence in found
    ]  # fmt: skip
