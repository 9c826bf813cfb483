"""Posting to addresses that people gave: never to the inside of the network, never redirected.

The name is resolved once, every address it has must be public, and the connection goes to the
address that was checked, so that a name which changes its mind in between (DNS rebinding) gains
nothing. `WEBHOOK_NETWORKS` opens networks of one's own. A post takes `TIMEOUT_SECONDS` as a whole,
however slowly its receiver speaks.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection

TIMEOUT_SECONDS = 10
MOST_ANSWER_BYTES = 4096
# Their last 32 bits are an IPv4 address (RFC 6052, RFC 4291).
_CARRYING = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
_OWN_TRANSLATOR = ipaddress.ip_network("64:ff9b:1::/48")
_LATE = "There was no answer within {} seconds."


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class PostRefused(Exception):  # noqa: N818 - reads as the refusal it is
    """The address must not be posted to; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said: its status, and the beginning of its words."""

    status: int
    text: str

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver took it (2xx)."""
        return 200 <= self.status < 300


class _Deadline:
    """Ends a connection when its time is over.

    urllib3's own timeout is for each piece that arrives: a receiver which sends a byte every nine
    seconds would hold the sender for hours, in the handshake, in its headers or in its words.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._watched: list[tuple[socket.socket, threading.Timer]] = []

    @property
    def remaining(self) -> float:
        return max(self._ends - time.monotonic(), 0.001)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends

    def watch(self, connected: socket.socket) -> None:
        """Shut this connection at the end; TLS takes the socket over, so a twin is kept."""
        twin = connected.dup()
        timer = threading.Timer(self.remaining, _shut, [twin])
        timer.daemon = True
        self._watched.append((twin, timer))
        timer.start()

    def release(self) -> None:
        """Let go of what was watched; to be called in any case."""
        for twin, timer in self._watched:
            timer.cancel()
            timer.join()  # so that it never shuts another's socket of the same number
            twin.close()


class _Ending:
    """A connection that its deadline ends."""

    def __init__(self, *args: Any, deadline: _Deadline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        connected: socket.socket = super()._new_conn()  # type: ignore[misc]
        self._deadline.watch(connected)
        return connected


class _EndingHTTP(_Ending, HTTPConnection):
    pass


class _EndingHTTPS(_Ending, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _EndingHTTP


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _EndingHTTPS


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post and return the answer; raises PostRefused, or OSError when nobody answers in time.

    The status is the answer: where it came in time, words that never end do not change it.
    """
    deadline = _Deadline(TIMEOUT_SECONDS)
    host, port = checked_target(url)
    parts = urlsplit(url)
    address = _public_address(host, port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    options: dict[str, Any] = {
        "timeout": deadline.remaining, "retries": False, "deadline": deadline
    }  # fmt: skip
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = _SecurePool(address, port, server_hostname=host, assert_hostname=host, **options)
    else:
        pool = _Pool(address, port, **options)
    try:
        with pool:
            response = pool.urlopen(
                "POST",
                path,
                body=body,
                headers={**headers, "Host": _host_header(host, parts.port)},
                redirect=False,
                preload_content=False,
            )
            if deadline.is_over:  # headers that were cut look like whole ones
                response.close()
                raise OSError(_LATE.format(TIMEOUT_SECONDS))
            text = _beginning(response)
            response.close()
    except urllib3.exceptions.HTTPError as error:
        if deadline.is_over:
            raise OSError(_LATE.format(TIMEOUT_SECONDS)) from error
        raise OSError(f"{type(error).__name__}: {error}"[:500]) from error
    finally:
        deadline.release()
    return Answer(response.status, text.decode("utf-8", "replace"))


def checked_target(url: str) -> tuple[str, int]:
    """(host, port) of an address that may be posted to; raises PostRefused for its form."""
    try:
        parts = urlsplit(url)
    except ValueError as error:  # brackets that hold no IPv6 address
        raise PostRefused("The address starts with https:// and names a host.") from error
    try:
        port = parts.port
    except ValueError as error:
        raise PostRefused("The port is a number from 1 to 65535.") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise PostRefused("The address starts with https:// and names a host.")
    if parts.username or parts.password:
        raise PostRefused("The address carries no user or password.")
    host = _ascii(parts.hostname)
    if parts.scheme == "http" and not _opened(host):
        raise PostRefused("The address starts with https://, so that nobody reads along.")
    return host, port or (443 if parts.scheme == "https" else 80)


def _ascii(host: str) -> str:
    """The name as the network knows it (IDNA), for whoever resolves, greets or compares it."""
    if ":" in host:  # an IPv6 address
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise PostRefused("The address names a host that cannot be.") from error


def _host_header(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _beginning(response: urllib3.BaseHTTPResponse) -> bytes:
    try:
        return response.read(MOST_ANSWER_BYTES, decode_content=False)
    except (OSError, urllib3.exceptions.HTTPError):
        return b""


def _shut(connected: socket.socket) -> None:
    with suppress(OSError):  # the other side was faster
        connected.shutdown(socket.SHUT_RDWR)


def _public_address(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise OSError(f"The name {host} was not found.") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        ip = ipaddress.ip_address(address)
        meant = _meant(ip)
        opened = any(_in_networks(one, settings.WEBHOOK_NETWORKS) for one in (ip, meant))
        if not (opened or _is_public(meant)):
            raise PostRefused(
                f"{host} is inside a private network; an administrator can open it with "
                "WEBHOOK_NETWORKS."
            )
    return addresses[0]


def _meant(ip: _Address) -> _Address:
    """The IPv4 address that an IPv6 one carries and that a translator on the way goes to (mapped,
    6to4, NAT64), else itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    carried = ip.ipv4_mapped or ip.sixtofour
    if carried is None and any(ip in network for network in _CARRYING):
        carried = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return carried or ip


def _is_public(ip: _Address) -> bool:
    """Whether it is one of the internet: to Python so are groups, what sites once had for
    themselves, and the translators that a network sets up for its own use (RFC 8215)."""
    if ip.is_multicast or (isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local):
        return False
    return ip.is_global and ip not in _OWN_TRANSLATOR


def _opened(host: str) -> bool:
    """Whether plain http is all right: only towards networks that were opened."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return False
    return all(
        _in_networks(ipaddress.ip_address(str(entry[4][0])), settings.WEBHOOK_NETWORKS)
        for entry in found
    )


def _in_networks(ip: Any, networks: Sequence[Any]) -> bool:
    return any(ip in network for network in networks if network.version == ip.version)
