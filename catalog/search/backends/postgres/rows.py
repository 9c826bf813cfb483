"""From documents to table rows, and the terms and profiles they share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from catalog.models import SearchProfile
from catalog.search.backends.postgres.lexemes import name_vector, vector
from catalog.search.backends.standing import standing_of
from catalog.search.backends.terms import Terms, labelled
from catalog.search.documents import (
    MAX_SNIPPET,
    SearchDocument,
    Term,
    digest_of_columns,
    inherited_terms,
    words_of,
    words_of_column,
)
from catalog.search.registry import COLUMN, rank_of
from catalog.search.tokens import fold

SHARED_COLUMNS = (
    "kind",
    "kind_rank",
    "object_id",
    "parent_id",
    "version",
    "profile_id",
    "standing",
    "is_demoted",
    "importance",
    "name_words",
    "usage",
    "changed_at",
    "sort_name",
    "tokens",
    "name_tokens",
    "phrases",
    "display",
)
DOCUMENT_COLUMNS = (*SHARED_COLUMNS, "columns_digest", "roots", "length")
_encoder = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass
class Profiles:
    """Ids of terms and profiles, made where they are missing.

    Keep one for a batch, or for a rebuild outside a transaction; not longer, for what a
    rolled-back transaction made is gone.
    """

    _terms: Terms = field(default_factory=Terms)
    _profiles: dict[str, int] = field(default_factory=dict)

    def ids(self, sets: Sequence[Iterable[Term]]) -> list[int]:
        """The profile of each set of terms, in the same order, in at most four statements."""
        keyed = [labelled(terms) for terms in sets]
        ids = self._terms.ids({key: label for keys in keyed for key, label in keys.items()})
        profiles = [sorted({ids[key] for key in keys}) for keys in keyed]
        digests = [_digest(terms) for terms in profiles]
        self._know_profiles(dict(zip(digests, profiles, strict=True)))
        return [self._profiles[digest] for digest in digests]

    def _know_profiles(self, terms: dict[str, list[int]]) -> None:
        missing = sorted(digest for digest in terms if digest not in self._profiles)
        if not missing:
            return
        SearchProfile.objects.bulk_create(
            [SearchProfile(digest=digest, terms=terms[digest]) for digest in missing],
            ignore_conflicts=True,
        )
        self._profiles.update(
            SearchProfile.objects.filter(digest__in=missing).values_list("digest", "pk")
        )


def document_rows(
    documents: Sequence[SearchDocument], *, version: int, profiles: Profiles
) -> list[tuple[Any, ...]]:
    """Rows of the document table, in the order of DOCUMENT_COLUMNS."""
    found = profiles.ids([document.terms for document in documents])
    return [
        _document_row(document, profile, version)
        for document, profile in zip(documents, found, strict=True)
    ]


def column_rows(
    documents: Sequence[SearchDocument], *, version: int, profiles: Profiles
) -> list[tuple[Any, ...]]:
    """Rows of the column table, in the order of SHARED_COLUMNS."""
    pairs = [(document, column) for document in documents for column in document.columns]
    inherited = {document.id: inherited_terms(document) for document in documents}
    terms = [
        (
            Term("kind", COLUMN),
            *inherited[document.id],
            *column.terms,
            *([Term("has", "description")] if column.description else []),
        )
        for document, column in pairs
    ]
    found = profiles.ids(terms)
    rows = []
    for (document, column), profile, its_terms in zip(pairs, found, terms, strict=True):
        words = words_of_column(document, column)
        is_demoted = document.is_demoted or column.is_demoted
        display = {
            "name": column.path,
            "description": column.description[:MAX_SNIPPET],
            "physical_type": column.physical_type[:200],
            "labels": column.words,
            "is_demoted": column.is_demoted,
        }
        display = {key: value for key, value in display.items() if value}
        rows.append(
            (
                COLUMN,
                99,
                column.id,
                document.id,
                version,
                profile,
                standing_of(document.importance, words.name_words, 99, is_demoted=is_demoted),
                is_demoted,
                document.importance,
                words.name_words,
                document.facts.usage,
                document.changed_at,
                fold(column.name)[:200],
                vector(words, its_terms),
                name_vector(words),
                words.phrases,
                _encoder.encode(display),
            )
        )
    return rows


def tombstone(kind: str, object_id: int, version: int) -> tuple[Any, ...]:
    """The row of something that is gone, in the order of DOCUMENT_COLUMNS."""
    return (
        *(kind, 0, object_id, None, version, None, 0, True, 0, 0, 0, None, "", "", "", "", "{}"),
        *("", "{}", 0),
    )


def _document_row(document: SearchDocument, profile: int, version: int) -> tuple[Any, ...]:
    words = words_of(document)
    facts = {key: value for key, value in asdict(document.facts).items() if value}
    display = {
        "name": document.name,
        "qualified_name": document.qualified_name,
        "place": document.place,
        "description": document.description[:MAX_SNIPPET],
        "facts": facts,
    }
    return (
        document.kind,
        rank_of(document.kind),
        document.id,
        document.parent_id,
        version,
        profile,
        standing_of(
            document.importance,
            words.name_words,
            rank_of(document.kind),
            is_demoted=document.is_demoted,
        ),
        document.is_demoted,
        document.importance,
        words.name_words,
        document.facts.usage,
        document.changed_at,
        fold(document.name)[:200],
        vector(words, document.terms),
        name_vector(words),
        words.phrases,
        _encoder.encode(display),
        digest_of_columns(document),
        _encoder.encode(words.roots),
        words.length,
    )


def _digest(terms: Sequence[int]) -> str:
    text = ",".join(map(str, terms))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
