"""The query model and its language, pure: what is asked, whichever backend answers.

orders customer            words, all fields
"monthly report"           the words in this order
-draft  -tag:old           without
owner:"Ada B"  tag:pii     a field (values with spaces in quotes)
has:description  is:deprecated
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Order(StrEnum):
    """How hits are ordered; ties always break the same way."""

    RELEVANCE = "relevance"
    NAME = "name"
    USED = "used"  # most used first
    CHANGED = "changed"  # latest change first


@dataclass(frozen=True, slots=True)
class Filter:
    """A chosen value of a field, such as a clicked facet."""

    field: str
    value: str
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is asked: the text as typed and the facet values clicked.

    Values of one field are alternatives, different fields must all hold. `all_words` demands
    every word (nothing is relaxed). `is_verbatim` searches for the words as typed even where a
    correction would find more ("search instead for").
    """

    text: str = ""
    filters: tuple[Filter, ...] = ()
    order: Order = Order.RELEVANCE
    all_words: bool = False
    is_verbatim: bool = False
