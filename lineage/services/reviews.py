"""What stewards say to suggested classifications: accepted, rejected, or to be suggested again."""

from __future__ import annotations

from collections.abc import Collection

from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.selectors.datasets import visible_columns
from catalog.services import curation
from catalog.services.curation.locking import take_dataset
from catalog.services.transaction import writing
from catalog.types import LabelKind, Origin, Principal
from lineage.models import ClassificationReview
from lineage.selectors.classifications import Suggestion, classification_suggestions
from lineage.types import ReviewVerdict

FACT = "classifications"
MOST_AT_ONCE = 500
MOST_CHARACTERS = 2_000


def review_classifications(
    *,
    acting: Principal,
    items: Collection[tuple[int, int]],
    verdict: ReviewVerdict,
    reason: str = "",
) -> list[ClassificationReview]:
    """Accept or reject suggestions, each a (column id, label id): all of them, or none.

    An accepted one puts the classification on the column, derived. Either way it is remembered
    with the path it came by. Raises NotFound for a column that may not be seen, AccessRefused
    where the principal does not steward a dataset, Conflict for what is not suggested any more.
    """
    if not items:
        raise InvalidInput("Choose at least one suggestion.", field="items")
    if len(items) > MOST_AT_ONCE:
        raise InvalidInput(f"Choose at most {MOST_AT_ONCE} suggestions.", field="items")
    if len(reason) > MOST_CHARACTERS or "\x00" in reason:
        raise InvalidInput(
            f"The reason has at most {MOST_CHARACTERS:,} characters and no NUL.", field="reason"
        )
    why = reason.strip() or f"Lineage suggested it; {verdict.value}"
    with writing(acting, reason=why):
        datasets = _datasets(acting, {column for column, _ in items})
        for dataset_id in datasets:
            take_dataset(acting, dataset_id, facts=[FACT])
        chosen = _suggested(acting, items, datasets)
        if verdict is ReviewVerdict.ACCEPTED:
            for suggestion in chosen:
                curation.add_label(
                    acting=acting,
                    dataset_id=suggestion.dataset.id,
                    kind=LabelKind.CLASSIFICATION,
                    path=suggestion.label,
                    column_path=suggestion.column.path,
                    origin=Origin.DERIVED,
                    reason=why,
                )
        return ClassificationReview.objects.bulk_create(
            ClassificationReview(
                column_id=suggestion.column.id,
                label_id=suggestion.label_id,
                verdict=verdict,
                reason=reason.strip(),
                path=[f"{s.dataset.qualified_name}#{s.column.path}" for s in suggestion.path],
                reviewer_id=acting.person_id,
                reviewer_name=acting.display_name,
            )
            for suggestion in chosen
        )


def forget_review(*, acting: Principal, review_id: int) -> None:
    """Let a classification be suggested again; one that was accepted stays on its column."""
    with writing(acting, reason="To be suggested again"):
        review = (
            ClassificationReview.objects.filter(column__in=visible_columns(acting))
            .select_related("column")
            .filter(pk=review_id)
            .first()
        )
        if review is None:
            raise NotFound("There is no such review.")
        take_dataset(acting, review.column.dataset_id, facts=[FACT])
        review.delete()


def _datasets(acting: Principal, columns: Collection[int]) -> list[int]:
    """Whose columns these are, in order, so that two reviews lock them alike."""
    found = dict(visible_columns(acting).filter(pk__in=columns).values_list("pk", "dataset_id"))
    if set(columns) - found.keys():
        raise NotFound("There is no such column.")
    return sorted(set(found.values()))


def _suggested(
    acting: Principal, items: Collection[tuple[int, int]], datasets: Collection[int]
) -> list[Suggestion]:
    """The suggestions that stand behind the pairs, in their order."""
    standing = {
        (suggestion.column.id, suggestion.label_id): suggestion
        for dataset_id in datasets
        for suggestion in classification_suggestions(acting, dataset_id=dataset_id).suggestions
    }
    wanted = list(dict.fromkeys(items))
    gone = [item for item in wanted if item not in standing]
    if gone:
        raise Conflict(
            f"{len(gone)} of these {len(wanted)} classifications are not suggested any more;"
            " reload the page."
        )
    return [standing[item] for item in wanted]
