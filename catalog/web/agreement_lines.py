"""The agreement line under a name: what holds, whose it is, what you may do with it."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.access import Verdict
from catalog.models import Dataset
from catalog.search.answers import SearchHit
from catalog.selectors.metadata import owner_names
from catalog.types import LabelKind, Lifecycle
from catalog.web.addresses import dataset_address
from catalog.web.presentation.shapes import AgreementLine

# Published is what everything is that nobody agreed on yet: not known to be right, not green.
_MEANING = {
    Lifecycle.DRAFT: "proposed",
    Lifecycle.PUBLISHED: "unknown",
    Lifecycle.CURATED: "agreed",
    Lifecycle.DEPRECATED: "contested",
    Lifecycle.ARCHIVED: "contested",
}
_KINDS_WITH_A_LIFECYCLE = frozenset({"dataset", "column"})


def line_of_dataset(dataset: Dataset, read: Verdict, whole: Verdict | None = None) -> AgreementLine:
    """The line of a dataset whose owners and labels are prefetched; `whole` is the verdict on
    reading all of it as it is."""
    lifecycle = Lifecycle(dataset.lifecycle)
    words = [lifecycle.value.capitalize()]
    if lifecycle is Lifecycle.PUBLISHED:
        words = ["Published, not yet curated"]
    if dataset.disappeared_at:
        words = ["Gone at the source"]
    words += _classifications(dataset)
    return AgreementLine(
        meaning="broken" if dataset.disappeared_at else _MEANING[lifecycle],
        statement=" · ".join(words),
        statement_href=dataset_address(dataset.pk, "dataset_history"),
        owner=_owners(owner_names(dataset)),
        owner_href=f"{dataset_address(dataset.pk)}#owners",
        may=_may(read.allowed, "" if whole is None or whole.allowed else whole.reason),
        may_why="" if read.allowed else read.reason,
        may_href=dataset_address(dataset.pk, "dataset_access"),
    )


def line_of_hit(hit: SearchHit) -> AgreementLine | None:
    """The line of a search hit; None for kinds that are not agreed on, such as people."""
    facts = hit.facts
    if hit.kind not in _KINDS_WITH_A_LIFECYCLE or not facts.lifecycle:
        return None
    lifecycle = Lifecycle(facts.lifecycle)
    words = ["Gone at the source" if facts.disappeared_at else lifecycle.value.capitalize()]
    return AgreementLine(
        meaning="broken" if facts.disappeared_at else _MEANING[lifecycle],
        statement=" · ".join([*words, *facts.labels[:3]]),
        owner=_owners(facts.owners),
        may=_may(hit.lock is None),
        may_why=hit.lock.reason if hit.lock else "",
    )


def _may(is_allowed: bool, narrowed: str = "") -> str:
    if not is_allowed:
        return "opted out: you may not read"
    return "you may read, in part" if narrowed else "you may read"


def _owners(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    if not unique:
        return "nobody owns it yet"
    return ", ".join(unique[:2]) + (f" and {len(unique) - 2} more" if len(unique) > 2 else "")


def _classifications(dataset: Dataset) -> list[str]:
    return [
        held.label.path
        for held in dataset.labels.all()
        if held.label.kind == LabelKind.CLASSIFICATION
    ]
