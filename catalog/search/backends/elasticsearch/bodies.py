"""From documents to what an index stores, as JSON written once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from catalog.search.answers import HitFacts
from catalog.search.backends.base import Key
from catalog.search.backends.postgres.weighing import SATURATION
from catalog.search.backends.standing import standing_of, standing_of_words, unfit
from catalog.search.documents import (
    AFTER_NAME,
    AFTER_QUALIFIED,
    MAX_SNIPPET,
    MAX_VALUE,
    ColumnDocument,
    SearchDocument,
    Term,
    Words,
    digest_of_columns,
    inherited_terms,
    joined,
    qualified_keys,
    shortened,
    whole_names_of_column,
    words_of,
    words_of_column,
    words_of_name,
)
from catalog.search.registry import COLUMN, rank_of
from catalog.search.tokens import fold

encode = msgspec.json.Encoder(enc_hook=str).encode
_RANK_OF_COLUMNS = 99
_BITS_OF_ID = 48  # below the rank of its kind in `uid`
_COLUMNS_BEGIN = _RANK_OF_COLUMNS << _BITS_OF_ID
MOST_WORDS = 99  # of a name that are counted
MAX_SORT_NAME = 200  # characters
TOGETHER = frozenset({"kind", "type", "lifecycle", "state", "stage"})
"""Facets of few values each: what all of them are in a document is one value, and counted once."""
_FACTS = tuple(fact.name for fact in fields(HitFacts))
_told = attrgetter(*_FACTS)
LEVELS = (1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 11, 16)
"""How often a root stands in a text, as far as it is told: parts come of the weight of names."""
OF_ONE_WORD = 1_000  # parts in which the length of a text is counted


class Body(msgspec.Struct, frozen=True, gc=False):
    """One entry of an index: its id there, its JSON, the document it comes from, and what two
    states of that with the same contents share."""

    id: str
    json: bytes
    key: Key
    digest: str = ""


def id_of(kind: str, object_id: int) -> str:
    """The id of a document in its index."""
    return f"{kind}:{object_id}"


def object_id_of(uid: int) -> int:
    """The id that stands in a `uid`."""
    return uid & ((1 << _BITS_OF_ID) - 1)


def document_body(document: SearchDocument, version: int) -> Body:
    """What stands in the index of documents."""
    columns = [column.id for column in document.columns]
    json = encode(_content(document, digest_of_columns(document), columns))
    digest = hashlib.sha256(json).hexdigest()[:32]
    return _body(document, json, version, digest)


def unfinished_body(document: SearchDocument, version: int, columns: Iterable[int]) -> Body:
    """The same while its columns are being written, with the ids of all that it had or will have:
    whoever comes after a failure finds that they are to be written again."""
    return _body(document, encode(_content(document, "unfinished", sorted(columns))), version, "")


def _body(document: SearchDocument, json: bytes, version: int, digest: str) -> Body:
    key = (document.kind, document.id)
    json = b'%s,"digest":"%s","version":%d}' % (json[:-1], digest.encode(), version)
    return Body(id_of(*key), json, key, digest)


def _content(
    document: SearchDocument, columns_digest: str, column_ids: Sequence[int]
) -> dict[str, Any]:
    words = words_of(document)
    told = {name: value for name, value in zip(_FACTS, _told(document.facts), strict=True) if value}
    return {
        "kind": document.kind,
        "object_id": document.id,
        "parent_id": document.parent_id,
        **_ranked(document, words, document.kind, document.id, document.is_demoted),
        **_searched(words),
        "sort_name": fold(document.name)[:MAX_SORT_NAME],
        "facets": {**_facets(document.terms), "together": _together(document.terms)},
        "display": {
            "name": document.name,
            "qualified_name": document.qualified_name,
            "place": document.place,
            "description": document.description[:MAX_SNIPPET],
            "facts": told,
        },
        "columns_digest": columns_digest,
        "column_ids": column_ids,
    }


def column_bodies(documents: Sequence[SearchDocument]) -> Iterator[Body]:
    """What stands in the index of columns; each holds what its dataset is filtered by."""
    for document in documents:
        if not document.columns:
            continue
        key = (document.kind, document.id)
        inherited = (Term("kind", COLUMN), *inherited_terms(document))
        shared = shared_by_plain(document, inherited)
        for column in document.columns:
            if column.description or column.words or column.terms or column.is_demoted:
                json = described(document, column, inherited)
            else:
                json = plain(document, column, shared)
            yield Body(str(column.id), json, key)


def described(document: SearchDocument, column: ColumnDocument, inherited: Sequence[Term]) -> bytes:
    """Any column, whatever is known of it."""
    words = words_of_column(document, column)
    is_demoted = document.is_demoted or column.is_demoted
    display = {
        "name": column.path,
        "description": column.description[:MAX_SNIPPET],
        "physical_type": column.physical_type[:200],
        "labels": column.words,
        "is_demoted": column.is_demoted,
    }
    own = (Term("has", "description"),) if column.description else ()
    searched = _searched(words)
    if column.path == column.name:
        del searched["qualified"]
        searched["of"] = _dataset_keys(document)
    sort_name = fold(column.name)[:MAX_SORT_NAME]
    if _is_named(sort_name, searched.get("names", ())):
        del searched["names"]
    return encode(
        {
            "parent_id": document.id,
            **_ranked(document, words, COLUMN, column.id, is_demoted),
            **searched,
            "sort_name": sort_name,
            "facets": _facets((*inherited, *column.terms, *own)),
            "display": {key: value for key, value in display.items() if value},
        }
    )


def _dataset_keys(document: SearchDocument) -> list[str]:
    """What a column's own name follows where it is written with its dataset. It is alike in all
    columns of a dataset, while whole names of columns would be millions that never come again."""
    names = (f"{document.qualified_name}{AFTER_QUALIFIED}", f"{document.name}{AFTER_NAME}")
    return [shortened(fold(name).lstrip()) for name in names]


class Shared(NamedTuple):
    """What is alike in the JSON of all plain columns of a dataset; `of` where the path of a column
    is its name, `standing` but for the words of a name."""

    json: bytes
    of: bytes
    standing: int


def shared_by_plain(document: SearchDocument, inherited: Iterable[Term]) -> Shared:
    """What is alike in all plain columns of a dataset: those of which only the name is known."""
    changed = int(document.changed_at.timestamp()) if document.changed_at else 0
    content = {
        "parent_id": document.id,
        **({"is_demoted": True} if document.is_demoted else {}),
        "usage": document.facts.usage,
        "changed": changed,
        "facets": _facets(inherited),
    }
    if place := joined(words_of(document).name_stems):
        content["place"] = place
    standing = standing_of(document.importance, 0, _RANK_OF_COLUMNS, is_demoted=document.is_demoted)
    return Shared(encode(content)[:-1], b'"of":%s' % encode(_dataset_keys(document)), standing)


def plain(document: SearchDocument, column: ColumnDocument, shared: Shared) -> bytes:
    """A plain column, put together of what is alike in all of its dataset and what is alike in all
    of its name: most columns are such, and each is one of millions."""
    name, path = column.name, column.path
    standing, fitting, of_name = _of_name(name, path, column.physical_type)
    return b'%s,%s,"uid":%d,"standing":%d,"fitting":%d,%s}' % (
        shared.json,
        of_name,
        _COLUMNS_BEGIN + column.id,
        shared.standing + standing,
        shared.standing + fitting,
        shared.of if path == name else b'"qualified":%s' % encode(qualified_keys(document, column)),
    )


@lru_cache(maxsize=50_000)
def _of_name(name: str, path: str, physical_type: str) -> tuple[int, int, bytes]:
    """What a column's name adds to its standing and to how it fits, and the fields it fills."""
    words = words_of_name(name)
    display = {"name": path, "physical_type": physical_type[:200]}
    sort_name = fold(name)[:MAX_SORT_NAME]
    names = whole_names_of_column(name, path)
    content = {
        "names": [] if _is_named(sort_name, names) else names,
        "spoken": words.spoken,
        "name": words.joined,
        "phrases": [words.phrase] if words.phrase else [],
        "display": {key: value for key, value in display.items() if value},
    }
    ranked = {"name_words": words_in(words.length), "sort_name": sort_name}
    filled = {key: value for key, value in content.items() if value or key == "display"}
    standing = standing_of_words(words.length)
    return standing, standing + unfit(words.length), encode({**ranked, **filled})[1:-1]


