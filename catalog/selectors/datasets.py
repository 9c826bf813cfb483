"""Datasets and columns as a principal may see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, When

from catalog.access import Action, Verdict, gate, require
from catalog.errors import NotFound
from catalog.models import (
    Alias,
    Answer,
    Column,
    ColumnLabel,
    Dataset,
    DatasetLabel,
    ExampleQuery,
    KnownProblem,
    Ownership,
    Profile,
    Question,
    Relation,
    SearchPlacement,
    TestResult,
)
from catalog.names import lookup_key
from catalog.search.placing import today
from catalog.types import Principal


def visible_datasets(principal: Principal) -> QuerySet[Dataset]:
    """Every dataset whose metadata the principal may see."""
    return gate().scope(principal, Action.SEE, Dataset.objects.all())


def visible_columns(principal: Principal) -> QuerySet[Column]:
    """Every column of a visible dataset."""
    datasets = visible_datasets(principal)
    if not datasets.query.where:
        return Column.objects.all()
    return Column.objects.filter(dataset__in=datasets)


def filtered_datasets(
    principal: Principal,
    *,
    kinds: list[str] | None = None,
    lifecycles: list[str] | None = None,
    data_kinds: list[str] | None = None,
    system: str = "",
    domain: str = "",
    tag: str = "",
) -> QuerySet[Dataset]:
    """Visible datasets under plain conditions; an empty one does not filter."""
    found = visible_datasets(principal)
    if kinds:
        found = found.filter(kind__in=kinds)
    if lifecycles:
        found = found.filter(lifecycle__in=lifecycles)
    if data_kinds:
        found = found.filter(data_kind__in=data_kinds)
    if system:
        found = found.filter(system__qualified_name=system)
    if domain:
        found = found.filter(domain__slug=domain)
    if tag:
        found = found.filter(
            Exists(DatasetLabel.objects.filter(dataset=OuterRef("pk"), label__path=tag))
        )
    return found


def get_dataset(principal: Principal, dataset_id: int) -> Dataset:
    """One dataset with what its page's header shows, in a fixed number of queries.

    Raises NotFound alike for what does not exist and for what may not be seen, and AccessRefused
    when the principal may see nothing at all, so that they learn why and whom to ask.
    """
    dataset = with_header(visible_datasets(principal)).filter(pk=dataset_id).first()
    if dataset is None:
        require(principal, Action.SEE)
        raise NotFound("There is no such dataset.")
    return dataset


def find_dataset(principal: Principal, name: str) -> Dataset:
    """One dataset by qualified name or by any alias, exact case first; raises NotFound."""
    found = resolve_names(principal, [name]).get(name)
    if found is None:
        require(principal, Action.SEE)
        raise NotFound(f"There is no dataset named {name[:200]}.")
    return get_dataset(principal, found)


def datasets_ending(principal: Principal, name: str, most: int = 2) -> list[Dataset]:
    """The datasets whose qualified name ends with a name as people shorten it (`crm.lead`): those
    that stand in their source still, or else those that do not; at most `most`."""
    key = lookup_key(name)
    if not key:
        return []
    ending = Q(lookup_name__endswith=f".{key}") | Q(lookup_name__endswith=f"/{key}")
    found = visible_datasets(principal).filter(ending).order_by("qualified_name")
    present = list(found.filter(disappeared_at__isnull=True)[:most])
    return present or list(found[:most])


def resolve_names(principal: Principal, names: list[str]) -> dict[str, int]:
    """Dataset ids by qualified name or alias, in three queries at most; unknown names are absent.

    An exact name wins over one that differs in case, and a name over an alias.
    """
    visible = visible_datasets(principal)
    exact = dict(visible.filter(qualified_name__in=names).values_list("qualified_name", "pk"))
    missing = [name for name in names if name not in exact]
    if missing:
        by_key = dict(
            visible.filter(lookup_name__in=[lookup_key(name) for name in missing]).values_list(
                "lookup_name", "pk"
            )
        )
        aliases = dict(
            Alias.objects.filter(
                lookup_name__in=[lookup_key(name) for name in missing], dataset__in=visible
            ).values_list("lookup_name", "dataset_id")
        )
        for name in missing:
            key = lookup_key(name)
            if (found := by_key.get(key) or aliases.get(key)) is not None:
                exact[name] = found
    return exact


def with_header(datasets: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """Prefetch what a header or a list row shows: place, owners, labels, open problems."""
    return datasets.select_related("system", "container", "domain").prefetch_related(
        Prefetch("ownerships", Ownership.objects.select_related("person", "team")),
        Prefetch("labels", DatasetLabel.objects.select_related("label")),
        Prefetch(
            "known_problems",
            KnownProblem.objects.filter(solved_at__isnull=True).select_related("author"),
            to_attr="open_problems",
        ),
    )


def columns_of(principal: Principal, dataset: Dataset) -> QuerySet[Column]:
    """The dataset's columns in order, those that disappeared at the source last, with labels."""
    return (
        visible_columns(principal)
        .filter(dataset=dataset)
        .prefetch_related(Prefetch("labels", ColumnLabel.objects.select_related("label")))
        .order_by(F("disappeared_at").asc(nulls_first=True), "ordinal", "pk")
    )


