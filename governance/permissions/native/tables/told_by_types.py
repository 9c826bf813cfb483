"""Types of PostgreSQL that tell of tables without reading one: each table is a type of its own, of
which a cast tells the columns, and those that look names up tell which tables there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError

from governance.permissions.native.refusing import Refused
from governance.permissions.native.tables.binding import Occurrence
from governance.permissions.native.text.wrapped import Wrapped
from governance.permissions.native.types import Asked, Catalog, Reason

_WITH_ROW_TYPES = frozenset({"postgres", "redshift", "materialize", "risingwave"})
_OWN_TYPES = frozenset(
    """
    bit bool bpchar box bytea char cid cidr circle citext date float4 float8 gtsvector inet
    int2 int2vector int4 int8 interval json jsonb jsonpath line lseg ltree macaddr macaddr8 money
    name numeric oid oidvector path pg_lsn pg_snapshot polygon refcursor regcollation
    regconfig regdictionary text tid time timestamp
    timestamptz timetz tsquery tsvector txid_snapshot uuid varbit varchar xid xid8 xml
    """.split()
)
"""Types of the engine, and of extensions that come with it."""


def refuse_types(
    types: Iterable[exp.DataType], read: Sequence[Occurrence], asked: Asked, catalog: Catalog
) -> None:
    """Raises Refused for the first type that may tell of a table which is hidden from whoever asks.

    Whether there is such a type must not be told either, so that all are taken for one but those of
    the engine, of tables in the catalog, and of columns of the tables that are `read`.
    """
    if asked.knows_all or not asked.is_concerned or asked.dialect not in _WITH_ROW_TYPES:
        return
    of_columns = {
        column.type.lower().removesuffix("[]")
        for one in read
        if one.dataset is not None
        for column in one.dataset.columns
    }
    for one in types:
        looks_up = isinstance(one, exp.ObjectIdentifier)
        if one.this is not exp.DataType.Type.USERDEFINED and not looks_up:
            continue
        name = one.sql(dialect=asked.dialect)
        parts = _parts(one)
        is_own = parts[:-1] in ((), ("pg_catalog",)) and parts[-1].lower() in _OWN_TYPES
        if is_own or ".".join(parts).lower() in of_columns:
            continue
        if looks_up or not catalog.find(parts, asked.database, asked.schema):
            told = f"{name} is a type that may tell of tables: Concord does not know it."
            raise Refused(Reason("unresolved", told))


def _parts(of: exp.DataType) -> tuple[str, ...]:
    kind = of.args.get("kind")
    if not isinstance(kind, exp.Expr):
        return (str(of.this),)
    return tuple(part.name for part in kind.find_all(exp.Identifier, bfs=False))


def types_in(around: Wrapped, dialect: str) -> list[exp.DataType]:
    """The types of the values that a PREPARE names between brackets."""
    named = around.head.partition("(")[2].rpartition(")")[0] if around.kept_as else ""
    return [_type(one.strip(), dialect) for one in named.split(",") if one.strip()]


def _type(written: str, dialect: str) -> exp.DataType:
    try:
        return exp.DataType.build(written, dialect=dialect, udt=True)
    except SqlglotError:
        kind = exp.to_identifier(written, quoted=True)
        return exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=kind)
