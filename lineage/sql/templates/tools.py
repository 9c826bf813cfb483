"""SQL as Dataform, SQLMesh, Looker, Metabase, Grafana and programs in Go keep it: plain, or as dbt
would write it.

A text has none of their marks in most cases and comes back as it is.
"""

from __future__ import annotations

import re

_FLAGS = re.IGNORECASE | re.DOTALL
# Lengths are bounded below, so that marks which are opened by the thousand cost no time.


def as_of_dbt(sql: str) -> str:
    """The text with the marks of other tools as templates of dbt, values of theirs as NULL."""
    if "${" in sql or _BLOCK.match(sql):
        sql = _looker(_dataform(sql))
    if "[[" in sql or "{{#" in sql or "{{snippet" in sql:
        sql = _metabase(sql)
    if _GRAFANA.search(sql):
        sql = _grafana(sql)
    if (model := _MODEL.match(sql)) is not None:
        sql = _sqlmesh(sql, model)
    if "{{" in sql:
        sql = _FIELD.sub(r"{{ \1 }}", sql)
    if "{%" in sql:
        sql = _CONDITION.sub(r"(\1) IS NOT NULL", sql)
        sql = _PERIOD.sub("NULL", _PARAMETER.sub(r"{{ \1 }}", sql))
    return sql


_FIELD = re.compile(r"\{\{-?\s{0,50}\.(?:\w{1,100}\.){0,9}([A-Za-z_]\w*)\s{0,50}-?\}\}")
"""Go's ``{{ .Project }}``."""

# Dataform

_BLOCK = re.compile(r"\s*(?:config|js|pre_operations|post_operations)\s*\{", re.IGNORECASE)
_BLOCKS = re.compile(r"^[ \t]*(?:config|js|(?:pre|post)_operations)\s*(?=\{)", _FLAGS | re.M)
_JAVASCRIPT = re.compile(r"\$\{\s*(ref|self|resolve|when|[\w.]+\()", re.IGNORECASE)
_REFERENCE = re.compile(r"(?:ref|resolve)\s*\((.*)\)$", _FLAGS)
_NAMED = re.compile(r"\b(schema|name)\s*:\s*['\"]([^'\"]+)['\"]")
_TEXT = re.compile(r"['\"]([^'\"]+)['\"]")


def _dataform(sql: str) -> str:
    if not _BLOCK.match(sql) and not _JAVASCRIPT.search(sql):
        return sql
    for block in reversed(list(_BLOCKS.finditer(sql))):
        end = _closing(sql, block.end())
        sql = sql[: block.start()] + sql[end:]
    pieces: list[str] = []
    at = 0
    while (start := sql.find("${", at)) >= 0:
        end = _closing(sql, start + 1)
        pieces += [sql[at:start], _expression(sql[start:end], sql[start + 2 : end - 1].strip())]
        at = end
    return "".join([*pieces, sql[at:]])


def _expression(whole: str, script: str) -> str:
    """What an expression of JavaScript becomes, as far as names of tables are in it."""
    if script.replace(" ", "") == "self()":
        return "{{ this }}"
    if (reference := _REFERENCE.match(script)) is not None:
        named = dict(_NAMED.findall(reference.group(1)))
        texts = [named[key] for key in ("schema", "name") if key in named]
        texts = texts or _TEXT.findall(reference.group(1))
        if len(texts) == 1:
            return f"{{{{ ref('{texts[0]}') }}}}"
        return f"{{{{ source('{texts[-2]}', '{texts[-1]}') }}}}" if texts else "NULL"
    if script.startswith("when"):
        return ""  # of an increment; a full refresh reads all
    if "`" in script or "=>" in script or "?" in script:
        return "NULL"
    return f"{{{{ {script} }}}}" if "(" in script else whole


