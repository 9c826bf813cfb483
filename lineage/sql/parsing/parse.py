"""Parses one statement, and says in one sentence why it cannot."""

from __future__ import annotations

import logging
import re

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from lineage.sql.dialects import DialectRules, rules_of
from lineage.sql.lexer import Kind, tokens, without_comments
from lineage.sql.parsing.bigquery import put_offsets
from lineage.sql.parsing.db2 import in_standard
from lineage.sql.parsing.field_calls import fields_again
from lineage.sql.parsing.grammar import teach
from lineage.sql.parsing.hive_scripts import put_scripts
from lineage.sql.parsing.methods import columns_again
from lineage.sql.parsing.misread import well_read
from lineage.sql.parsing.models import put_models
from lineage.sql.parsing.named_words import may_be_called, parsed_with_names
from lineage.sql.parsing.negations import spelled_out
from lineage.sql.parsing.nesting import flattened, refusal
from lineage.sql.parsing.own_functions import MOST_RENAMED, named_again, renamed
from lineage.sql.parsing.parameters import apart
from lineage.sql.parsing.pivot_columns import put_xml
from lineage.sql.parsing.rewrites import WINDOW_NAME, rewritten

_TOKEN_DUMP = re.compile(r"<Token .*?>", re.DOTALL)
_CLASS_DUMP = re.compile(r" for <class .*?>")
_REPLACE_INTO = re.compile(r"\s*REPLACE(?=\s+INTO\b)", re.IGNORECASE)
_REPLACE = re.compile(r"\s*REPLACE\b", re.IGNORECASE)
_REPLACED = re.compile(
    r"\s*REPLACE\s+(?!INTO\b|VIEW\b|TABLE\b|FUNCTION\b)[\w.`]+\s*[(\s]", re.IGNORECASE
)

_RETRY_LIMIT = 100_000
"""Characters of a statement beyond which a second try costs too much."""

# sqlglot warns about every statement that it passes through, quoting it; the reason that
# ``parse`` returns says the same without putting SQL text into the log.
logging.getLogger("sqlglot").setLevel(logging.ERROR)
teach()


def parse(sql: str, rules: DialectRules) -> tuple[exp.Expr | None, str]:
    """The tree of one statement; None and a sentence where there is none.

    A statement that sqlglot only passes through as text (``Command``) counts as not understood,
    and is tried again in other spellings.
    """
    sql = apart(sql, rules)
    if rules.name == "db2":
        sql = in_standard(sql, rules)
    sql = well_read(sql, rules)
    tree, reason = _read(sql, rules)
    if tree is not None:
        columns_again(tree, sql)
        fields_again(tree, sql)
    return tree, reason


def _read(sql: str, rules: DialectRules) -> tuple[exp.Expr | None, str]:
    """The tree as the grammar gives it, from one of the spellings."""
    tree, reason = _parse(sql, rules)
    if tree is None and rules.name == "teradata":
        tree = _update_from(sql, rules)
    if tree is None and len(sql) < _RETRY_LIMIT:
        tree = _update_of_query(sql, rules)
        for plain in rewritten(sql, rules) if tree is None else ():
            again, _ = _parse(plain, rules)
            if again is not None:
                return _as_written(again, sql, rules), ""
        if tree is None and not rules.name and _MATCHES.search(sql):
            for text in (sql, *rewritten(sql, rules)):
                again, _ = _parse(text, rules_of("trino"))
                if again is not None:
                    return again, ""
    return tree, reason


