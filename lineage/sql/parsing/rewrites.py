"""Other spellings of a statement that the grammar refused, in which nothing is lost.

Every rewriting has the length of the original, so that all offsets stay the same: words that only
some engines know are blanked, others are replaced by ones that mean the same here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, closing, tokens
from lineage.sql.parsing.bigquery import as_methods, without_offsets
from lineage.sql.parsing.directories import directory
from lineage.sql.parsing.exasol import imported
from lineage.sql.parsing.flink import row_types
from lineage.sql.parsing.hive_scripts import as_select
from lineage.sql.parsing.models import without_models
from lineage.sql.parsing.needless import NEEDLESS
from lineage.sql.parsing.teradata import operators

_IGNORE = re.IGNORECASE | re.DOTALL
_REMOVES_DUPLICATES = re.compile(r"\bREMOVE\s+DUPLICATES\s*(?:;\s*)?$", _IGNORE)
_UPSERT = re.compile(r"^(\s*)UPSERT(?=\s+\w)", _IGNORE)
_RECREATE = re.compile(r"^(\s*)RECREATE(?=\s+(?:TABLE|VIEW)\b)", _IGNORE)
_FILES = re.compile(
    r"\bFILES\s*\(\s*['\"]path['\"]\s*=\s*['\"]([^'\"]+)['\"][^()]*\)(?=\s*SELECT\b)", _IGNORE
)
_REPLACE_TABLE = re.compile(r"^(\s*)REPLACE(?=\s+TABLE\b)", _IGNORE)
_REPLICA = re.compile(r"\bAS\s+(?:REPLICA|CLONE)\s+OF\b", _IGNORE)
_INTO_QUERY = re.compile(
    r"^(\s*INSERT\s+INTO\s*)\(\s*SELECT\s+(\*|[\w\s,]{1,3000}?)\s{1,100}FROM\s+([\w.\"]+)\b[^()]*\)(?=\s*VALUES\b)",
    _IGNORE,
)
"""Oracle's ``INSERT INTO (SELECT a, b FROM t) VALUES ...``."""
_RESETS = re.compile(r"\bRESET\s+WHEN\b", re.IGNORECASE)
"""Begins a group of rows anew, and so decides a window as its order does."""
_MEMBERS = re.compile(r"\b(?:NOT\s+)?(?:MEMBER|SUBMULTISET)\s+OF\b", _IGNORE)
_PASSED = re.compile(r"(?<=')\s*PASSING\b(?:\s+BY\s+(?:VALUE|REF))?", _IGNORE)
_CHOSEN = re.compile(r"\bCOLUMNS\s*(\()([\w\s]+(?:,[\w\s]+)+)(\))", _IGNORE)
_APPLIED = re.compile(r"\s?\bAPPLY\s*(\((?:[^()]|\([^()]*\))*\)|\w+)", _IGNORE)
_FIRST_FUNCTION = re.compile(r"(?:->\s*)?(\w+)\s*(?=\()|^\W*(\w+)\W*$")


def rewritten(sql: str, rules: DialectRules) -> list[str]:
    """The spellings to try, the mildest first; none where nothing can be changed."""
    found: list[str] = []
    current = sql
    for change in _CHANGES:
        changed = change(current, rules)
        if changed != current:
            current = changed
            found.append(current)
    return found


def _into_table(hit: re.Match[str]) -> str:
    listed = "" if hit.group(2) == "*" else f" ({hit.group(2)})"
    return f"{hit.group(1)} {hit.group(3)}{listed}".ljust(len(hit.group()))


