"""Searching in Elasticsearch in tests: under a prefix of its own, beside what the server holds."""

from __future__ import annotations

import secrets
from typing import Any

from pytest_django import Settings

from catalog.search.backends import configured
from catalog.search.backends.elasticsearch import cluster, generations, layout
from catalog.search.backends.terms import forget_labels

PREFIX = f"concord-test-{secrets.token_hex(4)}"


def use_elasticsearch(settings: Settings, url: str, **access: str) -> None:
    """Let the service search there from now on, as if it had started with this address."""
    settings.ELASTICSEARCH_URL = url
    settings.ELASTICSEARCH = {"prefix": PREFIX, **access}
    forget_backend()


def forget_backend() -> None:
    """Let the next search choose its backend anew."""
    configured.cache_clear()
    forget_labels()
    cluster.forget()


def empty_indices() -> None:
    """A live generation without documents; faster than a new one."""
    with cluster.asking(patiently=True) as client:
        if not client.indices.exists_alias(name=layout.live(layout.DOCUMENTS)):
            generations.begin_empty()
            return
        for part in layout.PARTS:
            alias = layout.live(part)
            client.indices.refresh(index=alias)
            stored = client.search(index=alias, size=10_000, source=False)["hits"]["hits"]
            if stored:
                client.bulk(
                    operations=[{"delete": {"_index": alias, "_id": hit["_id"]}} for hit in stored],
                    refresh=True,
                )


def stored(part: str = layout.DOCUMENTS) -> dict[str, Any]:
    """What an index holds, by id, with versions, once everything written is found."""
    with cluster.asking(patiently=True) as client:
        client.indices.refresh(index=layout.live(part))
        answer = client.search(index=layout.live(part), size=10_000, version=True)
    return {hit["_id"]: hit for hit in answer["hits"]["hits"]}
