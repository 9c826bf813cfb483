"""What predicates say of rows that people wrote down: evaluated in DuckDB, in memory, alone.

Only expressions of the closed language come here; the rows go in as parameters. The engine may read
no file, load no extension and take little memory and time, so that a hostile text can at worst be
refused.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from sqlglot import exp
from sqlglot.errors import SqlglotError

from governance.states.predicates.kinds import ValueKind

Scalar = bool | int | float | str | None
Truth = bool | None

SECONDS = 5.0
"""Time for all predicates over all rows."""
MEMORY = "128MB"
MOST_TEXT = 100_000_000
"""Characters that a predicate may put together over all rows, counting what is made on the way:
the engine's own limit does not see the texts of one expression."""

_MAKES_TEXT = (
    exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Left, exp.Right, exp.Concat, exp.DPipe,
    exp.Cast, exp.TryCast,
)  # fmt: skip

_TYPES = {
    ValueKind.NUMBER: "DOUBLE",
    ValueKind.TEXT: "VARCHAR",
    ValueKind.BOOLEAN: "BOOLEAN",
    ValueKind.DATE: "DATE",
    ValueKind.INSTANT: "TIMESTAMP",
}


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a predicate says of each row: true, false or, where it does not know, None.

    `trouble` says why it could not be evaluated; `truths` is empty then.
    """

    truths: tuple[Truth, ...] = ()
    trouble: str = ""


def evaluate(
    predicates: Sequence[exp.Expr],
    rows: Sequence[Mapping[str, Scalar]],
    columns: Mapping[str, ValueKind],
    *,
    as_of: dt.datetime,
) -> tuple[Evaluated, ...]:
    """Every predicate over every row. A column that a row lacks is null in it.

    `columns` gives the kind of each column by lower-case name; one of unknown kind takes that of
    the values written down for it. `as_of` stands for the parameter of that name.
    """
    named = [{name.lower(): value for name, value in row.items()} for row in rows]
    if not predicates or not rows:
        return tuple(Evaluated(tuple(None for _ in rows)) for _ in predicates)
    kinds = _kinds_of(predicates, named, columns)
    with duckdb.connect(":memory:", config=_settings()) as connection:
        timer = threading.Timer(SECONDS, connection.interrupt)
        timer.start()
        try:
            _fill(connection, list(kinds), named)
            return tuple(
                _evaluated(connection, one, kinds, as_of)
                if _text_made(one, named) <= MOST_TEXT
                else Evaluated(trouble="It puts together more text than fits into its memory.")
                for one in predicates
            )
        except duckdb.Error as error:
            return tuple(Evaluated(trouble=_sentence(error)) for _ in predicates)
        finally:
            timer.cancel()


def _text_made(predicate: exp.Expr, rows: Sequence[Mapping[str, Scalar]]) -> int:
    """The most characters that a predicate can make: each node that makes a text, at worst all
    that is named anywhere, for each row."""
    makers = sum(1 for _ in predicate.find_all(*_MAKES_TEXT))
    names = [column.name.lower() for column in predicate.find_all(exp.Column)]
    written = sum(len(literal.name) for literal in predicate.find_all(exp.Literal))
    longest = {name: max(len(_text(row.get(name)) or "") for row in rows) for name in set(names)}
    return makers * len(rows) * (written + sum(longest[name] for name in names))


def _kinds_of(
    predicates: Sequence[exp.Expr],
    rows: Sequence[Mapping[str, Scalar]],
    columns: Mapping[str, ValueKind],
) -> dict[str, ValueKind]:
    """Every column that a predicate reads, with the kind to take its values for."""
    names = {column.name.lower() for one in predicates for column in one.find_all(exp.Column)}
    kinds = {name: columns.get(name, ValueKind.UNKNOWN) for name in sorted(names)}
    return {
        name: _kind_of_values([row.get(name) for row in rows])
        if kind is ValueKind.UNKNOWN
        else kind
        for name, kind in kinds.items()
    }


def _fill(
    connection: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    rows: Sequence[Mapping[str, Scalar]],
) -> None:
    """The rows as texts, so that a value that is not of its column's kind is the reader's error."""
    stored = ", ".join(f"{_quoted(name)} VARCHAR" for name in names)
    connection.execute(f"CREATE TABLE examples (__row INTEGER{', ' + stored if stored else ''})")
    marks = ", ".join("?" for _ in range(len(names) + 1))
    connection.executemany(
        f"INSERT INTO examples VALUES ({marks})",  # noqa: S608 - question marks only
        [
            [position, *(_text(row.get(name)) for name in names)]
            for position, row in enumerate(rows)
        ],
    )


def _text(value: Scalar) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _settings() -> dict[str, Any]:
    return {
        "enable_external_access": "false",
        "autoload_known_extensions": "false",
        "autoinstall_known_extensions": "false",
        "memory_limit": MEMORY,
        "temp_directory": "",  # what does not fit into memory is refused, not written to disk
        "threads": "1",
        "lock_configuration": "true",
    }


def _evaluated(
    connection: duckdb.DuckDBPyConnection,
    predicate: exp.Expr,
    kinds: Mapping[str, ValueKind],
    as_of: dt.datetime,
) -> Evaluated:
    names = sorted({column.name.lower() for column in predicate.find_all(exp.Column)})
    casts = [f"CAST({_quoted(name)} AS {_TYPES[kinds[name]]}) AS {_quoted(name)}" for name in names]
    try:
        written = _bound(predicate, as_of).sql(dialect="duckdb")
        source = f"SELECT {', '.join(['__row', *casts])} FROM examples"  # noqa: S608 - quoted names
        # The condition is written from a tree of the closed language, never from what was sent.
        text = f"SELECT ({written})::BOOLEAN FROM ({source}) ORDER BY __row"  # noqa: S608
        found = connection.execute(text).fetchall()
    except (duckdb.Error, SqlglotError, RecursionError) as error:
        return Evaluated(trouble=_sentence(error))
    return Evaluated(tuple(truth for (truth,) in found))


def _bound(predicate: exp.Expr, as_of: dt.datetime) -> exp.Expr:
    """The predicate with its columns named as the rows name them and its instant filled in."""

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            return exp.column(exp.to_identifier(node.name.lower(), quoted=True))
        if isinstance(node, exp.Placeholder | exp.Parameter):
            instant = as_of.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
            return exp.cast(exp.Literal.string(instant), exp.DataType.Type.TIMESTAMP)
        return node

    return predicate.copy().transform(replaced)


def _kind_of_values(values: Sequence[Scalar]) -> ValueKind:
    given = [value for value in values if value is not None]
    if given and all(isinstance(value, bool) for value in given):
        return ValueKind.BOOLEAN
    if given and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in given
    ):
        return ValueKind.NUMBER
    return ValueKind.TEXT


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sentence(error: Exception) -> str:
    if isinstance(error, duckdb.InterruptException):
        return f"It took longer than {SECONDS:g} seconds."
    first = str(error).strip().split("\n", 1)[0]
    said = (first.partition(": ")[2] or first).partition(". ")[0]
    return f"{said[:300].rstrip('.')}."
