"""Statements that the grammar only passes through, read by their words.

USE and SET change the session; RENAME, SWAP and EXCHANGE move tables; UNLOAD, EXECUTE IMMEDIATE,
DO, CALL, routines and blocks hold other statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lineage.sql.command_moves import beside, exchange, move_of, rename, renamed_in_parallel
from lineage.sql.command_words import Command, Inner, Move, MoveKind, Words, unquoted
from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, tokens
from lineage.sql.routine_headers import body_of, parameters_of
from lineage.sql.routines import Part, assigned, declared_in, parts_of
from lineage.sql.session import Session
from lineage.types import TableKind, TableName

_QUIET = words(
    "GRANT REVOKE DENY SHOW DESCRIBE DESC COMMENT VACUUM ANALYZE OPTIMIZE LIST REMOVE PUT GET "
    "COMMIT ROLLBACK START END ABORT SAVEPOINT RELEASE LOCK UNLOCK KILL DISCARD RESET CHECKPOINT "
    "PRAGMA ATTACH DETACH INSTALL FLUSH SIGNAL MSCK REFRESH INVALIDATE COMPUTE COLLECT PRINT "
    "DEALLOCATE LISTEN NOTIFY CLUSTER REINDEX ADD SYSTEM UNCACHE CLEAR RETURN RAISE HELP UNDROP "
    "DECLARE CLOSE FETCH OPEN PURGE AUDIT WAIT WAITFOR DBCC RAISERROR THROW CHECK REPAIR FSCK "
    "RESTORE CONVERT GENERATE EXISTS WATCH FLASHBACK HANDLER CHANGE XA CANCEL BT ET BACKUP DISABLE "
    "ENABLE SECURITY NOAUDIT STOP START"
)
_WORD = re.compile(r"[A-Za-z_]+")
_HEAD = 200
"""Characters within which a statement says what it creates."""
_HOLDS_NOTHING = words(
    "ROLE USER POLICY INTEGRATION MONITOR SHARE EXTENSION DOMAIN PUBLICATION SUBSCRIPTION SERVER "
    "AGGREGATE CAST STATISTICS INDEX RESERVATION LOGIN TYPE QUOTA TABLESPACE DIRECTORY LINK "
    "LIBRARY DATASHARE SCHEMA DATABASE COLLATION OPERATOR LANGUAGE PROFILE CREDENTIAL CERTIFICATE "
    "ENDPOINT DATA PARTITION SEQUENCE STAGE FORMAT WAREHOUSE TAG SECRET CONNECTION"
)
_HOLDS_ROWS = words("TABLE VIEW DICTIONARY MODEL SNAPSHOT")
_ROUTINES = words("PROCEDURE PROC FUNCTION TRIGGER")
_TRANSACTION = words("TRANSACTION TRAN WORK ISOLATION READ DEFERRED IMMEDIATE EXCLUSIVE")
_NO_PLACES = words("WAREHOUSE ROLE SECONDARY")


def command_of(sql: str, rules: DialectRules, session: Session) -> Command | None:
    """What the statement does, None where it is one for the grammar."""
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    if not found:
        return None
    reader = _READERS.get(found[0].word)
    return reader(Words(sql, found, rules, session)) if reader is not None else None


def is_quiet(verb: str, sql: str) -> bool:
    """Whether such a statement moves no data, so that not parsing it is no loss."""
    if verb in _QUIET:
        return True
    following = _WORD.findall(sql[:_HEAD].upper())[1:6]
    if verb in ("CREATE", "ALTER", "DROP"):
        kind = next((w for w in following if w in _HOLDS_NOTHING or w in _HOLDS_ROWS), "")
        return kind in _HOLDS_NOTHING
    return verb == "UPDATE" and following[:1] == ["STATISTICS"]


# What changes the session


def _use(said: Words) -> Command:
    at = 1
    kind = said.word(1)
    if kind in _NO_PLACES:
        return Command("USE")
    if kind in ("DATABASE", "SCHEMA", "CATALOG", "NAMESPACE") and len(said.found) > 2:
        at = 2
    else:
        kind = ""
    parts, _ = said.parts(at)
    if said.word(0) == "DATABASE":
        kind = "SCHEMA"
    _use_parts(said, kind, parts)
    return Command("USE")


_SCHEMA_FIRST = words("trino presto athena hive spark spark2 databricks duckdb drill dremio")


def _use_parts(said: Words, kind: str, parts: tuple[str, ...]) -> None:
    session, rules = said.session, said.rules
    if not parts:
        return
    if len(parts) > 1:
        session.use(parts[-2], parts[-1])
    elif kind in ("SCHEMA", "NAMESPACE"):
        session.use(None, parts[0])
    elif rules.two_levels or rules.name in _SCHEMA_FIRST:
        if kind == "CATALOG" or (kind == "DATABASE" and rules.name == "duckdb"):
            session.use(parts[0], None)
        else:
            session.use(None, parts[0])
    elif rules.name in ("tsql", "fabric"):
        session.use(parts[0], session.schema_name)
    else:
        session.use(
            parts[0], "public" if session.schema_name and rules.name == "snowflake" else None
        )


def _set(said: Words) -> Command | None:
    at = 1
    while said.word(at) in ("SESSION", "LOCAL", "CURRENT", "GLOBAL"):
        at += 1
    name = said.word(at)
    if name.startswith("@@"):
        name = name[2:]
    if name in ("SEARCH_PATH", "SCHEMA", "CURRENT_SCHEMA", "DATASET_ID", "PATH", "SQLID"):
        _set_schema(said, at + 1)
    elif name in ("CATALOG", "DATASET_PROJECT_ID"):
        parts, _ = said.parts(_after_equals(said, at + 1))
        said.session.use(parts[0] if parts else None, said.session.schema_name)
    else:
        names, value = assigned(list(said.found))
        if names:
            start = said.found[value].start
            return Command("SET", inner=(Inner(said.sql[start:].rstrip(" ;"), start, names),))
    return Command("SET")


def _after_equals(said: Words, at: int) -> int:
    return at + 1 if said.text(at) == "=" or said.word(at) == "TO" else at


def _set_schema(said: Words, at: int) -> None:
    at = _after_equals(said, at)
    while at < len(said.found):
        parts, after = said.parts(at)
        if parts and "$user" not in parts:
            said.session.use(parts[-2] if len(parts) > 1 else None, parts[-1])
            return
        at = max(after, at) + 1


# What moves tables


def _alter(said: Words) -> Command | None:
    if said.word(1) in ("SESSION", "SYSTEM"):
        at = said.at("CURRENT_SCHEMA")
        if at > 0:
            _set_schema(said, at + 1)
        return Command("ALTER SESSION")
    if said.word(1) in _ROUTINES:
        return _routine(said)
    if said.word(1) not in ("TABLE", "VIEW", "MATERIALIZED", "DYNAMIC", "ICEBERG", "EXTERNAL"):
        return Command("ALTER")
    start = said.at("TABLE", "VIEW", start=1) + 1
    table, after = said.table(start)
    kind = f"ALTER {said.word(start - 1)}"
    query = said.at("AS", start=after) + 1
    if kind == "ALTER VIEW" and 0 < query < len(said.found):
        place = said.found[query].start
        return Command(kind, inner=(Inner(said.sql[place:], place),), target=table)
    if said.word(after) in ("UPDATE", "DELETE") and said.rules.name == "clickhouse":
        return Command(kind, inner=(_mutation(said, after),))
    if said.text(after) == ",":
        return renamed_in_parallel(said, start, kind)
    move = move_of(said, table, after)
    return Command(kind, moves=(move,) if move is not None else ())


def _mutation(said: Words, after: int) -> Inner:
    """ClickHouse's ``ALTER TABLE t UPDATE a = b WHERE ...`` as an UPDATE, offsets kept."""
    table = said.sql[said.found[2].start : said.found[after - 1].end]
    updates = said.word(after) == "UPDATE"
    head = ("UPDATE " if updates else "DELETE FROM ").ljust(said.found[2].start) + table
    verb = (" SET " if updates else " ").ljust(said.found[after].end - len(head))
    return Inner(head + verb + said.sql[said.found[after].end :], 0)


