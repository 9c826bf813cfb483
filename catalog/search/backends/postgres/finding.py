"""Running a search against the tables, and reading its rows back."""

# ruff: noqa: S608 - only our own table and column names are formatted in; values never

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.models import SearchColumn
from catalog.models import SearchDocument as StoredDocument
from catalog.search.backends import terms
from catalog.search.backends.base import MAX_VALUES, Found, Request, Row, ValueCount
from catalog.search.backends.column_display import column_display
from catalog.search.backends.postgres import conditions, lexemes, marks, weighing
from catalog.search.backends.postgres.lexemes import quoted
from catalog.search.backends.postgres.planning import by_index
from catalog.search.backends.postgres.statement import (
    Statement,
    add_match,
    allowed,
    fetched,
    wanted_profiles,
)
from catalog.search.backends.postgres.tiers import Tier, everything, is_weighed, sort_key, tiers
from catalog.search.backends.postgres.weighing import Weighing
from catalog.search.dates import SPANS, since
from catalog.search.fields import DATE_FIELD
from catalog.search.query import Order
from catalog.search.registry import COLUMN, sentence_kinds
from catalog.search.tokens import fold

_DOCUMENTS = StoredDocument._meta.db_table
_COLUMNS = SearchColumn._meta.db_table
MAX_RANKED = 3_000  # rows of one tier; nobody turns to page 150, and who does has them by standing
MAX_READ = 600  # the same where texts are compared
MAX_BEST = 1_000  # the same where only the best few are wanted: suggestions, column hits
MAX_COUNTED = 5_000  # rows whose facets are counted, where words match more
_KEY_TYPES = {
    Order.RELEVANCE: "bigint",
    Order.NAME: "text",
    Order.USED: "double precision",
    Order.CHANGED: "bigint",
}


def find(request: Request) -> Found:
    """What is counted, and the hits, tier by tier until the page is full or all are found."""
    if not request.visibility.kinds:
        return Found(facets=dict.fromkeys(request.facets, ()))
    table = _COLUMNS if request.is_columns else _DOCUMENTS
    with by_index():
        weighed = weighing.weigh(request) if weighing.is_question(request) else None
        found = _counted(request, table, weighed) if request.is_counted else None
        rows = _ranked(request, table, weighed, found) if request.size else []
        if found is None:
            found = Found(total=len(rows))
        return replace(found, rows=_rows(rows, request, table))


def _counted(request: Request, table: str, weighed: Weighing | None) -> Found:
    """How many there are, with the facets asked for."""
    found, counted = Found(), None
    if DATE_FIELD in request.facets:
        found = _with_changes(found, request, table, weighed)
    if set(request.facets) - {DATE_FIELD}:
        found, counted = _with_facets(found, request, table, weighed)
    total = _total(request, table, weighed) if counted is None else counted
    return replace(found, total=total, is_exact=total != request.limit)


def complete(request: Request) -> tuple[Row, ...]:
    """Rows by their names alone."""
    if not request.query.exact:
        return ()
    return find(replace(request, names_only=True, is_counted=False, facets=())).rows


def columns_of(request: Request, datasets: Sequence[int], limit: int) -> dict[int, list[str]]:
    """Matching columns of datasets on the page: the whole name first, then the shortest."""
    if not datasets:
        return {}
    forms = [
        form
        for word in request.query.needed
        for form in (
            quoted(lexemes.NAME, word.stem),
            quoted(lexemes.NAME, word.surface, is_prefix=len(word.surface) > 2),
        )
    ]
    forms += [conditions.other_names(word) for word in request.query.needed if word.others]
    forms.append(quoted(lexemes.WHOLE_NAME, request.query.exact))
    for chosen in request.query.filters:
        if chosen.field == "column" and not chosen.is_negated:
            forms.append(quoted(lexemes.NAME, fold(chosen.value)))
            forms.append(quoted(lexemes.WHOLE_NAME, fold(chosen.value)))
    statement = Statement(
        "SELECT parent_id, display->>'name' FROM (SELECT parent_id, display, row_number() OVER"
        " (PARTITION BY parent_id ORDER BY (sort_name = %s) DESC,"
        " standing, sort_name, object_id) AS position"
        f" FROM {_COLUMNS} WHERE parent_id = ANY(%s) AND tokens @@ %s::tsquery) ranked"
        " WHERE position <= %s ORDER BY parent_id, position",
        [request.query.exact, list(datasets), " | ".join(forms), limit],
    )
    found: dict[int, list[str]] = defaultdict(list)
    for parent, name in fetched(statement):
        found[parent].append(name)
    return dict(found)