_BY_WINDOW = re.compile(r"\bBY\s+WINDOW\s+(?:ORDER|HAVING)\b", re.IGNORECASE)
"""A column that the grammar takes for the clause of that name."""
_MATCHES = re.compile(r"\bMATCH_RECOGNIZE\s*\(", re.IGNORECASE)
"""A clause of the standard that only some grammars have."""
_COMPOUND = re.compile(r"[\s\]\"`]*[-+*/%&|^]=")
_RECURSIVE_VIEW = re.compile(r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?RECURSIVE\s+VIEW\b", re.IGNORECASE)


_DELETED = re.compile(
    r"\bDELETE\s+(WHERE)\b(.*?)(?=\bWHEN\s+(?:NOT\s+)?MATCHED\b|\bLOG\s+ERRORS\b|$)",
    re.IGNORECASE | re.DOTALL,
)
_PIVOT_XML = re.compile(r"\bPIVOT\s+XML\s*\(", re.IGNORECASE)


def _delete_matched(tree: exp.Expr, hit: re.Match[str], rules: DialectRules) -> None:
    """``UPDATE SET ... DELETE WHERE condition`` as a branch of its own."""
    text = "SELECT 1 WHERE".rjust(hit.end(1)) + hit.group(2)
    query, _ = _parse(text, rules)
    where = query.args.get("where") if isinstance(query, exp.Select) else None
    if where is not None:
        then = exp.Var(this="DELETE")
        when = exp.When(matched=True, source=False, condition=where.this, then=then)
        tree.args["whens"].append("expressions", when)


def _as_written(tree: exp.Expr, sql: str, rules: DialectRules) -> exp.Expr:
    """Marks in the tree of another spelling what only the text itself says: ``a += b`` also reads
    ``a``, a recursive view reads itself, and Oracle's MERGE deletes some of what it updated."""
    for assignment in tree.find_all(exp.EQ) if isinstance(tree, exp.Update | exp.Merge) else ():
        name = assignment.this.this if isinstance(assignment.this, exp.Column) else None
        end = name.meta.get("end") if isinstance(name, exp.Identifier) else None
        if end is not None and _COMPOUND.match(sql, end + 1):
            assignment.meta["compound"] = True
    if isinstance(tree, exp.Create) and _RECURSIVE_VIEW.match(sql):
        tree.meta["recursive"] = True
    for hit in _DELETED.finditer(sql) if isinstance(tree, exp.Merge) else ():
        _delete_matched(tree, hit, rules)
    if rules.name == "oracle" and _PIVOT_XML.search(sql):
        put_xml(tree)
    put_models(tree, sql, rules, lambda text: _parse(text, rules)[0])
    put_scripts(tree, sql, rules)
    put_offsets(tree, sql, rules)
    for hit in WINDOW_NAME.finditer(sql):
        _name_window(tree, hit.group(2), hit.start())
    return tree


def _name_window(tree: exp.Expr, name: str, start: int) -> None:
    """Puts the call that stands at ``start`` wherever its name is used."""
    function = next((f for f in tree.find_all(exp.Func) if f.meta.get("start") == start), None)
    if function is None:
        return
    for column in list(tree.find_all(exp.Column)):
        if column.name == name and not column.table:
            column.replace(function.copy())


_UPDATED_QUERY = re.compile(r"\s*UPDATE\s*(\(\s*SELECT\b)", re.IGNORECASE)
_INLINE_VIEW = "_v_"


def _update_of_query(sql: str, rules: DialectRules) -> exp.Expr | None:
    """Oracle's ``UPDATE (SELECT ...) v SET ...``, which changes the table behind a column."""
    hit = _UPDATED_QUERY.match(sql)
    if hit is None:
        return None
    start = hit.start(1)
    depth, end = 0, start
    for token in tokens(sql, rules):
        if token.start >= start and token.kind is not Kind.STRING:
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                end = token.end
                break
    query, _ = _parse(" " * (start + 1) + sql[start + 1 : end - 1], rules)
    after = sql[end:]
    named = re.match(r"\s*(?!SET\b)\w+", after, re.IGNORECASE)
    name = "" if named else _INLINE_VIEW
    tree, _ = _parse(sql[:start] + name.ljust(end - start) + after, rules)
    if not isinstance(query, exp.Select) or not isinstance(tree, exp.Update):
        return None
    alias = exp.TableAlias(this=exp.to_identifier(tree.this.name))
    tree.set("with_", exp.With(expressions=[exp.CTE(this=query, alias=alias)]))
    return tree


_UPDATE_FROM = re.compile(
    r"\s*UPD(?:ATE)?\s+[\w.\"]+\s+(FROM\b.*?)\bSET\b", re.IGNORECASE | re.DOTALL
)
_SELECTING = "SELECT * "


def _update_from(sql: str, rules: DialectRules) -> exp.Expr | None:
    """Teradata's ``UPDATE t FROM s SET ...``, which has its FROM before the assignments."""
    hit = _UPDATE_FROM.match(sql)
    if hit is None:
        return None
    start, end = hit.span(1)
    tree, _ = _parse(sql[:start] + " " * (end - start) + sql[end:], rules)
    # Both parts are read where they stand, so that every offset stays the same.
    source, _ = _parse(_SELECTING.rjust(start) + sql[start:end], rules)
    if not isinstance(tree, exp.Update) or not isinstance(source, exp.Select):
        return None
    from_ = source.args["from_"]
    for join in source.args.get("joins") or ():
        from_.this.append("joins", join)
    tree.set("from_", from_)
    return tree


def _parse(sql: str, rules: DialectRules) -> tuple[exp.Expr | None, str]:
    try:
        trees, reason = _bounded_trees(_as_insert(sql), rules)
    except RecursionError:
        return None, "The statement is nested too deeply to parse."
    except SqlglotError as error:
        return None, _sentence(error)
    except Exception as error:  # noqa: BLE001 - the grammar's own bugs, such as a TypeError
        return None, f"The parser failed on this text with a {type(error).__name__}."
    if reason is not None:
        return None, reason
    found = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(found) != 1:
        return None, "The text is not exactly one statement."
    tree = found[0]
    if isinstance(tree, exp.LockingStatement):  # Teradata's LOCKING ROW FOR ACCESS
        tree = tree.expression
    if isinstance(tree, exp.Command):
        return None, f"{str(tree.this).upper()} statements are not understood."
    if isinstance(tree, exp.Block | exp.IfBlock | exp.EndStatement):
        return None, "The text is a block, not a statement."
    if isinstance(tree, exp.Alias | exp.Column | exp.Identifier):
        return None, "The text is not a statement."
    return tree, ""


def _bounded_trees(sql: str, rules: DialectRules) -> tuple[list[exp.Expr | None], str | None]:
    """The trees, or why there are none; where brackets are too deep, without needless ones."""
    reason = refusal(sql, rules)
    if reason is None:
        try:
            return _trees(sql, rules), None
        except RecursionError:
            reason = "The statement is nested too deeply to parse."
    flat = flattened(sql, rules)
    if flat == sql:
        return [], reason
    reason = refusal(flat, rules)
    return ([], reason) if reason is not None else (_trees(flat, rules), None)


def _trees(sql: str, rules: DialectRules) -> list[exp.Expr | None]:
    """What sqlglot makes of the text; a comment inside ``ORDER BY`` alone must not stop it."""
    try:
        trees = _called_trees(sql, rules)
    except SqlglotError:
        bare = without_comments(sql, rules)
        if bare == sql:
            raise
        trees = _called_trees(bare, rules)
    return [tree and spelled_out(tree) for tree in trees]


def _called_trees(sql: str, rules: DialectRules) -> list[exp.Expr | None]:
    """The trees, in which a function may be one's own whatever its name."""
    dialect = Dialect.get_or_raise(rules.name or None)
    text, tried = sql, 0
    misleads = _BY_WINDOW.search(sql) or may_be_called(sql)
    if misleads and (named := parsed_with_names(sql, dialect)) is not None:
        return named
    while True:
        try:
            trees = dialect.parse(text, error_level=ErrorLevel.IMMEDIATE)
        except SqlglotError as error:
            named = parsed_with_names(text, dialect) if len(sql) < _RETRY_LIMIT else None
            if named is not None:
                return named
            again = renamed(text, error, rules, tried) if len(sql) < _RETRY_LIMIT else None
            if again is None or tried == MOST_RENAMED:
                raise
            text, tried = again, tried + 1
            continue
        if tried:
            named_again(trees, sql)
        return trees


def _as_insert(sql: str) -> str:
    """REPLACE INTO (MySQL, SQLite) writes what INSERT INTO would; offsets stay the same."""
    hit = _REPLACE_INTO.match(sql)
    if hit is None and _REPLACED.match(sql):
        hit = _REPLACE.match(sql)
    return sql if hit is None else f"{'INSERT'.rjust(hit.end())}{sql[hit.end() :]}"


def _sentence(error: SqlglotError) -> str:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        description = str(first.get("description") or "Invalid syntax")
        description = _CLASS_DUMP.sub("", _TOKEN_DUMP.sub("something else", description)).rstrip(
            ". "
        )
        return f"{description[:300]}, at line {first.get('line')}, column {first.get('col')}."
    return "A string, a quoted name or a comment is not closed, or a character is not allowed."
