"""Why a hit stands where it stands, in words for the person who searched."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.search.answers import Band
from catalog.search.backends.base import Row, WordMatch
from catalog.search.query import ParsedQuery

_FIELD_WORDS = (
    ("name", "name", "in the name"),
    ("name_prefix", "name", "in the name, by how a word begins"),
    ("column", "columns", "in a column, label or other name"),
    ("synonym", "synonyms", "there as another word for the same"),
    ("place", "place", "in where it stands"),
    ("description", "description", "in the description"),
)


def matched_fields(row: Row) -> tuple[str, ...]:
    """Names of the fields that hold a word of the query, most telling first."""
    fields = [
        field
        for attribute, field, _ in _FIELD_WORDS
        if any(getattr(word, attribute) for word in row.words)
    ]
    if row.band is Band.QUALIFIED_NAME:
        fields.insert(0, "qualified_name")
    elif row.band is Band.NAME:
        fields.insert(0, "name")
    if row.has_exact_column:
        fields.append("columns")
    return tuple(dict.fromkeys(fields))


def explanation(row: Row, query: ParsedQuery) -> str:
    """One sentence without a full stop."""
    text = _reason(row, query)
    facts = row.display.get("facts", {})
    if facts.get("lifted"):
        text += f"; {facts['lifted']}"
    if facts.get("is_demoted"):
        text += "; listed after others because it is deprecated, archived or gone"
    return text


def _reason(row: Row, query: ParsedQuery) -> str:
    needed = [
        match for match, word in zip(row.words, query.words, strict=True) if not word.is_optional
    ]
    match row.band:
        case Band.BROWSING:
            return "Passes the filters"
        case Band.QUALIFIED_NAME:
            return "Full name matches exactly"
        case Band.NAME:
            return "Name matches exactly"
        case Band.NAME_WORDS:
            return "The word is in the name" if len(needed) == 1 else "All words are in the name"
        case Band.NAME_PREFIX:
            return (
                "A word of the name begins like this"
                if len(needed) == 1
                else "All words are in the name or begin words of it"
            )
        case Band.SYNONYM if row.has_exact_column:
            return "Has a column of exactly this name"
    return _counted(needed)


def _counted(needed: Sequence[WordMatch]) -> str:
    """`2 of 3 words: 1 in the name, 1 in the description`; each word counts where it tells most."""
    counts: dict[str, int] = {}
    for match in needed:
        for attribute, _, words in _FIELD_WORDS:
            if getattr(match, attribute):
                counts[words] = counts.get(words, 0) + 1
                break
    found = sum(counts.values())
    if len(needed) == 1:
        return f"The word is {next(iter(counts), 'in another name of it')}"
    if not counts:
        return "Another name of it matches exactly"
    if len(counts) == 1:
        where = next(iter(counts))
        return (
            f"All words are {where}"
            if found == len(needed)
            else f"{found} of {len(needed)} words are {where}"
        )
    parts = ", ".join(f"{count} {words}" for words, count in counts.items())
    return f"{found} of {len(needed)} words: {parts}"