def _plain(sql: str, rules: DialectRules) -> str:
    """Without the words that say nothing about lineage."""
    characters = list(sql)
    for hit in NEEDLESS.finditer(sql):
        for group in range(1, (hit.lastindex or 0) + 1):
            start, end = hit.span(group)
            if start >= 0:
                characters[start:end] = " " * (end - start)
    text = _UPSERT.sub(r"\1INSERT", "".join(characters))
    text = _RECREATE.sub(r"\1  CREATE", text)  # Firebird
    text = _FILES.sub(lambda hit: f"`{hit.group(1)}`".ljust(len(hit.group())), text)  # StarRocks
    text = _REPLACE_TABLE.sub(r"\1CREATE ", text)
    text = _REPLICA.sub(lambda hit: "CLONE".ljust(len(hit.group())), text)  # BigQuery, Fabric
    text = _INTO_QUERY.sub(_into_table, text)
    text = _MEMBERS.sub(lambda hit: "=".ljust(len(hit.group())), text)
    if re.search(r"\bXML(?:EXISTS|QUERY)\b", text, _IGNORE):
        text = _PASSED.sub(lambda hit: ",".rjust(len(hit.group())), text)
    text = _RESETS.sub(lambda hit: ",".ljust(len(hit.group())), text)  # Teradata
    # Redshift's short form stands at the end, so that it may grow.
    return _REMOVES_DUPLICATES.sub(
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *", text
    )


def _applications(sql: str, rules: DialectRules) -> str:
    """ClickHouse's ``APPLY(x -> f(x))``, ``APPLY f``, ``COLUMNS(a, b)`` as the grammar has them."""
    if rules.name != "clickhouse":
        return sql

    def listed(hit: re.Match[str]) -> str:
        text = hit.group()
        inside = text[hit.start(2) - hit.start() : hit.end(2) - hit.start()]
        return " " * (hit.start(2) - hit.start()) + inside + " "

    def applied(hit: re.Match[str]) -> str:
        named = _FIRST_FUNCTION.search(hit.group(1).strip("()"))
        name = next((group for group in named.groups() if group), "f") if named else "f"
        room = len(hit.group()) - len("APPLY()")
        return f"APPLY({name[:room]})".ljust(len(hit.group())) if room > 0 else hit.group()

    return _APPLIED.sub(applied, _CHOSEN.sub(listed, sql))


_NAMED = re.compile(r"\(\s*NAMED\s+(\w+|\"[^\"]*\")\s*\)", _IGNORE)


_DIRECTION = re.compile(r"\s(?:DESC|ASC)(?=\s*\))", _IGNORE)
"""``RANK(a DESC)``, whose direction says nothing about lineage."""
_SPAN = re.compile(
    r"(?<=[\w)\"])(?<!INTERVAL)\s+(?:YEAR|MONTH|DAY|HOUR|MINUTE|SECOND)"
    r"(?=\s*\(\s*\d|\s+TO\s)(?:\s*\([\d,\s]*\))?(?:\s+TO\s+\w+(?:\s*\([\d,\s]*\))?)?",
    _IGNORE,
)
"""``(a - b) DAY(4) TO SECOND``: the unit of a span of time."""


def _named(sql: str, rules: DialectRules) -> str:
    """Teradata's ``a (NAMED b)`` as ``a AS b``, and spans of time without their units."""
    if rules.name != "teradata":
        return sql
    sql = _SPAN.sub(lambda hit: " " * len(hit.group()), sql)
    named = _NAMED.sub(lambda hit: f"AS {hit.group(1)}".ljust(len(hit.group())), sql)
    return _DIRECTION.sub(lambda hit: " " * len(hit.group()), named)


_WINDOWED = re.compile(
    r"\bTABLE\s*\(\s*(TUMBLE|HOP|CUMULATE|SESSION)\s*\(\s*(?:DATA\s*=>\s*)?TABLE\s+([\w.`]+)"
    r"(?:\s+PARTITION\s+BY\s+[\w\s,.`]{1,300})?\s*,"
    r"\s*(?:\w+\s*=>\s*)?DESCRIPTOR\s*\(\s*([\w`]+)\s*\)(?:[^()]|\([^()]*\))*\)\s*\)",
    _IGNORE,
)


def _windowed(sql: str, rules: DialectRules) -> str:
    """Flink's ``TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), ...))`` as ``HOP(t, at)``, which reads alike
    and is no other word of the grammar."""

    def called(hit: re.Match[str]) -> str:
        characters = [" "] * len(hit.group())
        for group, text in ((1, "HOP("), (2, f"{hit.group(2)},"), (3, f"{hit.group(3)})")):
            start = hit.start(group) - hit.start()
            characters[start : start + len(text)] = text
        return "".join(characters)

    return _WINDOWED.sub(called, sql)