# What holds other statements


def _unload(said: Words) -> Command:
    """``UNLOAD ('SELECT ...') TO 's3://...'``; Athena and Trino do not quote the query."""
    at = said.at("TO")
    target = None
    if at > 0 and said.found[min(at + 1, len(said.found) - 1)].kind is Kind.STRING:
        place = unquoted(said.found[at + 1], said.rules)[0]
        target = TableName((place,), TableKind.FILE)
    inner = said.string(2)
    if inner is None and at > 3 and said.text(1) == "(":
        start = said.found[2].start
        inner = Inner(said.sql[start : said.found[at - 1].start], start)
    if inner is None:
        return Command("UNLOAD", reason="The query of the UNLOAD could not be read.")
    return Command("UNLOAD", inner=(inner,), target=target)


_PUT_TOGETHER = "The statement is put together at run time from more than literal text."


def _execute(said: Words) -> Command:
    """EXECUTE IMMEDIATE, EXEC ('...'), sp_executesql, EXECUTE of a prepared statement, EXEC."""
    at = 1
    kind = "EXECUTE"
    if said.word(1) == "IMMEDIATE":
        at, kind = 2, "EXECUTE IMMEDIATE"
        if said.word(2) == "FROM":
            return Command(kind, reason="The statements are in a file that is not at hand.")
    if said.text(at) == "(":
        at += 1
    literal = said.string(at) or _known_text(said, at)
    if literal is not None:
        return _with_inner(kind, literal, said)
    parts, after = said.parts(at)
    bracketed = at > 0 and said.text(at - 1) == "("
    if said.text(at) == "@" or kind == "EXECUTE IMMEDIATE" or bracketed or not parts:
        return Command(kind, reason=_PUT_TOGETHER)
    if parts[0].startswith("@") and said.text(after) == "=":
        parts, after = said.parts(after + 1)
    if parts[-1] in ("sp_executesql", "sp_execute_sql"):
        at = after + 2 if said.text(after + 1) == "=" else after
        literal = said.string(at) or _known_text(said, at)
        return (
            _with_inner("EXECUTE", literal, said)
            if literal
            else Command("EXECUTE", reason=_PUT_TOGETHER)
        )
    if parts[-1] == "sp_rename":
        return _sp_rename(said, after)
    return Command("EXECUTE", calls=(said.session.complete(parts),))


