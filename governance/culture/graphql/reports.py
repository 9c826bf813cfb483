"""Data that somebody could not get, in GraphQL (R-025)."""

from __future__ import annotations

from typing import Any

import graphene
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from catalog.graphql import loaders
from catalog.graphql.arguments import number
from catalog.graphql.paging import PAGE, connection, page
from catalog.graphql.relations import principal_of, relation
from catalog.graphql.types import DatasetType
from catalog.selectors.datasets import visible_datasets
from governance.culture.models import ReportAnswer
from governance.culture.selectors.reports import answers, asked_for, report_counts
from governance.culture.services.reports import answer_reports, report_missing_data
from governance.proposals.graphql.types import person_at

TEXT = graphene.String(required=True)
FIRST = graphene.Int(required=True, default_value=50, description="1 to 500.")


class AskedForType(graphene.ObjectType):
    """Reports without an answer that ask for the same; `report` is one to answer them all by."""

    class Meta:
        name = "DataAskedFor"

    report = graphene.ID(required=True)
    dataset = graphene.String(description="The full name of the dataset, where it is one.")
    words = graphene.List(graphene.NonNull(graphene.String), required=True)
    count = graphene.Int(required=True)
    first_day = graphene.Date(required=True)
    last_day = graphene.Date(required=True)

    @staticmethod
    def resolve_dataset(group: Any, info: GraphQLResolveInfo) -> str | None:
        """Null where words were all."""
        return group.dataset.qualified_name if group.dataset else None


class ReportCountsType(graphene.ObjectType):
    """How many reports came and how many wait; `oldest` is the day of the first of these."""

    class Meta:
        name = "DataReportCounts"

    reported = graphene.Int(required=True)
    unanswered = graphene.Int(required=True)
    oldest = graphene.Date()


class ReportAnswerType(DjangoObjectType):
    """What the council answered, for everybody to read."""

    class Meta:
        model = ReportAnswer
        name = "DataReportAnswer"
        fields = ["id", "subject", "text", "answered_at"]

    report_count = graphene.Int(required=True)
    dataset = relation(
        DatasetType, loaders.one(visible_datasets, "dataset_id"), many=False,
        description="What was asked for, where it is a dataset.",
    )  # fmt: skip
    answered_by = person_at("answered_by_id", "Who answered.")


ReportAnswerConnection = connection(ReportAnswerType)


class DataReportQuery(graphene.ObjectType):
    """What there is to ask about data that people could not get."""

    data_reports = graphene.List(
        graphene.NonNull(AskedForType), first=FIRST, required=True,
        description="What was asked for and not answered, the most frequent first; for members of"
        " the council.",
    )  # fmt: skip
    data_report_counts = graphene.Field(
        ReportCountsType, required=True, description="How many reports came and wait."
    )
    data_report_answers = graphene.Field(
        ReportAnswerConnection, **PAGE, required=True, description="What the council answered."
    )

    @staticmethod
    def resolve_data_reports(root: Any, info: GraphQLResolveInfo, first: int) -> Any:
        """See `selectors.reports.asked_for`."""
        return asked_for(principal_of(info))[: max(0, min(first, 500))]

    @staticmethod
    def resolve_data_report_counts(root: Any, info: GraphQLResolveInfo) -> Any:
        """For everybody."""
        return report_counts(principal_of(info))

    @staticmethod
    def resolve_data_report_answers(
        root: Any, info: GraphQLResolveInfo, first: int, after: str
    ) -> Any:
        """For everybody."""
        return page(info, answers(principal_of(info)), first=first, after=after, newest_first=True)


class ReportedPayload(graphene.ObjectType):
    """Nothing of the report comes back, so that nothing can be kept of it."""

    reported = graphene.Boolean(required=True)


class AnsweredPayload(graphene.ObjectType):
    """The answer as everybody reads it."""

    subject = graphene.String(required=True)
    text = graphene.String(required=True)


class DataReportMutation(graphene.ObjectType):
    """How missing data is reported, and answered."""

    report_missing_data = graphene.Field(
        ReportedPayload, place=TEXT, dataset=graphene.ID(),
        words=graphene.String(required=True, default_value=""), required=True,
        description="Report, without a name, that one could not get data.",
    )  # fmt: skip
    answer_data_reports = graphene.Field(
        AnsweredPayload, report=graphene.ID(required=True), subject=TEXT, text=TEXT,
        required=True, description="Answer a report and all that ask for the same.",
    )  # fmt: skip

    @staticmethod
    def resolve_report_missing_data(
        root: Any, info: GraphQLResolveInfo, place: str, words: str, dataset: str | None = None
    ) -> Any:
        """See `services.reports.report_missing_data`."""
        report_missing_data(
            acting=principal_of(info),
            place=place,
            dataset_id=None if dataset is None else number(dataset, "dataset"),
            words=words,
        )
        return {"reported": True}

    @staticmethod
    def resolve_answer_data_reports(
        root: Any, info: GraphQLResolveInfo, report: str, subject: str, text: str
    ) -> Any:
        """See `services.reports.answer_reports`."""
        made = answer_reports(
            acting=principal_of(info),
            report_id=number(report, "report"),
            subject=subject,
            text=text,
        )
        return {"subject": made.subject, "text": made.text}
