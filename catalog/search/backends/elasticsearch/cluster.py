"""The cluster: one client for the process, and one way to say that it does not answer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import msgspec
import structlog
from django.conf import settings
from elastic_transport import ConnectionTimeout, TransportError
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.serializer import JsonSerializer, NdjsonSerializer

from catalog.errors import Unavailable

log = structlog.get_logger(__name__)

SEARCH_TIMEOUT = 10.0  # seconds that a person waits at most
PAUSE = 2.0  # seconds in which nobody asks a cluster again that did not answer
_BUSY = frozenset({408, 429, 502, 503, 504})
_REFUSING = frozenset({401, 403})


@cache
def client() -> Elasticsearch:
    """The client of this process; it asks another node when one does not answer."""
    access = settings.ELASTICSEARCH
    options: dict[str, Any] = {}
    if access.get("api_key"):
        options["api_key"] = access["api_key"]
    if access.get("username"):
        options["basic_auth"] = (access["username"], access["password"])
    if access.get("ca_file"):
        options["ca_certs"] = access["ca_file"]
    return Elasticsearch(
        str(settings.ELASTICSEARCH_URL).split(","),
        request_timeout=SEARCH_TIMEOUT,
        retry_on_status=(502, 503, 504),
        retry_on_timeout=False,
        max_retries=3,
        serializers={"application/json": _Json(), _Lines.mimetype: _Lines()},
        **options,
    )


class _Json(JsonSerializer):
    """Answers read by the reader that is quicker than the standard library's."""

    def json_loads(self, data: bytes) -> Any:
        """See `JsonSerializer`."""
        return msgspec.json.decode(data)


class _Lines(NdjsonSerializer):
    """Lines that are ready to be sent are sent as they are, and not copied one by one."""

    def dumps(self, data: Any) -> bytes:
        """See `NdjsonSerializer`."""
        return data if isinstance(data, bytes) else super().dumps(data)


class _Silence:
    """Until when nobody asks, because the cluster did not answer a moment ago."""

    until = 0.0


def forget() -> None:
    """Read the settings anew at the next request, and ask at once."""
    client.cache_clear()
    _Silence.until = 0.0


@contextmanager
def asking(*, patiently: bool = False) -> Iterator[Elasticsearch]:
    """The client; whatever says that the cluster is away, red, full or closed to us becomes
    Unavailable. Unless `patiently`, a cluster that was away a moment ago is not asked."""
    if not patiently and time.monotonic() < _Silence.until:
        raise Unavailable("The search index does not answer.")
    try:
        yield client()
    except ConnectionTimeout as error:
        raise Unavailable("The search index did not answer in time.") from error
    except TransportError as error:
        _Silence.until = time.monotonic() + PAUSE
        log.warning("search_index_away", error=str(error)[:300])
        raise Unavailable("The search index does not answer.") from error
    except ApiError as error:
        raise_if_unavailable(error.status_code, error.body)
        raise


def raise_if_unavailable(status: int, body: Any) -> None:
    """Raise Unavailable for an answer that another moment would answer differently."""
    reason = reason_of(body)
    if status in _REFUSING and "block" not in reason:
        log.error("search_index_refuses_us", status=status, reason=reason)
        raise Unavailable("The search index does not let this service in.")
    if status in _BUSY or status in _REFUSING:
        log.warning("search_index_unavailable", status=status, reason=reason)
        raise Unavailable("The search index cannot answer now.")
    if status == 404 and "index_not_found" in reason:
        raise Unavailable("The search index has not been built yet.")


def reason_of(body: Any) -> str:
    """Type and reason of an error, for logs and for who looks after the index."""
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(error, Mapping):
        return str(error)[:500]
    cause = (error.get("root_cause") or [{}])[0]
    kinds = dict.fromkeys(filter(None, (error.get("type"), cause.get("type"))))
    words = error.get("reason") or cause.get("reason") or ""
    caused = error.get("caused_by")
    if isinstance(caused, Mapping) and caused.get("reason"):
        words = f"{words}: {caused['reason']}"
    return f"{' '.join(kinds)}: {words}"[:500]
