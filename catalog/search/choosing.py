"""From filters, typed or clicked, to the choices and conditions that a backend takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

from catalog.errors import InvalidInput
from catalog.kinds import ContainerKind, DatasetKind
from catalog.search.backends import backend
from catalog.search.backends.base import Choice, Request
from catalog.search.dates import changed
from catalog.search.fields import DATE_FIELD, FIELDS, WORD_FIELDS, field_named
from catalog.search.query import (
    AllOf,
    AnyOf,
    Changed,
    FieldWords,
    Filter,
    Group,
    Not,
    ParsedQuery,
)
from catalog.search.reading import cleaned
from catalog.search.registry import COLUMN, kinds
from catalog.search.tokens import fold
from catalog.search.visibility import Visibility

_TYPES = frozenset((*DatasetKind, *ContainerKind))
MAX_FILTERS = 60
MAX_VALUE_CHARACTERS = 400
_MAX_VALUES = 50  # that one filter stands for


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


def choices(filters: Iterable[Filter], visibility: Visibility) -> tuple[Choice, ...]:
    """Alternatives of one field together; every exclusion on its own."""
    alternatives: dict[str, set[str]] = {}
    excluded: list[Choice] = []
    for chosen in filters:
        if chosen.field in WORD_FIELDS or chosen.field == DATE_FIELD:
            continue
        field, values = _values(chosen, visibility)
        if chosen.is_negated:
            excluded.append(Choice(field, values, is_negated=True))
        else:
            alternatives.setdefault(field, set()).update(values)
    return (
        *(Choice(field, tuple(sorted(values))) for field, values in alternatives.items()),
        *excluded,
    )


def dates(filters: Iterable[Filter]) -> tuple[Changed | Not, ...]:
    """When a hit must have changed, and when not."""
    return tuple(
        Not(changed(chosen.value)) if chosen.is_negated else changed(chosen.value)
        for chosen in filters
        if chosen.field == DATE_FIELD
    )


def conditions(parsed: ParsedQuery, visibility: Visibility) -> tuple[Group, ...]:
    """What must hold beside words, choices and dates: the group of a query that has one."""
    return () if parsed.group is None else (_resolved(parsed.group, visibility),)


def with_alternatives(
    chosen: tuple[Choice, ...], groups: tuple[Group, ...]
) -> tuple[tuple[Choice, ...], tuple[Group, ...]]:
    """Alternatives between values of one field are as good as clicked: `kind:term OR kind:column`
    is told apart from a group of words, and so finds columns as well."""
    lifted, rest = [*chosen], []
    parts = [p for g in groups for p in (g.parts if isinstance(g, AllOf) else (g,))]
    for part in parts:
        fields = {choice.field for choice in lifted if not choice.is_negated}
        if isinstance(part, AnyOf) and _is_one_field(part.parts, fields):
            options = [option for option in part.parts if isinstance(option, Choice)]
            values = {value for option in options for value in option.values}
            lifted.append(Choice(options[0].field, tuple(sorted(values))))
        else:
            rest.append(part)
    return tuple(lifted), tuple(rest)


def kinds_chosen(chosen: Iterable[Choice]) -> frozenset[str]:
    """The kinds asked for; empty for all."""
    return frozenset(
        value
        for choice in chosen
        if choice.field == "kind" and not choice.is_negated
        for value in choice.values
    )


def _resolved(group: Group, visibility: Visibility) -> Group:
    """The group with what its filters mean."""
    match group:
        case AllOf(parts):
            return AllOf(tuple(_resolved(part, visibility) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_resolved(part, visibility) for part in parts))
        case Not(part):
            return Not(_resolved(part, visibility))
        case Filter():
            (chosen,) = checked([group])
            if chosen.field == DATE_FIELD:
                return changed(chosen.value)
            if chosen.field in WORD_FIELDS:
                return FieldWords(chosen.field, chosen.value)
            return Choice(*_values(chosen, visibility))
    return group


def _values(chosen: Filter, visibility: Visibility) -> tuple[str, tuple[str, ...]]:
    """The field and the stored values that a filter means."""
    value = fold(chosen.value).strip()
    if chosen.field == "kind":
        return _kind(value, visibility)
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
    found = _stored(chosen.field, chosen.value, visibility)
    return chosen.field, found or (chosen.value[:300],)


def _stored(field: str, typed: str, visibility: Visibility) -> tuple[str, ...]:
    """The stored values meant; of those that only hidden things have, none is chosen, shown or
    preferred to another."""
    found = backend().values_of(field, typed)
    if visibility.is_whole:
        return found
    for values in (found, backend().values_of(field, typed, whole=False)):
        visible = tuple(islice((v for v in values if _is_seen(field, v, visibility)), _MAX_VALUES))
        if visible:
            return visible
    return ()


def _is_seen(field: str, value: str, visibility: Visibility) -> bool:
    asked = Request(ParsedQuery(), visibility, 0, (Choice(field, (value,)),), size=0, limit=1)
    return backend().find(asked).total > 0


def _kind(value: str, visibility: Visibility) -> tuple[str, tuple[str, ...]]:
    """`kind:column`, `kind:columns`; and `kind:view`, by which people mean the type."""
    name = value.replace(" ", "_").replace("-", "_")
    for candidate in (name, name.removesuffix("s")):
        if candidate in kinds or candidate == COLUMN:
            return "kind", (candidate,)
    for kind in kinds:
        if fold(kind.label) == value or name.removesuffix("s") in kind.also:
            return "kind", (kind.name,)
    for candidate in (name, name.removesuffix("s")):
        if values := _stored("type", candidate, visibility):
            return "type", values
        if candidate in _TYPES:
            return "type", (candidate,)
    raise InvalidInput(
        f"kind: takes {', '.join((*kinds.names(), COLUMN))}, or a type as in kind:view; it does not"
        f" know {value[:40]!r}.",
        field="q",
    )


def _is_one_field(options: Iterable[Group], fields: Collection[str]) -> bool:
    """Values of one field that nothing else was chosen in."""
    chosen = {one.field if isinstance(one, Choice) else "" for one in options}
    return len(chosen) == 1 and not chosen & {"", *fields}
