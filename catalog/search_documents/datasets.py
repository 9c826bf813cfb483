"""The documents of datasets and their columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log10
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from catalog.models import (
    Alias,
    Answer,
    Column,
    ColumnLabel,
    Dataset,
    DatasetLabel,
    Domain,
    ExampleQuery,
    KnownProblem,
    Ownership,
    Question,
    SearchPlacement,
    TestResult,
)
from catalog.names import parse_name
from catalog.search import placing
from catalog.search.answers import HitFacts
from catalog.search.documents import ColumnDocument, SearchDocument, Term
from catalog.search_documents.media import media_terms
from catalog.search_documents.naming import place_of
from catalog.stages import effective_stage
from catalog.types import LabelKind, Lifecycle, MetadataField, TestStatus

_DEMOTED = (Lifecycle.DEPRECATED, Lifecycle.ARCHIVED)
_FIELDS = (
    "pk",
    "name",
    "display_name",
    "qualified_name",
    "kind",
    "system__qualified_name",
    "system__display_name",
    "system__instance",
    "system__platform",
    "system__is_external",
    "system__is_system_of_record",
    "domain_id",
    "harvested_description",
    "declared_description",
    "boosted_fields",
    "hidden_fields",
    "lifecycle",
    "stage",
    "declared_stage",
    "derived_stage",
    "data_kind",
    "enterprise_importance",
    "criticality",
    "definition_sql",
    "disappeared_at",
    "source_modified_at",
    "created_at",
    "usage_score",
    "latest_rows",
    "profiled_at",
)


class _Label(NamedTuple):
    kind: str
    path: str


class _Around:
    """Everything that stands around a batch of datasets, read in one query per table."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.domains = _domain_paths()
        self.owners = _owners(ids)
        self.labels: dict[int, list[_Label]] = defaultdict(list)
        for dataset, kind, path in _read(
            DatasetLabel.objects.filter(**_among(ids)).values_list(
                "dataset_id", "label__kind", "label__path"
            )
        ):
            self.labels[dataset].append(_Label(kind, path))
        self.column_labels: dict[int, list[_Label]] = defaultdict(list)
        for column_id, kind, path in ColumnLabel.objects.filter(
            **_among(ids, "column__dataset_id")
        ).values_list("column_id", "label__kind", "label__path"):
            self.column_labels[column_id].append(_Label(kind, path))
        self.columns = _columns_of(ids, self.column_labels)
        self.aliases: dict[int, list[str]] = defaultdict(list)
        for dataset, name in Alias.objects.filter(**_among(ids)).values_list(
            "dataset_id", "qualified_name"
        ):
            self.aliases[dataset].append(name)
        lifting = SearchPlacement.objects.filter(
            **_among(ids), query="", ends_on__gte=placing.today()
        )
        self.lifted = {
            dataset: placing.told("", ends_on, reason)
            for dataset, ends_on, reason in lifting.values_list("dataset_id", "ends_on", "reason")
        }
        tests = TestResult.objects.filter(**_among(ids))
        failing = (TestStatus.FAILED, TestStatus.ERRORED)
        self.tested = _ids(tests)
        self.failing = _ids(tests.filter(status__in=failing))
        self.problematic = _ids(KnownProblem.objects.filter(**_among(ids), solved_at__isnull=True))
        questions = Question.objects.filter(**_among(ids))
        self.asked = _ids(questions)
        self.unanswered = _ids(
            questions.filter(~Exists(Answer.objects.filter(question=OuterRef("pk"))))
        )
        self.media = media_terms(_among(ids))
        self.exemplified = _ids(ExampleQuery.objects.filter(**_among(ids)))


def dataset_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """The documents of these datasets, in some ten queries whatever their number."""
    if not ids:
        return []
    around, wanted = _Around(ids), set(ids)
    rows = _read(Dataset.objects.filter(**_among(ids, "pk")).values_list(*_FIELDS))
    return [
        _document(dict(zip(_FIELDS, row, strict=True)), around) for row in rows if row[0] in wanted
    ]