def _known_text(said: Words, at: int) -> Inner | None:
    """What a variable holds that a literal was put into before."""
    at += said.text(at) == ":"
    alone = said.text(at + 1) in ("", ";", ")", ",") or said.word(at + 1) in ("USING", "INTO")
    text = said.session.texts.get(said.text(at).lower()) if alone else None
    return Inner(text, None) if text is not None else None


def _with_inner(kind: str, literal: Inner, said: Words) -> Command:
    into = said.at("INTO", start=1)
    names = _listed_variables(said, into + 1) if into > 0 else ()
    inner = tuple(
        _inside(literal.sql, literal.start, part) for part in parts_of(literal.sql, said.rules)
    )
    if len(inner) == 1 and names:
        inner = (replace(inner[0], record=names),)
    return Command(kind, inner=inner, procedural=_is_block(literal.sql, said.rules))


def _listed_variables(said: Words, at: int) -> tuple[str, ...]:
    """``a, :b, @c``: the names of variables, in lower case."""
    names: list[str] = []
    while at < len(said.found):
        at += said.text(at) == ":"
        if said.found[at].kind not in (Kind.WORD, Kind.QUOTED):
            break
        names.append(said.found[at].name.lower())
        if said.text(at + 1) != ",":
            break
        at += 2
    return tuple(names)


def _fetch(said: Words) -> Command:
    """``FETCH c INTO a, b``: the columns of a cursor's query go into variables."""
    into = said.at("INTO")
    if into < 1:
        return Command("FETCH")
    last = into - 1
    if said.word(last) == "COLLECT":
        last -= 2
    cursor = said.found[last].name.lower()
    return Command("FETCH", fetched=(cursor, _listed_variables(said, into + 1)))


