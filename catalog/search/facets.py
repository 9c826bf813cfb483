"""Facets as people read them: labels, the values chosen, what lies beyond the list."""

from __future__ import annotations

from catalog.search.answers import Facet, FacetValue
from catalog.search.backends.base import MAX_VALUES, Found, Request, ValueCount
from catalog.search.dates import SPANS
from catalog.search.fields import BY_NAME, DATE_FIELD
from catalog.search.registry import COLUMN, kinds
from catalog.spoken import spoken_first

_CODED = frozenset({"type", "lifecycle", "state", "stage", "data", "media", "length", "has", "is"})


def label_of(field: str, value: str, label: str = "") -> str:
    """The words for a value."""
    if field == "kind":
        return "Columns" if value == COLUMN else kinds.get(value).label if value in kinds else value
    if field == DATE_FIELD and value in SPANS:
        return f"In the last {value}"
    if field in _CODED:
        return spoken_first(value.replace("-", " "))
    return label or value


def shown_facets(request: Request, found: Found, columns: Found) -> tuple[Facet, ...]:
    """The facets asked for, in that order; a chosen value is listed even when it counts none.

    Columns are stored apart, so their number joins the kinds here.
    """
    facets = []
    for field in request.facets:
        if field == DATE_FIELD:
            facets.append(_changes(request, found))
            continue
        chosen = {
            value
            for choice in request.choices
            if choice.field == field and not choice.is_negated
            for value in choice.values
        }
        if field == "kind" and request.with_columns:
            chosen.add(COLUMN)
        counts = list(found.facets.get(field, ()))
        if field == "kind" and columns.total:
            counts.append(ValueCount(COLUMN, "", columns.total))
            counts.sort(key=lambda count: -count.count)
        listed = counts[:MAX_VALUES]
        missing = chosen - {count.value for count in listed}
        listed += [count for count in counts[MAX_VALUES:] if count.value in missing]
        missing -= {count.value for count in listed}
        listed += [ValueCount(value, "", 0) for value in sorted(missing)]
        facets.append(
            Facet(
                field,
                BY_NAME[field].label,
                tuple(
                    FacetValue(
                        count.value,
                        label_of(field, count.value, count.label),
                        count.count,
                        count.value in chosen,
                        is_lower_bound=not found.are_facets_exact
                        or (field == "kind" and count.value == COLUMN and not columns.is_exact),
                    )
                    for count in listed
                ),
                has_more=len(counts) > MAX_VALUES,
            )
        )
    return tuple(facets)


def _changes(request: Request, found: Found) -> Facet:
    """How many changed lately, the shortest span first."""
    chosen = {
        one.value.lower()
        for one in request.query.filters
        if one.field == DATE_FIELD and not one.is_negated
    }
    counts = {count.value: count.count for count in found.facets.get(DATE_FIELD, ())}
    values = tuple(
        FacetValue(
            span,
            label_of(DATE_FIELD, span),
            counts.get(span, 0),
            span in chosen,
            is_lower_bound=not found.are_dates_exact,
        )
        for span in SPANS
        if counts.get(span) or span in chosen
    )
    return Facet(DATE_FIELD, BY_NAME[DATE_FIELD].label, values)
