"""Statements that the grammar only passes through, read by their words.

USE and SET change the session; RENAME, SWAP and EXCHANGE move tables; UNLOAD, EXECUTE IMMEDIATE,
DO, CALL, routines and blocks hold other statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lineage.sql.commands.blocks import (
    block,
    block_inside,
    declare,
    do,
    rescheduled,
    routine,
    scheduled,
    script,
)
from lineage.sql.commands.loads import (
    bulk_insert,
    copied,
    export_rows,
    external_file,
    external_organization,
    import_rows,
    load,
    routine_load,
    unload,
    window_view,
)
from lineage.sql.commands.moves import (
    exchange,
    further_moves,
    move_of,
    partitions,
    rename,
    renamed_in_parallel,
)
from lineage.sql.commands.settings import set_, set_schema, use
from lineage.sql.commands.texts import execute, listed_variables, prepare, queries_of
from lineage.sql.commands.words import Command, Inner, Move, MoveKind, Words
from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, tokens
from lineage.sql.session import Session
from lineage.types import TableName

_QUIET = words(
    "GRANT REVOKE DENY SHOW DESCRIBE DESC COMMENT VACUUM ANALYZE OPTIMIZE LIST REMOVE PUT GET "
    "COMMIT ROLLBACK START END ABORT SAVEPOINT RELEASE LOCK UNLOCK KILL DISCARD RESET CHECKPOINT "
    "PRAGMA ATTACH DETACH INSTALL FLUSH SIGNAL MSCK REFRESH INVALIDATE COMPUTE COLLECT PRINT "
    "DEALLOCATE LISTEN NOTIFY CLUSTER REINDEX ADD SYSTEM UNCACHE CLEAR RETURN RAISE HELP UNDROP "
    "DECLARE CLOSE FETCH OPEN PURGE AUDIT WAIT WAITFOR DBCC RAISERROR THROW CHECK REPAIR FSCK "
    "RESTORE CONVERT GENERATE EXISTS WATCH FLASHBACK HANDLER CHANGE XA CANCEL BT ET BACKUP DISABLE "
    "ENABLE SECURITY NOAUDIT STOP START END_PROC"
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
_ROUTINES = words("PROCEDURE PROC FUNCTION MACRO TRIGGER")
_RUNNING = words("admin_cmd sysexecsql")
"""Procedures of Db2 and Teradata that run a text."""
_TRANSACTION = words("TRANSACTION TRAN WORK ISOLATION READ DEFERRED IMMEDIATE EXCLUSIVE")


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
        if following[:3] == ["MATERIALIZED", "VIEW", "LOG"]:  # Oracle keeps changes there
            return True
        kind = next((w for w in following if w in _HOLDS_NOTHING or w in _HOLDS_ROWS), "")
        return kind in _HOLDS_NOTHING
    return verb == "UPDATE" and following[:1] == ["STATISTICS"]


# What moves tables


def _alter(said: Words) -> Command | None:
    if said.word(1) in ("SESSION", "SYSTEM"):
        at = said.at("CURRENT_SCHEMA")
        if at > 0:
            set_schema(said, at + 1)
        return Command("ALTER SESSION")
    if said.word(1) in _ROUTINES:
        return routine(said)
    if said.word(1) in ("TASK", "ALERT") and said.at("MODIFY") > 0:
        return rescheduled(said)
    if said.word(1) == "SCHEMA" and (at := said.at("TRANSFER")) > 0:  # of T-SQL
        schema, _ = said.parts(2)
        table, _ = said.table(at + 1)
        if not table.parts:
            return Command("ALTER SCHEMA")
        target = TableName((*table.parts[:-2], *schema, table.parts[-1]))
        return Command("ALTER SCHEMA", moves=(Move(MoveKind.RENAME, table, target),))
    if said.word(1) not in ("TABLE", "VIEW", "MATERIALIZED", "DYNAMIC", "ICEBERG", "EXTERNAL"):
        return Command("ALTER")
    start = said.at("TABLE", "VIEW", start=1) + 1
    table, after = said.table(start)
    kind = f"ALTER {said.word(start - 1)}"
    query = said.at("AS", start=after) + 1
    if said.word(after) == "ON" and said.word(after + 1) == "CLUSTER":  # of ClickHouse
        after += 3
    if said.word(after) == "MODIFY" and said.word(after + 1) == "QUERY":
        query, kind = after + 2, "ALTER VIEW"
    holds = kind == "ALTER VIEW" or said.word(1) == "MATERIALIZED"  # Flink's are tables
    if holds and 0 < query < len(said.found):
        place = said.found[query].start
        return Command(kind, inner=(Inner(said.sql[place:], place),), target=table)
    if said.word(after) in ("UPDATE", "DELETE") and said.rules.name == "clickhouse":
        return Command(kind, inner=(_mutation(said, after),))
    if said.text(after) == ",":
        return renamed_in_parallel(said, start, kind)
    move = move_of(said, table, after)
    further = further_moves(said, table, after, move)
    return Command(kind, moves=(*([move] if move is not None else []), *further))


def _mutation(said: Words, after: int) -> Inner:
    """ClickHouse's ``ALTER TABLE t UPDATE a = b WHERE ...`` as an UPDATE, offsets kept."""
    name = said.parts(2)[1]
    table = said.sql[said.found[2].start : said.found[name - 1].end]
    updates = said.word(after) == "UPDATE"
    head = ("UPDATE " if updates else "DELETE FROM ").ljust(said.found[2].start) + table
    verb = (" SET " if updates else " ").ljust(said.found[after].end - len(head))
    return Inner(head + verb + said.sql[said.found[after].end :], 0)