def _inside(text: str, start: int | None, part: Part) -> Inner:
    """A part of a text that begins at ``start``, None where its place is not known."""
    place = None if start is None else start + part.start
    return Inner(text[part.start : part.end], place, part.record, part.branched)


def _is_block(sql: str, rules: DialectRules) -> bool:
    return next((t.word for t in tokens(sql, rules) if t.kind is Kind.WORD), "") in (
        "BEGIN",
        "DECLARE",
    )


def _sp_rename(said: Words, at: int) -> Command:
    names = [token for token in said.found[at:] if token.kind is Kind.STRING]
    if len(names) < 2:
        return Command("EXECUTE")
    source = said.session.complete(said.parts(said.found.index(names[0]))[0])
    target, _ = said.parts(said.found.index(names[1]))
    if len(names) > 2 and names[2].text.strip("N'").upper() in ("COLUMN", "INDEX"):
        return Command("EXECUTE")
    return Command("EXECUTE", moves=(Move(MoveKind.RENAME, source, beside(source, target, said)),))


def _call(said: Words) -> Command:
    parts, _ = said.parts(1)
    calls = (said.session.complete(parts),) if parts else ()
    return Command("CALL", calls=calls)


def _do(said: Words) -> Command:
    """PostgreSQL's DO: an anonymous block in a string."""
    for token in said.found[1:]:
        if token.kind is Kind.STRING:
            literal = Inner(*unquoted(token, said.rules))
            return _block_inside("DO", literal, said)
    return Command("DO")


def _block(said: Words) -> Command | None:
    """A block, a branch or a loop that stands on its own."""
    starts_transaction = len(said.found) == 1 or said.word(1) in _TRANSACTION
    if said.word(0) == "BEGIN" and starts_transaction and len(said.found) <= 3:
        return Command("BEGIN")
    return _block_inside(said.word(0), Inner(said.sql, 0), said)


def _declare(said: Words) -> Command | None:
    if said.rules.name in ("tsql", "fabric") and any(t.word == "TABLE" for t in said.found[:5]):
        return None
    at = 1
    while said.word(at) and not said.word(at).startswith("@"):
        said.session.variables.add(said.rules.column(said.found[at].name, False))
        if said.text(at + 1) != ",":
            break
        at += 2
    if not any(token.word == "BEGIN" for token in said.found):
        parts = parts_of(said.sql, said.rules)
        return Command("DECLARE", inner=tuple(_inside(said.sql, 0, part) for part in parts))
    return _block(said)


def _block_inside(kind: str, literal: Inner, said: Words) -> Command:
    parts = parts_of(literal.sql, said.rules)
    return Command(
        kind,
        inner=tuple(
            _inside(literal.sql, literal.start, part)
            for part in parts
            if part.end - part.start < len(literal.sql) or part.start
        ),
        procedural=True,
        variables=frozenset(declared_in(literal.sql, said.rules)),
    )


def _create(said: Words) -> Command | None:
    """CREATE of what holds statements, or is made of another table without a query."""
    at = 1
    while (
        said.word(at)
        in (
            "OR",
            "REPLACE",
            "ALTER",
            "TEMP",
            "TEMPORARY",
            "SECURE",
            "AGGREGATE",
            "EDITIONABLE",
            "NONEDITIONABLE",
            "GLOBAL",
            "LOCAL",
            "DEFINER",
            "CONSTRAINT",
        )
        or said.text(at) in ("=", "@")
        or (at > 1 and said.text(at - 1) in ("=", "@"))
    ):
        at += 1
    kind = said.word(at)
    if kind in _ROUTINES or (kind == "TABLE" and said.word(at + 1) == "FUNCTION"):
        return _routine(said)
    on = said.at("FOR", "FROM", start=at + 2) if kind in ("SYNONYM", "SINK") else -1
    if on > 0 and said.at("AS", start=at) < 0:
        move = Move(MoveKind.COPY, said.table(on + 1)[0], said.table(at + 1)[0])
        return Command(f"CREATE {kind}", moves=(move,))
    if kind in ("SOURCE", "CONNECTION", "SECRET"):
        return Command(f"CREATE {kind}")
    if kind == "VDS" and (query := said.at("AS", start=at) + 1) > 0:  # Dremio's view
        place = said.found[query].start
        inner = (Inner(said.sql[place:], place),)
        return Command("CREATE VIEW", inner=inner, target=said.table(at + 1)[0])
    if kind == "PIPELINE":
        loaded = _import(said)
        return replace(loaded, kind="CREATE PIPELINE") if loaded is not None else None
    if kind in ("TASK", "PIPE", "ALERT", "EVENT", "RULE", "JOB"):
        return _scheduled(said, at)
    if kind == "STREAM":
        on = said.at("TABLE", "VIEW", start=at + 2)
        if on < 0:
            return Command("CREATE STREAM")
        move = Move(MoveKind.COPY, said.table(on + 1)[0], said.table(at + 1)[0])
        return Command("CREATE STREAM", moves=(move,))
    if kind in ("PACKAGE",):
        body = said.at("AS", "IS", start=at) + 1
        start = said.found[min(max(body, at), len(said.found) - 1)].start
        return _block_inside("CREATE PACKAGE", Inner(said.sql[start:], start), said)
    return None


