"""Facet values and their labels: one table in the database, whichever backend holds documents."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Q

from catalog.models import SearchTerm
from catalog.search.documents import MAX_VALUE, Term
from catalog.search.tokens import fold, stems

Pair = tuple[str, str]  # field and value
_MOST_LABELS = 50_000  # kept at hand
_KEPT_SECONDS = 30.0  # for which they are taken to be what they were
_labels: dict[Pair, str] = {}
_labels_until = 0.0
_NOT_ASCII = "[^\u0001-\u007f]"
MAX_BEGINNING = 1_000  # values that begin alike; more are not told apart while typing


@dataclass
class Terms:
    """Ids of facet values, made where they are missing.

    Keep one for a batch, or for a rebuild outside a transaction; not longer, for what a
    rolled-back transaction made is gone.
    """

    _ids: dict[Pair, int] = field(default_factory=dict)

    def ids(self, labels: Mapping[Pair, str]) -> Mapping[Pair, int]:
        """Ids of at least these values, in at most two statements; another where a label is new,
        as that of a system is which has a new name."""
        missing = sorted(pair for pair in labels if pair not in self._ids)
        if missing:
            SearchTerm.objects.bulk_create(
                [
                    SearchTerm(field=field, value=value, label=labels[field, value])
                    for field, value in missing
                ],
                ignore_conflicts=True,
            )
            stored = _stored(missing)
            self._ids.update({pair: pk for pair, (pk, _) in stored.items()})
            renamed = [pair for pair, (_, label) in stored.items() if label != labels[pair]]
            SearchTerm.objects.bulk_update(
                [SearchTerm(pk=stored[pair][0], label=labels[pair]) for pair in renamed], ["label"]
            )
            for pair in renamed:
                _labels.pop(pair, None)
        return self._ids


def labelled(terms: Iterable[Term]) -> dict[Pair, str]:
    """Each value once, as it is stored, with its label."""
    return {
        (term.field, term.value[:MAX_VALUE]): (term.label or term.value)[:MAX_VALUE]
        for term in terms
    }


def labels_of(pairs: Sequence[Pair]) -> dict[Pair, str]:
    """The labels of stored values. They hardly ever change, so a process keeps what it read."""
    global _labels, _labels_until
    if len(_labels) > _MOST_LABELS or time.monotonic() > _labels_until:
        _labels, _labels_until = {}, time.monotonic() + _KEPT_SECONDS
    known = _labels  # whole for who reads it, whatever others begin anew
    unknown = [pair for pair in pairs if pair not in known]
    if unknown:
        known.update({pair: label for pair, (_, label) in _stored(unknown).items()})
    return {pair: known[pair] for pair in pairs if pair in known}


def forget_labels() -> None:
    """Read them anew: for a process that turns to another database."""
    _labels.clear()


def values_of(field: str, typed: str, *, whole: bool = True) -> tuple[str, ...]:
    """See `Backend.values_of`."""
    wanted, words = fold(typed), set(stems(typed))
    terms = [
        (value, fold(value), fold(label), label)
        for value, label in SearchTerm.objects.filter(field=field).values_list("value", "label")
    ]
    for position in (1, 2) if whole else ():
        same = tuple(sorted(term[0] for term in terms if term[position] == wanted))
        if same:
            return same
    return tuple(
        sorted(
            value
            for value, _, _, label in terms
            if words and words <= {*stems(value), *stems(label)}
        )
    )


def values_beginning(field: str, prefix: str) -> list[str]:
    """Stored values that begin so, or whose label has a word that does."""
    begins = Q(value__istartswith=prefix) | Q(label__istartswith=prefix)
    plain = (
        SearchTerm.objects.filter(begins | Q(label__icontains=f" {prefix}"), field=field)
        .order_by("value")
        .values_list("value", flat=True)[:MAX_BEGINNING]
    )
    return list(dict.fromkeys((*plain, *accented_beginning(field, prefix))))


def accented_beginning(field: str, prefix: str) -> list[str]:
    """Those of them that the database does not compare as people do: it folds no accents."""
    accented = Q(value__regex=_NOT_ASCII) | Q(label__regex=_NOT_ASCII)
    found = SearchTerm.objects.filter(accented, field=field).values_list("value", "label")
    return [
        value
        for value, label in found
        if fold(value).startswith(prefix) or f" {prefix}" in f" {fold(label)}"
    ][:MAX_BEGINNING]


def _stored(pairs: Sequence[Pair]) -> dict[Pair, tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.field, t.value, t.id, t.label FROM catalog_searchterm t"
            " JOIN unnest(%s::text[], %s::text[]) AS wanted(field, value)"
            " ON t.field = wanted.field AND t.value = wanted.value",
            [[field for field, _ in pairs], [value for _, value in pairs]],
        )
        return {(field, value): (pk, label) for field, value, pk, label in cursor.fetchall()}
