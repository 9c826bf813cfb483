"""A judged collection as files: documents and queries as JSON lines, judgements as TREC or BEIR
write them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Any

from catalog.errors import InvalidInput
from catalog.search.documents import MAX_VALUE, ColumnDocument, SearchDocument, Term
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
        for _, key, given in _lines(self.documents):
            if key in known:
                continue
            known.add(key)
            made = _document(len(known), key, given, column)
            column += len(made.columns)
            yield key, made

    def useful(self) -> set[str]:
        """The ids of documents with a grade above 0 for a query that is asked."""
        return {
            document
            for key in self.queries
            for document, grade in self.grades.get(key, {}).items()
            if grade > 0
        }


def read_collection(documents: Path, queries: Path, qrels: Path) -> JudgedCollection:
    """Read queries and judgements; raises InvalidInput that names file, line and fix."""
    asked = _queries(queries)
    grades = _grades(qrels, asked)
    collection = JudgedCollection(documents, asked, grades)
    if not collection.useful():
        raise InvalidInput(
            f"No query of {queries.name} has a grade above 0 in {qrels.name}: their ids must be"
            " the same.",
            field="file",
        )
    return collection


def _queries(path: Path) -> dict[str, str]:
    """The text of each query; of an id that is there twice the first."""
    asked: dict[str, str] = {}
    for number, key, given in _lines(path):
        if "text" not in given:
            raise _refusal(path, number, 'has no "text": give each query one')
        asked.setdefault(key, cleaned(_text(given["text"]))[:MAX_CHARACTERS])
    return asked


def _lines(path: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(number, id, object) of each line."""
    for number, line in _numbered_lines(path):
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            raise _refusal(path, number, "is no JSON object: write one on each line")
        key = given.get("id", given.get("_id"))
        if not isinstance(key, str | int) or key == "":
            raise _refusal(path, number, 'has no "id": give it one, a text or a whole number')
        yield number, str(key), given


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            for number, line in enumerate(file, start=1):
                if not _is_text(line):
                    raise _refusal(path, number, "is no text in UTF-8: save the file as UTF-8")
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise InvalidInput(message, field="file") from error


def _is_text(line: str) -> bool:
    """Whether it has no byte that stands for itself, which is how what is no UTF-8 is read."""
    return line.isascii() or not any("\udc80" <= character <= "\udcff" for character in line)


def _grades(path: Path, asked: Container[str]) -> dict[str, dict[str, float]]:
    """`query 0 document grade`, or `query document grade`, below a line of headings or none."""
    grades: dict[str, dict[str, float]] = defaultdict(dict)
    is_first = True
    for number, line in _numbered_lines(path):
        may_be_headings, is_first = is_first, False
        cells = line.strip().split("\t") if "\t" in line.strip() else line.split()
        cells = [cell.strip() for cell in cells]
        if len(cells) not in (3, 4):
            raise _refusal(path, number, "has neither three nor four values: query, 0, doc, grade")
        try:
            grade = float(cells[-1])
        except ValueError:
            grade = nan
        if isfinite(grade):
            grades[cells[0]][cells[-2]] = grade
        elif not may_be_headings or cells[0] in asked:
            raise _refusal(path, number, f"has no number as its grade: {cells[-1][:40]!r}")
    return dict(grades)


def _document(number: int, key: str, given: Mapping[str, Any], column: int) -> SearchDocument:
    fields = given.get("fields") or {}
    columns: list[ColumnDocument] = []
    synonyms: list[str] = []
    texts: list[str] = []
    for name, value in fields.items() if isinstance(fields, dict) else [("", fields)]:
        if name.lower() in _COLUMNS:
            columns += [
                _column(column + at, entry)
                for at, entry in enumerate(_entries(value), start=len(columns) + 1)
            ]
            continue
        for entry in map(_text, value if isinstance(value, list) else [value]):
            # What is longer than any label is no label, and a text is read no further than others.
            is_label = name.lower() in _SYNONYMS and len(entry) <= MAX_VALUE
            (synonyms if is_label else texts).append(entry)
    return SearchDocument(
        kind=KIND,
        id=number,
        name=_text(given.get("title")),
        qualified_name=_text(key),
        synonyms=tuple(synonyms),
        description=_text(given.get("text")),
        texts=tuple(texts),
        terms=(Term("kind", KIND),),
        columns=tuple(columns),
    )


def _entries(value: Any) -> list[Any]:
    """The columns that a value tells: a list of them, one, or their descriptions by name."""
    if isinstance(value, dict) and not isinstance(value.get("name"), str):
        return [{"name": name, "description": told} for name, told in value.items()]
    return value if isinstance(value, list) else [value]


def _column(number: int, given: Any) -> ColumnDocument:
    if isinstance(given, dict) and "name" in given:
        name, description = _text(given["name"]), _text(given.get("description"))
    else:
        name, description = _text(given), ""
    return ColumnDocument(number, name, name, description)


def _text(value: Any) -> str:
    """Any value as text, however deep it nests; PostgreSQL keeps no NUL."""
    pieces: list[str] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list):
            inner = one.values() if isinstance(one, dict) else one
            waiting += [*inner][::-1]
        elif one is not None:
            pieces.append(str(one))
    return " ".join(pieces).replace("\x00", " ").encode("utf-8", "replace").decode()


def _refusal(path: Path, number: int, what: str) -> InvalidInput:
    return InvalidInput(f"Line {number:,} of {path.name} {what}.", field="file")
