"""The one normaliser of names (law 6): ingestion, the SQL resolver and gateways all use it.

A name reads `platform://instance/part.part.part`, for example
`postgres://warehouse/sales.public.orders`; a column adds `#path`. A part that holds anything
but letters, digits, `_`, `$` or `-` is written in double quotes with `"` doubled, so that every
text without control characters can be a part and `parse(format(x)) == x`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

MAX_PART_CHARACTERS = 500
MAX_NAME_BYTES = 2000  # a PostgreSQL B-tree entry holds 2,704 bytes

_PLAIN_PART = re.compile(r"[\w$-]+")  # \w is every letter and digit of Unicode, and "_"
_PLATFORM = re.compile(r"[a-z][a-z0-9_+-]{0,49}")
_LOWER_FOLDING = frozenset(
    {"postgres", "redshift", "duckdb", "trino", "hive", "spark", "databricks"}
)
_UPPER_FOLDING = frozenset({"snowflake", "oracle", "db2"})
_PLATFORM_ALIASES = {
    "postgresql": "postgres",
    "mssql": "sqlserver",
    "tsql": "sqlserver",
    "presto": "trino",
    "gcp": "bigquery",
}


class NameRefused(ValueError):  # noqa: N818 - reads as the refusal it is
    """A name that cannot be stored; the message says which part and how to mend it."""


@dataclass(frozen=True, slots=True, order=True)
class QualifiedName:
    """A system (`parts` empty), a container or a dataset inside it, outermost part first."""

    platform: str
    instance: str
    parts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return format_name(self)

    @property
    def name(self) -> str:
        """The last part: the dataset's own name."""
        return self.parts[-1] if self.parts else self.instance

    @property
    def parent(self) -> QualifiedName | None:
        """What contains this, or None for a system."""
        return QualifiedName(self.platform, self.instance, self.parts[:-1]) if self.parts else None

    def child(self, *parts: str) -> QualifiedName:
        """The name of something inside this."""
        return QualifiedName(self.platform, self.instance, (*self.parts, *parts))


def qualified_name(platform: str, instance: str, parts: Iterable[str] = ()) -> QualifiedName:
    """Build a checked name; raises NameRefused for what cannot be stored."""
    canonical = platform.strip().lower()
    canonical = _PLATFORM_ALIASES.get(canonical, canonical)
    if not _PLATFORM.fullmatch(canonical):
        raise NameRefused(
            f"Platform {platform!r} is not usable: write a short lower-case word such as postgres."
        )
    built = QualifiedName(
        canonical,
        check_part(instance, "instance"),
        tuple(check_part(part, "name part") for part in parts),
    )
    if len(str(built).encode()) > MAX_NAME_BYTES:
        raise NameRefused(
            f"The name starting {str(built)[:60]!r} is longer than {MAX_NAME_BYTES} bytes."
        )
    return built


def check_part(part: str, label: str) -> str:
    """One part in normal form (NFC, no surrounding space); raises NameRefused."""
    normal = unicodedata.normalize("NFC", part).strip()
    if not normal:
        raise NameRefused(f"An empty {label} is not a name: give it at least one character.")
    if len(normal) > MAX_PART_CHARACTERS:
        raise NameRefused(
            f"The {label} starting {normal[:40]!r} has {len(normal)} characters;"
            f" the limit is {MAX_PART_CHARACTERS}."
        )
    if normal.isascii() and normal.isprintable():
        return normal
    for character in normal:
        if unicodedata.category(character) in {"Cc", "Cs"}:
            raise NameRefused(
                f"The {label} {normal[:40]!r} holds the control character"
                f" U+{ord(character):04X}: remove it at the source."
            )
    return normal


def quote_part(part: str) -> str:
    """A part as written inside a name."""
    if _PLAIN_PART.fullmatch(part):
        return part
    return '"' + part.replace('"', '""') + '"'


def join_parts(parts: Iterable[str]) -> str:
    """`a."b.c".d` for ("a", "b.c", "d"): used for names and for nested column paths alike."""
    parts = tuple(parts)
    if all(parts) and _PLAIN_PART.fullmatch("".join(parts)):  # nearly all are, and often asked for
        return ".".join(parts)
    return ".".join([quote_part(part) for part in parts])


def split_parts(text: str) -> tuple[str, ...]:
    """The inverse of `join_parts`; raises NameRefused for an open quote or an empty part."""
    parts: list[str] = []
    position = 0
    while True:
        if position < len(text) and text[position] == '"':
            part, position = _quoted(text, position)
        else:
            end = text.find(".", position)
            end = len(text) if end < 0 else end
            part, position = text[position:end], end
        if not part:
            raise NameRefused(f"The name {text[:80]!r} has an empty part.")
        parts.append(part)
        if position == len(text):
            return tuple(parts)
        if text[position] != ".":
            raise NameRefused(f"The name {text[:80]!r} has text after a closing quote.")
        position += 1


def _quoted(text: str, start: int) -> tuple[str, int]:
    position = start + 1
    piece: list[str] = []
    while position < len(text):
        if text[position] != '"':
            piece.append(text[position])
            position += 1
        elif text[position + 1 : position + 2] == '"':
            piece.append('"')
            position += 2
        else:
            return "".join(piece), position + 1
    raise NameRefused(f"The name {text[:80]!r} opens a quote and does not close it.")


def format_name(name: QualifiedName) -> str:
    """The readable, unique text of a name."""
    head = f"{name.platform}://{quote_part(name.instance)}"
    return f"{head}/{join_parts(name.parts)}" if name.parts else head


def parse_name(text: str) -> QualifiedName:
    """Read the text form; raises NameRefused with what was expected."""
    platform, separator, rest = text.partition("://")
    if not separator or not rest:
        raise NameRefused(
            f"{text[:80]!r} is not a qualified name: write platform://instance/database.table."
        )
    if rest.startswith('"'):
        instance, end = _quoted(rest, 0)
        tail = rest[end:]
    else:
        instance, slash, after = rest.partition("/")
        tail = slash + after
    if tail and not tail.startswith("/"):
        raise NameRefused(f"{text[:80]!r} has text between the instance and the first slash.")
    return qualified_name(platform, instance, split_parts(tail[1:]) if len(tail) > 1 else ())


def lookup_key(text: str) -> str:
    """What two names share when they differ in case only: used for lookups, never stored as
    the name itself."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def lookup_parts(parts: Iterable[str]) -> str:
    """The lookup key of parts as an engine has them: what is stored was checked, which trims it and
    brings it into normal form before it is quoted."""
    parts = tuple(parts)
    together = "".join(parts)
    if all(parts) and together.isascii() and _PLAIN_PART.fullmatch(together):  # nearly all are
        return ".".join(parts).lower()
    return lookup_key(
        join_parts([unicodedata.normalize("NFC", part).strip() or part for part in parts])
    )


def lookup_path(written: str) -> str:
    """The lookup key of a column's path as somebody wrote it, with quotes or without."""
    try:
        return lookup_parts(split_parts(written))
    except NameRefused:
        return lookup_parts((written,))


def outer_column(path: str) -> str:
    """The column that a path lies in, as an engine has it."""
    try:
        return split_parts(path)[0]
    except NameRefused:
        return path.partition(".")[0]


def fold_identifier(identifier: str, *, platform: str, quoted: bool) -> str:
    """An SQL identifier as the platform stores it: unquoted ones fold to the platform's case."""
    if quoted:
        return identifier
    if platform in _UPPER_FOLDING:
        return identifier.upper()
    if platform in _LOWER_FOLDING:
        return identifier.lower()
    return identifier
