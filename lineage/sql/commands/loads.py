"""Statements between tables and files that the grammar only passes through."""

from __future__ import annotations

from lineage.sql.commands.words import Command, Inner, Move, MoveKind, Words, unquoted
from lineage.sql.lexer import Kind, Token, closing
from lineage.types import TableKind, TableName


def unload(said: Words) -> Command:
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


def load(said: Words) -> Command | None:
    """MySQL's LOAD DATA INFILE, Hive's LOAD DATA INPATH, Db2's LOAD FROM file."""
    if said.rules.name == "db2":
        return _db2_import(said)
    if said.rules.name == "bigquery":
        return _load_files(said)
    file = next((token for token in said.found if token.kind is Kind.STRING), None)
    into = said.at("INTO")
    if file is None or into < 0:
        return None
    source = TableName((unquoted(file, said.rules)[0],), TableKind.FILE)
    at = into + 1
    return Command("LOAD DATA", source=source, target=said.table(at)[0])


def _load_files(said: Words) -> Command | None:
    """BigQuery's ``LOAD DATA INTO d.t (...) ... FROM FILES (..., uris = ['gs://...'])``."""
    into, files = said.at("INTO", "OVERWRITE"), said.at("FILES")
    if into < 0 or files < 0:
        return None
    at = into + 1
    is_temporary = said.word(at) in ("TEMP", "TEMPORARY")
    while said.word(at) in ("TEMP", "TEMPORARY", "TABLE"):
        at += 1
    moves = _file_moves(said, "URIS", files, said.table(at)[0])
    return Command("LOAD DATA", moves=moves, is_temporary=is_temporary)


def _file_moves(said: Words, word: str, start: int, table: TableName) -> tuple[Move, ...]:
    """A move into the table from each file that is listed in brackets after a word."""
    found = said.found
    at = next((i for i in range(start, len(found)) if said.word(i) == word), len(found)) + 1
    moves: list[Move] = []
    while at < len(found) and said.text(at) not in (")", "]"):
        if found[at].kind is Kind.STRING:
            file = TableName((unquoted(found[at], said.rules)[0],), TableKind.FILE)
            moves.append(Move(MoveKind.COPY, file, table))
        at += 1
    return tuple(moves)


def external_organization(said: Words, at: int) -> Command:
    """Oracle's ``CREATE TABLE t (...) ORGANIZATION EXTERNAL (... LOCATION ('file'))``."""
    external = said.at("ORGANIZATION", start=at)
    query = said.at("AS", start=external) + 1
    if 0 < query < len(said.found):  # the rows of a query, which files keep
        start = said.found[query].start
        kept = Inner(said.sql[start:], start)
        return Command("CREATE TABLE", inner=(kept,), target=said.table(at)[0])
    declared = Inner(said.sql[: said.found[external].start], 0)
    moves = _file_moves(said, "LOCATION", external, said.table(at)[0])
    return Command("CREATE TABLE", moves=moves, inner=(declared,))


def import_rows(said: Words) -> Command | None:
    """Exasol's IMPORT INTO t FROM CSV ... FILE '...'; Hive's IMPORT TABLE t FROM '...'."""
    if said.word(1) == "FROM" and said.rules.name == "db2":
        return _db2_import(said)
    into = said.at("INTO", "TABLE")
    if into < 0:
        return None
    statement = said.string(said.at("STATEMENT", start=into) + 1)
    if said.at("STATEMENT", start=into) > 0 and statement is not None:  # of another database
        table, after = said.table(into + 1)
        if said.text(after) != "(":
            return Command("IMPORT", inner=(statement,), target=table)
        listed = said.sql[said.found[into + 1].start : said.found[closing(said.found, after)].end]
        filling = Inner(" ".join(("INSERT INTO", listed, statement.sql)), None)
        return Command("IMPORT", inner=(filling,))
    source = _file_of(said)
    if said.word(into + 1) == "PROCEDURE":  # SingleStore's pipeline hands the rows over
        return Command("IMPORT", calls=(said.table(into + 2)[0],))
    return Command("IMPORT", source=source, target=said.table(into + 1)[0])


def routine_load(said: Words, at: int) -> Command | None:
    """StarRocks' ``CREATE ROUTINE LOAD d.job ON t ... FROM KAFKA (...)``, whose t is in d."""
    job, _ = said.table(at)
    on = said.at("ON", start=at)
    table = said.table(on + 1)[0] if on > 0 else TableName(())
    if not job.parts or not table.parts:
        return None
    target = TableName((*job.parts[:-1], table.parts[-1]))
    return Command("CREATE ROUTINE LOAD", target=target)


def _file_of(said: Words) -> TableName | None:
    """What stands behind FILE or the first text behind LOAD DATA, else the last text there is."""
    named, data = said.at("FILE"), said.at("DATA")
    found = list(reversed(said.found)) if data < 0 or said.word(data - 1) != "LOAD" else said.found
    file = said.string(named + 1) if named > 0 else None
    if file is None:
        token = next((token for token in found if token.kind is Kind.STRING), None)
        return TableName((unquoted(token, said.rules)[0],), TableKind.FILE) if token else None
    return TableName((file.sql,), TableKind.FILE)