WINDOW_NAME = re.compile(r"\b(?:tumble|hop)\s*\((?:[^()]|\([^()]*\))*\)(\s+AS\s+(\w+))", _IGNORE)
"""ClickHouse's ``GROUP BY tumble(at, INTERVAL 1 HOUR) AS w``."""


def _unnamed_windows(sql: str, rules: DialectRules) -> str:
    """Without the names of windows, which ``parse`` puts in their places."""
    if rules.name != "clickhouse":
        return sql
    return WINDOW_NAME.sub(
        lambda hit: hit.group()[: hit.start(1) - hit.start()] + " " * len(hit.group(1)), sql
    )


_EXTERNAL = re.compile(
    r"\b(FROM|JOIN|,)(\s+)EXTERNAL\s*('[^']*')(\s*\([^()]*\))?(\s+SAMEAS\s+[\w.]+)?"
    r"(\s+USING\s*\((?:[^()]|\([^()]*\))*\))?",
    _IGNORE,
)
_SAME_AS = re.compile(
    r"^(\s*CREATE\s+)EXTERNAL(\s+TABLE\s+[\w.]+\s+)SAMEAS(\s+[\w.]+)(\s+USING\b.*)?$", _IGNORE
)


def _external(sql: str, rules: DialectRules) -> str:
    """Netezza's ``FROM EXTERNAL 'file' USING (...)`` as ``read_ext('file')``."""

    def read(hit: re.Match[str]) -> str:
        return f"{hit.group(1)}{hit.group(2)}read_ext({hit.group(3)})".ljust(len(hit.group()))

    def same(hit: re.Match[str]) -> str:
        text = f"{hit.group(1)}        {hit.group(2)}LIKE  {hit.group(3)}"
        return text.ljust(len(hit.group()))

    return _SAME_AS.sub(same, _EXTERNAL.sub(read, sql))


_EXTERNAL_TABLE = re.compile(
    r"^\s*CREATE\s+(?:OR\s+REPLACE\s+)?EXTERNAL\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\w.\"]+\s*\(",
    _IGNORE,
)


def _external_columns(sql: str, rules: DialectRules) -> str:
    """Snowflake's external table without its columns, each an expression over the file."""
    hit = _EXTERNAL_TABLE.match(sql)
    if hit is None or rules.name != "snowflake":
        return sql
    depth = 0
    for token in tokens(sql, rules):
        if token.start < hit.end() - 1 or token.kind is Kind.STRING:
            continue
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            start = hit.end() - 1
            return sql[:start] + " " * (token.end - start) + sql[token.end :]
    return sql


def _numbered(sql: str, rules: DialectRules) -> str:
    """``:1`` as the placeholder ``:n``."""
    characters = list(sql)
    for mark, number in pairwise(tokens(sql, rules)):
        if mark.text == ":" and number.text.isdigit() and mark.end == number.start:
            characters[number.start : number.end] = "n" * (number.end - number.start)
    return "".join(characters)


def _driver_parameters(sql: str, rules: DialectRules) -> str:
    """``%s`` and ``%(name)s``, which drivers of Python replace, as ``?``."""
    if "%" not in sql:
        return sql
    characters = list(sql)
    found = tokens(sql, rules)
    for at, mark in enumerate(found):
        if mark.text != "%":
            continue
        opened = at + 1 < len(found) and found[at + 1].text == "("
        last = at + 4 if opened else at + 1
        if last < len(found) and found[last].text == "s" and found[last].start - mark.end < 60:
            is_whole = found[last].start == found[last - 1].end
            if is_whole and (not opened or found[at + 3].text == ")"):
                length = found[last].end - mark.start
                characters[mark.start : found[last].end] = "?".ljust(length)
    return "".join(characters)


_OPERATORS = frozenset("+-*/%&|^")


def _assignments(sql: str, rules: DialectRules) -> str:
    """``SET a += b`` (T-SQL) as ``SET a = b``; that it also keeps what it had, ``parse`` tells."""
    found = tokens(sql, rules)
    characters = list(sql)
    for operator, equals in pairwise(found):
        if operator.text in _OPERATORS and equals.text == "=" and operator.end == equals.start:
            characters[operator.start] = " "
    return "".join(characters)


_PIPED_TABLE = re.compile(r"^(\s*)TABLE(?=\s[^|;]*\|>)", _IGNORE)


