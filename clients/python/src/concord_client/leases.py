"""Running a query under a lease: asked for before it runs, kept by heartbeats, stopped when told.

    leases = Leases("https://concord.example.org", token, gateway="notebook")
    rows = leases.run_duckdb(session, "SELECT ...", user="dana")  # StatementRefused, Stopped

A service that cannot be reached stops what runs after two intervals, as it does itself.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from concord_client.connection import Connection
from concord_client.errors import ClientError, StatementRefused, Unreachable

MISSED = 2
"""Intervals without an answer after which a query is stopped."""
_SECONDS = 10.0


class Stopped(ClientError):  # noqa: N818 - reads as what it says
    """A query was stopped while it ran; `code` and `brake` say by what."""

    def __init__(self, reason: str, code: str = "", brake: str = "") -> None:
        super().__init__(reason or "The query was stopped.")
        self.code = code
        self.brake = brake


@dataclass(frozen=True, slots=True)
class Progress:
    """What a query has done since it began."""

    bytes: int = 0
    rows: int = 0
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a statement may not run, in one sentence, and whom to ask."""

    sentence: str
    ask: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """One query that may run. `sql` is what may run: as written, or rewritten."""

    id: str
    interval: float
    sql: str
    answer: Mapping[str, Any]


class Leases:
    """Leases from one service. `token` is that of a service account with the scopes `read` and
    `ingest`, or of the person whose queries run; `gateway` is what brakes call this place."""

    def __init__(
        self, url: str, token: str, *, gateway: str = "", cafile: str | None = None
    ) -> None:
        self._given = (url, token, f"concord-leases/{gateway or 'python'}"[:100], cafile)
        self._gateway = gateway

    def ask(self, sql: str, *, dialect: str, user: str = "", **more: Any) -> Lease:
        """Ask whether a statement may run now. Raises StatementRefused and Unreachable."""
        body = {"sql": sql, "dialect": dialect, "subject": user, "lease": True, **more}
        answer = self._post("/api/v1/gateway/check", {"gateway": self._gateway, **body})
        if answer["decision"] == "deny" or not answer["lease"]:
            raise StatementRefused(
                tuple(
                    Refusal(one["sentence"], one["ask"], one["code"]) for one in answer["reasons"]
                )
            )
        given = answer["lease"]
        allowed = answer["rewritten_sql"] or sql
        return Lease(given["id"], float(given["heartbeat_seconds"]), allowed, answer)

    def beat(self, lease: Lease, progress: Progress) -> None:
        """Tell how far it is. Raises Stopped where it may not go on, and Unreachable."""
        self._raise_if_stopped(
            self._post(f"/api/v1/gateway/leases/{lease.id}/heartbeat", _counted(progress))
        )

    def end(self, lease: Lease, progress: Progress) -> None:
        """Tell that it is over. What the service cannot be told it finds by the silence."""
        path = f"/api/v1/gateway/leases/{lease.id}"
        with contextlib.suppress(Unreachable), self._connected() as connection:
            connection.delete(path, json.dumps(_counted(progress)).encode(), _JSON, _SECONDS)

    @contextmanager
    def kept(
        self, lease: Lease, stop: Callable[[], object], progress: Callable[[], Progress]
    ) -> Iterator[None]:
        """Send heartbeats while the block runs, and call `stop` once when it may not go on.

        Raises Stopped when the block ends, whatever it raised when it was interrupted.
        """
        over, stopped = threading.Event(), list[Stopped]()
        watching = threading.Thread(
            target=self._watch, args=(lease, stop, progress, over, stopped), daemon=True
        )
        watching.start()
        try:
            yield
        except Exception as error:
            over.set()
            watching.join()
            if stopped:
                raise stopped[0] from error
            raise
        finally:
            over.set()
            watching.join()
            self.end(lease, progress())
        if stopped:
            raise stopped[0]

    def run_duckdb(self, session: Any, sql: str, *, user: str = "", **more: Any) -> list[Any]:
        """All rows of a statement in DuckDB. Raises StatementRefused, Stopped and Unreachable."""
        lease = self.ask(sql, dialect="duckdb", user=user, **more)
        began, rows = time.monotonic(), list[Any]()

        def progress() -> Progress:
            return Progress(rows=len(rows), elapsed=time.monotonic() - began)

        with self.kept(lease, session.interrupt, progress):
            rows += session.execute(lease.sql).fetchall()
        return rows

    def _watch(
        self,
        lease: Lease,
        stop: Callable[[], object],
        progress: Callable[[], Progress],
        over: threading.Event,
        stopped: list[Stopped],
    ) -> None:
        heard = time.monotonic()
        while not over.wait(lease.interval):
            try:
                self.beat(lease, progress())
                heard = time.monotonic()
            except Stopped as told:
                stopped.append(told)
            except Unreachable as error:
                if time.monotonic() - heard <= MISSED * lease.interval:
                    continue
                stopped.append(Stopped(f"Nobody can say whether it may go on. {error}", "silence"))
            if stopped:
                stop()
                return

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        with self._connected() as connection:
            reply = connection.post(path, json.dumps(body).encode(), _JSON, _SECONDS)
        try:
            answer = json.loads(reply.body)
        except ValueError:
            answer = None
        if reply.status != 200 or not isinstance(answer, dict):
            # Whoever stands between may answer in the service's place: that is no word of it.
            said = answer.get("detail", "") if isinstance(answer, dict) else "not in its own words"
            raise Unreachable(f"The service answers {reply.status}: {said}"[:300], reply.status)
        return answer

    def _raise_if_stopped(self, answer: Mapping[str, Any]) -> None:
        if answer.get("verdict") != "continue":
            raise Stopped(*(answer.get(name, "") for name in ("reason", "code", "brake")))

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection of its own for each question: heartbeats come from another thread."""
        connection = Connection(*self._given)
        try:
            yield connection
        finally:
            connection.close()


_JSON = {"Content-Type": "application/json"}


def _counted(progress: Progress) -> dict[str, Any]:
    return {"bytes": progress.bytes, "rows": progress.rows, "elapsed": progress.elapsed}
