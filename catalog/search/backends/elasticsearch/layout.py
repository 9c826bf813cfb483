"""How the indices are laid out, and what they are called.

Fields hold finished words (see `catalog.search.tokens`) under the whitespace analyzer, so every
cluster of 8.19 or 9.x understands them alike; nothing but modules of the bare server is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings

DOCUMENTS = "documents"
COLUMNS = "columns"
PARTS = (DOCUMENTS, COLUMNS)
VERSION = 10  # of what stands in the fields, where the mapping alone does not tell

_KEY = {"type": "keyword", "doc_values": False}
_WORDS = {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "docs"}
# Of words so long all beginnings stand in the index: to gather what begins with one takes longer
# than all else that a search does.
_WHOLE_WORD = 12
_SILENT = {"type": "keyword", "index": False, "doc_values": False}
PROPERTIES: dict[str, Any] = {
    "kind": _KEY,
    "object_id": {"type": "long"},
    "parent_id": {"type": "long"},
    "uid": {"type": "long", "index": False},  # the last that breaks a tie
    "version": {"type": "long", "index": False},
    "standing": {"type": "long"},
    "fitting": {"type": "long"},  # standing, after how much of the name one word is
    "is_demoted": {"type": "boolean", "doc_values": False},  # only where it is true
    "name_words": _KEY,  # how many, as words_in writes it
    "usage": {"type": "double"},
    "changed": {"type": "long"},  # seconds since 1970, 0 where nobody knows
    "sort_name": {"type": "keyword"},
    "names": _KEY,
    "qualified": _KEY,
    "of": _KEY,  # names of the dataset of a column, with what stands before the column's own
    "spoken": _KEY,
    "whole_columns": _KEY,
    "name": {**_WORDS, "index_prefixes": {"min_chars": 2, "max_chars": _WHOLE_WORD}},
    "column": {**_WORDS, "index_prefixes": {"min_chars": 3, "max_chars": _WHOLE_WORD}},
    "place": _WORDS,
    "description": _WORDS,
    "roots": _WORDS,  # of any field: running text is found and ranked by them
    # Of a text, in parts of a word; a moment, for a cluster scores by the distance to one and by
    # that to no number.
    "length": {"type": "date", "format": "epoch_millis"},
    "phrases": {"type": "text", "analyzer": "whitespace", "norms": False},
    "facets": {"type": "object", "dynamic": True},
    "display": {"type": "object", "enabled": False},
    "digest": _SILENT,
    "columns_digest": _SILENT,
    "column_ids": {"type": "long", "index": False, "doc_values": False},
}
_KEPT = (
    *("kind", "object_id", "parent_id", "version", "display"),
    *("digest", "columns_digest", "column_ids"),
)
# Columns are ten times as many, and sorted by these more often than sought.
_UNSOUGHT_IN_COLUMNS = ("usage", "changed")
_NOT_IN_COLUMNS = (
    *("kind", "object_id", "version", "whole_columns"),
    *("length", "digest", "columns_digest", "column_ids"),
)
SETTINGS: dict[str, Any] = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "1s",
    # For so long a late write is told from a new one after its document was deleted.
    "gc_deletes": "1h",
}
WHILE_BUILDING: dict[str, Any] = {"auto_expand_replicas": "false", "number_of_replicas": 0}
WHILE_BUILDING |= {"refresh_interval": "-1"}


def mappings(part: str) -> dict[str, Any]:
    """The fields of an index."""
    properties = dict(PROPERTIES)
    if part == COLUMNS:
        for name in _NOT_IN_COLUMNS:
            del properties[name]
        for name in _UNSOUGHT_IN_COLUMNS:
            properties[name] = {**properties[name], "index": False}
        # Names of columns are few: what begins alike is found among them.
        properties["name"] = _WORDS
        properties["column"] = _WORDS
    # To leave something out takes longer than to keep what little a column says.
    kept = {"includes": [*_KEPT, "display.*"]} if part == DOCUMENTS else {"enabled": True}
    return {
        "dynamic": False,
        "_source": kept,
        "dynamic_templates": [
            {"facets": {"path_match": "facets.*", "mapping": {"type": "keyword"}}}
        ],
        "properties": properties,
    }


def mapping_hash() -> str:
    """Equal as long as an index need not be built anew."""
    parts = [mappings(part) for part in PARTS]
    text = json.dumps([VERSION, parts, SETTINGS], sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


_place: ContextVar[str] = ContextVar("search_index_place", default="")


@contextmanager
def apart(place: str) -> Iterator[None]:
    """Until the end all names are others, so that nothing is read or written beside them."""
    token = _place.set(f"{place}-")
    try:
        yield
    finally:
        _place.reset(token)


def live(part: str) -> str:
    """The alias that searches and writes go to."""
    return f"{settings.ELASTICSEARCH['prefix']}-{_place.get()}{part}"


def coming(part: str) -> str:
    """The alias of the generation that is being built."""
    return f"{live(part)}-next"


def physical(part: str, generation: str) -> str:
    """The name of an index, never spoken to but by its alias."""
    return f"{live(part)}-{generation}"