def _piped(sql: str, rules: DialectRules) -> str:
    """Spark's ``TABLE t |> ...`` as ``FROM t |> ...``."""
    return _PIPED_TABLE.sub(r"\1FROM ", sql)


_BRACKETED = re.compile(r"\[([A-Za-z_][\w ]*)\]")


_TICKED = re.compile(r"`([^`\"\n]+)`")


def _bracketed(sql: str, rules: DialectRules) -> str:
    """``[schema].[table]`` of T-SQL's people, whatever engine they came to; the backticks of
    engines that are read as standard SQL (Flink, ksqlDB)."""
    if not rules.name:
        sql = _TICKED.sub(r'"\1"', sql)
    return _BRACKETED.sub(r'"\1"', sql) if rules.name in ("redshift", "") else sql


_COMPARED = {">": "<=", "<": ">="}


def _comparisons(sql: str, rules: DialectRules) -> str:
    """T-SQL's ``!>`` and ``!<`` as ``<=`` and ``>=``."""
    if rules.name not in ("tsql", "fabric"):
        return sql
    characters = list(sql)
    for mark, sign in pairwise(tokens(sql, rules)):
        if mark.text == "!" and sign.text in _COMPARED and mark.end == sign.start:
            characters[mark.start : sign.end] = _COMPARED[sign.text]
    return "".join(characters)


_GRAPH_PATH = re.compile(
    r"\bWITHIN\s+GROUP\s*\(\s*GRAPH\s+PATH\s*\)|(?<=[\w\]])\s+FOR\s+PATH\b", _IGNORE
)
_MATCHED = "1=1"


def _graph(sql: str, rules: DialectRules) -> str:
    """T-SQL's ``MATCH(a-(e)->b)``, which joins the tables that FROM names, as what always holds."""
    if rules.name not in ("tsql", "fabric"):
        return sql
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    for at, token in enumerate(found[:-1]):
        if token.word == "MATCH" and found[at + 1].text == "(":
            end = found[closing(found, at + 1)].end
            always = _MATCHED.ljust(end - token.start)
            sql = sql[: token.start] + always + sql[end:]
    return _GRAPH_PATH.sub(lambda hit: " " * len(hit.group()), sql)


_SUBSTITUTION = re.compile(r"(?<![\w&])(&&?)(?=[A-Za-z_])")


def _substituted(sql: str, rules: DialectRules) -> str:
    """``&name``, which the clients of Oracle and Snowflake replace, as ``:name``."""
    if rules.name not in ("oracle", "snowflake"):
        return sql
    return _SUBSTITUTION.sub(lambda hit: ":".rjust(len(hit.group(1))), sql)


_HIVE = words("hive spark spark2 databricks")
_AFTER_VIEW = words(
    "AS LATERAL WHERE JOIN INNER LEFT RIGHT FULL CROSS NATURAL GROUP ORDER SORT CLUSTER DISTRIBUTE "
    "HAVING LIMIT UNION EXCEPT INTERSECT WINDOW ON PIVOT UNPIVOT INSERT"
)


def _lateral_views(sql: str, rules: DialectRules) -> str:
    """Hive's ``LATERAL VIEW explode(m) t k, v`` as ``LATERAL VIEW explode(m) AS k, v``, and the
    columns that are called ``t.k`` by their own names."""
    if rules.name not in _HIVE:
        return sql
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    characters = list(sql)
    names: set[str] = set()
    for at, token in enumerate(found[:-3]):
        if token.word != "LATERAL" or found[at + 1].word != "VIEW":
            continue
        opened = next((i for i in range(at + 2, len(found)) if found[i].text == "("), len(found))
        end = closing(found, opened) if opened < len(found) else opened
        named, column = found[end + 1 : end + 2], found[end + 2 : end + 3]
        if not named or not column or column[0].kind not in (Kind.WORD, Kind.QUOTED):
            continue
        room = named[0].end - found[end].end
        if named[0].word in _AFTER_VIEW or column[0].word in _AFTER_VIEW or room < len("AS"):
            continue
        names.add(named[0].name.lower())
        characters[found[end].end : named[0].end] = "AS".rjust(room)
    for name, dot in pairwise(found):
        if dot.text == "." and name.name.lower() in names:
            characters[name.start : dot.end] = " " * (dot.end - name.start)
    return "".join(characters)