def relations_of(principal: Principal, dataset: Dataset) -> QuerySet[Relation]:
    """Relations from and to the dataset whose other end may be seen."""
    visible = visible_datasets(principal)
    return (
        Relation.objects.filter(Q(source=dataset) | Q(target=dataset))
        .filter(source__in=visible, target__in=visible)
        .select_related("source", "target")
    )


def test_results_of(principal: Principal, dataset: Dataset) -> QuerySet[TestResult]:
    """The latest results of the tests on a dataset, worst first."""
    return (
        TestResult.objects.filter(dataset=dataset, dataset__in=visible_datasets(principal))
        .select_related("column")
        .order_by(Case(When(status="passed", then=1), default=0), "status", "name")
    )


test_results_of.__test__ = False  # type: ignore[attr-defined]


def profiles_of(principal: Principal, dataset: Dataset) -> QuerySet[Profile]:
    """Measurements of a dataset, newest first.

    They hold smallest and largest values, which are data: only who may READ gets any.
    """
    readable = gate().scope(principal, Action.READ_WHOLE, Dataset.objects.all())
    return Profile.objects.filter(dataset=dataset, dataset__in=readable).order_by("-taken_at")


def problems_of(principal: Principal, dataset: Dataset) -> QuerySet[KnownProblem]:
    """Known problems of a dataset, solved ones too, newest first."""
    return KnownProblem.objects.filter(
        dataset=dataset, dataset__in=visible_datasets(principal)
    ).select_related("author", "solved_by")


def placements_of(principal: Principal, dataset: Dataset) -> QuerySet[SearchPlacement]:
    """Where curators put a dataset first in searches, as long as it holds; all searches first."""
    return SearchPlacement.objects.filter(
        dataset=dataset, dataset__in=visible_datasets(principal), ends_on__gte=today()
    ).select_related("placed_by")


def examples_of(principal: Principal, dataset: Dataset) -> QuerySet[ExampleQuery]:
    """Example queries of a dataset, newest first."""
    return ExampleQuery.objects.filter(
        dataset=dataset, dataset__in=visible_datasets(principal)
    ).select_related("author")


def conversation_of(principal: Principal, dataset: Dataset) -> QuerySet[Question]:
    """Questions on a dataset with their answers, newest first."""
    return (
        Question.objects.filter(dataset=dataset, dataset__in=visible_datasets(principal))
        .select_related("author")
        .prefetch_related(Prefetch("answers", Answer.objects.select_related("author")))
    )


def may(principal: Principal, dataset: Dataset) -> Mapping[Action, Verdict]:
    """What the principal may do with a dataset and why, for buttons and explanations."""
    return {
        action: gate().authorize(principal, action, dataset)
        for action in (Action.SEE, Action.READ, Action.EDIT_WIKI, Action.STEWARD)
    }


def counts_by_kind(principal: Principal, **where: Any) -> dict[str, int]:
    """How many visible datasets of each kind there are, under plain field conditions."""
    rows = (
        visible_datasets(principal)
        .filter(disappeared_at__isnull=True, **where)
        .values_list("kind")
        .annotate(n=Count("pk"))
        .order_by("kind")
    )
    return dict(rows)


def changed_since(principal: Principal, moment: dt.datetime) -> QuerySet[Dataset]:
    """Visible datasets with any history after `moment`."""
    return visible_datasets(principal).filter(history__pgh_created_at__gt=moment).distinct()
