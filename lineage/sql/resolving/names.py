"""How the names in a tree are spelled: tables, temporary tables, files, stages, columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql.dialects import Case, DialectRules, words
from lineage.types import TableKind, TableName

if TYPE_CHECKING:
    from lineage.sql.session import Session

OF_SEQUENCES = words("nextval currval")
"""What stands behind a sequence's name, as if it were a column."""
_FILE_FORMATS = words("parquet csv json orc delta text avro binaryfile xml")
_FILE_NAME = re.compile(
    r"^(?:[a-z0-9+]+://|/|\./|\.\./|~/)|\.(?:parquet|csv|tsv|json|jsonl|ndjson|orc|avro|txt|xlsx|gz|zst)$",
    re.IGNORECASE,
)
_BRANCHING = words("spark spark2 databricks")
_BRANCH = re.compile(r"(?:branch|tag)_")
"""What leads the name of one state of an Iceberg table: ``catalog.schema.table.branch_audit``."""
_MOST_LEVELS = 3
_DATED_PARTITION = re.compile(r"\$\w+$")


def stored_name(node: exp.Expr, rules: DialectRules, session: Session) -> TableName:
    """What a table reference stands for: a table with its default parts filled in, or files.

    A name without any parts stands for nothing that is stored, such as a table function.
    """
    this = node.this
    kind = type(this)
    if kind is exp.Identifier:
        return _named(node, this, rules, session)
    if kind is exp.Dot:
        return session.complete(_parts(node, rules))
    if kind is exp.Literal:
        return TableName((this.name,), TableKind.FILE)
    if kind is exp.Var or kind is exp.Parameter:
        return _marked(this, rules)
    if kind is exp.DynamicIdentifier:
        return _of_text(this.this, rules, session)
    if names_stored(this):
        return _of_text(this.expressions[0], rules, session)
    return TableName(())


def names_stored(node: exp.Expr) -> bool:
    """Whether a call in FROM is ``IDENTIFIER('db.t')``, where the grammar knows none."""
    return (
        type(node) is exp.Anonymous
        and str(node.this).upper() == "IDENTIFIER"
        and len(node.expressions) == 1
    )


def literal_text(node: object) -> str | None:
    """The text of a string that stands as it is, or is put together of such strings."""
    if isinstance(node, exp.Literal):
        return node.name if node.is_string else None
    if isinstance(node, exp.RawString | exp.National):
        return node.name
    if isinstance(node, exp.DPipe):
        parts: list[object] = [node.this, node.expression]
    elif isinstance(node, exp.Concat):
        parts = node.expressions
    else:
        return None
    texts = [literal_text(part) for part in parts]
    return None if None in texts else "".join(text or "" for text in texts)


def _of_text(node: exp.Expr, rules: DialectRules, session: Session) -> TableName:
    """``IDENTIFIER('db.t')`` and ``IDENTIFIER(t)``; nothing where a variable has the name, of
    which the session does not know the text."""
    known: str | None = None
    is_variable = isinstance(node, exp.Parameter | exp.Placeholder | exp.Column)
    if is_variable and not node.args.get("table"):
        known = session.texts.get(node.name.lower())
        known = known if known and "__unknown__" not in known else None
    if known is None and isinstance(node, exp.Column):
        parts = [node.args[key] for key in ("catalog", "db", "table", "this") if node.args.get(key)]
        if len(parts) == 1 and node.name.lower() in session.variables | session.texts.keys():
            return TableName(())
        return session.complete([rules.table(part.name, False) for part in parts])
    text = known if known is not None else literal_text(node)
    if text is None:
        return TableName(())
    names = text.replace('"', "").replace("`", "").split(".")
    return session.complete([rules.table(name, False) for name in names])


def _is_file(name: str, db: exp.Expr | str | None) -> bool:
    """A path or address, also behind the name of its format (``parquet.`a/b/```, Spark)."""
    if db is None:
        return _FILE_NAME.search(name) is not None
    is_format = isinstance(db, exp.Expr) and db.name.lower() in _FILE_FORMATS
    return is_format and ("/" in name or _FILE_NAME.search(name) is not None)


def _named(node: exp.Expr, last: exp.Expr, rules: DialectRules, session: Session) -> TableName:
    quoted = bool(last.args.get("quoted"))
    if last.args.get("temporary"):
        return TableName((f"#{rules.table(last.name, quoted)}",))
    if last.args.get("global_"):
        return TableName((f"##{rules.table(last.name, quoted)}",))
    db = node.args.get("db")
    if quoted and _is_file(last.name, db):
        return TableName((last.name,), TableKind.FILE)
    if db is None:
        name = rules.table(last.name, quoted)
        return session.complete([_whole(name) if rules.name == "bigquery" else name])
    parts = _parts(node, rules)
    if rules.name == "bigquery":
        parts[-1] = _whole(parts[-1])
    return session.complete(parts)


_LEFT_OUT = {"tsql": "dbo", "fabric": "dbo", "snowflake": "public"}
"""The schema that ``database..table`` means."""


def _parts(node: exp.Expr, rules: DialectRules) -> list[str]:
    parts: list[str] = []
    for key in ("catalog", "db", "this"):
        part = node.args.get(key)
        if isinstance(part, exp.Dot):
            pieces = part.find_all(exp.Identifier)
            in_order = sorted(pieces, key=lambda piece: int(piece.meta.get("start", 0)))
            parts += [rules.table(p.name, bool(p.args.get("quoted"))) for p in in_order]
        elif isinstance(part, exp.Expr) and part.name:
            parts.append(rules.table(part.name, bool(part.args.get("quoted"))))
        elif part == "" and rules.name in _LEFT_OUT:
            parts.append(_LEFT_OUT[rules.name])
    if len(parts) > _MOST_LEVELS and rules.name in _BRANCHING and _BRANCH.match(parts[-1]):
        parts.pop()
    return parts


def _whole(name: str) -> str:
    """BigQuery's ``table$20240101`` is a partition of ``table``."""
    return _DATED_PARTITION.sub("", name) if "$" in name else name


def _marked(node: exp.Expr, rules: DialectRules) -> TableName:
    """``@stage/path`` (Snowflake) and ``@variable`` (T-SQL)."""
    if type(node) is exp.Parameter:
        return TableName((f"@{rules.table(node.name, False)}",))
    if node.name.startswith("@"):
        return TableName((node.name,), TableKind.STAGE)
    return TableName(())


def column_name(node: exp.Expr, rules: DialectRules) -> str:
    """A column, alias or CTE name as a scope knows it; ``$1`` is the first column of a file."""
    if type(node) is exp.Identifier:
        arguments = node.args
        name: str = arguments["this"]
        if rules.column_case is Case.IGNORED or not arguments.get("quoted"):
            return name if rules.column_case is Case.KEPT else name.lower()
        return rules.column(name, True)
    if type(node) is exp.Parameter:
        return f"${node.name}"
    return rules.column(node.name, bool(node.args.get("quoted")))