_MULTISET = re.compile(
    r"\bMULTISET\s+(?:UNION|EXCEPT|INTERSECT)\b(?:\s+(?:ALL|DISTINCT)\b)?", _IGNORE
)


def _multisets(sql: str, rules: DialectRules) -> str:
    """Oracle's ``a MULTISET UNION ALL b``, of two nested tables, as ``a || b``."""
    if rules.name != "oracle":
        return sql
    return _MULTISET.sub(lambda hit: "||".ljust(len(hit.group())), sql)


_USING = re.compile(r"\bUSING\s+(\w+(?:\s*,\s*\w+)+)(?!\s*[(.])", _IGNORE)


def _using(sql: str, rules: DialectRules) -> str:
    """ClickHouse's ``USING a, b`` in brackets; the last column is left out where there is no room
    for them."""
    if rules.name != "clickhouse":
        return sql

    def bracketed(hit: re.Match[str]) -> str:
        names = re.split(r"\s*,\s*", hit.group(1))
        text = f"USING({','.join(names)})"
        if len(text) > len(hit.group()):
            text = f"USING({','.join(names[:-1])})"
        return text.ljust(len(hit.group()))

    return _USING.sub(bracketed, sql)


_KINDS = words("TABLE VIEW SINK PROJECTION SERVICE")
_QUERY = words("SELECT WITH FROM VALUES SEL")


def _header(sql: str, rules: DialectRules) -> str:
    """``CREATE ... VIEW name (columns) whatever AS query`` without what stands between."""
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    if not found or found[0].word != "CREATE":
        return sql
    kind = next((i for i, token in enumerate(found[:9]) if token.word in _KINDS), -1)
    if kind < 0 or found[kind - 1].word == "WINDOW":  # a command: it may fill another table
        return sql
    at = kind + 1
    while at < len(found) and found[at].word in ("IF", "NOT", "EXISTS"):
        at += 1
    end = _after_name(found, at)
    opens = next((i for i in range(at, end) if found[i].text == "("), end)
    start = _query_start(found, end)
    if opens + 1 < end and found[opens + 1].word == "CONSTRAINT":
        end = opens  # what Databricks expects of the rows, no columns
    if start < 0 or end == at:
        return sql
    word = "TABLE" if found[kind].word == "TABLE" else "VIEW"
    characters = [" "] * found[start].start
    _put(characters, found[0].start, "CREATE")
    for token in found[1:kind]:
        if token.word in ("TEMP", "TEMPORARY"):
            _put(characters, token.start, token.text)
    _put(characters, found[kind].end - len(word), word)
    _put(characters, found[at].start, sql[found[at].start : found[end - 1].end])
    _put(characters, found[start - 1].start, "AS")
    return "".join(characters) + sql[found[start].start :]


def _put(characters: list[str], at: int, text: str) -> None:
    characters[at : at + len(text)] = text


def _after_name(found: list[Token], at: int) -> int:
    """The index after a name and the list of columns that may follow it."""
    while at < len(found) and found[at].kind in (Kind.WORD, Kind.QUOTED):
        at += 1
        if at >= len(found) or found[at].text != ".":
            break
        at += 1
    if at < len(found) and found[at].text == "(":
        return closing(found, at) + 1
    return at


def _query_start(found: list[Token], at: int) -> int:
    """The index of the query after the first AS outside brackets, -1 where there is none."""
    depth = 0
    for index in range(at, len(found) - 1):
        depth += (found[index].text == "(") - (found[index].text == ")")
        following = found[index + 1]
        queries = following.word in _QUERY or following.text == "("
        if depth == 0 and found[index].word == "AS" and queries:
            return index + 1
    return -1


_CHANGES: tuple[Callable[[str, DialectRules], str], ...] = (
    _plain,
    directory,
    _applications,
    _named,
    operators,
    _windowed,
    _unnamed_windows,
    _external,
    _external_columns,
    _numbered,
    _driver_parameters,
    _assignments,
    _comparisons,
    _graph,
    _bracketed,
    _piped,
    _substituted,
    _multisets,
    _lateral_views,
    _using,
    without_models,
    as_methods,
    without_offsets,
    as_select,
    imported,
    row_types,
    _header,
)
