"""Tables that a statement makes without a query: listed columns, LIKE, files, other servers."""

from __future__ import annotations

from sqlglot import exp

from lineage.sql.resolving.relations import OpenRelation
from lineage.sql.resolving.resolve import Resolver
from lineage.sql.statements.writes import Write
from lineage.types import TableKind, TableName


def distributed(resolver: Resolver, tree: exp.Expr) -> TableName | None:
    """The table behind ClickHouse's ``ENGINE = Distributed(cluster, database, table, key)``."""
    properties = tree.args.get("properties")
    for node in properties.expressions if properties is not None else ():
        engine = node.this if isinstance(node, exp.EngineProperty) else None
        if isinstance(engine, exp.Anonymous) and str(engine.this).lower() in _PASSING_ENGINES:
            place = engine.expressions[1 if engine.name.lower() == "distributed" else 0 :][:2]
            names = [part.name for part in place if part.name]
            if len(names) == 2:
                return TableName(tuple(resolver.rules.table(name, True) for name in names))
    return None


_PASSING_ENGINES = ("distributed", "buffer")


def declared(resolver: Resolver, tree: exp.Expr, table: TableName, names: list[str]) -> Write:
    """A table without rows of its own: listed columns, LIKE, or files at a LOCATION."""
    write = Write(table, [(name, {}) for name in names], adds=False)
    # Only what belongs to the statement itself; a column's default may hold anything.
    nodes = list(tree.args["properties"].expressions) if tree.args.get("properties") else []
    nodes += [
        p for node in nodes if isinstance(node, exp.OptionsProperty) for p in node.expressions
    ]
    if isinstance(tree.this, exp.Schema):
        nodes += tree.this.expressions
    for node in nodes:
        if isinstance(node, exp.LikeProperty) and isinstance(node.this, exp.Table):
            like, _ = resolver.read_table(node.this)
            write.sources.add(like)
            write.columns += [(name, {}) for name in resolver.columns_of(like) or ()]
        elif isinstance(node, exp.LocationProperty):
            several = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
            for each in several:
                _read_place(resolver, each, write)
        elif isinstance(node, exp.Property) and node.name.lower() == "path":
            _read_place(resolver, node.args.get("value"), write)
        elif isinstance(node, exp.Property) and node.name.lower() == "uris":
            listed = node.args.get("value")
            for entry in listed.expressions if isinstance(listed, exp.Array) else ():
                _read_place(resolver, entry, write)
        elif isinstance(node, exp.DictProperty) and str(node.this).upper() == "SOURCE":
            _dictionary(resolver, node, write)
    if not write.columns:
        places = [resolver.read(place) for place in write.sources]
        write.relation = OpenRelation(known=False, upstream=places, behind=places)
    return write


def _read_place(resolver: Resolver, node: exp.Expr | None, write: Write) -> None:
    place = place_of(node) if node is not None else None
    if place is not None:
        resolver.read(place)
        write.sources.add(place)


def place_of(node: exp.Expr) -> TableName | None:
    name = node.name
    if name.startswith("@"):
        return TableName((name,), TableKind.STAGE)
    return TableName((name,), TableKind.FILE) if name else None


def _dictionary(resolver: Resolver, node: exp.Expr, write: Write) -> None:
    """A ClickHouse dictionary is filled from the columns of the same names of its source."""
    settings = {s.name.lower(): s.args["value"] for s in node.args.get("settings") or ()}
    named = settings.get("table")
    if named is None:
        return
    parts = [settings["db"].name] if settings.get("db") is not None else []
    table = resolver.complete([*parts, named.name])
    relation = resolver.read(table)
    write.sources.add(table)
    write.columns = [(name, relation.find(name)[1]) for name, _ in write.columns]
    write.adds = True
