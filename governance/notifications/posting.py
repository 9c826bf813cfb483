"""Posting to addresses that people gave: never to the inside of the network, never redirected.

The name is resolved once, every address it has must be public, and the connection goes to the
address that was checked, so that a name which changes its mind in between (DNS rebinding) gains
nothing. `WEBHOOK_NETWORKS` opens networks of one's own.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3
from django.conf import settings

TIMEOUT_SECONDS = 10
MOST_ANSWER_BYTES = 4096


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


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post and return the answer; raises PostRefused, or OSError when nobody answers."""
    host, port = checked_target(url)
    parts = urlsplit(url)
    address = _public_address(host, port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    options: dict[str, Any] = {"timeout": TIMEOUT_SECONDS, "retries": False}
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, server_hostname=host, assert_hostname=host, **options
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, **options)
    try:
        with pool:
            response = pool.urlopen(
                "POST",
                path,
                body=body,
                headers={**headers, "Host": parts.netloc.rpartition("@")[2]},
                redirect=False,
                preload_content=False,
            )
            text = response.read(MOST_ANSWER_BYTES, decode_content=False)
            response.close()
    except urllib3.exceptions.HTTPError as error:
        raise OSError(f"{type(error).__name__}: {error}"[:500]) from error
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
    if parts.scheme == "http" and not _opened(parts.hostname):
        raise PostRefused("The address starts with https://, so that nobody reads along.")
    return parts.hostname, port or (443 if parts.scheme == "https" else 80)


def _public_address(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise OSError(f"The name {host} was not found.") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        ip = ipaddress.ip_address(address)
        mapped = getattr(ip, "ipv4_mapped", None) or ip
        if not mapped.is_global and not _in_networks(mapped, settings.WEBHOOK_NETWORKS):
            raise PostRefused(
                f"{host} is inside a private network; an administrator can open it with "
                "WEBHOOK_NETWORKS."
            )
    return addresses[0]


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
