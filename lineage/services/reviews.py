"""What stewards say to suggested classifications: accepted, changed, rejected, or taken back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import ColumnLabel, Label
from catalog.selectors.datasets import visible_columns
from catalog.services import curation
from catalog.services.curation.locking import take_dataset
from catalog.services.transaction import writing
from catalog.types import LabelKind, Origin, Principal
from lineage.models import ClassificationReview
from lineage.selectors.classifications import (
    Suggestion,
    classification_suggestions,
    suggestions_of,
)
from lineage.selectors.detected import Asked
from lineage.types import ReviewVerdict

FACT = "classifications"
MOST_AT_ONCE = 500
MOST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a steward says to one suggestion, by the ids of its column and its label; `instead` is
    the path of the classification that the column gets where the verdict is CHANGED."""

    column: int
    label: int
    verdict: ReviewVerdict
    instead: str = ""


def review_classifications(
    *,
    acting: Principal,
    items: Collection[tuple[int, int]],
    verdict: ReviewVerdict,
    reason: str = "",
) -> list[ClassificationReview]:
    """Accept or reject suggestions, each a (column id, label id), with one verdict; see
    `review_each`."""
    if verdict is ReviewVerdict.CHANGED:
        raise InvalidInput("Say of each suggestion what it is instead.", field="verdict")
    answers = [Answer(column, label, verdict) for column, label in items]
    return review_each(acting=acting, answers=answers, reason=reason)


def review_each(
    *, acting: Principal, answers: Sequence[Answer], reason: str = ""
) -> list[ClassificationReview]:
    """Answer suggestions, each with its own verdict: all of them, or none.

    An accepted one puts the classification on the column, derived; a changed one puts another
    there. Either way it is remembered with the path it came by. Raises NotFound for a column that
    may not be seen, AccessRefused where the principal does not steward a dataset, Conflict for
    what is not suggested any more.
    """
    said = {(one.column, one.label): one for one in answers}
    _check(said.values(), len(answers), reason)
    with writing(acting, reason=reason.strip() or "Suggested classifications reviewed"):
        datasets = _datasets(acting, {column for column, _ in said})
        for dataset_id in datasets:
            take_dataset(acting, dataset_id, facts=[FACT])
        chosen = _suggested(acting, list(said), datasets)
        given = [
            _classify(acting, one, said[one.column.id, one.label_id], reason) for one in chosen
        ]
        return ClassificationReview.objects.bulk_create(
            ClassificationReview(
                column_id=suggestion.column.id,
                label_id=suggestion.label_id,
                verdict=said[suggestion.column.id, suggestion.label_id].verdict,
                reason=reason.strip(),
                path=[f"{s.dataset.qualified_name}#{s.column.path}" for s in suggestion.path],
                given=label,
                reviewer_id=acting.person_id,
                reviewer_name=acting.display_name,
            )
            for suggestion, label in zip(chosen, given, strict=True)
        )


def accept_surest(
    *,
    acting: Principal,
    least: float,
    dataset_id: int | None = None,
    asked: Asked | None = None,
    reason: str = "",
) -> list[ClassificationReview]:
    """Accept everything that is suggested with `least` certainty or more for datasets that the
    principal stewards, of what `asked` narrows it to; 500 at most, the surest first."""
    if not 0.5 <= least <= 1:
        raise InvalidInput("Say how sure they must be, from 0.5 to 1.", field="least")
    wanted = asked or Asked()
    found = classification_suggestions(
        acting,
        dataset_id=dataset_id,
        mine=dataset_id is None,
        asked=Asked(max(least, wanted.least), wanted.source, wanted.under, wanted.text),
    )
    answers = [
        Answer(one.column.id, one.label_id, ReviewVerdict.ACCEPTED) for one in found.suggestions
    ]
    if not answers:
        raise InvalidInput("Nothing that you steward is suggested so surely.", field="least")
    return review_each(acting=acting, answers=answers, reason=reason)


def undo_reviews(*, acting: Principal, review_ids: Collection[int]) -> int:
    """Take reviews back with the classifications that they put on columns, as far as those still
    stand as derived; all of them, or none. How many."""
    if not review_ids or len(review_ids) > MOST_AT_ONCE:
        raise InvalidInput(f"Choose 1 to {MOST_AT_ONCE} reviews.", field="reviews")
    with writing(acting, reason="Reviews taken back"):
        found = list(
            ClassificationReview.objects.filter(
                pk__in=review_ids, column__in=visible_columns(acting)
            )
            .select_related("column", "given")
            .order_by("column__dataset", "pk")
        )
        if len(found) != len(set(review_ids)):
            raise NotFound("There is no such review.")
        for dataset_id in sorted({review.column.dataset_id for review in found}):
            take_dataset(acting, dataset_id, facts=[FACT])
        for review in found:
            still = ColumnLabel.objects.filter(
                column=review.column, label=review.given, origin=Origin.DERIVED
            )
            if review.given is not None and still.exists():
                curation.remove_label(
                    acting=acting,
                    dataset_id=review.column.dataset_id,
                    kind=LabelKind.CLASSIFICATION,
                    path=review.given.path,
                    column_path=review.column.path,
                    reason="Review taken back",
                )
            review.delete()
        return len(found)


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


def _check(answers: Collection[Answer], count: int, reason: str) -> None:
    if not answers:
        raise InvalidInput("Choose at least one suggestion.", field="items")
    if count > MOST_AT_ONCE:
        raise InvalidInput(f"Choose at most {MOST_AT_ONCE} suggestions.", field="items")
    if len(reason) > MOST_CHARACTERS or "\x00" in reason:
        raise InvalidInput(
            f"The reason has at most {MOST_CHARACTERS:,} characters and no NUL.", field="reason"
        )
    for one in answers:
        if (one.verdict is ReviewVerdict.CHANGED) != bool(one.instead.strip()):
            raise InvalidInput(
                "Say what a changed classification is instead, and of no other.", field="instead"
            )


def _classify(
    acting: Principal, suggestion: Suggestion, answer: Answer, reason: str
) -> Label | None:
    if answer.verdict is ReviewVerdict.REJECTED:
        return None
    return curation.add_label(
        acting=acting,
        dataset_id=suggestion.dataset.id,
        kind=LabelKind.CLASSIFICATION,
        path=answer.instead.strip() or suggestion.label,
        column_path=suggestion.column.path,
        origin=Origin.DERIVED,
        reason=reason.strip() or f"Suggested; {answer.verdict.value}",
    )


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
    standing = {(one.column.id, one.label_id): one for one in suggestions_of(acting, datasets)}
    gone = [item for item in items if item not in standing]
    if gone:
        raise Conflict(
            f"{len(gone)} of these {len(items)} classifications are not suggested any more;"
            " reload the page."
        )
    return [standing[item] for item in items]
