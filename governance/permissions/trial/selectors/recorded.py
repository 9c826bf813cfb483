"""The questions about data that the access log holds of a time, as a replay asks them again.

Most of them were put together before (`services/tallying.py`) and are read as they lie there. What
the log heard since, and the rows of hours in which an edge lies, are read one by one. Together
that is every row once: what is put together of a chain is the beginning of the chain.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
from django.db import connection, transaction

from catalog.names import lookup_key
from governance.audit.types import ABOUT_THE_LOG, Keeping
from governance.permissions.gateways.authzen.words import Words
from governance.permissions.gateways.trino.operations import (
    GET_COLUMN_MASK,
    GET_ROW_FILTERS,
    OPERATIONS,
    Asks,
)
from governance.permissions.trial.models import DecisionTally
from governance.permissions.trial.packed import Use, groups
from governance.permissions.trial.replay import Comparing, Together
from governance.permissions.trial.window import HOUR, Row, Window
from governance.permissions.types import DataAction, Purpose

REPLAYED = (Keeping.RESTRICTED, Keeping.OPEN)
"""What is asked again; lists of names are no questions about data."""
TALLYING = 7301557
"""The advisory lock of whoever puts together (alone) or reads what was (beside each other)."""
UNREADABLE = "that cannot be read"
UNKNOWN_PERSON = "of somebody whom the catalog does not know"
UNKNOWN_DATA = "about data that the catalog does not know"
_WORDS = Words()
_NO_DATA = ABOUT_THE_LOG | {"replay_decisions"}
_PURPOSES = frozenset(Purpose) - {Purpose.ANY}
_ACTIONS = frozenset(DataAction)

# A block has 1,000 records at most: what reaches beyond a place begins less than that before it.
_NEW = """COPY (
    SELECT new.after, new.last, new.since, new.body
    FROM governance_auditchain chain LEFT JOIN governance_talliedchain done ON done.id = chain.id
    JOIN LATERAL (
        SELECT coalesce(done.sequence, 0) - first + 1 AS after, last - first + 1 AS last,
               date_part('epoch', since) AS since, body
        FROM governance_auditblock
        WHERE chain = chain.id AND first > coalesce(done.sequence, 0) - 1000
          AND last > coalesce(done.sequence, 0)
          AND keeping = chain.keeping AND keeping = ANY (%(keepings)s)
          AND until >= %(since)s AND since < %(until)s
          AND until < %(until)s + interval '1 minute' OFFSET 0
    ) new ON true
    WHERE chain.keeping = ANY (%(keepings)s) AND chain.sequence > coalesce(done.sequence, 0)
) TO STDOUT (FORMAT BINARY)"""
_AGAIN = """COPY (
    SELECT 0::bigint, done.sequence - told.first + 1, date_part('epoch', told.since), told.body
    FROM governance_auditblock told JOIN governance_talliedchain done ON done.id = told.chain
    WHERE told.until >= %(since)s AND told.since < %(until)s
      AND told.until < %(until)s + interval '1 minute' AND told.keeping = ANY (%(keepings)s)
      AND told.first <= done.sequence {people}
) TO STDOUT (FORMAT BINARY)"""


class _Said(msgspec.Struct, gc=False):
    """What of a canonical row makes a question."""

    gateway: str
    action: str
    person: int | None = None
    purpose: str = ""
    environment: str = ""
    datasets: tuple[int, ...] = ()
    resources: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    decided: int = 0
    at: int = 0


_said = msgspec.json.Decoder(_Said).decode
_said_lines = msgspec.json.Decoder(_Said).decode_lines


def questions_in(
    since: dt.datetime, until: dt.datetime, comparing: Comparing, left_out: Counter[str]
) -> Iterator[Together]:
    """The questions about data that the log holds of a time.

    Those of one person for one use are put together while the same opt-outs hold; where the age of
    data matters, by the hour. A call about several datasets is a question about each. What an OPA
    decided by other policies is a question of the instant at which it did. Columns and places are
    read only where they may matter. `left_out` counts rows that asked for data and are no question,
    by why.
    """
    for begins, ends in days(since, until):
        window = Window(begins.timestamp(), ends.timestamp(), comparing)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [TALLYING])
            tallied = DecisionTally.objects.filter(day=begins.date()).order_by("id")
            known = list(tallied.values_list("lates", flat=True))
            packs = tallied.values_list("packed", flat=True).iterator(chunk_size=1)
            yield from window.of_groups(groups(bytes(packed)) for packed in packs)
            hours = window.hours_of_rows(chain(*known)) if known else {}
            yield from window.of_rows(_rows(cursor, begins, ends, hours, window))
        left_out.update(window.left_out)


def days(since: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """A time by days of UTC, the first and the last as far as they belong to it."""
    begins = since.astimezone(dt.UTC)
    while begins < until:
        midnight = dt.datetime.combine(begins.date() + dt.timedelta(days=1), dt.time(), dt.UTC)
        yield begins, min(midnight, until)
        begins = midnight


def rows_in(copying: Any) -> Iterator[Row]:
    """The questions in blocks, each with how many of its records are left out, up to which they
    are taken, since when they are (seconds since 1970) and their canonical rows."""
    copying.set_types(["int8", "int8", "float8", "bytea"])
    for after, last, since, body in copying.rows():
        first = max(0, after)
        for said in _said_in(body, first, last):
            row = _left_out(UNREADABLE, since) if said is None else _row(said, since)
            if row is not None:
                yield from (row,) if said is None or not said.used else _by_columns(row, said.used)


def _said_in(body: bytes, first: int, last: int) -> Sequence[_Said | None]:
    try:
        found = _said_lines(body)
        if len(found) == body.count(b"\n") + 1:
            return found[first:last]
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    return [_said_or_none(line) for line in body.split(b"\n")[first:last]]


def _said_or_none(line: bytes) -> _Said | None:
    try:
        return _said(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def row_of(heard: float, body: bytes) -> Row | None:
    """The question of a canonical row that does not say when it was heard; None where it asked
    nothing about data."""
    said = _said_or_none(body)
    return _left_out(UNREADABLE, heard) if said is None else _row(said, heard)


def _row(said: _Said, since: float) -> Row | None:
    heard = said.at / 1_000_000 if said.at else since
    gateway, datasets, columns = said.gateway, said.datasets, said.columns
    if not (datasets or said.resources or columns):
        return None
    meant = data_action(gateway, said.action)
    if meant is None:
        return None
    if said.person is None or not datasets:
        return _left_out(UNKNOWN_DATA if said.person is not None else UNKNOWN_PERSON, heard)
    at, late = heard, 0
    is_elsewhere = gateway.startswith("opa:")
    if is_elsewhere and said.decided:
        at = said.decided / 1_000_000
        late = int(heard // HOUR) - int(at // HOUR)
    # The doors keep no columns of several datasets, and one that keeps some asked for the dataset
    if columns and (len(datasets) > 1 or not (is_elsewhere or gateway.startswith("trino:"))):
        columns = ()
    use = _use(meant, said.purpose, said.environment, columns, late)
    return Row(use, said.person, datasets, heard, at)


def _by_columns(row: Row, used: Sequence[str]) -> Iterator[Row]:
    """A call about columns of several datasets: a row for each set of columns."""
    columns: list[tuple[str, ...]] = [()] * len(row.datasets)
    for one in used:
        place, _, column = one.partition(":")
        columns[int(place)] += (lookup_key(column),)
    for number, paths in enumerate(dict.fromkeys(columns)):
        asked = zip(row.datasets, columns, strict=True)
        yield row._replace(
            use=row.use._replace(columns=paths or None),
            datasets=tuple(pk for pk, own in asked if own == paths),
            is_further=number > 0,
        )


def _rows(
    cursor: Any,
    since: dt.datetime,
    until: dt.datetime,
    hours: Mapping[int, Collection[int] | None],
    window: Window,
) -> Iterator[Row]:
    """What the log heard since it was put together, and what has to be read again."""
    given = {"since": since, "until": until, "keepings": [*REPLAYED]}
    first, last = since.timestamp(), until.timestamp()
    with cursor.copy(_NEW, given) as copying:
        yield from (row for row in rows_in(copying) if first <= row.heard < last)
    for begins, ends, people in _spans(hours):
        given |= {"since": begins, "until": ends, "people": people}
        narrowed = "" if people is None else "AND told.people && %(people)s::bigint[]"
        wanted = None if people is None else frozenset(people)
        first, last = begins.timestamp(), ends.timestamp()
        with cursor.copy(_AGAIN.format(people=narrowed), given) as copying:
            for row in rows_in(copying):
                if (
                    first <= row.heard < last
                    and (wanted is None or row.person in wanted)
                    and window.is_for_rows(row)
                ):
                    yield row


def _spans(
    hours: Mapping[int, Collection[int] | None],
) -> Iterator[tuple[dt.datetime, dt.datetime, Sequence[int] | None]]:
    """Hours to read, those that lie together and are of the same people at once."""
    known: list[int] = []
    for hour in sorted(hours):
        if known and (hour != known[-1] + 1 or hours[hour] != hours[known[0]]):
            yield _span(known, hours)
            known = []
        known.append(hour)
    if known:
        yield _span(known, hours)


def _span(
    known: Sequence[int], hours: Mapping[int, Collection[int] | None]
) -> tuple[dt.datetime, dt.datetime, Sequence[int] | None]:
    people = hours[known[0]]
    begins = dt.datetime.fromtimestamp(known[0] * HOUR, dt.UTC)
    ends = dt.datetime.fromtimestamp((known[-1] + 1) * HOUR, dt.UTC)
    return begins, ends, None if people is None else sorted(people)


def _left_out(why: str, heard: float) -> Row:
    return Row(Use("", why, "", None), 0, (0,), heard, heard)


@lru_cache(maxsize=16_384)
def _use(
    action: str, purpose: str, environment: str, columns: tuple[str, ...], late: int
) -> Use:  # fmt: skip
    asked_for = purpose if purpose in _PURPOSES else None
    return Use(action, asked_for, environment, tuple(map(lookup_key, columns)) or None, late)


@lru_cache(maxsize=4_096)
def data_action(gateway: str, action: str) -> str | None:
    """What an action of a door does with data; None where it does nothing with any."""
    if gateway.startswith("trino:"):
        return _of_trino(action)
    if gateway.startswith("opa:"):
        return _of_opa(action)
    if gateway == "authzen":
        return _WORDS.action(action)
    if action in _NO_DATA:
        return None
    return action if action in _ACTIONS else DataAction.READ


def _of_trino(operation: str) -> str | None:
    asks = OPERATIONS.get(operation)
    if asks in (Asks.READING, Asks.SHOWING):
        return DataAction.READ
    return DataAction.WRITE if asks in (Asks.WRITING, Asks.RENAMING, Asks.ALTERING) else None


def _of_opa(action: str) -> str | None:
    """Trino's operations as at its own door, any other word where it is known."""
    if action in OPERATIONS or action in (GET_ROW_FILTERS, GET_COLUMN_MASK):
        return _of_trino(action)
    meant = _WORDS.action(action.lower())
    return meant if meant in _ACTIONS else None
