"""Which objects of the catalog are searchable, and what their documents hold.

`register_search` registers them at start-up; their order here is the order of equal hits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db.models import Model, Q
from django.urls import reverse

from catalog.access import Action
from catalog.models import (
    Container,
    Dataset,
    Domain,
    ExampleQuery,
    KnownProblem,
    Label,
    Media,
    Ownership,
    Person,
    Question,
    Remark,
    System,
    Team,
)
from catalog.registries.consumers import Consumer, consumers
from catalog.search.indexing import digest
from catalog.search.registry import SearchKind, ids_of, kinds, same
from catalog.search_documents.conversation import (
    example_query_documents,
    problem_documents,
    question_documents,
    remark_documents,
)
from catalog.search_documents.datasets import dataset_documents
from catalog.search_documents.media import transcript_documents
from catalog.search_documents.people import domain_documents, person_documents, team_documents
from catalog.search_documents.places import container_documents, label_documents, system_documents


def _datasets(**conditions: object) -> Collection[int]:
    return list(Dataset.objects.filter(**conditions).values_list("pk", flat=True).distinct())


def _datasets_labelled(ids: Collection[int]) -> Collection[int]:
    return list(
        Dataset.objects.filter(Q(labels__label_id__in=ids) | Q(columns__labels__label_id__in=ids))
        .values_list("pk", flat=True)
        .distinct()
    )


def _datasets_owned_by_people(ids: Collection[int]) -> Collection[int]:
    return list(
        Ownership.objects.filter(person_id__in=ids).values_list("dataset_id", flat=True).distinct()
    )


def _datasets_owned_by_teams(ids: Collection[int]) -> Collection[int]:
    return list(
        Ownership.objects.filter(team_id__in=ids).values_list("dataset_id", flat=True).distinct()
    )


def _datasets_in_domains(ids: Collection[int]) -> Collection[int]:
    """Also those of the domains below, whose documents name the domains above."""
    below, level = set(ids), set(ids)
    while level:
        level = set(Domain.objects.filter(parent_id__in=level).values_list("pk", flat=True)) - below
        below |= level
    return _datasets(domain_id__in=below)


def _those(model: type[Model], field: str) -> Callable[[Collection[int]], Collection[int]]:
    """The rows of `model` that hold one of the changed ids there."""

    def find(ids: Collection[int]) -> Collection[int]:
        rows = model._default_manager.filter(**{f"{field}__in": ids})
        return list(rows.order_by().values_list("pk", flat=True).distinct())

    return find


def _with_domains_below(ids: Collection[int]) -> Collection[int]:
    return {*ids, *_those(Domain, "parent_id")(ids)}


KINDS = (
    SearchKind(
        "dataset",
        "Datasets",
        dataset_documents,
        ids_of(Dataset.objects.all()),
        visible=Dataset,
        touched_by={
            "dataset": same,
            "label": _datasets_labelled,
            "person": _datasets_owned_by_people,
            "team": _datasets_owned_by_teams,
            "domain": _datasets_in_domains,
            "system": lambda ids: _datasets(system_id__in=ids),
        },
    ),
    SearchKind(
        "system",
        "Systems",
        system_documents,
        ids_of(System.objects.all()),
        visible=System,
        touched_by={
            "system": same,
            "domain": _those(System, "domain_id"),
            "team": _those(System, "owner_team_id"),
            "person": _those(System, "operator_id"),
        },
    ),
    SearchKind(
        "container",
        "Databases, schemas and folders",
        container_documents,
        ids_of(Container.objects.all()),
        visible=Container,
        touched_by={"container": same, "system": _those(Container, "system_id")},
    ),
    SearchKind(
        "domain",
        "Domains",
        domain_documents,
        ids_of(Domain.objects.all()),
        visible=Domain,
        touched_by={
            "domain": _with_domains_below,
            "team": _those(Domain, "owner_team_id"),
        },
    ),
    SearchKind(
        "team",
        "Teams",
        team_documents,
        ids_of(Team.objects.all()),
        visible=Team,
        touched_by={
            "team": same,
            "person": _those(Team, "members"),
            "teammembership": _those(Team, "memberships"),
        },
    ),
    SearchKind(
        "person",
        "People",
        person_documents,
        ids_of(Person.objects.all()),
        visible=Person,
        touched_by={
            "person": same,
            "team": _those(Person, "teams"),
            "teammembership": _those(Person, "memberships"),
        },
    ),
    SearchKind(
        "label",
        "Tags and classifications",
        label_documents,
        ids_of(Label.objects.all()),
        visible=Label,
        touched_by={"label": same},
    ),
    SearchKind(
        "question",
        "Questions and answers",
        question_documents,
        ids_of(Question.objects.all()),
        visible=Dataset,
        visible_by="parent_id",
        is_sentence=True,
        touched_by={
            "dataset": _those(Question, "dataset_id"),
            "system": _those(Question, "dataset__system_id"),
        },
    ),
    SearchKind(
        "problem",
        "Known problems",
        problem_documents,
        ids_of(KnownProblem.objects.all()),
        visible=Dataset,
        visible_by="parent_id",
        is_sentence=True,
        touched_by={
            "dataset": _those(KnownProblem, "dataset_id"),
            "system": _those(KnownProblem, "dataset__system_id"),
        },
    ),
    SearchKind(
        "transcript",
        "Words in media",
        transcript_documents,
        ids_of(Media.objects.exclude(transcript="")),
        visible=Media,
        asks=Action.READ_WHOLE,  # its words are data
        also=("media",),
        touched_by={"dataset": _those(Media, "dataset_id")},
    ),
    SearchKind(
        "remark",
        "What people said",
        remark_documents,
        ids_of(Remark.objects.filter(parent__isnull=True)),
        visible=Remark,
        is_sentence=True,
        address=lambda _, name: reverse("catalog:remarks", args=name.split("/")),
        icon="question",
        also=("comment",),
        touched_by={
            "remark": same,
            "dataset": lambda ids: list(
                Remark.objects.filter(dataset_id__in=ids, parent__isnull=True).values_list(
                    "pk", flat=True
                )
            ),
        },
    ),
    SearchKind(
        "example_query",
        "Example queries",
        example_query_documents,
        ids_of(ExampleQuery.objects.all()),
        visible=Dataset,
        visible_by="parent_id",
        is_sentence=True,
        also=("query",),
        touched_by={
            "dataset": _those(ExampleQuery, "dataset_id"),
            "system": _those(ExampleQuery, "dataset__system_id"),
        },
    ),
)


def register_search() -> None:
    """Make the catalog's own kinds searchable, and let search follow the event log."""
    for kind in KINDS:
        kinds.add(kind.name, kind)
    consumers.add("search", Consumer("search", digest))
