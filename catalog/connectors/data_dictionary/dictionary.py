"""Rows of field-level and table-level sheets gathered by table, then yielded as datasets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from catalog.connectors.data_dictionary.headers import Layout
from catalog.connectors.data_dictionary.sheets import Sheet
from catalog.connectors.source_values import column_path, column_text, left_out
from catalog.names import NameRefused, QualifiedName, lookup_key, qualified_name
from catalog.types import (
    ColumnRecord,
    DatasetKind,
    DatasetRecord,
    OwnerRecord,
    ProblemRecord,
    RelationRecord,
    Severity,
)


@dataclass(slots=True)
class _Reference:
    """A foreign key as written, resolved when all tables are known."""

    location: str
    column: str
    table: str
    target_column: str | None


@dataclass(slots=True)
class _Table:
    name: QualifiedName
    description: str | None = None
    columns: dict[str, ColumnRecord] = field(default_factory=dict)
    key_columns: int = 0
    references: list[_Reference] = field(default_factory=list)
    owners: tuple[OwnerRecord, ...] = ()
    tags: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()
    group: str | None = None
    is_described: bool = False


class Dictionary:
    """Everything the sheets say, by table; names match without regard to case."""

    def __init__(self, base: QualifiedName, *, describes_only: bool = False) -> None:
        self._base = base
        self._describes_only = describes_only
        self._tables: dict[tuple[str, ...], _Table] = {}

    def __len__(self) -> int:
        return len(self._tables)

    def add_fields(self, sheet: Sheet, layout: Layout) -> None:
        """Take over a sheet with one row for each column."""
        for line, cells in sheet.rows:
            table = self._table(sheet, line, layout, cells, schema=layout.text(cells, "schema"))
            name = layout.text(cells, "column")
            if table is None:
                continue
            if name is None:
                sheet.report(line, "It names no column: left out.", Severity.ERROR)
                continue
            try:
                path = column_path(name)
            except NameRefused as error:
                sheet.problems.append(left_out(f"{sheet.file_name}, line {line}", error))
                continue
            key = lookup_key(path[0])
            if key in table.columns:
                message = f"{table.name.name}.{name} is described twice: the first one holds."
                sheet.report(line, message)
                continue
            table.columns[key] = _column(path, layout, cells, table)
            if target := layout.text(cells, "target_table"):
                column = layout.text(cells, "target_column")
                location = f"{sheet.file_name}, line {line}"
                table.references.append(_Reference(location, path[0], target, column))

    def add_tables(self, sheet: Sheet, layout: Layout, *, schema_is_group: bool) -> None:
        """Take over a sheet with one row for each table.

        Its schema is part of the table's name, unless it only groups the tables, as in OMOP's
        sheets, whose column level has none.
        """
        for line, cells in sheet.rows:
            stated = layout.text(cells, "schema")
            table = self._table(
                sheet, line, layout, cells, schema=None if schema_is_group else stated
            )
            if table is None:
                continue
            if table.is_described:
                message = f"{table.name.name} is described twice: the first one holds."
                sheet.report(line, message)
                continue
            table.is_described = True
            table.description = _description(layout, cells)
            table.group = stated if schema_is_group else None
            owner = layout.text(cells, "owner")
            table.owners = (OwnerRecord(owner, owner if "@" in owner else None),) if owner else ()
            table.tags = _listed(layout.text(cells, "tags"))
            table.classifications = _listed(layout.text(cells, "classification"))

    def records(self) -> Iterator[DatasetRecord | ProblemRecord]:
        """One dataset for each table; a reference to an unknown table is a problem."""
        for table in self._tables.values():
            if self._describes_only:
                yield _words(table)
                continue
            relations: dict[RelationRecord, None] = {}
            for reference in table.references:
                found = self._relation(table, reference)
                if isinstance(found, ProblemRecord):
                    yield found
                else:
                    relations[found] = None
            yield DatasetRecord(
                qualified_name=str(table.name),
                kind=DatasetKind.TABLE,
                description=table.description,
                columns=tuple(table.columns.values()) or None,
                owners=table.owners,
                tags=table.tags,
                classifications=table.classifications,
                relations=tuple(relations),
                custom={"dictionary_group": table.group} if table.group else {},
            )

    def _table(
        self, sheet: Sheet, line: int, layout: Layout, cells: list[str], *, schema: str | None
    ) -> _Table | None:
        name = layout.text(cells, "table")
        if name is None:
            sheet.report(line, "It names no table: left out.", Severity.ERROR)
            return None
        parts = (*self._base.parts, *((schema,) if schema else ()), name)
        key = tuple(lookup_key(part.strip()) for part in parts)
        if key not in self._tables:
            try:
                checked = qualified_name(self._base.platform, self._base.instance, parts)
            except NameRefused as error:
                sheet.problems.append(left_out(f"{sheet.file_name}, line {line}", error))
                return None
            self._tables[key] = _Table(checked)
        return self._tables[key]

    def _relation(self, table: _Table, reference: _Reference) -> RelationRecord | ProblemRecord:
        here = tuple(lookup_key(part) for part in table.name.parts[:-1])
        target = self._tables.get((*here, lookup_key(reference.table)))
        if target is None:
            message = f"It refers to a table {reference.table!r} that the dictionary lacks."
            return ProblemRecord(reference.location, message)
        stated = reference.target_column
        column = target.columns.get(lookup_key(stated)) if stated else None
        if stated and column is None:
            message = (
                f"It refers to {reference.table}.{stated}, a column that the dictionary lacks."
            )
            return ProblemRecord(reference.location, message)
        return RelationRecord(
            str(target.name),
            columns=(column_text(reference.column),) if column else (),
            target_columns=(column_text(column.path[0]),) if column else (),
        )


def _words(table: _Table) -> DatasetRecord:
    """What the dictionary adds to a table that another source lists."""
    return DatasetRecord(
        qualified_name=str(table.name),
        kind=DatasetKind.TABLE,
        description=table.description,
        columns=tuple(
            ColumnRecord(
                column.path,
                description=column.description,
                tags=column.tags,
                classifications=column.classifications,
            )
            for column in table.columns.values()
        )
        or None,
        owners=table.owners,
        tags=table.tags,
        classifications=table.classifications,
        describes_only=True,
    )


def _column(path: tuple[str, ...], layout: Layout, cells: list[str], table: _Table) -> ColumnRecord:
    required = layout.truth(cells, "required")
    nullable = layout.truth(cells, "nullable")
    record = ColumnRecord(
        path=path,
        physical_type=layout.text(cells, "type"),
        nullable=nullable if required is None else not required,
        description=_description(layout, cells),
        default=layout.text(cells, "default"),
        tags=_listed(layout.text(cells, "tags")),
        classifications=_listed(layout.text(cells, "classification")),
    )
    if layout.truth(cells, "primary_key"):
        table.key_columns += 1
        return replace(record, key_position=table.key_columns)
    return record


def _description(layout: Layout, cells: list[str]) -> str | None:
    """Description and guidance as paragraphs, conventions under a heading of their own."""
    pieces = [layout.text(cells, "description"), layout.text(cells, "guidance")]
    conventions = layout.text(cells, "conventions")
    if conventions:
        pieces.append(f"**Conventions:** {conventions}")
    said = dict.fromkeys(piece for piece in pieces if piece)
    return "\n\n".join(said) or None


def _listed(text: str | None) -> tuple[str, ...]:
    items = (item.strip() for item in (text or "").replace(";", ",").split(","))
    return tuple(dict.fromkeys(item for item in items if item))
