"""The questions about data that the access log holds of a time, as a replay asks them again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.db import connection, transaction

from catalog.names import lookup_key
from governance.permissions.gateways.authzen.words import Words
from governance.permissions.gateways.trino.operations import (
    GET_COLUMN_MASK,
    GET_ROW_FILTERS,
    OPERATIONS,
    Asks,
)
from governance.permissions.trial.replay import Comparing, Together
from governance.permissions.types import DataAction, Purpose

MOST_LATE = 86_400.0
"""Seconds by which decisions of others may be told late and still be put together exactly."""
_MEMORY = "64MB"
"""For putting a day together without writing it to disk."""
_WORDS = Words()
_NO_DATA = frozenset({"read_audit", "read_readers", "export_audit", "replay_decisions"})
_PURPOSES = frozenset(Purpose) - {Purpose.ANY}
_ACTIONS = frozenset(DataAction)

# A question may hold a NUL, which the database reads in no text: it counts as an unknown character.
_SAID = r"replace(body, '\u0000', '\ufffd')::json"
_DECISIONS = """
SELECT person_id, gateway, action, purpose, columns, environment,
       extract(epoch FROM min(moment))::float8, array_agg(dataset)
FROM (
    SELECT person_id, gateway, action, purpose, unnest(datasets) AS dataset,
           {columns} AS columns, {environment} AS environment,
           CASE WHEN gateway LIKE 'opa:%%' THEN coalesce(
               to_timestamp(({said} ->> 'decided')::float8 / 1e6), at) ELSE at END AS moment
    FROM governance_auditrow
    WHERE at >= %(since)s AND at < %(until)s AND keeping IN ('restricted', 'open')
      AND person_id IS NOT NULL AND datasets <> '{{}}'
) AS told
GROUP BY person_id, gateway, action, purpose, columns, environment,
         width_bucket(moment, CASE WHEN person_id = ANY (%(excepted)s)
             THEN %(finer)s::timestamptz[] ELSE %(edges)s::timestamptz[] END), {hour}
"""
# In the canonical row a quote inside a text is escaped, so that these ends are found nowhere else.
# Reading all of it as JSON takes three times as long and is left for texts with something escaped.
_NAMED = """split_part(split_part(body, '"columns":["', 2), '"]', 1)"""
_COLUMNS = f"""CASE
    WHEN cardinality(datasets) > 1 OR NOT (gateway LIKE 'trino:%%' OR gateway LIKE 'opa:%%')
        OR {_NAMED} = '' THEN '[]'
    WHEN strpos({_NAMED}, chr(92)) > 0 THEN ({_SAID} -> 'columns')::text
    ELSE '["' || {_NAMED} || '"]' END"""
_ENVIRONMENT = f"""CASE WHEN strpos(body, '"environment":"') > 0
    THEN {_SAID} ->> 'environment' ELSE '' END"""


def questions_in(
    since: dt.datetime, until: dt.datetime, comparing: Comparing
) -> Iterator[Together]:
    """The questions about data that the log holds of a time.

    Those of one person for one use are put together while the same opt-outs hold; where the age of
    data matters, by the hour. A call about several datasets is a question about each. What an OPA
    decided by other policies is a question of the instant at which it did. Columns and places are
    read only where they may matter.
    """
    edges, finer = _edges(comparing, since.timestamp() - MOST_LATE, until.timestamp())
    told: dict[str, Any] = {
        "since": since,
        "until": until,
        "edges": edges,
        "finer": finer,
        "excepted": sorted(comparing.excepted),
    }
    query = _DECISIONS.format(
        said=_SAID,
        columns=_COLUMNS if comparing.reads_columns else "'[]'",
        environment=_ENVIRONMENT if comparing.reads_environments else "''",
        hour="date_trunc('hour', moment)" if comparing.reads_ages else "1",
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [_MEMORY])
        cursor.execute(query, told)
        for person, gateway, action, purpose, used, place, at, datasets in cursor:
            meant = data_action(gateway, action)
            if meant is not None:
                asked_for = purpose if purpose in _PURPOSES else None
                columns = _columns(used)
                yield Together(person, meant, columns, asked_for, place or None, at, datasets)


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


@lru_cache(maxsize=4_096)
def _columns(used: str) -> tuple[str, ...] | None:
    """The columns of a question about one dataset; the doors keep none of several."""
    return tuple(map(lookup_key, json.loads(used))) or None


def _edges(
    comparing: Comparing, since: float, until: float
) -> tuple[list[dt.datetime], list[dt.datetime]]:
    """The instants between which the same opt-outs hold, and those between which the same
    exceptions hold as well."""
    found, finer = {since}, {since}
    for index in (comparing.base, comparing.draft):
        found |= set(index.parts.slots.edges)
        for exception in index.parts.exceptions.values():
            finer |= {exception.begins, exception.ends}
    return _inside(found, since, until), _inside(found | finer, since, until)


def _inside(edges: set[float], since: float, until: float) -> list[dt.datetime]:
    return [
        dt.datetime.fromtimestamp(edge, dt.UTC) for edge in sorted(edges) if since <= edge < until
    ]
