"""The list under the search box: objects by name, column names, values of a filter being typed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from catalog.errors import InvalidInput
from catalog.search.answers import MarkedText, Suggestion
from catalog.search.backends import backend
from catalog.search.backends.base import Request, ValueCount
from catalog.search.choosing import checked, choices, conditions, dates
from catalog.search.dates import SPANS
from catalog.search.facets import label_of
from catalog.search.fields import DATE_FIELD, field_named
from catalog.search.marking import marked
from catalog.search.reading import MAX_CHARACTERS, cleaned, parse
from catalog.search.registry import COLUMN
from catalog.search.tokens import fold
from catalog.search.visibility import Visibility, visibility_of
from catalog.types import Principal

MAX_SUGGESTIONS = 20
_UNFINISHED_FILTER = re.compile(r'^(.*?)(-?)([A-Za-z]{2,20}):"?([^":]*)$')


def suggest(
    principal: Principal, text: str, limit: int, familiar: Collection[int] = ()
) -> tuple[Suggestion, ...]:
    """See `catalog.selectors.search`; `familiar` are datasets that come first where names fit
    alike."""
    limit = max(1, min(limit, MAX_SUGGESTIONS))
    if not text.strip() or len(text) > MAX_CHARACTERS:
        return ()
    text = cleaned(text) + (" " if text[-1].isspace() else "")  # which ends a word
    visibility = visibility_of(principal)
    if not visibility.kinds:
        return ()
    with backend().searching(visibility):
        return _suggested(text, visibility, limit, familiar)


def _suggested(
    text: str, visibility: Visibility, limit: int, familiar: Collection[int]
) -> tuple[Suggestion, ...]:
    unfinished = _UNFINISHED_FILTER.match(text)
    field = field_named(unfinished[3]) if unfinished else None
    try:
        if unfinished and field is not None and field.is_facet and not unfinished[4].endswith(" "):
            base = Request(parse(unfinished[1]), visibility, 0, size=0)
            return _values(base, unfinished, field.name, limit)
        parsed = parse(text)
        request = Request(
            replace(parsed, filters=checked(parsed.filters)),
            visibility,
            len(parsed.needed),
            choices=choices(parsed.filters, visibility),
            conditions=conditions(parsed, visibility),
            dates=dates(parsed.filters),
            size=limit,
        )
    except InvalidInput:
        return ()  # still being typed
    return _objects(request, limit, familiar)


def _objects(request: Request, limit: int, familiar: Collection[int]) -> tuple[Suggestion, ...]:
    words = request.query.words
    rows = sorted(
        backend().complete(request)[:limit],
        key=lambda row: (row.band, not (row.kind == "dataset" and row.id in familiar)),
    )
    suggestions = [
        Suggestion(
            row.kind,
            row.id,
            marked(row.display["name"], words),
            row.display["qualified_name"],
            tuple(row.display.get("place", ())),
            row.display.get("facts", {}).get("type", ""),
            row.parent_id,
        )
        for row in rows
    ]
    if len(suggestions) < limit:
        names = backend().column_names(request, limit - len(suggestions))
        suggestions += [
            Suggestion("column", None, marked(name, words), query=f"column:{_quoted(name)}")
            for name in names
        ]
    return tuple(suggestions)


def _values(
    base: Request, unfinished: re.Match[str], field: str, limit: int
) -> tuple[Suggestion, ...]:
    """Values that something visible has, with the whole query each would make."""
    start = f"{unfinished[1]}{unfinished[2]}{field}:"
    if field == DATE_FIELD:
        return tuple(
            Suggestion("filter", None, MarkedText(label_of(field, span)), query=f"{start}{span}")
            for span in SPANS
            if span.startswith(fold(unfinished[4]))
        )[:limit]
    asked = replace(
        base,
        query=parse(""),
        choices=choices(checked(base.query.filters), base.visibility),
        facets=(field,),
        value_prefix=fold(unfinished[4]),
    )
    values = list(backend().find(asked).counted().facets[field])
    if field == "kind" and _are_columns_seen(asked):
        values.append(ValueCount(COLUMN, "", 0))
    return tuple(
        Suggestion(
            "filter",
            None,
            MarkedText(label_of(field, found.value, found.label)),
            query=f"{start}{_quoted(found.value)}",
        )
        for found in values[:limit]
    )


def _are_columns_seen(asked: Request) -> bool:
    """Whether columns, which are stored apart, are among the kinds that begin so."""
    if not COLUMN.startswith(asked.value_prefix):
        return False
    columns = replace(asked, is_columns=True, facets=(), limit=1)
    return backend().find(columns).total > 0


def _quoted(value: str) -> str:
    plain = value.replace('"', "")
    return plain if plain and " " not in plain else f'"{plain}"'
