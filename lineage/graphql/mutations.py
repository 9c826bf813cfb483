"""GraphQL mutations of lineage: what people draw, and what stewards say to suggestions."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import member, number
from catalog.graphql.relations import principal_of
from lineage.graphql.types import DrawnEdgeType
from lineage.selectors.manual import drawn_edges
from lineage.services.manual import draw_edge, remove_edge
from lineage.services.reviews import forget_review, review_classifications
from lineage.types import EdgeKind, EdgeSubtype, ReviewVerdict


class DrawnEdgesPayload(graphene.ObjectType):
    """What people drew into and out of the target, after the change."""

    edges = graphene.List(graphene.NonNull(DrawnEdgeType), required=True)


class ReviewPayload(graphene.ObjectType):
    """How many suggestions were reviewed."""

    reviewed = graphene.Int(required=True)


class SuggestedItem(graphene.InputObjectType):
    """A classification suggested for a column."""

    column = graphene.ID(required=True)
    label = graphene.ID(required=True)


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
        verdict=graphene.String(required=True, description="accepted or rejected."),
        reason=graphene.String(required=True, default_value=""),
        required=True,
        description="Accept or reject classifications that lineage suggests, all or none.",
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
        """See `services.reviews.review_classifications`."""
        reviewed = review_classifications(
            acting=principal_of(info),
            items=[(number(i["column"], "column"), number(i["label"], "label")) for i in items],
            verdict=member(ReviewVerdict, verdict, "verdict"),
            reason=reason,
        )
        return {"reviewed": len(reviewed)}

    @staticmethod
    def resolve_forget_classification_review(
        root: Any, info: GraphQLResolveInfo, review: str
    ) -> Any:
        """See `services.reviews.forget_review`."""
        forget_review(acting=principal_of(info), review_id=number(review, "review"))
        return {"reviewed": 1}