def column_names(request: Request, limit: int) -> list[str]:
    """The first names in alphabetical order, from a bounded stretch of the index."""
    prefix = request.query.exact
    if COLUMN not in request.visibility.whole or not prefix:
        return []
    statement = Statement(
        "SELECT min(d.name) FROM (SELECT sort_name, display->>'name' AS name, profile_id"
        f" FROM {_COLUMNS} WHERE sort_name >= %s AND sort_name < %s ORDER BY sort_name LIMIT 500) d"
        " JOIN catalog_searchprofile p ON p.id = d.profile_id WHERE ",
        [prefix, prefix + chr(0x10FFFF)],
    )
    _extend(statement, allowed(request))
    statement.add(" GROUP BY d.sort_name ORDER BY d.sort_name LIMIT %s", limit)
    return [name for (name,) in fetched(statement)]


def _ranked(
    request: Request, table: str, weighed: Weighing | None, counted: Found | None
) -> list[dict[str, Any]]:
    """(id, key) of one row more than the page holds; no tier is asked for more than there are."""
    all_of_them = None
    if counted is not None and counted.is_exact and request.after is None:
        all_of_them = counted.total
    if request.query.is_browsing:
        return _ranked_tier(request, table, None, request.size + 1)
    if request.order is not Order.RELEVANCE:
        whole = Tier(everything(request, weighed), "0")
        return _ranked_tier(request, table, whole, request.size + 1)
    rows: list[dict[str, Any]] = []
    for tier in tiers(request, weighed):
        if len(rows) == all_of_them:
            break
        if weighed is None and is_weighed(request, tier):
            weighed = weighing.weigh(request)
        of_text = weighed if is_weighed(request, tier) else None
        rows += _ranked_tier(request, table, tier, request.size + 1 - len(rows), of_text)
        if len(rows) > request.size:
            break
    return rows


def _ranked_tier(
    request: Request,
    table: str,
    tier: Tier | None,
    limit: int,
    weighed: Weighing | None = None,
) -> list[dict[str, Any]]:
    order, cast = sort_key(request, tier, weighed), _KEY_TYPES[request.order]
    # While browsing, the order is that of an index, which is read only as far as the page goes.
    materialized = "NOT MATERIALIZED" if tier is None else "MATERIALIZED"
    collation = ' COLLATE "C"' if request.order is Order.NAME else ""
    statement = Statement("WITH ")
    statement.add(
        f"m AS {materialized} (SELECT d.id, d.standing, d.name_words,"
        " d.sort_name, d.usage, d.changed_at, "
    )
    _add_mask(statement, tier.bits if tier else ())
    statement.add(" AS mask")
    if weighed is not None:
        # Joined with nothing, the roots lie in the row: what lies apart is fetched at every look.
        statement.add(
            ", d.roots || '{}' AS roots, %s * (%s + %s * d.length / %s) AS norm",
            weighing.SATURATION,
            1 - weighing.SHARE_OF_LENGTH,
            weighing.SHARE_OF_LENGTH,
            weighed.average,
        )
    statement.add(f" FROM {table} d WHERE ")
    add_match(statement, request, tier.parts if tier else (), table)
    most = None
    if request.order is Order.RELEVANCE and tier is not None:
        # A rebuild lays rows down most important first, so the first found are the ones wanted.
        most = _most_ranked(request, weighed)
        statement.add(" LIMIT %s", most)
    statement.add(") (SELECT id, key FROM (SELECT m.id, (").add(order.sql, *order.parameters)
    statement.add(f")::{cast}{collation} AS key FROM m) ranked")
    if request.after is not None:
        statement.add(f" WHERE (key, id) > (%s::{cast}, %s::bigint)", *request.after)
    statement.add(" ORDER BY key, id LIMIT %s)", limit)
    if tier is None or most is None or request.names_only:
        return _keyed(fetched(statement))
    *found, (_, read) = fetched(statement.add(" UNION ALL SELECT NULL, count(*) FROM m"))
    if read == most and len(found) < limit:
        found += _beyond(request, table, tier, most, limit - len(found))
    return _keyed(found)


def _beyond(
    request: Request, table: str, tier: Tier, most: int, limit: int
) -> list[tuple[int, int]]:
    """What a tier holds beyond the rows that are ranked, by standing alone: who turns to the last
    page finds everything that was counted."""
    statement = Statement(f"WITH m AS MATERIALIZED (SELECT d.id FROM {table} d WHERE ")
    add_match(statement, request, tier.parts, table)
    statement.add(
        " LIMIT %s) SELECT id, key FROM (SELECT d.id, %s::bigint + d.standing AS key"
        f" FROM {table} d WHERE d.id NOT IN (SELECT id FROM m) AND ",
        most,
        tier.beyond,
    )
    add_match(statement, request, tier.parts, table)
    statement.add(") beyond")
    if request.after is not None:
        statement.add(" WHERE (key, id) > (%s::bigint, %s::bigint)", *request.after)
    return fetched(statement.add(" ORDER BY key, id LIMIT %s", limit))


