"""What a session keeps after a text, so that a row filter leaves other rows in the next one.

Settings change how values are compared. A temporary table is found by some engines before the
table of the catalog that has its name, also where that is named with its schema; DuckDB looks
through its other databases, too, where two parts name a table.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp
from sqlglot.errors import SqlglotError

from governance.permissions.native.refusing import Refused
from governance.permissions.native.seen.shaping import looked_up
from governance.permissions.native.tables.binding import Occurrence, Use
from governance.permissions.native.text.settings import moving_filters
from governance.permissions.native.types import Asked, Catalog, Reason
from lineage.sql.dialects import MYSQL_FAMILY

_FOUND_FIRST = MYSQL_FAMILY | {"duckdb", "hive", "snowflake"}
"""Engines that find a temporary table before one that is named with its schema."""
_PASSING = (exp.TemporaryProperty, exp.GlobalProperty, exp.VolatileProperty, exp.AlterRename)
"""What makes a temporary table, or may give one its name."""


def refuse_what_moves_filters(
    tree: exp.Expr, found: Iterable[Occurrence], asked: Asked, catalog: Catalog
) -> None:
    """Raises Refused where a statement changes how row filters compare, or makes a table that a
    later text would find in the place of one that a row filter reads."""
    is_duckdb = asked.dialect == "duckdb"
    if asked.filters and (name := moving_filters(tree, asked.dialect)):
        text = f"After {name} the row filters that hold for you would leave other rows."
        raise Refused(Reason("session", text))
    if not asked.filters or asked.dialect not in _FOUND_FIRST:
        return
    wanted = {one.node.name.lower() for one in found if one.use is Use.MAKE}
    is_beside = tree.find(*_PASSING) is not None
    if not wanted or not (is_beside or (is_duckdb and not tree.args.get("replace"))):
        return  # what takes the place of a table for everybody changes it
    for text in asked.filters:
        for parts in _read_by(text, wanted):
            known = looked_up(catalog, asked.database, parts)
            is_whole = is_duckdb and known is not None and len(known.parts) > 2
            if not is_whole:  # which DuckDB finds nowhere else
                raise Refused(
                    Reason(
                        "unresolved",
                        f"A row filter reads a table called {parts[-1]}: call this one otherwise.",
                    )
                )


def _read_by(text: str, names: set[str]) -> Iterable[tuple[str, ...]]:
    """The tables of these names in which a row filter looks values up."""
    if not any(name in text.lower() for name in names):
        return
    try:
        tree: exp.Expr = exp.maybe_parse(text)
    except SqlglotError:
        return  # it closes its dataset
    for table in tree.find_all(exp.Table):
        if table.name.lower() in names:
            yield tuple(part.name for part in table.parts)
