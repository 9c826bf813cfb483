"""What dropping, renaming or retyping a column takes: whom it reaches, and the SQL rewritten."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from catalog.errors import InvalidInput
from catalog.models import Column, Dataset, ExampleQuery
from catalog.names import lookup_key, parse_name
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.models import ColumnEdge, JobDataset, Query, QueryTable, Statement
from lineage.places import Place, place_of
from lineage.selectors.answers import Impact, Node
from lineage.selectors.catalog_tables import CatalogSchema, CatalogTables, names_in
from lineage.selectors.definitions import readable_statements
from lineage.selectors.impact import column_impact
from lineage.selectors.links import nodes_of
from lineage.selectors.walking import id_list
from lineage.sql.rewriting.columns import Change, Rewrite, Text, rewrite_definition, rewrite_reader
from lineage.types import ColumnChange, JobUse, TableName

MOST_REWRITES = 100
MOST_QUERIES = 50
MOST_JOBS = 100
MOST_CHARACTERS = 200
LINES_AROUND = 3
_DEFINITIONS = (Statement.Kind.VIEW, Statement.Kind.MODEL)


@dataclass(frozen=True, slots=True)
class RewrittenStatement:
    """A statement that names the column, and how it has to read after the change.

    `diff` is a unified difference, empty where nothing could be changed; `checked` says that the
    new text was read again and means the same; `doubts` are what a person has to decide.
    `is_template` says that the text is compiled, so that its source has to change.
    """

    dataset: Node
    title: str
    dialect: str
    before: str
    after: str
    diff: tuple[str, ...]
    doubts: tuple[str, ...]
    checked: bool
    is_own: bool
    is_template: bool


@dataclass(frozen=True, slots=True)
class TouchedJob:
    """A job that reads the dataset of the column, or something that the change reaches."""

    name: str
    namespace: str
    reads: Node


@dataclass(frozen=True, slots=True)
class ColumnChangeAnswer:
    """The impact of the change with every statement that has to follow it, its own first.

    `touched` counts what is reached by kind of dataset; `jobs` are the first hundred by name.
    `left_out` are statements beyond the hundred that are rewritten.
    """

    change: ColumnChange
    to: str
    impact: Impact
    touched: tuple[tuple[str, int], ...]
    jobs: tuple[TouchedJob, ...]
    statements: tuple[RewrittenStatement, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class _Source:
    dataset_id: int
    title: str
    sql: str
    platform: str
    place: Place
    is_own: bool
    is_template: bool
    is_reader: bool = True
    """Whether it is known to name the column; of the others those are told that do."""


def column_change(
    principal: Principal, column_id: int, change: ColumnChange, to: str = ""
) -> ColumnChangeAnswer:
    """What a change of a column takes. `to` is the new name of a rename, the new type of a retype.

    Raises NotFound for a column that may not be seen, InvalidInput for a name or type that is
    missing, too long, or the name of another column.
    """
    impact = column_impact(principal, column_id)
    column = Column.objects.select_related("dataset").get(pk=column_id)
    to = _checked(column, change, to)
    sources = _sources(principal, column)
    tables = CatalogTables(principal)
    tables.prefetch(
        name for source in sources for name in names_in(source.sql, source.platform, source.place)
    )
    nodes = nodes_of(principal, {source.dataset_id for source in sources})
    wanted = Change(change, column.path, to, column.physical_type)
    shown = [source for source in sources if source.dataset_id in nodes]
    rewritten = (
        _rewritten(source, nodes[source.dataset_id], tables, column.dataset, wanted)
        for source in shown[:MOST_REWRITES]
    )
    return ColumnChangeAnswer(
        change=change,
        to=to,
        impact=impact,
        touched=tuple(sorted(Counter(item.node.kind for item in impact.affected).items())),
        jobs=_jobs([impact.start, *(item.node for item in impact.affected)]),
        statements=tuple(statement for statement in rewritten if statement is not None),
        left_out=max(0, len(shown) - MOST_REWRITES),
    )


def readers_with(
    principal: Principal, column: Column, new: str, readers: Iterable[Dataset]
) -> list[tuple[Dataset, Rewrite]]:
    """How the definitions of datasets that read the column would read with `new` in its place: a
    new name, or another column of the same dataset. Doubts say what has to be done by hand."""
    sources = [(reader, _of_definition(reader)) for reader in readers]
    tables = CatalogTables(principal)
    tables.prefetch(
        name for _, one in sources for name in names_in(one.sql, one.platform, one.place)
    )
    change = Change(ColumnChange.RENAME, column.path, new, column.physical_type)
    return [
        (reader, rewrite_reader(_text(source, tables, column.dataset), change))
        for reader, source in sources
    ]


def _checked(column: Column, change: ColumnChange, to: str) -> str:
    to = to.strip()
    if change is ColumnChange.DROP:
        return ""
    word = "name" if change is ColumnChange.RENAME else "type"
    if not to:
        raise InvalidInput(f"Give the new {word} of the column.", field="to")
    if len(to) > MOST_CHARACTERS or not to.isprintable():
        raise InvalidInput(
            f"The new {word} has at most {MOST_CHARACTERS} characters, all on one line.",
            field="to",
        )
    if change is ColumnChange.RENAME:
        others = Column.objects.filter(dataset=column.dataset_id, disappeared_at__isnull=True)
        if any(
            lookup_key(path) == lookup_key(to)
            for path in others.exclude(pk=column.pk).values_list("path", flat=True)
        ):
            raise InvalidInput(f"{column.dataset.name} has a column {to} already.", field="to")
    return to


def _sources(principal: Principal, column: Column) -> list[_Source]:
    """The texts that name the column: its dataset's own definition, readers, kept queries; none
    that names what the principal may not see."""
    readers = ColumnEdge.objects.filter(
        source_column=column, target__in=visible_datasets(principal)
    ).values("statement")
    statements = list(
        readable_statements(principal)
        .filter(kind__in=_DEFINITIONS, pk__in=readers)
        .exclude(dataset=column.dataset_id)
        .select_related("dataset")
        .order_by("dataset__qualified_name", "pk")
    )
    own = readable_statements(principal).filter(kind__in=_DEFINITIONS, dataset=column.dataset_id)
    return [
        *(_of_statement(row, is_own=True) for row in own.select_related("dataset")),
        *(_of_statement(row, is_own=False) for row in statements),
        *_of_queries(principal, column),
        *_of_examples(principal, column),
    ]


def _jobs(nodes: Iterable[Node]) -> tuple[TouchedJob, ...]:
    """The jobs that read any of these datasets, each once, with the nearest dataset it reads."""
    known = {node.id: node for node in nodes}
    nearest = {pk: place for place, pk in enumerate(known)}
    found: dict[tuple[str, str], int] = {}
    rows = JobDataset.objects.filter(role=JobUse.READS, dataset__in=id_list(known))
    for namespace, name, pk in rows.values_list("job__namespace", "job__name", "dataset_id"):
        before = found.get((name, namespace))
        if before is None or nearest[pk] < nearest[before]:
            found[(name, namespace)] = pk
    return tuple(
        TouchedJob(name, namespace, known[pk])
        for (name, namespace), pk in sorted(found.items())[:MOST_JOBS]
    )


def _of_queries(principal: Principal, column: Column) -> Iterator[_Source]:
    """Recorded queries that read the column, the most run first; one that names anything that
    the principal may not see is absent."""
    reading = QueryTable.objects.filter(
        dataset=column.dataset_id, is_read=True, columns__contains=[column.pk]
    )
    hidden = QueryTable.objects.exclude(dataset__in=visible_datasets(principal))
    queries = (
        Query.objects.filter(pk__in=reading.values("query"))
        .exclude(pk__in=hidden.values("query"))
        .exclude(text="")
        .select_related("system")
        .order_by("-runs", "pk")[:MOST_QUERIES]
    )
    for query in queries:
        yield _Source(
            dataset_id=column.dataset_id,
            title=f"Query that ran {query.runs:,} {'time' if query.runs == 1 else 'times'}",
            sql=query.text,
            platform=query.dialect,
            place=Place(
                query.system.platform,
                query.system.instance,
                default_database=query.database or None,
                default_schema=query.schema_name or None,
            ),
            is_own=False,
            is_template=False,
        )


def _of_statement(row: Statement, *, is_own: bool) -> _Source:
    return _Source(
        dataset_id=row.dataset_id,
        title=row.get_kind_display(),
        sql=row.sql,
        platform=row.dialect,
        place=_place(row.dataset),
        is_own=is_own,
        is_template=row.kind == Statement.Kind.MODEL,
    )


def _of_definition(dataset: Dataset) -> _Source:
    return _Source(
        dataset_id=dataset.pk,
        title="",
        sql=dataset.definition_sql,
        platform=dataset.definition_platform or dataset.system.platform,
        place=_place(dataset),
        is_own=False,
        is_template=False,
    )


def _place(dataset: Dataset) -> Place:
    defaults = dataset.definition_defaults or {}
    return place_of(
        dataset.qualified_name,
        default_database=defaults.get("database"),
        default_schema=defaults.get("schema"),
    )


def _of_examples(principal: Principal, column: Column) -> Iterator[_Source]:
    """Kept queries of the dataset, and those of others whose text has its name and the column's."""
    leaf = column.path.rpartition(".")[2]
    names_it = Q(sql__icontains=leaf) | Q(sql__contains="*")
    kept = ExampleQuery.objects.select_related("dataset").order_by("pk")
    others = kept.exclude(dataset=column.dataset_id).filter(
        names_it, sql__icontains=column.dataset.name, dataset__in=visible_datasets(principal)
    )
    for example in (*kept.filter(dataset=column.dataset_id), *others[:MOST_QUERIES]):
        place = place_of(example.dataset.qualified_name)
        yield _Source(
            dataset_id=example.dataset_id,
            title=f"Kept query: {example.question}",
            sql=example.sql,
            platform=place.platform,
            place=Place(
                place.platform,
                place.instance,
                default_database=place.default_database,
                default_schema=place.default_schema,
            ),
            is_own=False,
            is_template=False,
            is_reader=False,
        )


