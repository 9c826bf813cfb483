"""Where signed heads go: a file, a webhook, syslog. Each takes one line of JSON for each head."""

from __future__ import annotations

import os
import socket
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from django.conf import settings

_SECONDS = 10
_SECURITY_NOTICE = 13 * 8 + 5  # RFC 5424: facility "log audit", severity "notice"


def sinks() -> tuple[str, ...]:
    """What the settings name; without any, a file below `var`, which belongs on another disk."""
    return settings.AUDIT_HEADS or (str(Path(settings.VAR_DIR) / "audit" / "heads.jsonl"),)


def deliver(line: str, sink: str) -> str:
    """Send one line; why it failed, empty where it did not."""
    try:
        scheme = urlsplit(sink).scheme
        if scheme in ("http", "https"):
            _post(line, sink)
        elif scheme == "syslog":
            _log(line, sink)
        else:
            _append(line, Path(sink))
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def read(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The statements in files of heads with their signatures; lines that are neither are skipped
    as (line, "")."""
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    found = msgspec.json.decode(line, type=dict[str, str])
                    yield found["statement"], found["signature"]
                except (msgspec.DecodeError, msgspec.ValidationError, KeyError):
                    yield line, ""


def _append(line: str, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _post(line: str, url: str) -> None:
    request = urllib.request.Request(  # noqa: S310 - the operator's own address
        url, line.encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        answer.read(1)


def _log(line: str, sink: str) -> None:
    parts = urlsplit(sink)
    said = f"<{_SECURITY_NOTICE}>1 - {socket.gethostname()} concord-audit - - - {line}".encode()
    address = (parts.hostname or "localhost", parts.port or 514)
    with socket.create_connection(address, timeout=_SECONDS) as wire:  # RFC 6587: counted octets
        wire.sendall(f"{len(said)} ".encode() + said)
