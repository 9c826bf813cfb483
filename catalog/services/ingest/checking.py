"""Checking a record before it touches the database: one bad item never loses the batch.

Two steps, since most records of a repeated import are unchanged. `identify` costs a few
microseconds: the name and the digest. `check` then looks at everything in a record that is new.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import msgspec

from catalog.durations import is_duration
from catalog.moments import nearest_storable, storable
from catalog.names import (
    NameRefused,
    QualifiedName,
    check_part,
    join_parts,
    lookup_key,
    parse_name,
)
from catalog.services.curation.labels import MAX_NAME, SEPARATOR
from catalog.services.media import checked_media
from catalog.types import (
    ColumnRecord,
    DatasetRecord,
    DefinitionRecord,
    MetadataField,
    OwnerRecord,
    ProfileRecord,
    RelationRecord,
    TestRecord,
)

RECORD_FORMAT = b"1:"  # part of each digest: a higher number makes every record count as new
MAX_COLUMNS = 50_000
MAX_INDEXED_BYTES = 2600  # a PostgreSQL B-tree entry holds 2,704 bytes
MAX_PATH = 1000
MAX_LABEL = 1000  # with its levels
MAX_DESCRIPTION = 200_000
MAX_TYPE = 20_000
MAX_SQL = 5_000_000
MAX_BIGINT = 2**63 - 1

_ESCAPED_NUL = b"\\u0000"
_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(DatasetRecord)


class RecordRefused(ValueError):  # noqa: N818 - reads as the refusal it is
    """A record that cannot be taken; the message is a plain sentence.

    `name` is the dataset's, where that much could be read: its source lists it nevertheless.
    """

    def __init__(self, message: str, *, name: str = "") -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class Identified:
    """A record with its normal name and the digest of everything it says."""

    name: QualifiedName
    text: str
    digest: str
    record: DatasetRecord
    encoded: bytes


@dataclass(frozen=True, slots=True)
class CheckedColumn:
    """A column with its path as text."""

    path: str
    name: str
    parent_path: str
    record: ColumnRecord


@dataclass(slots=True)
class Checked:
    """A record that fits the tables; `notices` tell what had to be left out or cut."""

    name: QualifiedName
    text: str
    digest: str
    record: DatasetRecord
    columns: list[CheckedColumn] | None
    aliases: tuple[str, ...]
    notices: list[str] = field(default_factory=list)


def identify(record: DatasetRecord) -> Identified:
    """Name and digest; raises RecordRefused. The time of a measurement is no news by itself."""
    if not isinstance(record.qualified_name, str):
        raise RecordRefused("The dataset's name is not a text.")
    try:
        name = parse_name(record.qualified_name)
    except NameRefused as error:
        raise RecordRefused(str(error)) from error
    if not name.parts:
        raise RecordRefused(
            f"{record.qualified_name[:80]!r} names a system, not a dataset in it: add its name."
        )
    text = str(name)
    if len(lookup_key(text).encode()) > MAX_INDEXED_BYTES:
        raise RecordRefused(f"The name starting {text[:60]!r} is too long in lower case.")
    try:
        encoded = _encoder.encode(record)
        digested = encoded if record.profile is None else _encoder.encode(_timeless(record))
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError, OverflowError) as error:
        message = f"A value cannot be stored: {_first_sentence(error)}"
        raise RecordRefused(message, name=text) from error
    digest = hashlib.blake2b(RECORD_FORMAT + digested, digest_size=24).hexdigest()
    return Identified(name, text, digest, record, encoded)


def _timeless(record: DatasetRecord) -> list[Any]:
    profile = record.profile
    assert profile is not None
    numbers = [profile.rows, profile.size_bytes, profile.columns, profile.estimated]
    return [replace(record, profile=None), numbers, profile.arrival_rate]


def _first_sentence(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "it holds half of a surrogate pair, which is no character."
    return str(error).split("\n", 1)[0][:300]


def check(identified: Identified) -> Checked:
    """The record in types and lengths that the tables hold; raises RecordRefused."""
    notices: list[str] = []
    try:
        record = _decoder.decode(identified.encoded)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RecordRefused(f"The record has a value of a wrong type: {error}.") from error
    if _ESCAPED_NUL in identified.encoded:
        record = _without_nul(record, notices)
    columns = _columns(record, notices)
    record = replace(
        record,
        description=_cut(record.description, MAX_DESCRIPTION, "description", notices),
        display_name=_cut(record.display_name, 500, "display name", notices),
        url=_url(record.url, notices),
        owners=tuple(_owners(record.owners, notices)),
        tags=tuple(_tags(record.tags, notices)),
        classifications=tuple(_classifications(record.classifications, notices)),
        relations=tuple(_relations(record.relations, notices)),
        definition=_definition(record.definition, notices),
        profile=_profile(record.profile, notices),
        tests=tuple(_tests(record.tests, notices)),
        upstream=tuple(checked_names(record.upstream, "upstream", notices)),
        metadata=_metadata(record.metadata, notices),
        source_created_at=_moment(record.source_created_at, "time of creation", notices),
        source_modified_at=_moment(record.source_modified_at, "time of change", notices),
        topic=_cut(record.topic, 300, "topic", notices),
        retention=_duration(record.retention, "retention", notices),
        lateness=_duration(record.lateness, "lateness", notices),
        watermark=_moment(record.watermark, "watermark", notices),
        media=checked_media(record.media, notices),
    )
    aliases = tuple(
        n for n in checked_names(record.aliases, "alias", notices) if n != identified.text
    )
    return Checked(
        identified.name, identified.text, identified.digest, record, columns, aliases, notices
    )


def _without_nul(record: DatasetRecord, notices: list[str]) -> DatasetRecord:
    """NUL cannot be stored: names that hold it are refused, texts lose it."""
    for column in record.columns or ():
        if any("\x00" in part for part in column.path):
            raise RecordRefused(
                f"The column {column.path[-1][:40]!r} holds the control character U+0000:"
                " remove it at the source."
            )
    cleaned = _strip_nul(msgspec.to_builtins(record))
    if cleaned != msgspec.to_builtins(record):
        notices.append("A text held the control character U+0000; it was left out.")
    return msgspec.convert(cleaned, DatasetRecord)


def _strip_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, Mapping):
        return {_strip_nul(key): _strip_nul(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strip_nul(item) for item in value]
    return value


@lru_cache(maxsize=65_536)
def _path(parts: tuple[str, ...]) -> tuple[str, str, str]:
    """(path, name, parent path); raises NameRefused."""
    if not parts:
        raise NameRefused("A column without a name cannot be stored.")
    checked = tuple(check_part(part, "column name") for part in parts)
    path = join_parts(checked)
    if len(path) > MAX_PATH or len(path.encode()) > MAX_INDEXED_BYTES:
        raise NameRefused(f"The column path starting {path[:60]!r} is longer than {MAX_PATH}.")
    return path, checked[-1], join_parts(checked[:-1]) if len(checked) > 1 else ""


def _columns(record: DatasetRecord, notices: list[str]) -> list[CheckedColumn] | None:
    if record.columns is None:
        return None
    if len(record.columns) > MAX_COLUMNS:
        raise RecordRefused(
            f"It has {len(record.columns)} columns; Concord takes {MAX_COLUMNS} at most."
        )
    taken: dict[str, CheckedColumn] = {}
    for column in record.columns:
        try:
            path, name, parent = _path(column.path)
        except NameRefused as error:
            notices.append(f"A column was left out: {error}")
            continue
        if path in taken:
            notices.append(f"The column {path[:80]} is listed twice; the first one was taken.")
            continue
        taken[path] = CheckedColumn(path, name, parent, _column(column, path, notices))
    return list(taken.values())


def _column(column: ColumnRecord, path: str, notices: list[str]) -> ColumnRecord:
    position = column.key_position
    if position is not None and not 0 <= position <= 32_767:
        notices.append(f"The key position of the column {path[:80]} is out of range: left out.")
        column = replace(column, key_position=None)
    if len(column.description or "") > MAX_DESCRIPTION:
        text = _cut(column.description, MAX_DESCRIPTION, "description", notices)
        column = replace(column, description=text)
    if len(column.physical_type or "") > MAX_TYPE or len(column.default or "") > MAX_TYPE:
        column = replace(
            column,
            physical_type=_cut(column.physical_type, MAX_TYPE, "type", notices),
            default=_cut(column.default, MAX_TYPE, "default", notices),
        )
    if column.tags or column.classifications:
        column = replace(
            column,
            tags=tuple(_tags(column.tags, notices)),
            classifications=tuple(_classifications(column.classifications, notices)),
        )
    return column


def _cut(text: str | None, limit: int, what: str, notices: list[str]) -> str | None:
    if text is None or len(text) <= limit:
        return text
    notices.append(f"The {what} has {len(text)} characters; the first {limit} were taken.")
    return text[:limit]


def _url(url: str | None, notices: list[str]) -> str | None:
    if not url:
        return url
    if len(url) > 1000 or not url.lower().startswith(("https://", "http://")):
        notices.append("The link is no http or https address of at most 1000 characters: left out.")
        return None
    return url


def _duration(text: str | None, what: str, notices: list[str]) -> str | None:
    if not text or is_duration(text):
        return text
    notices.append(f"The {what} {text[:40]!r} is no ISO 8601 duration such as P7D: left out.")
    return None


def _tags(tags: Iterable[str], notices: list[str]) -> Iterable[str]:
    """A tag has no levels, whatever it holds: `team/finance` is one name."""
    for tag in dict.fromkeys(tag.strip() for tag in tags):
        if not tag or len(tag) > MAX_NAME:
            notices.append(f"The label {tag[:40]!r} is empty or too long: left out.")
        else:
            yield tag


def _classifications(paths: Iterable[str], notices: list[str]) -> Iterable[str]:
    for path in dict.fromkeys(path.strip() for path in paths):
        levels = [name.strip() for name in path.split("/")]
        stored = SEPARATOR.join(levels)
        if not path or any(len(name) > MAX_NAME for name in levels):
            notices.append(f"The label {path[:40]!r} is empty or too long: left out.")
        elif not all(levels):
            notices.append(f"The label {path[:40]!r} has an empty level: left out.")
        elif len(stored) > MAX_LABEL or len(stored.encode()) > MAX_INDEXED_BYTES:
            notices.append(f"The label {path[:40]!r} has too many levels: left out.")
        else:
            yield path


def _owners(owners: Iterable[OwnerRecord], notices: list[str]) -> Iterable[OwnerRecord]:
    for owner in owners:
        name = owner.name.strip()
        email = (owner.email or "").strip().lower()
        if email and (len(email) > 254 or "@" not in email.strip("@") or " " in email):
            notices.append(f"The e-mail address of the owner {name[:40]!r} is none: left out.")
            email = ""
        if not (name or email) or len(name) > 200:
            notices.append(f"The owner {name[:40]!r} has no name or a too long one: left out.")
            continue
        yield replace(owner, name=name or email, email=email or None)


def _relations(relations: Iterable[RelationRecord], notices: list[str]) -> Iterable[RelationRecord]:
    for relation in relations:
        (target,) = (*checked_names((relation.target,), "relation", notices),) or (None,)
        if target is None:
            continue
        both = (*relation.columns, *relation.target_columns)
        if len(relation.columns) != len(relation.target_columns) or any(
            len(column) > MAX_PATH for column in both
        ):
            notices.append(
                f"The relation to {target[:80]} has columns that do not match: left out."
            )
            continue
        # One index entry holds all of them, each with eight bytes of its own.
        if len("".join(both).encode()) + 8 * len(both) > MAX_INDEXED_BYTES - 200:
            notices.append(f"The relation to {target[:80]} has too many columns: left out.")
            continue
        yield replace(relation, target=target, name=relation.name[:300])


def checked_names(
    names: Iterable[str], what: str = "name", notices: list[str] | None = None
) -> Iterable[str]:
    """The names that can be stored, in normal form; `notices` tell of the others."""
    notices = [] if notices is None else notices
    for name in dict.fromkeys(names):
        try:
            parsed = parse_name(name)
        except NameRefused as error:
            notices.append(f"The {what} was left out: {error}")
            continue
        if len(lookup_key(str(parsed)).encode()) > MAX_INDEXED_BYTES:
            notices.append(f"The {what} starting {name[:60]!r} is too long: left out.")
            continue
        yield str(parsed)


def _definition(definition: DefinitionRecord | None, notices: list[str]) -> DefinitionRecord | None:
    if definition is None:
        return None
    if len(definition.sql) > MAX_SQL or len(definition.source_sql) > MAX_SQL:
        notices.append(f"The SQL has more than {MAX_SQL} characters: left out.")
        return None
    return replace(definition, platform=definition.platform[:50])


def _profile(profile: ProfileRecord | None, notices: list[str]) -> ProfileRecord | None:
    if profile is None:
        return None
    numbers = (profile.rows, profile.size_bytes)
    if any(number is not None and not 0 <= number <= MAX_BIGINT for number in numbers):
        notices.append("The measurement counts less than nothing or too much: left out.")
        return None
    taken_at = nearest_storable(profile.taken_at)
    # A clock that runs ahead at the source must not outdate every later measurement.
    return replace(profile, taken_at=min(taken_at, dt.datetime.now(dt.UTC)))


def _tests(tests: Iterable[TestRecord], notices: list[str]) -> Iterable[TestRecord]:
    taken: set[str] = set()
    for test in tests:
        name = test.name.strip()
        if not name or len(name) > 500 or name in taken:
            notices.append(f"The test {name[:40]!r} is named twice, too long or not: left out.")
            continue
        taken.add(name)
        failures = test.failures
        if failures is not None and not 0 <= failures <= MAX_BIGINT:
            failures = None
        yield replace(
            test,
            name=name,
            executed_at=nearest_storable(test.executed_at),
            failures=failures,
            message=test.message[:10_000],
            description=test.description[:10_000],
        )


def _metadata(metadata: Mapping[str, Any], notices: list[str]) -> Mapping[str, Any]:
    known = {key: value for key, value in metadata.items() if key in set(MetadataField)}
    if len(known) < len(metadata):
        unknown = ", ".join(sorted(key[:40] for key in metadata if key not in known)[:5])
        notices.append(f"These are no metadata fields and were left out: {unknown}.")
    return known


def _moment(moment: dt.datetime | None, label: str, notices: list[str]) -> dt.datetime | None:
    found = storable(moment) if moment is not None else None
    if moment is not None and found is None:
        notices.append(f"The {label} lies beyond the calendar: left out.")
    return found
