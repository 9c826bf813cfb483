"""Asking a Trino coordinator over its statement protocol, bounded in time and in size."""

from __future__ import annotations

import base64
import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec

from catalog.registries.connectors import SourceUnreadable
from lineage.connectors.rows import Row

_MOST_BYTES = 64 * 1024 * 1024  # of one page
_BUSY = frozenset({429, 502, 503, 504})
_PAUSE = 0.1  # seconds


class _NoRedirects(HTTPRedirectHandler):
    """A coordinator answers itself; whoever sends us elsewhere does not learn the password."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Refuse."""


_opener = build_opener(_NoRedirects)


@dataclass(frozen=True, slots=True)
class TrinoAddress:
    """Where the coordinator is and who asks; a secret goes over https only."""

    url: str
    user: str
    secret: str | None = field(default=None, repr=False)

    def headers(self) -> dict[str, str]:
        """What every request carries; raises SourceUnreadable."""
        headers = {"X-Trino-User": self.user, "X-Trino-Source": "concord"}
        if self.secret:
            if not self.url.startswith("https://"):
                raise SourceUnreadable(
                    "A password goes over https only: change the address, or take the secret out."
                )
            pair = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        return headers


def query_rows(address: TrinoAddress, sql: str, seconds: float) -> Iterator[Row]:
    """The rows of a query, one after another; raises SourceUnreadable, also after `seconds`."""
    deadline = time.monotonic() + seconds
    page = _asked(address, f"{address.url}/v1/statement", sql.encode(), deadline)
    names: list[str] = []
    number = 0
    while True:
        error = page.get("error")
        if isinstance(error, dict):
            raise SourceUnreadable(f"Trino refused the query: {str(error.get('message'))[:300]}")
        columns = page.get("columns")
        if isinstance(columns, list):
            names = [str(each.get("name", "")).lower() for each in columns]
        for values in page.get("data") or ():
            number += 1
            yield Row(f"query {number}", dict(zip(names, values, strict=False)))
        following = page.get("nextUri")
        if not isinstance(following, str):
            return
        if urlsplit(following)[:2] != urlsplit(address.url)[:2]:  # the password goes along
            raise SourceUnreadable(
                "The coordinator names another address for its answer: give that one as the"
                " address, or let its proxy forward the host and https."
            )
        page = _asked(address, following, None, deadline)


def _asked(address: TrinoAddress, url: str, body: bytes | None, deadline: float) -> dict[str, Any]:
    host = urlsplit(address.url).netloc
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise SourceUnreadable(f"{host} took longer over one query than the limit allows.")
        request = Request(url, data=body, headers=address.headers())  # noqa: S310 - http or https
        try:
            with _opener.open(request, timeout=left) as answer:
                content = answer.read(_MOST_BYTES + 1)
        except HTTPError as error:
            if error.code in _BUSY:
                time.sleep(_PAUSE)
                continue
            if error.code in {401, 403}:
                sentence = f"{host} refused the user {address.user!r} or the password: check both."
                raise SourceUnreadable(sentence) from None
            raise SourceUnreadable(f"{host} answered with status {error.code}.") from None
        except (URLError, OSError, http.client.HTTPException, ValueError):
            raise SourceUnreadable(
                f"Nothing answers at {host}: check the address, and whether Trino runs."
            ) from None
        if len(content) > _MOST_BYTES:
            raise SourceUnreadable(f"{host} sent more than {_MOST_BYTES // 1024**2} MB at once.")
        try:
            page = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise SourceUnreadable(f"{host} does not answer like a Trino coordinator.") from None
        if not isinstance(page, dict):
            raise SourceUnreadable(f"{host} does not answer like a Trino coordinator.")
        return page
