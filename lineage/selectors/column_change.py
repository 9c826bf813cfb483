"""What dropping, renaming or retyping a column takes: whom it reaches, and the SQL rewritten."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog.errors import InvalidInput
from catalog.models import Column, Dataset, ExampleQuery
from catalog.names import lookup_key
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.models import ColumnEdge, Statement
from lineage.places import Place, place_of
from lineage.selectors.answers import Impact, Node
from lineage.selectors.catalog_tables import CatalogSchema, CatalogTables, names_in
from lineage.selectors.evidence import SQL_KINDS
from lineage.selectors.impact import column_impact
from lineage.selectors.links import nodes_of
from lineage.sql.rewriting import Change, Rewrite, Text, rewrite_definition, rewrite_reader
from lineage.types import ColumnChange, TableName

MOST_REWRITES = 100
MOST_CHARACTERS = 200
LINES_AROUND = 3


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
class ColumnChangeAnswer:
    """The impact of the change with every statement that has to follow it, its own first.

    `touched` counts what is reached by kind of dataset. `left_out` are statements beyond the
    hundred that are rewritten.
    """

    change: ColumnChange
    to: str
    impact: Impact
    touched: tuple[tuple[str, int], ...]
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
    return ColumnChangeAnswer(
        change=change,
        to=to,
        impact=impact,
        touched=tuple(sorted(Counter(item.node.kind for item in impact.affected).items())),
        statements=tuple(
            _rewritten(source, nodes[source.dataset_id], tables, column.dataset_id, wanted)
            for source in shown[:MOST_REWRITES]
        ),
        left_out=max(0, len(shown) - MOST_REWRITES),
    )


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
    """The texts that name the column: its dataset's own definition, readers, kept queries."""
    readers = ColumnEdge.objects.filter(
        source_column=column, target__in=visible_datasets(principal)
    ).values("statement")
    statements = list(
        Statement.objects.filter(kind__in=SQL_KINDS)
        .filter(pk__in=readers)
        .exclude(dataset=column.dataset_id)
        .select_related("dataset")
        .order_by("dataset__qualified_name", "pk")
    )
    own = Statement.objects.filter(kind__in=SQL_KINDS, dataset=column.dataset_id)
    return [
        *(_of_statement(row, is_own=True) for row in own.select_related("dataset")),
        *(_of_statement(row, is_own=False) for row in statements),
        *_of_examples(column.dataset),
    ]


def _of_statement(row: Statement, *, is_own: bool) -> _Source:
    defaults = row.dataset.definition_defaults or {}
    return _Source(
        dataset_id=row.dataset_id,
        title=row.get_kind_display(),
        sql=row.sql,
        platform=row.dialect,
        place=place_of(
            row.dataset.qualified_name,
            default_database=defaults.get("database"),
            default_schema=defaults.get("schema"),
        ),
        is_own=is_own,
        is_template=row.kind == Statement.Kind.MODEL,
    )


def _of_examples(dataset: Dataset) -> Iterator[_Source]:
    place = place_of(dataset.qualified_name)
    for example in ExampleQuery.objects.filter(dataset=dataset).order_by("pk"):
        yield _Source(
            dataset_id=dataset.pk,
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
        )


def _rewritten(
    source: _Source, node: Node, tables: CatalogTables, dataset_id: int, change: Change
) -> RewrittenStatement:
    schema = CatalogSchema(tables, source.place)

    def is_table(name: TableName) -> bool:
        found = schema.table(name)
        return found is not None and found.id == dataset_id

    text = Text(
        sql=source.sql,
        dialect=source.platform,
        schema=schema,
        default_database=source.place.default_database,
        default_schema=source.place.default_schema,
        is_table=is_table,
    )
    rewrite: Rewrite = (rewrite_definition if source.is_own else rewrite_reader)(text, change)
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


def _diff(before: str, after: str) -> Iterable[str]:
    """A unified difference without the lines that name files."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), lineterm="", n=LINES_AROUND
    )
    return [line for number, line in enumerate(lines) if number > 1]
