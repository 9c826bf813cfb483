"""Rows of exported logs: CSV with a header, a JSON array, or JSON lines; plain or packed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from catalog.connectors.source_files import SourceFile, source_files
from catalog.connectors.source_values import text_of
from catalog.moments import storable
from catalog.registries.connectors import ReadContext, SourceUnreadable
from catalog.types import ProblemRecord

TEXT_ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
_MOST_FIELD = 2 * 1024 * 1024  # characters of one CSV field
_MOST_COLUMNS = 2_000


def accepted(endings: tuple[str, ...]) -> tuple[str, ...]:
    """The endings of files that a log may have, packed ones too."""
    return (*endings, *(f"{ending}.gz" for ending in endings), ".zip")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its values by lower-case name, and where it stands."""

    location: str
    values: Mapping[str, Any]

    def text(self, *names: str) -> str:
        """The first of these fields that is a text, or empty."""
        for name in names:
            value = self.values.get(name)
            if isinstance(value, str) and value and value != "\\N":
                return value
        return ""

    def number(self, *names: str) -> float | None:
        """The first of these fields that is a number, also one written as a text."""
        for name in names:
            found = _number(self.values.get(name))
            if found is not None:
                return found
        return None

    def whole(self, *names: str) -> int | None:
        """As `number`, without its fraction."""
        found = self.number(*names)
        return int(found) if found is not None else None

    def moment(self, *names: str) -> dt.datetime | None:
        """The first of these fields that is a time; without a zone it is read as UTC."""
        for name in names:
            found = moment_in(self.values.get(name))
            if found is not None:
                return found
        return None

    def nested(self, name: str) -> Row:
        """The object in a field as a row of its own; an empty one where there is none."""
        value = self.values.get(name)
        return Row(self.location, _lower(value) if isinstance(value, dict) else {})


def moment_in(value: object) -> dt.datetime | None:
    """A time as logs write it: ISO 8601, with ``UTC`` behind it, or seconds since 1970, also in
    milliseconds, microseconds or nanoseconds."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _since_epoch(float(value))
    if not isinstance(value, str) or len(value) > 60:
        return None
    text = value.strip().removesuffix("UTC").strip()
    number = _number(text)
    if number is not None:
        return _since_epoch(number)
    zone = text[-6:]
    if len(zone) == 6 and zone[0] == " " and zone[1] in "+-":  # Snowflake: 10:00:00.000 -0800
        text = text[:-6] + zone[1:]
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return storable(moment)


def _since_epoch(number: float) -> dt.datetime | None:
    for scale in (1e17, 1e14, 1e11):
        if abs(number) >= scale:
            number /= {1e17: 1e9, 1e14: 1e6, 1e11: 1e3}[scale]
            break
    if abs(number) < 1e8:  # a year before 1973 is no time of a log
        return None
    try:
        return dt.datetime.fromtimestamp(number, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > 40:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _lower(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key).strip().lower(): item for key, item in value.items()}


def read_rows(
    context: ReadContext, path: str, endings: tuple[str, ...]
) -> Iterator[Row | ProblemRecord]:
    """The rows of every file; one that cannot be read is a problem with its place.

    Raises SourceUnreadable when there is no such file, or when one is damaged.
    """
    files = 0
    for file in source_files(context, path, lambda name: name.endswith(endings)):
        files += 1
        name = text_of(file.name) or "file"
        if file.base_name.endswith((".csv", ".tsv")):
            yield from _csv_rows(file, name)
        else:
            yield from _json_rows(file.read(), name)
        context.note_progress(files, None)
    if not files:
        raise SourceUnreadable(f"There is no {', '.join(endings)} file among the files.")


def _csv_rows(file: SourceFile, name: str) -> Iterator[Row | ProblemRecord]:
    text = file.read().decode("utf-8-sig", "replace").replace("\x00", "")
    csv.field_size_limit(_MOST_FIELD)
    delimiter = "\t" if file.base_name.endswith(".tsv") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [heading.strip().lower() for heading in next(reader, [])]
    except csv.Error as error:
        raise SourceUnreadable(f"{name} is no CSV file ({error}).") from None
    if not header or len(header) > _MOST_COLUMNS:
        raise SourceUnreadable(f"{name} has no row of headings, or more than {_MOST_COLUMNS:,}.")
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield ProblemRecord(
                f"{name}, line {reader.line_num}", f"The row was left out: {error}."
            )
            continue
        location = f"{name}, line {reader.line_num}"
        if len(values) != len(header):
            if values:
                yield ProblemRecord(
                    location,
                    f"The row was left out: it has {len(values)} values, the header {len(header)}.",
                )
            continue
        yield Row(location, dict(zip(header, values, strict=True)))


def _json_rows(content: bytes, name: str) -> Iterator[Row | ProblemRecord]:
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    pieces: list[Any]
    word = "line"
    if text.startswith(b"["):
        word = "row"
        try:
            pieces = msgspec.json.decode(text, type=list[msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SourceUnreadable(f"{name} is not whole JSON ({error}).") from None
        except RecursionError:
            raise SourceUnreadable(f"{name} is nested too deeply to be a log.") from None
    else:
        pieces = text.split(b"\n")
    for position, piece in enumerate(pieces, start=1):
        location = f"{name}, {word} {position}"
        if isinstance(piece, bytes) and not piece.strip():
            continue
        try:
            value = msgspec.json.decode(piece)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield ProblemRecord(location, f"The row was left out, it is no JSON: {error}.")
            continue
        if not isinstance(value, dict):
            yield ProblemRecord(location, "The row was left out: it is no JSON object.")
            continue
        yield Row(location, _lower(value))
