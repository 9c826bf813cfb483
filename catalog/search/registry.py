"""The registry of searchable kinds; upper packages add theirs in their `search_documents.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet

from catalog.access import Action
from catalog.registries.registry import Registry
from catalog.search.documents import SearchDocument

COLUMN = "column"  # a kind of its own for those who search, stored with its dataset

Subjects = Mapping[str, Collection[int]]  # ids by the event log's subject type


@dataclass(frozen=True, slots=True)
class SearchKind:
    """A kind of thing that search finds.

    `load` builds the documents of many ids in a handful of queries; an id without a document is
    gone. `visible` is the table through which the access port decides who may see a hit, and
    `visible_by` the hit's key into it: "object_id", or "parent_id" for what belongs to a dataset.
    `asks` is what the port is asked of it: to see, or to read where a hit holds data.
    `touched_by` maps a subject type of the event log to the ids whose documents its change makes
    new, as a function of the changed ids; `{"dataset": same}` is the least. `all_ids` yields every
    id for a rebuild, in order. `address` says where a hit's page is, from its id and qualified
    name, for kinds whose pages are not the catalog's; `icon` is the one it is shown with.
    `is_sentence` says that names are sentences: only a whole one is a name to search, its words are
    a text. `also` are other words for the kind in `kind:`.
    """

    name: str
    label: str
    load: Callable[[Sequence[int]], list[SearchDocument]]
    all_ids: Callable[[], Iterator[int]]
    visible: type[Model]
    visible_by: str = "object_id"
    asks: Action = Action.SEE
    touched_by: Mapping[str, Callable[[Collection[int]], Collection[int]]] = field(
        default_factory=dict
    )
    address: Callable[[int, str], str] | None = None
    icon: str = ""
    is_sentence: bool = False
    also: tuple[str, ...] = ()


kinds: Registry[SearchKind] = Registry("searchable kind")


def same(ids: Collection[int]) -> Collection[int]:
    """The change of an object makes its own document new."""
    return ids


def ids_of(queryset: QuerySet[Any]) -> Callable[[], Iterator[int]]:
    """`all_ids` for a kind whose documents are the rows of `queryset`."""

    def every_id() -> Iterator[int]:
        # A fresh queryset each time: the one given would answer from its first result.
        yield from (
            queryset.all().order_by("pk").values_list("pk", flat=True).iterator(chunk_size=10_000)
        )

    return every_id


def rank_of(kind: str) -> int:
    """Where a kind stands among equal hits: in order of registration, columns last."""
    names = kinds.names()
    return names.index(kind) if kind in names else 99


def sentence_kinds() -> tuple[str, ...]:
    """The kinds whose names are sentences."""
    return tuple(kind.name for kind in kinds if kind.is_sentence)