def _among(ids: Sequence[int], field: str = "dataset_id") -> dict[str, Any]:
    """What belongs to these datasets. A rebuild asks for neighbors: between two ids is soon said
    and soon read, and what belongs to one between that was not asked for is left lying."""
    first, last = min(ids), max(ids)
    if last - first < 2 * len(ids):
        return {f"{field}__gte": first, f"{field}__lte": last}
    return {f"{field}__in": ids}


def label_terms(labels: Iterable[tuple[str, str]]) -> list[Term]:
    """Terms of (kind, path) labels; a classification also counts for every level above it."""
    terms = []
    for kind, path in labels:
        if kind == LabelKind.CLASSIFICATION:
            levels = path.split(" / ")
            terms += [
                Term("class", " / ".join(levels[: depth + 1])) for depth in range(len(levels))
            ]
        else:
            terms.append(Term("tag", path))
    return terms


def _document(row: dict[str, Any], around: _Around) -> SearchDocument:
    hidden, boosted = set(row["hidden_fields"]), set(row["boosted_fields"])
    description = "" if MetadataField.MEANING in hidden else _description(row)
    columns = tuple(around.columns.get(row["pk"], ()))
    if MetadataField.CONTENTS in hidden:
        columns = ()
    elif hidden:
        columns = tuple([column for column in columns if column.path not in hidden])
    owners = around.owners.get(row["pk"], [])
    domains = around.domains.get(row["domain_id"], [])
    labels = around.labels.get(row["pk"], [])
    lifted = around.lifted.get(row["pk"], "")
    stage = _stage(row)
    is_demoted = row["lifecycle"] in _DEMOTED or row["disappeared_at"] is not None
    system = row["system__display_name"] or row["system__instance"]
    label_paths = tuple(label.path for label in labels)
    synonyms = [row["display_name"], *label_paths, *domains]
    if MetadataField.MEANING in boosted:
        synonyms.append(description[:500])
    return SearchDocument(
        kind="dataset",
        id=row["pk"],
        name=row["name"],
        qualified_name=row["qualified_name"],
        place=place_of(row["qualified_name"]),
        other_names=_other_names(row, around),
        synonyms=tuple(filter(None, synonyms)),
        description=description,
        texts=(row["system__platform"], " ".join(owners), row["kind"].replace("_", " ")),
        terms=tuple(_terms(row, around, columns, owners, domains, description)),
        importance=_importance(row, is_lifted=bool(lifted)),
        is_demoted=is_demoted,
        changed_at=row["source_modified_at"] or row["created_at"],
        facts=HitFacts(
            type=row["kind"],
            platform=row["system__platform"],
            system=system,
            domain=domains[-1] if domains else "",
            owners=tuple(owners),
            labels=label_paths,
            lifecycle=row["lifecycle"],
            stage=stage,
            is_demoted=is_demoted,
            disappeared_at=row["disappeared_at"],
            modified_at=row["source_modified_at"],
            usage=row["usage_score"],
            rows=row["latest_rows"],
            lifted=lifted,
        ),
        columns=columns,
    )


def _stage(row: dict[str, Any]) -> str:
    return effective_stage(
        declared=row["declared_stage"], harvested=row["stage"], derived=row["derived_stage"]
    )[0]


def _other_names(row: dict[str, Any], around: _Around) -> tuple[str, ...]:
    aliases = around.aliases.get(row["pk"], [])
    names = [row["display_name"], *aliases]
    for alias in aliases:
        place = place_of(alias)
        if place:
            names.append(parse_name(alias).name)
    return tuple(filter(None, names))


def _description(row: dict[str, Any]) -> str:
    return str(row["declared_description"] or row["harvested_description"])


def _columns_of(
    ids: Sequence[int], labels: Mapping[int, Sequence[_Label]]
) -> dict[int, list[ColumnDocument]]:
    columns: dict[int, list[ColumnDocument]] = defaultdict(list)
    rows = Column.objects.filter(**_among(ids)).order_by("ordinal", "pk")
    rows = rows.values_list(
        *("dataset_id", "pk", "path", "name", "physical_type"),
        *("harvested_description", "declared_description", "disappeared_at"),
    )
    for dataset, pk, path, name, physical_type, harvested, declared, disappeared_at in _read(rows):
        described = declared or harvested
        if pk in labels:
            terms, words = tuple(label_terms(labels[pk])), tuple(label.path for label in labels[pk])
        else:
            terms = words = ()
        is_gone = disappeared_at is not None
        columns[dataset].append(
            ColumnDocument(pk, path, name, described, physical_type, terms, words, is_gone)
        )
    return columns


