"""What the index holds beside what it should hold, a stretch of ids at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from catalog.search.backends.elasticsearch import cluster, layout
from catalog.search.backends.elasticsearch.bodies import document_body
from catalog.search.backends.elasticsearch.clauses import all_of
from catalog.search.documents import SearchDocument

_PAGE = 5_000


def differing(
    kind: str, above: int, up_to: int | None, documents: Sequence[SearchDocument]
) -> set[int]:
    """See `Backend.differing`; contents are compared by their digests."""
    stored = dict(_stored(kind, above, up_to))
    wanted = {document.id: document_body(document, 0).digest for document in documents}
    return {pk for pk in stored.keys() | wanted.keys() if stored.get(pk) != wanted.get(pk)}


def _stored(kind: str, above: int, up_to: int | None) -> Iterator[tuple[int, str]]:
    bounds = {"gt": above} | ({} if up_to is None else {"lte": up_to})
    search: dict[str, Any] = {
        "size": _PAGE,
        "query": all_of([{"term": {"kind": kind}}, {"range": {"object_id": bounds}}]),
        "sort": [{"object_id": "asc"}],
        "track_total_hits": False,
    }
    with cluster.asking(patiently=True) as client:
        client.indices.refresh(index=layout.live(layout.DOCUMENTS))  # what was written just now
    while True:
        with cluster.asking(patiently=True) as client:
            hits = client.search(
                index=layout.live(layout.DOCUMENTS),
                source_includes=["object_id", "digest"],
                allow_partial_search_results=False,
                **search,
            )["hits"]["hits"]
        yield from ((hit["_source"]["object_id"], hit["_source"]["digest"]) for hit in hits)
        if len(hits) < _PAGE:
            return
        search["search_after"] = hits[-1]["sort"]
