"""What a statement leaves behind in its session: tables made, filled, emptied, dropped, moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from lineage.sql.lexer import Kind, tokens
from lineage.sql.resolving.names import column_name, stored_name
from lineage.sql.resolving.relations import OutputColumn, Relation
from lineage.sql.session import Session
from lineage.sql.statements.writes import Write
from lineage.types import TableName


def apply_effects(session: Session, tree: exp.Expr, writes: Sequence[Write]) -> None:
    """Bring the session to where it is after the statement."""
    for write in writes:
        if write.assigns and write.relation is not None:
            session.assign(write.assigns, write.relation, adds=session.branched)
        if write.target is None:
            continue
        if write.makes:
            temporary = write.temporary or session.is_doomed(write.target)
            session.replace_table(write.target, write.as_relation(), temporary=temporary)
            _keep_types(session, tree, write.target)
        elif write.target in session.temporary:
            if write.replaces:
                session.temporary[write.target] = write.as_relation()
            elif write.adds:
                session.add_to(write.target, write.as_relation())
        elif write.adds and session.is_variable(write.target):  # of a type declared elsewhere
            session.replace_table(write.target, write.as_relation(), temporary=True)
    if isinstance(tree, exp.Drop):
        _drop(session, tree)
    elif isinstance(tree, exp.TruncateTable):
        for node in tree.expressions:
            _empty(session, _name(session, node))


_NESTED = (exp.DType.STRUCT, exp.DType.ARRAY, exp.DType.NESTED, exp.DType.OBJECT)


def _keep_types(session: Session, tree: exp.Expr, table: TableName) -> None:
    """What CREATE TABLE declares of columns that hold fields."""
    listed = tree.this.expressions if isinstance(tree.this, exp.Schema) else ()
    types = {
        column_name(column.this, session.rules): column.args["kind"].sql(session.rules.name or None)
        for column in listed
        if isinstance(column, exp.ColumnDef)
        and isinstance(column.args.get("kind"), exp.DataType)
        and column.args["kind"].this in _NESTED
    }
    if types:
        session.types[table] = types


def _name(session: Session, node: exp.Expr) -> TableName:
    return (
        stored_name(node, session.rules, session) if isinstance(node, exp.Table) else TableName(())
    )


def _drop(session: Session, tree: exp.Expr) -> None:
    if str(tree.args.get("kind") or "").upper() not in ("TABLE", "VIEW"):
        return
    for node in (tree.this, *(tree.args.get("tables") or tree.expressions or ())):
        if isinstance(node, exp.Table):
            session.drop(_name(session, node))


def _empty(session: Session, table: TableName) -> None:
    relation = session.temporary.get(table)
    if relation is not None and relation.known:
        columns = [OutputColumn(column.name, {}) for column in relation.expanded()]
        session.temporary[table] = Relation(columns)


def dropped_tables(texts: Sequence[str], session: Session) -> Iterator[tuple[int, TableName]]:
    """The tables that DROP statements name, each with the statement's index."""
    for index, text in enumerate(texts):
        if text[:4].upper() != "DROP":
            continue
        found = [t for t in tokens(text[:2_000], session.rules) if t.kind is not Kind.COMMENT]
        if len(found) < 3 or found[1].word not in ("TABLE", "VIEW", "TEMPORARY"):
            continue
        at = 2
        while at < len(found):
            while at < len(found) and found[at].word in ("IF", "EXISTS", "TABLE", "VIEW"):
                at += 1
            parts: list[str] = []
            while at < len(found) and found[at].kind in (Kind.WORD, Kind.QUOTED):
                parts += session.rules.path(found[at].name, found[at].kind is Kind.QUOTED)
                at += 1
                if at >= len(found) or found[at].text != ".":
                    break
                at += 1
            if parts:
                yield index, session.complete(parts)
            if at >= len(found) or found[at].text != ",":
                break
            at += 1