# What holds other statements


def _fetch(said: Words) -> Command:
    """``FETCH c INTO a, b``: the columns of a cursor's query go into variables."""
    into = said.at("INTO")
    if into < 1:
        return Command("FETCH")
    last = into - 1
    if said.word(last) == "COLLECT":
        last -= 2
    cursor = said.found[last].name.lower()
    return Command("FETCH", fetched=(cursor, listed_variables(said, into + 1)))


def _call(said: Words) -> Command:
    parts, after = said.parts(1)
    runs = parts and parts[-1].lower() in _RUNNING
    if runs and said.text(after) == "(":
        literal = said.string(after + 1)
        if literal is not None:
            return Command("CALL", inner=(literal,))
    calls = (said.session.complete(parts),) if parts else ()
    return Command("CALL", calls=calls, inner=queries_of(said))


_ANONYMOUS = re.compile(r"\s*WITH\s+(\w+)\s+AS\s+PROCEDURE\b", re.IGNORECASE)


def is_anonymous(sql: str) -> bool:
    """Whether a WITH holds Snowflake's procedure that is called once and kept nowhere."""
    return _ANONYMOUS.match(sql) is not None


def _with(said: Words) -> Command | None:
    """``WITH p AS PROCEDURE (...) ... AS $$ ... $$ CALL p(...)``, as the CREATE it stands for."""
    hit, call = _ANONYMOUS.match(said.sql), said.at("CALL")
    if hit is None or call < 0:
        return None
    text = f"CREATE PROCEDURE {hit.group(1)}{said.sql[hit.end() : said.found[call].start]}"
    return Command("CALL", inner=(Inner(text, None),))


def _assert(said: Words) -> Command:
    """BigQuery's ``ASSERT (SELECT ...) > 0 AS 'message'``."""
    return Command("ASSERT", inner=queries_of(said))


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
        return routine(said)
    on = said.at("FOR", "FROM", start=at + 2) if kind in ("SYNONYM", "SINK") else -1
    if on > 0 and said.at("AS", start=at) < 0:
        move = Move(MoveKind.COPY, said.table(on + 1)[0], said.table(at + 1)[0])
        return Command(f"CREATE {kind}", moves=(move,))
    if kind in ("SOURCE", "CONNECTION", "SECRET"):
        return Command(f"CREATE {kind}")
    if said.rules.name == "exasol" and (program := said.at("SCRIPT", start=at)) in range(
        at, at + 4
    ):
        return script(said, program)
    if kind == "ROUTINE":
        return routine_load(said, at + 2)
    if kind == "VDS" and (query := said.at("AS", start=at) + 1) > 0:  # Dremio's view
        place = said.found[query].start
        inner = (Inner(said.sql[place:], place),)
        return Command("CREATE VIEW", inner=inner, target=said.table(at + 1)[0])
    if kind == "WINDOW" and said.word(at + 1) == "VIEW":
        return window_view(said, at + 2)
    if kind == "EXTERNAL" and said.string(at + 2) is not None:
        return external_file(said, at + 2)
    if kind == "TABLE" and said.word(said.at("ORGANIZATION", start=at) + 1) == "EXTERNAL":
        return external_organization(said, at + 1)
    if kind == "PIPELINE":
        loaded = import_rows(said)
        return replace(loaded, kind="CREATE PIPELINE") if loaded is not None else None
    if kind in ("TASK", "PIPE", "ALERT", "EVENT", "RULE", "JOB"):
        return scheduled(said, at)
    after = said.at("AS", start=at) + 1
    if kind == "FLOW" and 0 < after < len(said.found):
        flow = Words(said.sql, said.found[after:], said.rules, said.session)
        if flow.word(0) in ("AUTO", "APPLY"):
            return _apply(flow)
        start = flow.found[0].start
        return Command("CREATE FLOW", inner=(Inner(said.sql[start:], start),))
    if kind == "STREAM":
        if 0 < after < len(said.found):  # of ksqlDB
            start = said.found[after].start
            inner = (Inner(said.sql[start:], start),)
            return Command("CREATE STREAM", inner=inner, target=said.table(at + 1)[0])
        on = said.at("TABLE", "VIEW", start=at + 2)
        if on < 0:
            return Command("CREATE STREAM")
        move = Move(MoveKind.COPY, said.table(on + 1)[0], said.table(at + 1)[0])
        return Command("CREATE STREAM", moves=(move,))
    if kind in ("PACKAGE",):
        body = said.at("AS", "IS", start=at) + 1
        start = said.found[min(max(body, at), len(said.found) - 1)].start
        return block_inside("CREATE PACKAGE", Inner(said.sql[start:], start), said)
    return None


