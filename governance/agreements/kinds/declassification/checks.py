"""What is wrong with a declassification: names, dates, and what lineage says against its basis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from catalog.dates import exact_day
from catalog.models import Dataset, Label
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.declassification.document import Basis, DeclassificationDocument
from governance.agreements.kinds.declassification.sources import columns_meant, inherited
from governance.agreements.selectors.labels import labels_meant
from governance.agreements.selectors.references import datasets_named, domains_named, owner_named
from governance.types import ChangeOp, Finding, FindingLevel

FURTHEST_REVIEW = dt.timedelta(days=366)


def check_declassification(
    document: DeclassificationDocument, context: CheckContext
) -> Iterable[Finding]:
    """Everything that is wrong with it, in the order of the document."""
    if context.op in (ChangeOp.RETIRE, ChangeOp.DEPRECATE):
        return
    dataset = datasets_named(context.acting, (document.dataset,)).get(document.dataset)
    if dataset is None:
        yield _error(
            "unknown_dataset",
            f"There is no dataset {document.dataset!r}.",
            "dataset",
            "Pick a dataset of the catalog.",
        )
    labels = {name: labels_meant(context.acting, name) for name in document.labels}
    for index, (name, found) in enumerate(labels.items()):
        if not found:
            yield _error(
                "unknown_label",
                f"There is no label {name!r}.",
                f"labels.{index}",
                "Write it as it stands on the data.",
            )
    if dataset is not None:
        yield from _columns(document, dataset, labels, context)
    yield from _basis(document)
    yield from _agreed(document, context)


def _columns(
    document: DeclassificationDocument,
    dataset: Dataset,
    labels: dict[str, list[Label]],
    context: CheckContext,
) -> Iterator[Finding]:
    known = columns_meant(dataset.pk, document.columns)
    for index, path in enumerate(document.columns):
        if path not in known:
            yield _error(
                "unknown_column",
                f"{document.dataset} has no column {path!r}.",
                f"columns.{index}",
                "Pick a column that it has.",
            )
    if not known or not any(labels.values()):
        return
    ids = {column.pk: path for path, column in known.items()}
    found = inherited(context.acting, ids, document.labels)
    if found.held:
        named = ", ".join(sorted(ids[pk] for pk in found.held))
        yield _warning(
            "own_label",
            f"{named} carries such a label itself, which stays.",
            "columns",
            "Take the label off the column where it is wrong; this ends only what is inherited.",
        )
    if not found.sources:
        yield _warning(
            "inherits_nothing",
            "None of the columns inherits any of the labels today.",
            "labels",
            "Do without it, or adopt it for what will come.",
        )
    if found.copied:
        named = ", ".join(sorted(ids[pk] for pk in found.copied))
        yield _warning(
            "copied",
            f"Lineage shows values that come into {named} neither aggregated nor masked.",
            "basis",
            "Say in the reason what the statement does to them, or correct the lineage.",
        )


def _basis(document: DeclassificationDocument) -> Iterator[Finding]:
    if document.basis is Basis.AGGREGATION and document.group_of is None:
        yield _error(
            "group_missing",
            "Nobody can tell how large the smallest group is.",
            "group_of",
            "Say how many single values each one stands for at least.",
        )
    if document.basis is not Basis.AGGREGATION and document.group_of is not None:
        yield _error(
            "not_used",
            "Only an aggregation has a smallest group.",
            "group_of",
            "Leave it empty, or choose aggregation.",
        )


def _agreed(document: DeclassificationDocument, context: CheckContext) -> Iterator[Finding]:
    if not owner_named(context.acting, document.owner):
        yield _error(
            "unknown_owner",
            f"There is no owner {document.owner!r}.",
            "owner",
            "Pick who exists and is active.",
        )
    if document.domain and document.domain not in domains_named(context.acting, (document.domain,)):
        yield _error(
            "unknown_domain", f"There is no domain {document.domain!r}.", "domain", "Pick a domain."
        )
    today = context.now.date()
    if document.review_by.isoformat() == (context.base or {}).get("review_by"):
        return  # a day that was agreed may come
    if document.review_by <= today:
        yield _error(
            "review_past",
            f"{exact_day(document.review_by)} is not in the future.",
            "review_by",
            "Give a day that comes.",
        )
    elif document.review_by > today + FURTHEST_REVIEW:
        yield _error(
            "review_far",
            f"{exact_day(document.review_by)} is more than twelve months away.",
            "review_by",
            "Look at it again sooner.",
        )


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"declassification.{check}", FindingLevel.ERROR, message, field, fix)


def _warning(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"declassification.{check}", FindingLevel.WARNING, message, field, fix)
