"""Statements that move tables: renames, swaps, exchanges, partitions handed over."""

from __future__ import annotations

import re

from lineage.sql.commands.words import Command, Move, MoveKind, Words
from lineage.types import TableKind, TableName

_PLACE = "LOCATION"


def move_of(said: Words, table: TableName, after: int) -> Move | None:
    """What ALTER TABLE moves, from what follows the name; None where it moves nothing."""
    renamed = said.at("RENAME", start=after)
    swapped = said.at("SWAP", start=after)
    if renamed >= 0 and said.word(renamed + 1) in ("TO", "AS"):
        if said.word(renamed + 2) == "PARTITION" and said.text(renamed + 3) == "(":
            return None  # another value of its key
        target, _ = said.parts(renamed + 2)
        return Move(MoveKind.RENAME, table, beside(table, target, said))
    if renamed >= 0 and said.word(renamed + 1) not in (
        "COLUMN",
        "CONSTRAINT",
        "INDEX",
        "PARTITION",
    ):
        target, end = said.parts(renamed + 1)
        return (
            Move(MoveKind.RENAME, table, beside(table, target, said))
            if end >= len(said.found)
            else None
        )
    if swapped >= 0 and said.word(swapped + 1) == "WITH":
        return Move(MoveKind.SWAP, said.table(swapped + 2)[0], table)
    if said.word(after) == "SET" and said.word(after + 1) == "SCHEMA":
        schema, _ = said.parts(after + 2)
        return Move(
            MoveKind.RENAME, table, TableName((*table.parts[:-2], *schema, table.parts[-1]))
        )
    if said.word(after) == "APPEND" and said.word(after + 1) == "FROM":
        return Move(MoveKind.COPY, said.table(after + 2)[0], table)
    return _partition_move(said, table, after)


def _partition_move(said: Words, table: TableName, after: int) -> Move | None:
    verb = said.word(after)
    if verb == "EXCHANGE" and (at := said.at("WITH", start=after)) > 0:
        return Move(MoveKind.COPY, said.table(at + 1)[0], table)
    if verb in ("SWITCH", "MOVE") and (at := said.at("TO", start=after)) > 0:
        return Move(MoveKind.COPY, table, said.table(at + 1)[0])
    if verb in ("REPLACE", "ATTACH") and (at := said.at("FROM", start=after)) > 0:
        return Move(MoveKind.COPY, said.table(at + 1)[0], table)
    return None


def further_moves(said: Words, table: TableName, after: int, first: Move | None) -> list[Move]:
    """What an ALTER TABLE moves beside: the rows that Oracle's and MySQL's EXCHANGE gives back, the
    files that Hive's ADD PARTITION finds."""
    verb = said.word(after)
    if verb == "EXCHANGE" and first is not None and said.rules.name in ("oracle", "mysql"):
        return [Move(MoveKind.COPY, first.target, first.source)]
    if verb != "ADD" or said.at("PARTITION", start=after) < 0:
        return []
    places = [said.string(i + 1) for i in range(after, len(said.found)) if said.word(i) == _PLACE]
    files = [TableName((place.sql,), TableKind.FILE) for place in places if place is not None]
    return [Move(MoveKind.COPY, file, table) for file in files]


def beside(table: TableName, target: tuple[str, ...], said: Words) -> TableName:
    """A new name without a schema stays in the schema of the old one."""
    if len(target) == 1:
        return TableName((*table.parts[:-1], *target))
    return said.session.complete(target)


def renamed_in_parallel(said: Words, start: int, kind: str) -> Command:
    """Vertica's ``ALTER TABLE a, b RENAME TO c, d``."""
    at = said.at("RENAME", start=start)
    sources = _listed(said, start)
    targets = _listed(said, at + 2) if at > 0 else []
    return Command(
        kind,
        moves=tuple(
            Move(MoveKind.RENAME, source, target)
            for source, target in zip(sources, targets, strict=False)
        ),
    )


def _listed(said: Words, at: int) -> list[TableName]:
    names: list[TableName] = []
    while True:
        table, at = said.table(at)
        names.append(table)
        if said.text(at) != ",":
            return names
        at += 1


def rename(said: Words) -> Command:
    """``RENAME TABLE a TO b, c TO d``: one after the other, so that three names can swap."""
    moves: list[Move] = []
    at = 1
    if said.word(at) == "OBJECT":  # Synapse's RENAME OBJECT [::] a TO b
        at += 1
        while said.text(at) == ":":
            at += 1
    while at < len(said.found):
        source, at = said.table(at)
        if said.word(at) not in ("TO", "AS"):
            break
        target, at = said.parts(at + 1)
        moves.append(Move(MoveKind.RENAME, source, beside(source, target, said)))
        if said.text(at) != ",":
            break
        at += 1
    return Command("RENAME TABLE", moves=tuple(moves))


def exchange(said: Words) -> Command:
    """ClickHouse's ``EXCHANGE TABLES a AND b``."""
    one, at = said.table(2)
    if said.word(at) != "AND":
        return Command("EXCHANGE TABLES")
    return Command("EXCHANGE TABLES", moves=(Move(MoveKind.SWAP, said.table(at + 1)[0], one),))


MOVES_PARTITIONS = re.compile(
    r"\s*SELECT\s+(?:swap_partitions_between_tables|(?:move|copy)_partitions_to_table)\s*\(",
    re.IGNORECASE,
)


def partitions(said: Words) -> Command | None:
    """Vertica's ``SELECT move_partitions_to_table('a', 'from', 'to', 'b')`` and its like."""
    commas = [at for at, token in enumerate(said.found) if token.text == ","]
    if len(commas) < 3:
        return None
    one, other = said.table(3)[0], said.table(commas[2] + 1)[0]
    moves = [Move(MoveKind.COPY, one, other)]
    if said.word(1).startswith("SWAP"):
        moves.append(Move(MoveKind.COPY, other, one))
    return Command("SELECT", moves=tuple(moves))
