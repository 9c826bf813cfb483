"""A judged collection as files: documents and queries as JSON lines, judgements as TREC or BEIR
write them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from catalog.errors import InvalidInput
from catalog.search.documents import ColumnDocument, SearchDocument, Term
from catalog.search.reading import MAX_CHARACTERS, cleaned

KIND = "dataset"  # what every document of a collection is found as
_COLUMNS = frozenset({"column", "columns"})
_SYNONYMS = frozenset({"alias", "aliases", "keywords", "labels", "synonyms", "tags"})


@dataclass(frozen=True, slots=True)
class JudgedCollection:
    """`documents` yields (its id, the document) anew at each call; `grades` maps the id of a query
    to the grades of documents."""

    documents: Path
    queries: Mapping[str, str]
    grades: Mapping[str, Mapping[str, float]]

    def numbered(self) -> Iterator[tuple[str, SearchDocument]]:
        """Every document under its number; of an id that is there twice the first. Raises
        InvalidInput for a bad line."""
        column = 0
        known: set[str] = set()
        for key, given in _lines(self.documents):
            if key in known:
                continue
            known.add(key)
            made = _document(len(known), key, given, column)
            column += len(made.columns)
            yield key, made


def read_collection(documents: Path, queries: Path, qrels: Path) -> JudgedCollection:
    """Read queries and judgements; raises InvalidInput that names file, line and fix."""
    asked = {
        key: cleaned(_text(given.get("text")))[:MAX_CHARACTERS] for key, given in _lines(queries)
    }
    grades = _grades(qrels)
    if not any(grade > 0 for key in asked for grade in grades.get(key, {}).values()):
        raise InvalidInput(
            f"No query of {queries.name} has a grade above 0 in {qrels.name}: their ids must be"
            " the same.",
            field="file",
        )
    return JudgedCollection(documents, asked, grades)


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, object) of each line."""
    for number, line in _numbered_lines(path):
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            raise _refusal(path, number, "is no JSON object: write one on each line") from None
        key = given.get("id", given.get("_id")) if isinstance(given, dict) else None
        if not isinstance(key, str | int) or key == "":
            raise _refusal(path, number, 'has no "id": give each line one')
        yield str(key), given


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InvalidInput(f"{path.name} cannot be read: {reason}.", field="file") from error


def _grades(path: Path) -> dict[str, dict[str, float]]:
    """`query 0 document grade`, or `query document grade` below a line of headings."""
    grades: dict[str, dict[str, float]] = defaultdict(dict)
    is_first = True
    for number, line in _numbered_lines(path):
        may_be_headings, is_first = is_first, False
        cells = [cell.strip() for cell in line.split("\t")] if "\t" in line else line.split()
        if len(cells) not in (3, 4):
            raise _refusal(path, number, "has neither three nor four values: query, 0, doc, grade")
        try:
            grade = float(cells[-1])
        except ValueError:
            if may_be_headings:
                continue
            raise _refusal(
                path, number, f"has no number as its grade: {cells[-1][:40]!r}"
            ) from None
        if not isfinite(grade):
            raise _refusal(path, number, f"has no number as its grade: {cells[-1][:40]!r}")
        grades[cells[0]][cells[-2]] = grade
    return dict(grades)


def _document(number: int, key: str, given: Mapping[str, Any], column: int) -> SearchDocument:
    fields = given.get("fields") or {}
    columns: list[ColumnDocument] = []
    synonyms: list[str] = []
    texts: list[str] = []
    for name, value in fields.items() if isinstance(fields, dict) else ():
        for entry in value if isinstance(value, list) else [value]:
            if name.lower() in _COLUMNS:
                columns.append(_column(column + len(columns) + 1, entry))
            else:
                (synonyms if name.lower() in _SYNONYMS else texts).append(_text(entry))
    return SearchDocument(
        kind=KIND,
        id=number,
        name=_text(given.get("title")),
        qualified_name=key,
        synonyms=tuple(synonyms),
        description=_text(given.get("text")),
        texts=tuple(texts),
        terms=(Term("kind", KIND),),
        columns=tuple(columns),
    )


def _column(number: int, given: Any) -> ColumnDocument:
    if isinstance(given, dict):
        name, description = _text(given.get("name")), _text(given.get("description"))
    else:
        name, description = _text(given), ""
    return ColumnDocument(number, name, name, description)


def _text(value: Any) -> str:
    """Any value as text; PostgreSQL keeps no NUL."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return " ".join(_text(inner) for inner in value.values())
    if isinstance(value, list):
        return " ".join(_text(inner) for inner in value)
    return str(value).replace("\x00", " ").encode("utf-8", "replace").decode()


def _refusal(path: Path, number: int, what: str) -> InvalidInput:
    return InvalidInput(f"Line {number:,} of {path.name} {what}.", field="file")