def _closing(text: str, opening: int) -> int:
    """The index after the brace that closes the one at ``opening``, else the end of the text."""
    depth = 0
    for index in range(opening, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if depth == 0:
            return index + 1
    return len(text)


# Looker

_LOOKER = re.compile(r"\$\{(\w+)\.(\w+)\}")
_CONDITION = re.compile(
    r"\{%-?\s*condition\s+[\w.]+\s*-?%\}(.{0,1000}?)\{%-?\s*endcondition\s*-?%\}", _FLAGS
)
_PERIOD = re.compile(r"\{%-?\s*date_(?:start|end)\s+[\w.]+\s*-?%\}", re.IGNORECASE)
_PARAMETER = re.compile(r"\{%-?\s*parameter\s+([\w.]+)\s*-?%\}", re.IGNORECASE)


def _looker(sql: str) -> str:
    """``${view.SQL_TABLE_NAME}`` is the view's table, ``${view.field}`` a column of it."""

    def said(hit: re.Match[str]) -> str:
        view, field = hit.groups()
        return view if field.lower() == "sql_table_name" else f"{view}.{field}"

    return _LOOKER.sub(said, sql)


# Metabase

_OPTIONAL = re.compile(r"\[\[((?:(?!\]\]|\[\[).){0,1000}?\{\{(?:(?!\[\[).){0,1000}?)\]\]", _FLAGS)
_QUESTION = re.compile(r"\{\{\s*#(\d+)[^}]{0,200}\}\}")
_SNIPPET = re.compile(r"\{\{\s*snippet\s*:[^}]{0,200}\}\}", re.IGNORECASE)


def _metabase(sql: str) -> str:
    """Clauses in ``[[ ]]`` as if their filters were set; ``{{#12-orders}}`` is another question."""
    opened = _OPTIONAL.sub(r"  \1  ", sql)
    return _SNIPPET.sub("NULL", _QUESTION.sub(r"question_\1", opened))


# Grafana

_GRAFANA = re.compile(r"(?<!\w)\$(?:__\w+|(?:timeFilter|timeSeries)\b)")
_CALLED = re.compile(r"(?<!\w)\$__(\w+)\s*\(\s*([^(),]{0,200})(?:[^()]|\([^()]{0,200}\)){0,200}\)")
_OF_GRAFANA = re.compile(
    r"(?<!\w)\$(?:__\w+|(?:timeFilter|timeSeries)\w*|\{(\w+)(?::\w+)?\}|(\w+))"
)
_BEFORE_TABLE = re.compile(r"(?:\b(?:FROM|JOIN)\s+|\.)$", re.IGNORECASE)


def _grafana(sql: str) -> str:
    """``$__timeFilter(at)`` asks for rows by a column, other macros make a value of it."""

    def called(hit: re.Match[str]) -> str:
        name, column = hit.group(1), hit.group(2).strip()
        if not column:
            return "NULL"
        if name.endswith("Filter"):
            return f"({column} IS NOT NULL)"
        return f"grafana({column})" + (' AS "time"' if name.endswith("Alias") else "")

    def variable(hit: re.Match[str]) -> str:
        name = hit.group(1) or hit.group(2)
        before = hit.string[max(0, hit.start() - 40) : hit.start()]
        return name if name is not None and _BEFORE_TABLE.search(before) else "NULL"

    return _OF_GRAFANA.sub(variable, _CALLED.sub(called, sql))


# SQLMesh

_MODEL = re.compile(
    r"(?:\s|--[^\n]*\n|/\*(?:(?!\*/).)*\*/)*MODEL\s*\("
    r"((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)\s*;",
    _FLAGS,
)
_MODEL_NAME = re.compile(r"(?:^|,)\s*name\s+([\w.\"`]+)", re.IGNORECASE)
_QUERY = re.compile(r"(?:^|;)\s*(?=(?:SELECT|WITH)\b)", re.IGNORECASE)
_DEFINITION = re.compile(r"^[ \t]*@DEF\s*\([^;]{0,1000}\)\s*;", re.IGNORECASE | re.MULTILINE)
_TIMES = re.compile(r"@(?:start|end|execution)_\w+", re.IGNORECASE)
_MACRO = re.compile(r"@(?=\w+\s*\()")


def _sqlmesh(sql: str, model: re.Match[str]) -> str:
    """A model fills the table that it names; its macros are called like functions."""
    named = _MODEL_NAME.search(model.group(1))
    name = named.group(1) if named is not None else "this_model"
    rest = _DEFINITION.sub("", sql[model.end() :])
    rest = re.sub(r"@this_model\b", name, _TIMES.sub("NULL", rest), flags=re.IGNORECASE)
    rest = _MACRO.sub("", rest)
    if named is None:
        return rest
    return _QUERY.sub(lambda hit: f"{hit.group()}CREATE TABLE {name} AS ", rest, count=1)