def _rewritten(
    source: _Source, node: Node, tables: CatalogTables, dataset: Dataset, change: Change
) -> RewrittenStatement | None:
    text = _text(source, tables, dataset)
    rewrite: Rewrite = (rewrite_definition if source.is_own else rewrite_reader)(text, change)
    if not (source.is_reader or rewrite.is_named):
        return None
    return RewrittenStatement(
        dataset=node,
        title=source.title,
        dialect=source.platform,
        before=source.sql,
        after=rewrite.sql,
        diff=tuple(_diff(source.sql, rewrite.sql)),
        doubts=rewrite.doubts,
        checked=rewrite.checked,
        is_own=source.is_own,
        is_template=source.is_template,
    )


def _text(source: _Source, tables: CatalogTables, dataset: Dataset) -> Text:
    schema = CatalogSchema(tables, source.place)
    parts = parse_name(lookup_key(dataset.qualified_name)).parts

    def is_table(name: TableName) -> bool:
        found = schema.table(name)
        if found is not None:
            return found.id == dataset.pk
        # What reads it from another system names it as far as that one knows it.
        return parts[-len(name.parts) :] == tuple(map(lookup_key, name.parts))

    return Text(
        sql=source.sql,
        dialect=source.platform,
        schema=schema,
        default_database=source.place.default_database,
        default_schema=source.place.default_schema,
        is_table=is_table,
    )


def _diff(before: str, after: str) -> Iterable[str]:
    """A unified difference without the lines that name files."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), lineterm="", n=LINES_AROUND
    )
    return [line for number, line in enumerate(lines) if number > 1]
