"""A post ends in its time however slowly its receiver speaks, and names hosts of any script."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from governance.notifications import posting
from governance.notifications.posting import PostRefused, checked_target, post
from tests.governance.notifications.receiving import Receiver, receiving


@contextmanager
def dripping(beginning: bytes) -> Iterator[int]:
    """A port whose receiver sends a beginning, and then a byte again and again."""
    server = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def speak() -> None:
        connected, _ = server.accept()
        with connected:
            try:
                connected.sendall(beginning)
                while not ended.wait(0.1):
                    connected.sendall(b"x")
            except OSError:
                pass

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        ended.set()
        thread.join()
        server.close()


@pytest.fixture(autouse=True)
def short(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    monkeypatch.setattr(posting, "TIMEOUT_SECONDS", 0.6)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nx-slow: "])
def test_a_receiver_that_drips_its_headers_is_left_in_time(scheme: str, beginning: bytes) -> None:
    with dripping(beginning) as port:
        started = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT011 - a broken handshake says so in other words
            post(f"{scheme}://127.0.0.1:{port}/", b"{}", {})

    assert time.monotonic() - started < 2


def test_a_receiver_that_says_nothing_whole_is_told_as_late() -> None:
    with (
        dripping(b"HTTP/1.1 200 OK\r\nx-slow: ") as port,
        pytest.raises(OSError, match=r"no answer within 0\.6 seconds"),
    ):
        post(f"http://127.0.0.1:{port}/", b"{}", {})


def test_words_that_never_end_do_not_change_a_status() -> None:
    with dripping(b"HTTP/1.1 202 Accepted\r\nContent-Length: 4000\r\n\r\n") as port:
        started = time.monotonic()
        answer = post(f"http://127.0.0.1:{port}/", b"{}", {})

    assert answer.is_accepted
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://例え.github.io/x", ("xn--r8jz45g.github.io", 443)),
        ("https://Example.org:8443/", ("example.org", 8443)),
        ("https://[2001:db8::1]/", ("2001:db8::1", 443)),
    ],
)
def test_a_host_is_named_as_the_network_knows_it(url: str, target: tuple[str, int]) -> None:
    assert checked_target(url) == target


@pytest.mark.parametrize("host", ["a..例え", "例" * 64])
def test_a_host_that_cannot_be_is_refused(host: str) -> None:
    with pytest.raises(PostRefused, match="a host that cannot be"):
        post(f"https://{host}/", b"{}", {})


def test_a_host_of_another_script_is_greeted_by_its_plain_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def resolved(host: str, port: int | None, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port or 0))]

    monkeypatch.setattr(posting.socket, "getaddrinfo", resolved)
    server: Receiver
    with receiving() as server:
        answer = post(f"http://例え.github.io:{server.server_port}/x", b"{}", {})

    assert answer.is_accepted
    assert asked[0] == "xn--r8jz45g.github.io"
    assert server.taken[0][0]["host"] == f"xn--r8jz45g.github.io:{server.server_port}"
