"""Search in Elasticsearch: finished words in its index, ranked in bands by whole-number scores."""

from __future__ import annotations

from catalog.search.backends.elasticsearch.backend import ElasticsearchBackend

__all__ = ["ElasticsearchBackend"]
