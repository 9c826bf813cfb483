"""Opening a database for reading only, and its refusals in plain sentences without secrets."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from catalog.registries.connectors import ReadLimits, SourceUnreadable

APPLICATION = "concord-sql-connector"  # how the session is called at the source
_CONNECT_SECONDS = 10
# What drivers say, and what a person has to do about it; the first that matches holds.
_SENTENCES = tuple(
    (re.compile(pattern, re.IGNORECASE), sentence)
    for pattern, sentence in (
        (
            r"no password supplied|using password: no",
            "{where} asks for a password: name a secret in the connection.",
        ),
        (
            r"password authentication failed|access denied for user|login failed|\(1045",
            "{where} refused the user {user!r} or the password: check both.",
        ),
        (
            r"resolve host|name or service not known|nodename nor servname|could not translate"
            r"|temporary failure in name resolution|no address associated",
            "There is no host {host!r}: check the address.",
        ),
        (
            r"database .* does not exist|unknown database",
            "{where} has no database {database!r}: check the address.",
        ),
        (r"role .* does not exist", "{where} has no user {user!r}: check the address."),
        (
            r"connection refused|no such file or directory|can't connect|could not connect"
            r"|timeout expired|timed out",
            "Nothing answers at {where}: check host and port, and whether the server runs.",
        ),
        (
            r"server closed the connection|terminating connection|lost connection|gone away"
            r"|connection .* closed|the connection is lost|broken pipe|connection reset",
            "{where} closed the connection in the middle of reading: run it again.",
        ),
        (
            r"statement timeout|max_statement_time",
            "{where} took longer over one query than the limit allows.",
        ),
        (r"permission denied|not authorized", "{where} does not let {user!r} read this."),
        (
            r"not a database|malformed|not a valid DuckDB",
            "{where} is no database file of this kind, or damaged.",
        ),
        (r"unable to open database file", "There is no readable file at {where}."),
        (r"conflicting lock|could not set lock", "{where} is open for writing elsewhere."),
    )
)


def open_engine(url: URL, secret: str | None, limits: ReadLimits) -> Engine:
    """An engine that reads only and keeps no connection; raises SourceUnreadable."""
    if secret:
        url = url.set(password=secret)
    try:
        if url.get_backend_name() == "sqlite":
            return _open_sqlite(url, limits)
        return create_engine(url, poolclass=NullPool, connect_args=_connect_arguments(url, limits))
    except (NoSuchModuleError, ModuleNotFoundError):
        raise SourceUnreadable(
            f"No driver for {url.drivername} is installed: add its Python package to the service."
        ) from None
    except (ArgumentError, TypeError, ValueError):
        raise SourceUnreadable(f"{describe(url)} is no usable database address.") from None


def _connect_arguments(url: URL, limits: ReadLimits) -> dict[str, Any]:
    if url.drivername == "postgresql+psycopg":
        milliseconds = limits.timeout_seconds * 1000
        return {
            "connect_timeout": _CONNECT_SECONDS,
            "application_name": APPLICATION,
            "options": f"-c statement_timeout={milliseconds} -c default_transaction_read_only=on",
        }
    if url.drivername.endswith("+pymysql"):
        return {"connect_timeout": _CONNECT_SECONDS, "read_timeout": limits.timeout_seconds}
    return {}


def _open_sqlite(url: URL, limits: ReadLimits) -> Engine:
    """Opened read-only, for a plain connect would create a file that is missing."""
    path = Path(url.database or "")
    if not path.is_file():
        raise SourceUnreadable(f"There is no file {url.database!r} on the server.")

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, timeout=limits.timeout_seconds
        )

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def describe(url: URL) -> str:
    """Where a database is, without user and password."""
    if url.get_backend_name() in {"sqlite", "duckdb"}:
        return str(url.database)
    host = host_of(url)
    return f"{host}:{url.port}" if url.port else host


def host_of(url: URL) -> str:
    """The host of the address; a socket's folder counts as this machine."""
    stated = url.host or url.query.get("host") or "localhost"
    host = stated if isinstance(stated, str) else stated[0]
    return "localhost" if host.startswith("/") else host


def explain(error: Exception, url: URL, secret: str | None) -> str:
    """One sentence for what a driver raised; what is not known is quoted without the secret."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig else error
    text = " ".join(str(original).split())
    if secret:
        text = text.replace(secret, "***")
    user = url.username or url.query.get("user") or ""
    for pattern, sentence in _SENTENCES:
        if pattern.search(text):
            return sentence.format(
                where=describe(url), host=host_of(url), user=user, database=url.database
            )
    return f"{describe(url)} cannot be read: {text[:300] or type(original).__name__}"


def is_disconnected(error: Exception) -> bool:
    """Whether reading on is useless because the server has gone."""
    return isinstance(error, DBAPIError) and error.connection_invalidated
