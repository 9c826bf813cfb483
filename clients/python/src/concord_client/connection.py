"""The way to the service: one connection that stays open, with the secret and nothing else.

Only the standard library: no redirects are followed, and bodies are bounded before they are read.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from concord_client.errors import Unreachable

MOST_BYTES = 256 * 2**20
CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Connection:
    """To one service, for one thread. `url` is its address; `cafile` names certificates to trust
    instead of the machine's."""

    def __init__(self, url: str, secret: str, agent: str, cafile: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address of a service: write https://host.")
        self._is_safe = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._base = parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {secret}", "User-Agent": agent}
        self._context = ssl.create_default_context(cafile=cafile) if self._is_safe else None
        self._open: http.client.HTTPConnection | None = None
        self._is_ended = False

    def get(self, path: str, query: Mapping[str, object], seconds: float) -> Reply:
        """Ask. Raises Unreachable."""
        return self._ask("GET", f"{path}?{urlencode(query)}", None, {}, seconds)

    def post(self, path: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
        """Send. Raises Unreachable."""
        return self._ask("POST", path, body, headers, seconds)

    def delete(self, path: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
        """Take away. Raises Unreachable."""
        return self._ask("DELETE", path, body, headers, seconds)

    def close(self) -> None:
        """Let go, for the thread that asks."""
        found, self._open = self._open, None
        self._is_ended = False
        if found is not None:
            found.close()

    def interrupt(self) -> None:
        """Wake the thread that waits for an answer; it gets none, nor asks again until `close`."""
        self._is_ended = True
        found = self._open
        sock = found.sock if found is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        seconds: float,
    ) -> Reply:
        is_used = self._open is not None
        try:
            return self._once(method, path, body, headers, seconds)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            if self._is_ended or not is_used:
                self._drop()
                raise _unreachable(error) from None
            self._drop()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._drop()
            raise _unreachable(error) from None
        # The service may close a connection that rested: once more on a new one.
        try:
            return self._once(method, path, body, headers, seconds)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._drop()
            raise _unreachable(error) from None

    def _drop(self) -> None:
        found, self._open = self._open, None
        if found is not None:
            found.close()

    def _once(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        seconds: float,
    ) -> Reply:
        connection = self._connected()
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        connection.request(method, self._base + path, body, {**self._headers, **headers})
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        answer = connection.getresponse()
        data = answer.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError("the answer is larger than a client takes")
        told = {name.lower(): value for name, value in answer.getheaders()}
        if told.get("connection", "").lower() == "close":
            self._drop()
        return Reply(answer.status, data, told)

    def _connected(self) -> http.client.HTTPConnection:
        if self._open is None:
            if self._is_safe:
                self._open = http.client.HTTPSConnection(
                    self._host, self._port, timeout=CONNECT_SECONDS, context=self._context
                )
            else:
                self._open = http.client.HTTPConnection(
                    self._host, self._port, timeout=CONNECT_SECONDS
                )
        return self._open


def _unreachable(error: Exception) -> Unreachable:
    return Unreachable(f"The service cannot be reached: {type(error).__name__}: {error}"[:300])
