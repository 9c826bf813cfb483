"""From filters, typed or clicked, to the facet choices a backend takes."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.errors import InvalidInput
from catalog.search.backends import backend
from catalog.search.backends.base import Choice
from catalog.search.fields import FIELDS, WORD_FIELDS, field_named
from catalog.search.query import Filter, cleaned
from catalog.search.registry import COLUMN, kinds
from catalog.search.tokens import fold

MAX_FILTERS = 60
MAX_VALUE_CHARACTERS = 400


def checked(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """Filters with canonical field names; raises InvalidInput for a field that does not exist."""
    known = []
    for chosen in filters:
        field = field_named(chosen.field)
        if field is None:
            raise InvalidInput(
                f"There is no search field {chosen.field[:40]!r};"
                f" use one of {', '.join(field.name for field in FIELDS)}.",
                field="q",
            )
        known.append(
            Filter(field.name, cleaned(chosen.value[:MAX_VALUE_CHARACTERS]), chosen.is_negated)
        )
    if len(known) > MAX_FILTERS:
        raise InvalidInput(
            f"A search takes at most {MAX_FILTERS} filters; this one has {len(known)}.", field="q"
        )
    return tuple(known)


def choices(filters: Iterable[Filter]) -> tuple[Choice, ...]:
    """Alternatives of one field together; every exclusion on its own."""
    alternatives: dict[str, set[str]] = {}
    excluded: list[Choice] = []
    for chosen in filters:
        if chosen.field in WORD_FIELDS:
            continue
        field, values = _values(chosen)
        if chosen.is_negated:
            excluded.append(Choice(field, values, is_negated=True))
        else:
            alternatives.setdefault(field, set()).update(values)
    return (
        *(Choice(field, tuple(sorted(values))) for field, values in alternatives.items()),
        *excluded,
    )


def kinds_chosen(chosen: Iterable[Choice]) -> frozenset[str]:
    """The kinds asked for; empty for all."""
    return frozenset(
        value
        for choice in chosen
        if choice.field == "kind" and not choice.is_negated
        for value in choice.values
    )


def _values(chosen: Filter) -> tuple[str, tuple[str, ...]]:
    """The field and the stored values that a filter means."""
    value = fold(chosen.value).strip()
    if chosen.field == "kind":
        return _kind(value)
    known = field_named(chosen.field)
    if known is not None and known.values:
        dashed = value.replace(" ", "-").replace("_", "-")
        if dashed not in known.values:
            raise InvalidInput(
                f"{chosen.field}: takes {', '.join(known.values)}; it does not know"
                f" {chosen.value[:40]!r}.",
                field="q",
            )
        return chosen.field, (dashed,)
    # A value that nothing has finds nothing, exactly as one that the person may not see.
    return chosen.field, backend().values_of(chosen.field, chosen.value) or (chosen.value[:300],)


def _kind(value: str) -> tuple[str, tuple[str, ...]]:
    """`kind:column`, `kind:columns`; and `kind:view`, by which people mean the type."""
    name = value.replace(" ", "_").replace("-", "_")
    for candidate in (name, name.removesuffix("s")):
        if candidate in kinds or candidate == COLUMN:
            return "kind", (candidate,)
    for kind in kinds:
        if fold(kind.label) == value:
            return "kind", (kind.name,)
    for candidate in (name, name.removesuffix("s")):
        if backend().values_of("type", candidate):
            return "type", backend().values_of("type", candidate)
    return "kind", (value,)
