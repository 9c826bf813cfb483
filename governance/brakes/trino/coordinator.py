"""What runs in a Trino, by its REST interface, and ending it by its own procedure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec

from catalog.registries.connectors import SourceUnreadable
from governance.brakes.engine import Progress
from lineage.connectors.trino import MARK
from lineage.connectors.trino_client import TrinoAddress, query_rows

SOURCE = "concord"
_MOST_BYTES = 256 * 1024 * 1024
_SECONDS = 10.0
_OVER = frozenset({"FINISHED", "FAILED"})
_SIZE = re.compile(r"([0-9.]+)\s*(B|kB|MB|GB|TB|PB)")
_UNITS = {"B": 1, "kB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40, "PB": 2**50}
_SPAN = re.compile(r"([0-9.]+)\s*(ns|us|ms|s|m|h|d)")
_SECONDS_OF = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


class _NoRedirects(HTTPRedirectHandler):
    """A coordinator answers itself; whoever sends us elsewhere does not learn the password."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Refuse."""


_opener = build_opener(_NoRedirects)


@dataclass(frozen=True, slots=True)
class Running:
    """A query that is not over: whose, what it says, where its names are looked up, how far."""

    query_id: str
    user: str
    sql: str
    catalog: str
    schema: str
    progress: Progress


def running(address: TrinoAddress) -> list[Running]:
    """Everything that runs or waits, but what we ask ourselves. Raises SourceUnreadable."""
    url = f"{address.url}/v1/query"
    request = Request(url, headers=address.headers())  # noqa: S310 - http or https
    try:
        with _opener.open(request, timeout=_SECONDS) as answer:
            content = answer.read(_MOST_BYTES + 1)
        found = msgspec.json.decode(content)
    except (URLError, OSError, ValueError, msgspec.DecodeError) as error:
        raise SourceUnreadable(f"Trino does not list its queries: {str(error)[:200]}") from None
    if not isinstance(found, list):
        raise SourceUnreadable("Trino does not list its queries as one that we know.")
    listed = (_running(one, address.user) for one in found if isinstance(one, Mapping))
    return [one for one in listed if one is not None]


def kill(address: TrinoAddress, query_id: str, message: str) -> None:
    """End a query; whoever ran it reads the message. Raises SourceUnreadable."""
    sql = (
        f"CALL system.runtime.kill_query(query_id => {_text(query_id)},"
        f" message => {_text(message[:1_000])}) {MARK}"  # no query of anybody's in the query log
    )
    list(query_rows(address, sql, _SECONDS))


def size_of(text: object) -> int:
    """Bytes of a size as Trino writes it: `1.5MB`; 0 for what is none."""
    found = _SIZE.fullmatch(text) if isinstance(text, str) else None
    return round(float(found[1]) * _UNITS[found[2]]) if found else 0


def seconds_of(text: object) -> float:
    """Seconds of a span as Trino writes it: `2.00m`; 0 for what is none."""
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    return float(found[1]) * _SECONDS_OF[found[2]] if found else 0.0


def _running(one: Mapping[str, Any], own_user: str) -> Running | None:
    session, stats = one.get("session"), one.get("queryStats")
    state, query_id, sql = one.get("state"), one.get("queryId"), one.get("query")
    if state in _OVER or not isinstance(query_id, str) or not isinstance(sql, str):
        return None
    known = session if isinstance(session, Mapping) else {}
    # Anybody may call their client what they like: the name alone makes a query none of ours.
    if known.get("source") == SOURCE and known.get("user") == own_user:
        return None
    counted = stats if isinstance(stats, Mapping) else {}
    read = max(size_of(counted.get(name)) for name in ("physicalInputDataSize", "rawInputDataSize"))
    rows = counted.get("rawInputPositions")
    return Running(
        query_id=query_id,
        user=str(known.get("user") or ""),
        sql=sql,
        catalog=str(known.get("catalog") or ""),
        schema=str(known.get("schema") or ""),
        progress=Progress(
            read, rows if isinstance(rows, int) else 0, seconds_of(counted.get("elapsedTime"))
        ),
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''").replace("\x00", "") + "'"
