"""GraphQL mutations of lineage: what people draw, and what stewards say to suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import member, number
from catalog.graphql.relations import principal_of
from lineage.graphql.types import DrawnEdgeType
from lineage.models import ClassificationReview
from lineage.selectors.detected import asked_for
from lineage.selectors.manual import drawn_edges
from lineage.services.manual import draw_edge, remove_edge
from lineage.services.reviews import (
    Answer,
    accept_surest,
    forget_review,
    review_each,
    undo_reviews,
)
from lineage.types import EdgeKind, EdgeSubtype, ReviewVerdict


class DrawnEdgesPayload(graphene.ObjectType):
    """What people drew into and out of the target, after the change."""

    edges = graphene.List(graphene.NonNull(DrawnEdgeType), required=True)


class ReviewPayload(graphene.ObjectType):
    """How many suggestions were reviewed, and the reviews by which it is taken back."""

    reviewed = graphene.Int(required=True)
    reviews = graphene.List(graphene.NonNull(graphene.ID), required=True)


class SuggestedItem(graphene.InputObjectType):
    """A classification suggested for a column."""

    column = graphene.ID(required=True)
    label = graphene.ID(required=True)
    verdict = graphene.String(description="accepted, rejected or changed; empty: as of all.")
    instead = graphene.String(description="What a changed one is.")


class LineageMutation(graphene.ObjectType):
    """What there is to change about where data comes from and goes."""

    draw_lineage_edge = graphene.Field(
        DrawnEdgesPayload,
        source=graphene.ID(required=True),
        target=graphene.ID(required=True),
        source_column=graphene.String(required=True, default_value=""),
        target_column=graphene.String(required=True, default_value=""),
        kind=graphene.String(required=True, default_value=EdgeKind.DIRECT.value),
        subtype=graphene.String(required=True, default_value=""),
        masking=graphene.Boolean(required=True, default_value=False),
        transformation=graphene.String(required=True, default_value=""),
        reason=graphene.String(required=True),
        required=True,
        description="Say that data flows where no source states it.",
    )
    remove_lineage_edge = graphene.Field(
        DrawnEdgesPayload,
        edge=graphene.ID(required=True),
        reason=graphene.String(required=True),
        required=True,
        description="Take away an edge that somebody drew.",
    )
    review_classifications = graphene.Field(
        ReviewPayload,
        items=graphene.List(graphene.NonNull(SuggestedItem), required=True),
        verdict=graphene.String(
            required=True, default_value="", description="accepted or rejected; of all items."
        ),
        reason=graphene.String(required=True, default_value=""),
        required=True,
        description="Accept, change or reject suggested classifications, all or none.",
    )
    accept_surest_classifications = graphene.Field(
        ReviewPayload,
        least=graphene.Float(required=True, description="How sure, 0.5 to 1."),
        dataset=graphene.ID(),
        source=graphene.String(required=True, default_value=""),
        under=graphene.String(required=True, default_value=""),
        text=graphene.String(required=True, default_value=""),
        reason=graphene.String(required=True, default_value=""),
        required=True,
        description="Accept what is suggested so surely for what the caller stewards.",
    )
    undo_classification_reviews = graphene.Field(
        ReviewPayload,
        reviews=graphene.List(graphene.NonNull(graphene.ID), required=True),
        required=True,
        description="Take reviews back with the classifications that they put on columns.",
    )
    forget_classification_review = graphene.Field(
        ReviewPayload,
        review=graphene.ID(required=True),
        required=True,
        description="Let a classification be suggested again.",
    )

    @staticmethod
    def resolve_draw_lineage_edge(
        root: Any,
        info: GraphQLResolveInfo,
        source: str,
        target: str,
        source_column: str,
        target_column: str,
        kind: str,
        subtype: str,
        masking: bool,
        transformation: str,
        reason: str,
    ) -> Any:
        """See `services.manual.draw_edge`."""
        principal = principal_of(info)
        edge = draw_edge(
            acting=principal,
            source_id=number(source, "source"),
            target_id=number(target, "target"),
            source_column=source_column,
            target_column=target_column,
            kind=member(EdgeKind, kind, "kind"),
            subtype=member(EdgeSubtype, subtype, "subtype") if subtype else None,
            masking=masking,
            transformation=transformation,
            reason=reason,
        )
        return {"edges": drawn_edges(principal, edge.target_id)}

    @staticmethod
    def resolve_remove_lineage_edge(
        root: Any, info: GraphQLResolveInfo, edge: str, reason: str
    ) -> Any:
        """See `services.manual.remove_edge`."""
        principal = principal_of(info)
        target = remove_edge(acting=principal, edge_id=number(edge, "edge"), reason=reason)
        return {"edges": drawn_edges(principal, target.pk)}

    @staticmethod
    def resolve_review_classifications(
        root: Any, info: GraphQLResolveInfo, items: list[Any], verdict: str, reason: str
    ) -> Any:
        """See `services.reviews.review_each`."""
        answers = [
            Answer(
                number(item["column"], "column"),
                number(item["label"], "label"),
                member(ReviewVerdict, item.get("verdict") or verdict, "verdict"),
                item.get("instead") or "",
            )
            for item in items
        ]
        return _told(review_each(acting=principal_of(info), answers=answers, reason=reason))

    @staticmethod
    def resolve_accept_surest_classifications(
        root: Any,
        info: GraphQLResolveInfo,
        least: float,
        reason: str,
        dataset: str = "",
        **asked: str,
    ) -> Any:
        """See `services.reviews.accept_surest`."""
        reviews = accept_surest(
            acting=principal_of(info),
            least=least,
            dataset_id=number(dataset, "dataset") if dataset else None,
            asked=asked_for(asked),
            reason=reason,
        )
        return _told(reviews)

    @staticmethod
    def resolve_undo_classification_reviews(
        root: Any, info: GraphQLResolveInfo, reviews: list[str]
    ) -> Any:
        """See `services.reviews.undo_reviews`."""
        ids = [number(review, "reviews") for review in reviews]
        count = undo_reviews(acting=principal_of(info), review_ids=ids)
        return {"reviewed": count, "reviews": ids}

    @staticmethod
    def resolve_forget_classification_review(
        root: Any, info: GraphQLResolveInfo, review: str
    ) -> Any:
        """See `services.reviews.forget_review`."""
        forget_review(acting=principal_of(info), review_id=number(review, "review"))
        return {"reviewed": 1, "reviews": [review]}


def _told(reviews: Sequence[ClassificationReview]) -> dict[str, Any]:
    return {"reviewed": len(reviews), "reviews": [review.pk for review in reviews]}
