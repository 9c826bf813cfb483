"""GraphQL queries of the catalog."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql import types
from catalog.graphql.arguments import number
from catalog.graphql.paging import PAGE, page
from catalog.graphql.relations import check_first, plan, principal_of
from catalog.graphql.search import (
    SearchAnswerType,
    SearchOrderType,
    SuggestionType,
    run_search,
)
from catalog.models import Dataset
from catalog.selectors import datasets as reading
from catalog.selectors import directory
from catalog.selectors.history import ChangePlace, changes_of, dataset_as_of
from catalog.selectors.remarks import questions_for, remarks_on
from catalog.selectors.search import Order, suggest
from catalog.services.remarks import subject_of
from catalog.types import LabelKind


class FieldChangeType(graphene.ObjectType):
    """One field before and after."""

    class Meta:
        name = "FieldChange"

    field = graphene.String(required=True)
    before = GenericScalar()
    after = GenericScalar()


class ChangeType(graphene.ObjectType):
    """One row of history."""

    class Meta:
        name = "Change"

    history_id = graphene.Int(required=True)
    at = graphene.DateTime(required=True)
    what = graphene.String(required=True)
    subject = graphene.String(required=True)
    verb = graphene.String(required=True)
    actor = graphene.String(required=True)
    reason = graphene.String(required=True)
    request_id = graphene.String(required=True)
    fields = graphene.List(graphene.NonNull(FieldChangeType), required=True)
    place = graphene.String(required=True, description="The cursor of what follows it.")


class DatasetSnapshotType(graphene.ObjectType):
    """A dataset as it was: plain values, keyed like the fields of today."""

    class Meta:
        name = "DatasetSnapshot"

    at = graphene.DateTime(required=True)
    dataset = GenericScalar(required=True)
    columns = GenericScalar(required=True)
    owners = GenericScalar(required=True)
    labels = GenericScalar(required=True)
    column_labels = GenericScalar(required=True)
    companions = GenericScalar(required=True, description="Edges and what else hung on it.")


class CatalogQuery(graphene.ObjectType):
    """What there is to ask the catalog."""

    dataset = graphene.Field(
        types.DatasetType,
        id=graphene.ID(),
        name=graphene.String(description="A qualified name or an alias."),
        description="One dataset by id or name; null when there is none you may see.",
    )
    datasets = graphene.Field(
        types.DatasetConnection,
        **PAGE,
        kind=graphene.List(graphene.NonNull(graphene.String)),
        system=graphene.String(description="The qualified name of a system."),
        domain=graphene.String(description="The slug of a domain."),
        lifecycle=graphene.List(graphene.NonNull(graphene.String)),
        data_kind=graphene.List(
            graphene.NonNull(graphene.String), description="transactional or interaction."
        ),
        tag=graphene.String(),
        required=True,
        description="Datasets, in the order in which they came into the catalog.",
    )
    dataset_as_of = graphene.Field(
        DatasetSnapshotType,
        id=graphene.ID(required=True),
        at=graphene.DateTime(required=True),
        description="A dataset with columns, owners, labels and edges as they were.",
    )
    changes = graphene.List(
        graphene.NonNull(ChangeType),
        dataset=graphene.ID(required=True),
        first=graphene.Int(required=True, default_value=50),
        before=graphene.String(
            required=True, default_value="", description="The `place` of the last one you have."
        ),
        required=True,
        description="The newest changes of a dataset.",
    )
    systems = graphene.Field(types.SystemConnection, **PAGE, required=True)
    domains = graphene.Field(types.DomainConnection, **PAGE, required=True)
    people = graphene.Field(types.PersonConnection, **PAGE, required=True)
    teams = graphene.Field(types.TeamConnection, **PAGE, required=True)
    labels = graphene.Field(types.LabelConnection, **PAGE, kind=graphene.String(), required=True)
    search = graphene.Field(
        SearchAnswerType,
        text=graphene.String(required=True, default_value=""),
        first=graphene.Int(required=True, default_value=20),
        cursor=graphene.String(required=True, default_value=""),
        facets=graphene.List(graphene.NonNull(graphene.String)),
        order=SearchOrderType(required=True, default_value=Order.RELEVANCE),
        verbatim=graphene.Boolean(
            required=True, default_value=False, description="Correct no spelling."
        ),
        all_words=graphene.Boolean(
            required=True, default_value=False, description="Forgive no word."
        ),
        plain=graphene.Boolean(
            required=True, default_value=False, description="Read no signs in the text."
        ),
        required=True,
        description="The same search as in the browser.",
    )
    suggest = graphene.List(
        graphene.NonNull(SuggestionType), text=graphene.String(required=True), required=True
    )
    remarks = graphene.List(
        graphene.NonNull(types.RemarkType),
        subject_type=graphene.String(required=True, description="dataset, column, system ..."),
        subject_id=graphene.ID(required=True),
        first=graphene.Int(required=True, default_value=50, description="At most 100."),
        required=True,
        description="What people said about an object, newest first.",
    )
    questions_for_me = graphene.List(
        graphene.NonNull(types.RemarkType),
        first=graphene.Int(required=True, default_value=50, description="At most 100."),
        required=True,
        description="Questions without a reply on what you answer for, the oldest first.",
    )
    me = graphene.Field(types.PersonType, description="Who you are to Concord.")

    @staticmethod
    def resolve_dataset(
        root: Any, info: GraphQLResolveInfo, id: str = "", name: str = ""
    ) -> Dataset:
        """By id, else by name."""
        principal = principal_of(info)
        if bool(id) == bool(name):
            raise InvalidInput("Give either id or name.", field="id")
        found = (
            reading.get_dataset(principal, number(id, "id"))
            if id
            else reading.find_dataset(principal, name)
        )
        plan(info, [found])
        return found

    @staticmethod
    def resolve_datasets(
        root: Any,
        info: GraphQLResolveInfo,
        first: int,
        after: str,
        kind: list[str] | None = None,
        lifecycle: list[str] | None = None,
        data_kind: list[str] | None = None,
        system: str = "",
        domain: str = "",
        tag: str = "",
    ) -> Any:
        """Filtered, a page at a time."""
        rows = reading.filtered_datasets(
            principal_of(info),
            kinds=kind,
            lifecycles=lifecycle,
            data_kinds=data_kind,
            system=system,
            domain=domain,
            tag=tag,
        )
        return page(info, rows, first=first, after=after)

    @staticmethod
    def resolve_dataset_as_of(root: Any, info: GraphQLResolveInfo, id: str, at: dt.datetime) -> Any:
        """None before its first day."""
        moment = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
        return dataset_as_of(principal_of(info), number(id, "id"), moment)

    @staticmethod
    def resolve_changes(
        root: Any, info: GraphQLResolveInfo, dataset: str, first: int, before: str
    ) -> Any:
        """Newest first."""
        return changes_of(
            principal_of(info),
            number(dataset, "dataset"),
            after=ChangePlace.read(before) if before else None,
            limit=max(1, min(first, 200)),
        )

    @staticmethod
    def resolve_systems(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """Systems."""
        return page(info, directory.systems(principal_of(info)), first=first, after=after)

    @staticmethod
    def resolve_domains(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """Domains."""
        return page(info, directory.domains(principal_of(info)), first=first, after=after)

    @staticmethod
    def resolve_people(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """People."""
        return page(info, directory.people(principal_of(info)), first=first, after=after)

    @staticmethod
    def resolve_teams(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """Teams."""
        return page(info, directory.teams(principal_of(info)), first=first, after=after)

    @staticmethod
    def resolve_labels(
        root: Any, info: GraphQLResolveInfo, first: int, after: str, kind: str = ""
    ) -> Any:
        """Tags and classifications."""
        if kind and kind not in set(LabelKind):
            raise InvalidInput("kind is tag or classification.", field="kind")
        rows = directory.labels(principal_of(info), kind=LabelKind(kind) if kind else None)
        return page(info, rows, first=first, after=after)

    @staticmethod
    def resolve_search(
        root: Any,
        info: GraphQLResolveInfo,
        text: str,
        first: int,
        cursor: str,
        order: Order,
        verbatim: bool,
        all_words: bool,
        plain: bool,
        facets: list[str] | None = None,
    ) -> Any:
        """Hits, facets and notices."""
        return run_search(
            principal_of(info),
            text,
            first,
            cursor,
            facets or [],
            order=Order(order),
            is_verbatim=verbatim,
            all_words=all_words,
            is_plain=plain,
        )

    @staticmethod
    def resolve_suggest(root: Any, info: GraphQLResolveInfo, text: str) -> Any:
        """At most eight."""
        return suggest(principal_of(info), text)

    @staticmethod
    def resolve_remarks(
        root: Any, info: GraphQLResolveInfo, subject_type: str, subject_id: str, first: int
    ) -> Any:
        """Of an object that may be seen."""
        principal = principal_of(info)
        check_first({"first": first})
        subject = subject_of(principal, subject_type, number(subject_id, "subjectId"))
        found = list(remarks_on(principal, subject.type, subject.id)[:first])
        plan(info, found)
        return found

    @staticmethod
    def resolve_questions_for_me(root: Any, info: GraphQLResolveInfo, first: int) -> Any:
        """The caller's."""
        check_first({"first": first})
        found = list(questions_for(principal_of(info))[:first])
        plan(info, found)
        return found

    @staticmethod
    def resolve_me(root: Any, info: GraphQLResolveInfo) -> Any:
        """The caller."""
        principal = principal_of(info)
        found = directory.people(principal).filter(pk=principal.person_id or 0).first()
        if found is not None:
            plan(info, [found])
        return found