def _keyed(rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [{"id": pk, "key": key} for pk, key in rows]


def _most_ranked(request: Request, weighed: Weighing | None) -> int:
    if weighed is not None and not weighing.is_question(request):
        return MAX_READ
    return MAX_BEST if request.names_only else MAX_RANKED


def _add_mask(statement: Statement, bits: Sequence[tuple[int, str]]) -> None:
    """The sum of the bits that hold of `d`, as a bigint."""
    statement.add("(0::bigint")
    for bit, tsquery in bits:
        # The whole vector lies apart from its row and is slow to read; names are at hand.
        column = "tokens" if bit >= marks.IS_NAME else "name_tokens"
        statement.add(f" + CASE WHEN d.{column} @@ %s::tsquery THEN {bit} ELSE 0 END", tsquery)
    statement.add(")")


def _total(request: Request, table: str, weighed: Weighing | None) -> int:
    """How many match; the limit when there are at least as many."""
    statement = Statement(f"WITH m AS (SELECT 1 FROM {table} d WHERE ")
    add_match(statement, request, everything(request, weighed), table)
    if request.limit:
        statement.add(" LIMIT %s", request.limit)
    ((total,),) = fetched(statement.add(") SELECT count(*) FROM m"))
    return int(total)


def _with_facets(
    found: Found, request: Request, table: str, weighed: Weighing | None
) -> tuple[Found, int | None]:
    """With the facets of all that matches; of the first MAX_COUNTED where words match more, of
    the commonest MAX_COUNTED profiles where there are no words. The number beside it is how many
    match, unless the choice in a facet had to be left aside."""
    # A facet in which something was chosen counts as if it were not.
    is_filtered = not wanted_profiles(request.choices) & set(request.facets)
    statement = Statement("WITH a AS MATERIALIZED (SELECT d.profile_id, ")
    statement.add("count(*)" if request.query.is_browsing else "1::bigint")
    statement.add(f" AS hits FROM {table} d WHERE ")
    parts = everything(request, weighed)
    add_match(statement, request, parts, table, is_filtered=is_filtered)
    if request.query.is_browsing:
        statement.add(" GROUP BY d.profile_id ORDER BY hits DESC")
    elif request.limit:
        statement.add(" LIMIT %s", request.limit)
    statement.add(
        "), g AS MATERIALIZED (SELECT profile_id, sum(hits)::bigint AS hits"
        " FROM (SELECT * FROM a LIMIT %s) first GROUP BY profile_id)"
        # OFFSET makes this a look-up by key: profiles are many, those of one search are few.
        ", f AS MATERIALIZED (SELECT g.hits, p.terms FROM g, LATERAL (SELECT stored.terms"
        " FROM catalog_searchprofile stored WHERE stored.id = g.profile_id OFFSET 0) p)"
        " SELECT NULL AS field, NULL AS value, NULL AS label,"
        " coalesce(sum(hits), 0)::bigint AS hits FROM a"
        " UNION ALL SELECT NULL, NULL, NULL, coalesce(sum(hits), 0)::bigint FROM g",
        MAX_COUNTED,
    )
    _add_facets(statement, request)
    (*_, matching), (*_, counted), *counts = fetched(statement)
    facets: dict[str, list[ValueCount]] = {
        field: [] for field in request.facets if field != DATE_FIELD
    }
    for field, value, label, hits in counts:
        facets[field].append(ValueCount(value, label, hits))
    with_facets = replace(
        found,
        facets={**found.facets}
        | {
            field: tuple(sorted(values, key=lambda v: (-v.count, v.label, v.value)))
            for field, values in facets.items()
        },
        are_facets_exact=counted == matching != request.limit,
    )
    return with_facets, int(matching) if is_filtered else None


def _with_changes(found: Found, request: Request, table: str, weighed: Weighing | None) -> Found:
    """With how many of all that matches changed lately; of MAX_COUNTED where words match more."""
    starts = {span: since(span) for span in SPANS}
    statement = Statement(f"WITH m AS MATERIALIZED (SELECT d.changed_at FROM {table} d WHERE ")
    add_match(statement, replace(request, dates=()), everything(request, weighed), table)
    statement.add(" AND d.changed_at >= %s", min(starts.values()))
    if not request.query.is_browsing:
        statement.add(" LIMIT %s", MAX_COUNTED)
    statement.add(") SELECT count(*)")
    for start in starts.values():
        statement.add(", count(*) FILTER (WHERE changed_at >= %s)", start)
    ((counted, *counts),) = fetched(statement.add(" FROM m"))
    return replace(
        found,
        facets={
            DATE_FIELD: tuple(
                ValueCount(span, "", count)
                for span, count in zip(starts, counts, strict=True)
                if count
            )
        },
        are_dates_exact=request.query.is_browsing or counted < MAX_COUNTED,
    )


def _add_facets(statement: Statement, request: Request) -> None:
    """Counts of each field asked for; a field with a choice ignores that choice."""
    chosen = wanted_profiles(request.choices) & set(request.facets)
    others = [field for field in request.facets if field not in {*chosen, DATE_FIELD}]
    if others:
        _add_facet(statement, request, others, allowed(request))
    for field in sorted(chosen):
        _add_facet(statement, request, [field], allowed(request, without=field))


def _add_facet(
    statement: Statement,
    request: Request,
    fields: Sequence[str],
    condition: Statement,
) -> None:
    statement.add(
        " UNION ALL SELECT field, value, label, hits FROM ("
        "SELECT t.field, t.value, t.label, c.hits, row_number() OVER"
        " (PARTITION BY t.field ORDER BY c.hits DESC, t.label, t.value) AS position FROM ("
        "SELECT term, sum(p.hits)::bigint AS hits FROM f p, unnest(p.terms) AS term WHERE "
    )
    _extend(statement, condition)
    statement.add(
        " GROUP BY term) c JOIN catalog_searchterm t ON t.id = c.term WHERE t.field = ANY(%s)",
        list(fields),
    )
    if request.value_prefix:
        begins = "lower(t.value) LIKE %s OR lower(t.label) LIKE %s OR lower(t.label) LIKE %s"
        accented = {
            field: terms.accented_beginning(field, request.value_prefix) for field in fields
        }
        escaped = re.sub(r"([\\%_])", r"\\\1", request.value_prefix)
        statement.add(
            f" AND ({begins} OR (t.field, t.value) IN"
            " (SELECT * FROM unnest(%s::text[], %s::text[])))",
            *(f"{escaped}%", f"{escaped}%", f"% {escaped}%"),
            [field for field in fields for _ in accented[field]],
            [value for field in fields for value in accented[field]],
        )
    statement.add(") counted WHERE position <= %s", MAX_VALUES + 1)


def _rows(found: Sequence[Mapping[str, Any]], request: Request, table: str) -> tuple[Row, ...]:
    """What is shown of the rows of a page, with everything that matched of each."""
    if not found:
        return ()
    statement = Statement(
        "WITH m AS MATERIALIZED (SELECT d.id, d.kind, d.object_id, d.parent_id, d.display,"
        # As with the roots: joined with nothing, it is fetched once.
        f" d.tokens || '' AS tokens FROM {table} d WHERE id = ANY(%s))"
        " SELECT id, kind, object_id, parent_id, display, ARRAY[",
        [[row["id"] for row in found]],
    )
    for number, tsquery in enumerate(marks.marks(request.query)):
        statement.add(", " if number else "")
        if tsquery:
            statement.add("m.tokens @@ %s::tsquery", tsquery)
        else:
            statement.add("false")
    stored = {row[0]: row[1:] for row in fetched(statement.add("] FROM m"))}
    datasets = _displays([row[2] for row in stored.values()]) if request.is_columns else {}
    sentences = sentence_kinds()
    rows = []
    for row in found:
        if row["id"] not in stored:
            continue  # replaced between the two statements
        kind, object_id, parent_id, display, held = stored[row["id"]]
        band, words, has_exact_column = marks.read(
            held, request.query, is_sentence=kind in sentences
        )
        rows.append(
            Row(
                kind=kind,
                id=object_id,
                parent_id=parent_id,
                band=band,
                words=words,
                has_exact_column=has_exact_column,
                display=(
                    column_display(_read(display), datasets.get(parent_id, {}))
                    if request.is_columns
                    else _read(display)
                ),
                sort_key=(row["key"], row["id"]),
            )
        )
    return tuple(rows)


def _read(display: Any) -> dict[str, Any]:
    return display if isinstance(display, dict) else dict(json.loads(display))


def _displays(datasets: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What is shown of the datasets of columns; told once, not with every column."""
    statement = Statement(
        f"SELECT object_id, display FROM {_DOCUMENTS}"
        " WHERE kind = 'dataset' AND object_id = ANY(%s)",
        [list(set(datasets))],
    )
    return {pk: _read(display) for pk, display in fetched(statement)}


def _extend(statement: Statement, other: Statement) -> None:
    statement.add(other.sql, *other.parameters)