def export_rows(said: Words) -> Command | None:
    """Exasol's EXPORT t or (query) INTO ... FILE '...'; Hive's EXPORT TABLE t TO '...'."""
    if said.word(1) == "TO" and said.rules.name == "db2":
        return _db2_export(said)
    if said.word(1) == "DATABASE":  # DuckDB: all that there is
        return Command("EXPORT")
    query = said.at("AS") + 1
    if said.word(1) == "TO" and 0 < query < len(said.found):  # Vertica's EXPORT TO PARQUET (...)
        place = next((token for token in said.found if token.kind is Kind.STRING), None)
        start = said.found[query].start
        name = unquoted(place, said.rules)[0] if place is not None else ""
        return Command(
            "EXPORT",
            inner=(Inner(said.sql[start:], start),),
            target=TableName((name,), TableKind.FILE) if name else None,
        )
    target = _file_of(said)
    if said.text(1) == "(" and said.text(2):
        end = said.at("INTO", "TO", start=1)
        text = said.sql[said.found[2].start : said.found[max(end, 4) - 2].end]
        return Command("EXPORT", inner=(Inner(text, said.found[2].start),), target=target)
    if said.word(1) == "DATA":
        return None
    table = said.table(1)[0]
    moves = (Move(MoveKind.COPY, table, target),) if target is not None else ()
    return Command("EXPORT", moves=moves)


def _db2_file(said: Words, at: int) -> tuple[TableName | None, int]:
    """The file at an index, which need not be quoted, and the index after it."""
    end = next((i for i in range(at, len(said.found)) if said.word(i) == "OF"), -1)
    if end <= at:
        return None, at
    name = said.sql[said.found[at].start : said.found[end - 1].end].strip("'\"")
    return TableName((name,), TableKind.FILE), end


def _db2_export(said: Words) -> Command:
    """``EXPORT TO file OF DEL SELECT ...``."""
    file, end = _db2_file(said, 2)
    query = said.at("SELECT", "WITH", start=end)
    if query < 0:
        return Command("EXPORT")
    start = said.found[query].start
    return Command("EXPORT", inner=(Inner(said.sql[start:], start),), target=file)


def _db2_import(said: Words) -> Command | None:
    """``LOAD FROM file OF DEL ... INSERT INTO t``, and IMPORT in the same words."""
    file, end = _db2_file(said, 2)
    into = said.at("INTO", start=end)
    if file is None or into < 0:
        return None
    return Command(said.word(0), source=file, target=said.table(into + 1)[0])


def copied(said: Words) -> Command | None:
    """Vertica's ``COPY t (a, b FILLER int, c AS b + 1) FROM LOCAL 'file'`` as others write it, and
    Snowflake's ``COPY FILES INTO '@a' FROM '@b'``."""
    if said.word(1) == "FILES" and said.word(2) == "INTO":
        return _copied_files(said)
    table, at = said.table(1)
    if said.rules.name != "postgres" or not table.parts:
        return None
    text = said.sql
    items = items_of(said, at) if said.text(at) == "(" else []
    if any(len(item) > 1 for item in items):
        start, end = items[0][0].start, items[-1][-1].end
        names = [item[0].text for item in items if len(item) < 2 or item[1].word != "FILLER"]
        text = text[:start] + ",".join(names).ljust(end - start) + text[end:]
    local = said.at("FROM", start=at) + 1
    if said.word(local) == "LOCAL":
        start, end = said.found[local].start, said.found[local].end
        text = text[:start] + " " * (end - start) + text[end:]
    return Command("COPY", inner=(Inner(text, 0),)) if text != said.sql else None


def _copied_files(said: Words) -> Command | None:
    source, target = said.at("FROM") + 1, said.at("INTO") + 1
    if not 0 < source < len(said.found):
        return None
    return Command("COPY FILES", source=_stage(said, source), target=_stage(said, target))


def _stage(said: Words, at: int) -> TableName:
    """The stage at an index, in quotes or not."""
    literal = said.string(at)
    if literal is not None:
        return TableName((literal.sql,), TableKind.STAGE)
    end = at
    while end + 1 < len(said.found) and said.found[end].end == said.found[end + 1].start:
        end += 1
    return TableName((said.sql[said.found[at].start : said.found[end].end],), TableKind.STAGE)


def items_of(said: Words, at: int) -> list[list[Token]]:
    """What the commas of a list in brackets part, without the empty ones."""
    items: list[list[Token]] = [[]]
    depth = 0
    for token in said.found[at:]:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            break
        if depth == 1 and token.text == ",":
            items.append([])
        elif depth > 1 or token.text != "(":
            items[-1].append(token)
    return [item for item in items if item]


def bulk_insert(said: Words) -> Command | None:
    """T-SQL's BULK INSERT t FROM 'file'."""
    source, at = said.string(said.at("FROM") + 1), said.at("INSERT")
    if source is None or at < 0:
        return None
    file = TableName((source.sql,), TableKind.FILE)
    return Command("BULK INSERT", source=file, target=said.table(at + 1)[0])


def external_file(said: Words, at: int) -> Command | None:
    """Netezza's ``CREATE EXTERNAL TABLE 'file' USING (...) AS SELECT ...`` writes a file."""
    place, query = said.string(at), said.at("AS", start=at) + 1
    if place is None or not 0 < query < len(said.found):
        return None
    start = said.found[query].start
    file = TableName((place.sql,), TableKind.FILE)
    return Command("EXPORT", inner=(Inner(said.sql[start:], start),), target=file)


def window_view(said: Words, at: int) -> Command | None:
    """ClickHouse's ``CREATE WINDOW VIEW v TO t WATERMARK = ... AS SELECT ...``, which fills t."""
    query = said.at("AS", start=at) + 1
    if not 0 < query < len(said.found):
        return None
    while said.word(at) in ("IF", "NOT", "EXISTS"):
        at += 1
    table, after = said.table(at)
    if said.word(after) == "TO":
        table, _ = said.table(after + 1)
    start = said.found[query].start
    return Command("CREATE VIEW", inner=(Inner(said.sql[start:], start),), target=table)