def _define(said: Words) -> Command | None:
    """Snowflake's ``DEFINE TABLE``, which creates or alters as a project says."""
    verb = said.found[0]
    text = f"{said.sql[: verb.start]}CREATE{said.sql[verb.end :]}"
    return Command(f"DEFINE {said.word(1)}", inner=(Inner(text, 0),))


def _replace(said: Words) -> Command | None:
    """Teradata's REPLACE of a routine; of anything else it is for the grammar."""
    return routine(said) if said.word(1) in _ROUTINES else None


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


def _submit(said: Words) -> Command | None:
    """StarRocks' ``SUBMIT TASK ... AS INSERT ...``."""
    return scheduled(said, 1) if said.word(1) == "TASK" else None


_SHOWS = re.compile(r"\s*SELECT\b", re.IGNORECASE)


def _insert(said: Words) -> Command | None:
    """``INSERT INTO t EXEC p``: rows that a procedure returns."""
    at = said.at("EXEC", "EXECUTE")
    if at < 0 or said.rules.name not in ("tsql", "fabric") or said.at("SELECT") >= 0:
        return None
    start = 2 if said.word(1) == "INTO" else 1
    table, _ = said.table(start)
    executed = execute(Words(said.sql, said.found[at:], said.rules, said.session))
    inner = executed.inner
    if len(inner) == 1 and _SHOWS.match(inner[0].sql):
        filled = said.sql[said.found[start].start : said.found[at - 1].end]
        inner = (Inner(" ".join(("INSERT INTO", filled, inner[0].sql)), None),)
    return Command(
        "INSERT", inner=inner, target=table, calls=executed.calls, reason=executed.reason
    )


def _update(said: Words) -> Command | None:
    """Teradata's ``UPDATE ... ELSE INSERT ...``: two statements, of which one is run."""
    at = said.at("ELSE")
    while at >= 0 and said.word(at + 1) not in ("INSERT", "INS"):  # of a CASE
        at = said.at("ELSE", start=at + 1)
    if at < 0 or said.rules.name != "teradata":
        return None
    start = said.found[at + 1].start
    updated, inserted = said.sql[: said.found[at].start], said.sql[start:]
    return Command("UPDATE", inner=(Inner(updated, 0), Inner(inserted, start)))


def _apply(said: Words) -> Command | None:
    """Databricks' APPLY CHANGES INTO t FROM STREAM(s) ... COLUMNS * EXCEPT (op): rows of one are
    merged into the other, all columns or those that are listed."""
    at, source = said.at("INTO"), said.at("FROM")
    if at < 0 or source < 0:
        return None
    source += 1
    if said.word(source) == "STREAM":
        source += 1 + (said.text(source + 1) == "(")
    table, after = said.table(source)
    target = said.table(at + 1)[0]
    chosen = said.at("COLUMNS", start=at) + 1
    if not 0 < chosen < len(said.found):
        return Command("APPLY CHANGES", moves=(Move(MoveKind.COPY, table, target),))
    end = said.at("STORED", "TRACK", start=chosen)
    listed = said.sql[said.found[chosen].start : said.found[end - 1 if end > 0 else -1].end]
    columns = listed.removeprefix("(").removesuffix(")") if listed[0] == "(" else listed
    rows = said.sql[said.found[source].start : said.found[after - 1].end]
    query = " ".join(("SELECT", columns, "FROM", rows))
    return Command("APPLY CHANGES", inner=(Inner(query, None),), target=target)


_READERS: dict[str, Callable[[Words], Command | None]] = {
    "ALTER": _alter,
    "APPLY": _apply,
    "BULK": bulk_insert,
    "BEGIN": block,
    "ASSERT": _assert,
    "CALL": _call,
    "CASE": block,
    "COPY": copied,
    "CREATE": _create,
    "DATABASE": use,
    "DECLARE": declare,
    "DEFINE": _define,
    "DO": do,
    "EXCHANGE": exchange,
    "EXEC": execute,
    "EXECUTE": execute,
    "EXPLAIN": _explain,
    "EXPORT": export_rows,
    "FETCH": _fetch,
    "FOR": block,
    "IF": block,
    "IMPORT": import_rows,
    "INSERT": _insert,
    "LOAD": load,
    "LOOP": block,
    "PREPARE": prepare,
    "RENAME": rename,
    "REPEAT": block,
    "REPLACE": _replace,
    "SELECT": partitions,
    "SET": set_,
    "SUBMIT": _submit,
    "UNLOAD": unload,
    "UPDATE": _update,
    "USE": use,
    "WHILE": block,
    "WITH": _with,
}
SPECIAL = frozenset(_READERS)
"""First words of the statements that ``command_of`` may know."""
PARSED = words("COPY INSERT SELECT UPDATE WITH")
"""Those among them that are for the grammar but in one spelling."""