def _routine(said: Words) -> Command:
    kind = next((t.word for t in said.found[:8] if t.word in _ROUTINES), "PROCEDURE")
    kind = "PROCEDURE" if kind == "PROC" else kind
    found = body_of(said.sql, said.rules)
    name = f"{said.word(0)} {kind}"
    runs = said.at("EXECUTE", start=2) if kind == "TRIGGER" else -1
    if runs > 0 and said.word(runs + 1) in ("FUNCTION", "PROCEDURE"):
        return Command(name, calls=(said.table(runs + 2)[0],))
    if found is None:
        return Command(name, reason=f"The body of the {kind.lower()} is not SQL, or there is none.")
    body, start, changed = found
    place = None if changed else start
    inner = tuple(_inside(body, place, part) for part in parts_of(body, said.rules))
    row_of = None
    if kind == "TRIGGER":
        at = said.at("ON")
        row_of = said.table(at + 1)[0] if at > 0 else None
    names = declared_in(body, said.rules) | parameters_of(said.sql, said.rules)
    return Command(name, inner=inner, procedural=True, row_of=row_of, variables=frozenset(names))


def _scheduled(said: Words, at: int) -> Command:
    """CREATE TASK ... AS, CREATE PIPE ... AS, CREATE EVENT ... DO: a statement that runs later."""
    kind = f"CREATE {said.word(at)}"
    opening = {"ALERT": ("THEN",), "RULE": ("DO",)}.get(said.word(at), ("AS", "DO"))
    after = said.at(*opening, start=at + 1)
    if said.word(after + 1) in ("ALSO", "INSTEAD"):
        after += 1
    if after < 0 or after + 1 >= len(said.found):
        return Command(kind)
    start = said.found[after + 1].start
    text = said.sql[start:]
    parts = parts_of(text, said.rules)
    inner = tuple(_inside(text, start, part) for part in parts)
    row_of = None
    if kind == "CREATE RULE" and (to := said.at("TO", start=at)) > 0:
        row_of = said.table(to + 1)[0]
    procedural = row_of is not None or said.word(after + 1) in ("BEGIN", "DECLARE")
    return Command(kind, inner=inner, procedural=procedural, row_of=row_of)


def _explain(said: Words) -> Command | None:
    at = next(
        (
            index
            for index, token in enumerate(said.found)
            if token.word in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE")
        ),
        -1,
    )
    if at < 0:
        return Command("EXPLAIN")
    start = said.found[at].start
    return Command("EXPLAIN", inner=(Inner(said.sql[start:], start),))


def _prepare(said: Words) -> Command | None:
    at = said.at("AS", "FROM")
    if at < 0:
        return Command("PREPARE")
    literal = said.string(at + 1)
    if literal is None:
        start = said.found[min(at + 1, len(said.found) - 1)].start
        literal = Inner(said.sql[start:], start)
    return Command("PREPARE", inner=(literal,))