def words_in(number: int) -> str:
    """So many words, as `name_words` holds it: a word of the index, since a bound of a number would
    have to be compared with every document."""
    return f"{min(number, MOST_WORDS):02d}"


def _is_named(sort_name: str, names: Sequence[str]) -> bool:
    """Whether what a column is sorted by is all that it is called, and so said once."""
    return list(names) == [sort_name] and len(sort_name) < MAX_SORT_NAME


def _ranked(
    document: SearchDocument, words: Words, kind: str, pk: int, is_demoted: bool
) -> dict[str, Any]:
    kind_rank = _RANK_OF_COLUMNS if kind == COLUMN else rank_of(kind)
    standing = standing_of(document.importance, words.name_words, kind_rank, is_demoted=is_demoted)
    return {
        "uid": (kind_rank << _BITS_OF_ID)
        + pk,  # what is alike in everything, in the order of a rebuild
        "standing": standing,
        "fitting": standing + unfit(words.name_words),
        **({"is_demoted": True} if is_demoted else {}),
        "name_words": words_in(words.name_words),
        "usage": document.facts.usage,
        "changed": int(document.changed_at.timestamp()) if document.changed_at else 0,
    }


def _searched(words: Words) -> dict[str, Any]:
    """The fields that are searched and not kept; those without a word are left out."""
    fields = {
        "names": words.names,
        "qualified": words.qualified,
        "spoken": words.spoken,
        "whole_columns": [*words.whole_columns],
        "name": joined(words.name),
        "column": joined(
            dict.fromkeys(chain.from_iterable([named.forms for named in words.column]))
        ),
        "place": joined(words.place),
        "description": " ".join([said.joined for said in words.description if said.joined]),
        "roots": _counted(words.roots),
        "length": round(words.length * OF_ONE_WORD),
        "phrases": words.phrases.split("\n") if words.phrases else (),
    }
    return {name: value for name, value in fields.items() if value}


