"""Whole rows and columns that a statement writes with the schema or the database of their table,
and the places of rows.

DuckDB takes `main.people` for the rows of `people` wherever no column is called so. What reads a
statement knows a whole row by the name of its table alone, so the names before it are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlglot import exp

from governance.permissions.native.seen.shaping import Splice, spliced
from governance.permissions.native.tables.binding import Occurrence

_PLACES = frozenset({"rowid", "_rowid_", "ctid", "rownum"})
"""What engines call the place of a row, which tells of the rows before it."""


_FILES = frozenset(
    "_metadata input__file__name _file_name $path $partition _path _file _part _partition_id"
    " _partition_value".split()
)
"""What engines call the file or the part that a row is stored in, whose name may hold values."""


def places_of_files(tree: exp.Expr, columns: Collection[str]) -> list[exp.Column]:
    """Where a statement asks for the file of a row, in the same way."""
    return [
        node
        for node in tree.find_all(exp.Column)
        if {part.name.lower() for part in node.parts} & (_FILES - set(columns))
    ]


def places_of_rows(tree: exp.Expr, columns: Collection[str]) -> list[exp.Column]:
    """Where a statement asks for the place of a row; `columns` are names of columns in lower case,
    which come first."""
    return [
        node
        for node in tree.find_all(exp.Column)
        if node.name.lower() in _PLACES and node.name.lower() not in columns
    ]


def rows_by_name_alone(tree: exp.Expr, found: Iterable[Occurrence], sql: str) -> str | None:
    """The statement with such rows written by the name of their table; None where it has none."""
    known = list(found)
    tables = {one.node.name.lower() for one in known if not one.node.args.get("alias")}
    relations = {
        node.alias_or_name.lower()
        for node in tree.find_all(exp.Table, exp.Subquery, exp.CTE)
        if node.alias_or_name
    }
    columns = {
        column.name.lower() for one in known if one.dataset for column in one.dataset.columns
    }
    splices = []
    for node in tree.find_all(exp.Column):
        parts = node.parts
        if len(parts) < 2 or parts[-1].name.lower() not in tables:
            continue
        before = parts[-2].name.lower()
        start, keep = parts[0].meta.get("start"), parts[-1].meta.get("start")
        if before not in relations | columns and start is not None and keep is not None:
            splices.append(Splice(int(start), int(keep), ""))
    return spliced(sql, splices)[0] if splices else None


def without_schema(tree: exp.Expr, replaced: Iterable[Occurrence]) -> list[Splice]:
    """Leaves the schema out of columns of tables in whose place a query stands by their name: also
    where FROM does not say it, and the columns do."""
    named = {
        names for one in replaced if not one.node.args.get("alias") for names in _names_of(one)
    }
    splices = []
    for column in tree.find_all(exp.Column):
        parts = column.parts
        names = tuple(part.name.lower() for part in parts)
        # What follows the table is a column, and maybe a field in it.
        table = next((at for at in range(len(parts) - 1, 1, -1) if names[:at] in named), 0)
        if not table:
            continue
        start, keep = parts[0].meta.get("start"), parts[table - 1].meta.get("start")
        if start is not None and keep is not None and start < keep:
            splices.append(Splice(int(start), int(keep), ""))
    return splices


def _names_of(one: Occurrence) -> Iterator[tuple[str, ...]]:
    """The names of a table as it is written and, with as many of their parts as one likes, as the
    catalog has them, in lower case."""
    written = tuple(part.name.lower() for part in one.node.parts)
    yield written
    known = tuple(part.lower() for part in one.dataset.parts) if one.dataset else ()
    if known[-1:] == written[-1:]:
        yield from (known[at:] for at in range(len(known) - 1))