def _load(said: Words) -> Command | None:
    """MySQL's LOAD DATA INFILE and Hive's LOAD DATA INPATH."""
    file = next((token for token in said.found if token.kind is Kind.STRING), None)
    into = said.at("INTO")
    if file is None or into < 0 or said.rules.name == "bigquery":
        return None
    source = TableName((unquoted(file, said.rules)[0],), TableKind.FILE)
    at = into + 1
    return Command("LOAD DATA", source=source, target=said.table(at)[0])


def _insert(said: Words) -> Command | None:
    """``INSERT INTO t EXEC p``: rows that a procedure returns."""
    at = said.at("EXEC", "EXECUTE")
    if at < 0 or said.rules.name not in ("tsql", "fabric") or said.at("SELECT") >= 0:
        return None
    start = 2 if said.word(1) == "INTO" else 1
    table, _ = said.table(start)
    executed = _execute(Words(said.sql, said.found[at:], said.rules, said.session))
    return Command(
        "INSERT", inner=executed.inner, target=table, calls=executed.calls, reason=executed.reason
    )


def _import(said: Words) -> Command | None:
    """Exasol's IMPORT INTO t FROM CSV ... FILE '...'; Hive's IMPORT TABLE t FROM '...'."""
    into = said.at("INTO", "TABLE")
    if into < 0:
        return None
    file = next((token for token in reversed(said.found) if token.kind is Kind.STRING), None)
    source = TableName((unquoted(file, said.rules)[0],), TableKind.FILE) if file else None
    return Command("IMPORT", source=source, target=said.table(into + 1)[0])


def _export(said: Words) -> Command | None:
    """Exasol's EXPORT t or (query) INTO ... FILE '...'; Hive's EXPORT TABLE t TO '...'."""
    file = next((token for token in reversed(said.found) if token.kind is Kind.STRING), None)
    target = TableName((unquoted(file, said.rules)[0],), TableKind.FILE) if file else None
    if said.text(1) == "(":
        end = said.at("INTO", "TO", start=1)
        text = said.sql[said.found[2].start : said.found[max(end, 4) - 2].end]
        return Command("EXPORT", inner=(Inner(text, said.found[2].start),), target=target)
    if said.word(1) == "DATA":
        return None
    table = said.table(1)[0]
    moves = (Move(MoveKind.COPY, table, target),) if target is not None else ()
    return Command("EXPORT", moves=moves)


def _bulk(said: Words) -> Command | None:
    """T-SQL's BULK INSERT t FROM 'file'."""
    source, at = said.string(said.at("FROM") + 1), said.at("INSERT")
    if source is None or at < 0:
        return None
    file = TableName((source.sql,), TableKind.FILE)
    return Command("BULK INSERT", source=file, target=said.table(at + 1)[0])


def _apply(said: Words) -> Command | None:
    """Databricks' APPLY CHANGES INTO t FROM STREAM(s): rows of one are merged into the other."""
    at, source = said.at("INTO"), said.at("FROM")
    if at < 0 or source < 0:
        return None
    source += 1
    if said.word(source) == "STREAM":
        source += 1 + (said.text(source + 1) == "(")
    move = Move(MoveKind.COPY, said.table(source)[0], said.table(at + 1)[0])
    return Command("APPLY CHANGES", moves=(move,))


_READERS: dict[str, Callable[[Words], Command | None]] = {
    "ALTER": _alter,
    "APPLY": _apply,
    "BULK": _bulk,
    "BEGIN": _block,
    "CALL": _call,
    "CREATE": _create,
    "DATABASE": _use,
    "DECLARE": _declare,
    "DO": _do,
    "EXCHANGE": exchange,
    "EXEC": _execute,
    "EXECUTE": _execute,
    "EXPLAIN": _explain,
    "EXPORT": _export,
    "FETCH": _fetch,
    "FOR": _block,
    "IF": _block,
    "IMPORT": _import,
    "INSERT": _insert,
    "LOAD": _load,
    "LOOP": _block,
    "PREPARE": _prepare,
    "RENAME": rename,
    "SET": _set,
    "UNLOAD": _unload,
    "USE": _use,
    "WHILE": _block,
}
SPECIAL = frozenset(_READERS)
"""First words of the statements that ``command_of`` may know."""