def _counted(roots: Mapping[str, float]) -> str:
    """Each root, and a word of its own for how often it stands: so a text is ranked by what it
    says, and not by what a cluster counts over all texts."""
    above = [_leveled(root, count) for root, count in roots.items() if count > 1]
    return joined(dict.fromkeys([*roots, *above]))


@lru_cache(maxsize=20_000)
def _leveled(root: str, count: float) -> str:
    nearest = min(LEVELS, key=lambda level: abs(_saturated(level) - _saturated(count)))
    return level_of(root, nearest)


def _saturated(count: float) -> float:
    return count / (count + SATURATION)


def level_of(root: str, level: float) -> str:
    """The word that stands where a root does about so often; no root has its sign."""
    return f"{root}^{level:g}" if level > 1 else root


def _together(terms: Iterable[Term]) -> str:
    """What a document has of the facets that are counted together, as `apart` reads it."""
    held = sorted({(t.field, t.value) for t in terms if t.field in TOGETHER})
    return "\n".join([f"{field}:{value}" for field, value in held])


def apart(together: str) -> list[tuple[str, str]]:
    """The facets with their values that stand in one value of `together`."""
    return [
        (field, value) for one in together.split("\n") for field, _, value in [one.partition(":")]
    ]


def _facets(terms: Iterable[Term]) -> dict[str, str | list[str]]:
    """What a document has of each facet; a cluster reads a value quicker than a list of one."""
    values: dict[str, str | list[str]] = {}
    for field, value in sorted({(term.field, term.value[:MAX_VALUE]) for term in terms}):
        before = values.get(field)
        if before is None:
            values[field] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            values[field] = [before, value]
    return values