def _read(rows: QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """Rows as the driver gives them: of columns there are millions, and none needs a converter."""
    sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _terms(
    row: dict[str, Any],
    around: _Around,
    columns: tuple[ColumnDocument, ...],
    owners: list[str],
    domains: list[str],
    description: str,
) -> Iterable[Term]:
    pk = row["pk"]
    yield Term("kind", "dataset")
    yield Term("type", row["kind"])
    yield Term("platform", row["system__platform"])
    yield Term(
        "system",
        row["system__qualified_name"],
        row["system__display_name"] or row["system__instance"],
    )
    yield Term("lifecycle", row["lifecycle"])
    yield Term("state", row["lifecycle"])
    if stage := _stage(row):
        yield Term("stage", stage)
    if row["data_kind"]:
        yield Term("data", row["data_kind"])
    yield from (Term("domain", name) for name in domains)
    yield from (Term("owner", name) for name in owners)
    yield from around.media.get(pk, ())
    labels = label_terms(around.labels.get(pk, []))
    for column in columns:
        labels += column.terms
    yield from labels
    label_fields = {term.field for term in labels}
    has = {
        "description": bool(description),
        "owner": bool(owners),
        "domain": bool(domains),
        "tag": "tag" in label_fields,
        "class": "class" in label_fields,
        "columns": bool(columns),
        "sql": bool(row["definition_sql"]),
        "profile": row["profiled_at"] is not None,
        "tests": pk in around.tested,
        "problem": pk in around.problematic,
        "question": pk in around.asked,
        "example": pk in around.exemplified,
    }
    yield from [Term("has", value) for value, holds in has.items() if holds]
    holds_of_it = {
        "deprecated": row["lifecycle"] == Lifecycle.DEPRECATED,
        "archived": row["lifecycle"] == Lifecycle.ARCHIVED,
        "gone": row["disappeared_at"] is not None,
        "important": row["enterprise_importance"],
        "external": row["system__is_external"],
        "system-of-record": row["system__is_system_of_record"],
        "failing": pk in around.failing,
        "unanswered": pk in around.unanswered,
    }
    yield from [Term("is", value) for value, holds in holds_of_it.items() if holds]


def _importance(row: dict[str, Any], *, is_lifted: bool) -> int:
    """0 to 100: use counts on a logarithmic scale and for at most 60, so that no popularity
    outweighs what people said of a dataset."""
    used = min(60, int(15 * log10(1 + max(row["usage_score"], 0))))
    critical = {1: 10, 2: 7, 3: 4}.get(row["criticality"] or 0, 0)
    curated = 10 if row["lifecycle"] == Lifecycle.CURATED else 0
    enterprise = 20 if row["enterprise_importance"] else 0
    return min(100, used + critical + curated + enterprise + placing.LIFT * is_lifted)


def _owners(ids: Sequence[int]) -> dict[int, list[str]]:
    owners: dict[int, list[str]] = defaultdict(list)
    for dataset, person, username, team in _read(
        Ownership.objects.filter(**_among(ids))
        .order_by("kind", "pk")
        .values_list("dataset_id", "person__display_name", "person__username", "team__name")
    ):
        name = team or person or username
        if name not in owners[dataset]:
            owners[dataset].append(name)
    return owners


def _domain_paths() -> dict[int | None, list[str]]:
    """For each domain its name after those above it."""
    rows = {
        pk: (name, parent)
        for pk, name, parent in Domain.objects.values_list("pk", "name", "parent_id")
    }
    paths: dict[int | None, list[str]] = {}
    for pk in rows:
        path: list[str] = []
        step: int | None = pk
        while step is not None and len(path) < 20:
            name, step = rows[step]
            path.insert(0, name)
        paths[pk] = path
    return paths


def _ids(queryset: Any) -> set[int]:
    return set(queryset.values_list("dataset_id", flat=True))
