"""USE and SET: statements that change the defaults of a session, or its variables."""

from __future__ import annotations

from lineage.sql.commands.words import Command, Inner, Words
from lineage.sql.dialects import words
from lineage.sql.routines.assignments import assigned

_NO_PLACES = words("WAREHOUSE ROLE SECONDARY")


def use(said: Words) -> Command:
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


def set_(said: Words) -> Command | None:
    at = 1
    while said.word(at) in ("SESSION", "LOCAL", "CURRENT", "GLOBAL"):
        at += 1
    name = said.word(at)
    if name.startswith("@@"):
        name = name[2:]
    if name in ("SEARCH_PATH", "SCHEMA", "CURRENT_SCHEMA", "DATASET_ID", "PATH", "SQLID"):
        set_schema(said, at + 1)
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


def set_schema(said: Words, at: int) -> None:
    at = _after_equals(said, at)
    while at < len(said.found):
        parts, after = said.parts(at)
        if parts and "$user" not in parts:
            said.session.use(parts[-2] if len(parts) > 1 else None, parts[-1])
            return
        at = max(after, at) + 1
