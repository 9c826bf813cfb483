"""The view of a workflow: what it reads in the catalog, which columns of which kind it gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from catalog.models import Column, Dataset, System
from catalog.types import Principal
from governance.agreements.selectors.short_names import Meant, datasets_meant
from governance.states.predicates.kinds import ValueKind, kind_of_type
from governance.types import Finding, FindingLevel
from lineage.sql import analyze
from lineage.sql.dialects import rules_of
from lineage.sql.parsing.parse import parse
from lineage.types import StatementLineage, StatementStatus, TableName

MOST_NODES_TYPED = 5_000

_SQL_TYPES = {
    ValueKind.NUMBER: "DECIMAL",
    ValueKind.TEXT: "VARCHAR",
    ValueKind.BOOLEAN: "BOOLEAN",
    ValueKind.DATE: "DATE",
    ValueKind.INSTANT: "TIMESTAMP",
    ValueKind.UNKNOWN: "UNKNOWN",
}


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A stored column that a column of the view is made from."""

    dataset_id: int
    dataset: str
    path: str


@dataclass(frozen=True, slots=True)
class ViewReading:
    """What a view is, as far as it could be read.

    `kinds` and `sources` are by the column's lower-case name, `columns` the names as written.
    Where `findings` hold an error the rest may be incomplete.
    """

    columns: tuple[str, ...] = ()
    kinds: Mapping[str, ValueKind] = field(default_factory=dict)
    sources: Mapping[str, tuple[SourceColumn, ...]] = field(default_factory=dict)
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether its columns are known, so that others can be told from them."""
        return bool(self.columns)


class _Schema:
    """The columns of the tables that a view names, as the resolver asks for them."""

    def __init__(self, meant: Mapping[str, Meant]) -> None:
        self._meant = meant
        ids = [one.dataset.pk for one in meant.values() if one.dataset is not None]
        self.stored: dict[int, dict[str, str]] = {pk: {} for pk in ids}
        rows = Column.objects.filter(
            dataset__in=ids, parent_path="", disappeared_at__isnull=True
        ).order_by("dataset", "ordinal", "pk")
        for dataset_id, name, physical_type in rows.values_list(
            "dataset_id", "name", "physical_type"
        ):
            self.stored[dataset_id][name] = physical_type

    def dataset(self, table: TableName) -> Dataset | None:
        found = self._meant.get(table.text)
        return found.dataset if found is not None else None

    def columns_of(self, table: TableName) -> Sequence[str] | None:
        dataset = self.dataset(table)
        names = self.stored.get(dataset.pk) if dataset is not None else None
        return list(names) if names else None

    def types(self, tables: Sequence[TableName]) -> dict[str, object]:
        """Nested by the parts of the names, as sqlglot takes it."""
        nested: dict[str, object] = {}
        for table in tables:
            dataset = self.dataset(table)
            place = nested
            for part in table.parts:
                place = place.setdefault(part, {})  # type: ignore[assignment]
            for name, physical_type in self.stored.get(dataset.pk if dataset else 0, {}).items():
                place[name.lower()] = _SQL_TYPES[kind_of_type(physical_type)]
        return nested


def read_view(
    principal: Principal, view: str, dialect: str | None, *, near: System | None
) -> ViewReading:
    """Read a SELECT against what the principal may see; never raises for what it says.

    `dialect` is a name that sqlglot knows; `near` is the system whose datasets a short name means
    first.
    """
    script = analyze(view, dialect=dialect or "")
    if len(script.statements) != 1:
        return _refused("The view is not exactly one statement.", "Write one SELECT.")
    statement = script.statements[0]
    if statement.status is StatementStatus.UNPARSED:
        return _refused(f"The view cannot be read: {statement.reason}", "Correct the SQL.")
    if statement.targets or statement.statement_type != "SELECT":
        return _refused("The view is no SELECT.", "Write one SELECT and nothing that changes data.")
    meant = datasets_meant(principal, (t.text for t in statement.sources_mentioned), near=near)
    schema = _Schema(meant)
    (statement,) = analyze(view, dialect=dialect or "", schema=schema).statements
    findings = [*_tables(meant), *_columns(statement, schema)]
    return ViewReading(
        columns=statement.output_columns,
        kinds=_kinds(view, dialect, statement, schema),
        sources=_sources(statement, schema),
        datasets={name: one.dataset for name, one in meant.items() if one.dataset is not None},
        findings=tuple(findings),
    )


def _refused(message: str, fix: str) -> ViewReading:
    return ViewReading(findings=(_error("state.view_parses", message, fix),))


def _error(check: str, message: str, fix: str) -> Finding:
    return Finding(check, FindingLevel.ERROR, message, "view", fix)


def _tables(meant: Mapping[str, Meant]) -> Iterator[Finding]:
    for name, one in meant.items():
        if one.trouble:
            yield _error(
                "state.view_tables",
                f"{name} {one.trouble}.",
                "Write its whole name." if one.candidates else "Correct it, or import it first.",
            )


def _columns(statement: StatementLineage, schema: _Schema) -> Iterator[Finding]:
    if statement.status is StatementStatus.DEGRADED:
        yield Finding(
            "state.view_columns",
            FindingLevel.WARNING,
            f"Which columns the view gives is not known: {statement.reason}",
            "view",
            "Write a simpler SELECT.",
        )
        return
    for name in statement.unresolved:
        yield _error(
            "state.view_columns", f"{name} is no column of the view's tables.", "Correct it."
        )
    read = [(edge.source_table, edge.source_column) for edge in statement.column_edges]
    read += [(edge.source_table, edge.source_column) for edge in statement.indirect_edges]
    for table, column in dict.fromkeys(read) if not statement.unresolved else ():
        columns = schema.columns_of(table)
        known = {name.lower() for name in columns or ()}
        if columns is not None and column.lower() not in known:
            yield _error(
                "state.view_columns",
                f"{table.text} has no column {column}.",
                f"It has {', '.join(sorted(columns)[:12])}.",
            )
    given = Counter(statement.output_columns)
    for name in sorted(name for name, times in given.items() if times > 1):
        yield _error(
            "state.view_columns", f"The view gives two columns {name}.", "Give each its own name."
        )


def _sources(
    statement: StatementLineage, schema: _Schema
) -> Mapping[str, tuple[SourceColumn, ...]]:
    found: dict[str, dict[SourceColumn, None]] = {}
    for edge in statement.column_edges:
        dataset = schema.dataset(edge.source_table)
        if dataset is None:
            continue
        stored = {name.lower(): name for name in schema.stored.get(dataset.pk, {})}
        path = stored.get(edge.source_column.lower())
        if path is not None:
            source = SourceColumn(dataset.pk, dataset.qualified_name, path)
            found.setdefault(edge.target_column.lower(), {})[source] = None
    return {name: tuple(sources) for name, sources in found.items()}


def _kinds(
    view: str, dialect: str | None, statement: StatementLineage, schema: _Schema
) -> Mapping[str, ValueKind]:
    """What each column holds, as far as sqlglot can tell from the stored types."""
    unknown = {name.lower(): ValueKind.UNKNOWN for name in statement.output_columns}
    tree, _ = parse(view, rules_of(dialect))
    depths = {len(table.parts) for table in statement.sources_mentioned}
    if tree is None or len(depths) != 1 or sum(1 for _ in tree.walk()) > MOST_NODES_TYPED:
        return unknown
    types = schema.types(statement.sources_mentioned)
    try:
        qualified = qualify(
            tree,
            dialect=dialect,
            schema=types,
            validate_qualify_columns=False,
            quote_identifiers=False,
        )
        typed = annotate_types(qualified, schema=types, dialect=dialect)
    except (SqlglotError, RecursionError, ValueError, KeyError, AttributeError, TypeError):
        return unknown  # a construct that the optimizer does not follow costs only the type check
    for projection in typed.selects if isinstance(typed, exp.Query) else ():
        kind = projection.type.sql() if projection.type is not None else ""
        if projection.alias_or_name.lower() in unknown:
            unknown[projection.alias_or_name.lower()] = kind_of_type(kind)
    return unknown
