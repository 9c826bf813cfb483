"""Running a search in the cluster, and reading its hits back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from catalog.search.backends import terms
from catalog.search.backends.base import (
    MAX_VALUES,
    Found,
    Request,
    Row,
    ValueCount,
)
from catalog.search.backends.column_display import column_display
from catalog.search.backends.elasticsearch import cluster, layout
from catalog.search.backends.elasticsearch.asking import ask, beside
from catalog.search.backends.elasticsearch.bodies import (
    TOGETHER,
    apart,
    id_of,
    object_id_of,
)
from catalog.search.backends.elasticsearch.clauses import (
    Clause,
    all_of,
    any_of,
    named,
    other_names,
)
from catalog.search.backends.elasticsearch.conditions import changed, limits, matches, told_apart
from catalog.search.backends.elasticsearch.ranking import (
    Part,
    key_of,
    parts_of,
    scales_of,
    search_of,
)
from catalog.search.backends.postgres import marks
from catalog.search.backends.postgres.weighing import is_question
from catalog.search.dates import SPANS, since
from catalog.search.documents import unspaced
from catalog.search.fields import DATE_FIELD
from catalog.search.query import Changed, ParsedQuery, Word
from catalog.search.registry import COLUMN, sentence_kinds
from catalog.search.tokens import fold

_SHOWN = ["kind", "object_id", "parent_id", "display"]
_SHOWN_OF_COLUMNS = ["parent_id", "display"]
_AFTER_ALL = chr(0x10FFFF)
_BEFORE_HALVES, _LAST_HALF = 0xD7FF, 0xDFFF  # around the halves of pairs, which are no characters
_COMBINED = 10_000  # values of the facets that are counted together: more than there can be
_IN_PARALLEL = 2_000  # values of a facet; a cluster counts by several threads what has no more


def find(request: Request) -> Found:
    """The hits of a request."""
    (found,) = find_each([request])
    return found


def find_each(requests: Sequence[Request]) -> list[Found]:
    """The hits of each request; what they have to ask at the same time goes in one."""
    return _Together(requests).found()


def find_along(
    request: Request, others: Sequence[Request]
) -> tuple[Found, Callable[[], list[Found]]]:
    """The same, but others are asked on only when they are called for: nobody does where there are
    no hits beside which to show them."""
    together = _Together([request, *others])
    return together.first(), lambda: together.found()[1:]


class _Together:
    """Requests whose questions go to the cluster in one for as long as they have any."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self._requests = requests
        self._found: dict[int, Found] = {}
        self._rounds = {number: _rounds(request) for number, request in enumerate(requests)}
        self._asked: dict[int, list[dict[str, Any]]] = {}
        self._go_on(dict.fromkeys(self._rounds))

    def first(self) -> Found:
        """The hits of the first, as soon as they are known."""
        while 0 in self._rounds:
            self._go_on(self._answers())
        return self._found[0]

    def found(self) -> list[Found]:
        """The hits of all."""
        while self._rounds:
            self._go_on(self._answers())
        return [self._found[number] for number in range(len(self._requests))]

    def _answers(self) -> dict[int, list[Any]]:
        every = [
            (_part_of(self._requests[number]), search)
            for number, searches in self._asked.items()
            for search in searches
        ]
        answered = iter(ask(every))
        return {number: list(islice(answered, len(some))) for number, some in self._asked.items()}

    def _go_on(self, answers: Mapping[int, list[Any] | None]) -> None:
        self._asked = {}
        for number, one in list(self._rounds.items()):
            try:
                self._asked[number] = one.send(answers[number])
            except StopIteration as ended:
                self._found[number] = ended.value
                del self._rounds[number]


def _rounds(request: Request) -> Generator[list[dict[str, Any]], Any, Found]:
    """The hits, part by part until the page is full; with the first what is counted. Yields what is
    to be asked, and takes the answers. Facets are begun before and read when they are asked for:
    they take a cluster longer than the hits."""
    if not request.visibility.kinds:
        return Found(facets=dict.fromkeys(request.facets, ()))
    within = limits(request)
    scales = scales_of(request)
    asks = is_question(request) and not request.names_only
    matching = matches(request, scales.weighed.weighing if asks else None)
    is_faceted = request.is_counted and bool(request.facets)  # what tells the total as well
    faceting = _faceting(request, matching, within) if is_faceted else []
    # Only people's own searches have facets, and nobody begins these beside another.
    faceted = beside(partial(_ask, request, faceting)) if faceting else list
    # Facets tell the total later; whether there are more hits than the page takes is told at once.
    most = request.size + 1 if is_faceted else request.limit or True
    counting = [_totaling(matching, within, most)] if request.is_counted else []
    weighing = scales.searches() if scales.conditions else []
    marked = len(marks.marks(request.query))
    rows: list[Row] = []
    total = 0
    for group in parts_of(request, scales) if request.size else ():
        asked = [
            (part, search)
            for part in group
            if (search := search_of(part, request, within)) is not None
        ]
        if not asked:
            continue
        missing = request.size + 1 - len(rows)
        shown = [_shown(search, request, missing) for _, search in asked]
        answers = yield [*shown, *counting, *weighing]
        if weighing:
            scales.take(answers[-len(weighing) :])
            weighing = []
        for (part, _), answer in zip(asked, answers, strict=False):
            rows += [_row(hit, part, request, marked) for hit in answer["hits"].get("hits", ())]
        if counting:
            total, counting = answers[len(asked)]["hits"]["total"]["value"], []
        if len(rows) > request.size:
            break
        if _are_all(rows, request, total):
            break
    if counting and not is_faceted:
        (answer,) = yield counting
        total = answer["hits"]["total"]["value"]
    found = Found(rows=tuple(rows[: request.size + 1]), total=len(rows))
    if request.is_columns:
        found = replace(found, rows=_with_datasets(found.rows))
    if not request.is_counted:
        return found
    if is_faceted:
        are_all = len(rows) <= request.size and not counting and _are_all(rows, request, total)
        counted = partial(_with_facets, found, request, faceted)
        return replace(found, are_all=are_all, counting=counted)
    return _counted(found, request, total, [])


def complete(request: Request) -> tuple[Row, ...]:
    """Rows by their names alone."""
    if not request.query.exact:
        return ()
    return find(replace(request, names_only=True, is_counted=False, facets=())).rows


def columns_of(request: Request, datasets: Sequence[int], limit: int) -> dict[int, list[str]]:
    """Matching columns of datasets on the page: the whole name first, then the shortest."""
    if not datasets:
        return {}
    exact = named(request.query.exact, is_column=True)
    forms = [exact]
    for word in request.query.needed:
        forms.append({"term": {"name": unspaced(word.stem)}})
        forms.append(_column_named(word))
        if word.others:
            forms.append(other_names(word))
    for chosen in request.query.filters:
        if chosen.field == "column" and not chosen.is_negated:
            forms.append({"term": {"name": unspaced(fold(chosen.value))}})
            forms.append(named(fold(chosen.value).strip(), is_column=True))
    search = {
        "size": 0,
        "query": {
            "bool": {
                "filter": [{"terms": {"parent_id": list(datasets)}}, any_of(forms)],
                "should": [{"constant_score": {"filter": exact}}],
            }
        },
        "aggs": {
            "datasets": {
                "terms": {"field": "parent_id", "size": len(datasets)},
                "aggs": {
                    "best": {
                        "top_hits": {
                            "size": limit,
                            "_source": ["display.name"],
                            "sort": [
                                "_score",
                                {"standing": "asc"},
                                {"sort_name": "asc"},
                                {"uid": "asc"},
                            ],
                        }
                    }
                },
            }
        },
    }
    (answer,) = _ask(replace(request, is_columns=True), [search])
    return {
        bucket["key"]: [hit["_source"]["display"]["name"] for hit in bucket["best"]["hits"]["hits"]]
        for bucket in answer["aggregations"]["datasets"]["buckets"]
    }


def column_names(request: Request, limit: int) -> list[str]:
    """The first names in alphabetical order, read from the index's own order of names."""
    prefix = request.query.exact
    if COLUMN not in request.visibility.whole or not prefix:
        return []
    asked = replace(request, is_columns=True)
    within = limits(replace(asked, query=ParsedQuery()))
    names = _names_from(asked, prefix, within, limit)
    if not names:
        return []
    answers = _ask(
        asked,
        [
            {
                "size": 1,
                "query": all_of([{"term": {"sort_name": name}}, within]),
                "sort": [{"standing": "asc"}, {"uid": "asc"}],
                "track_total_hits": False,
                "_source": ["display.name"],
            }
            for name in names
        ],
    )
    return [
        hit["_source"]["display"]["name"]
        for answer in answers
        for hit in answer["hits"].get("hits", ())
    ]


def children(kind: str, parents: Iterable[int]) -> set[int]:
    """Ids of stored documents of a kind that belong to these parents."""
    with cluster.asking(patiently=True) as client:
        answer = client.search(
            index=layout.live(layout.DOCUMENTS),
            query=all_of([{"term": {"kind": kind}}, {"terms": {"parent_id": list(parents)}}]),
            size=10_000,
            source_includes=["object_id"],
            allow_partial_search_results=False,
            ignore_unavailable=True,
        )
    return {hit["_source"]["object_id"] for hit in answer["hits"]["hits"]}


def _names_from(request: Request, prefix: str, within: Clause, limit: int) -> list[str]:
    """Folded names that begin so. Composite buckets over everything are read from the index in
    their order, and no further than needed."""
    last = ord(prefix[-1]) - 1
    before = prefix[:-1] + chr(_BEFORE_HALVES if last == _LAST_HALF else last) + _AFTER_ALL
    search = {
        "size": 0,
        "query": all_of([{"prefix": {"sort_name": {"value": prefix}}}, within])
        if within != {"match_all": {}}
        else within,
        "track_total_hits": False,
        "aggs": {
            "names": {
                "composite": {
                    "size": limit,
                    "sources": [{"name": {"terms": {"field": "sort_name"}}}],
                    "after": {"name": before},
                }
            }
        },
    }
    (answer,) = _ask(request, [search])
    names = [bucket["key"]["name"] for bucket in answer["aggregations"]["names"]["buckets"]]
    return [name for name in names if name.startswith(prefix)]


def _column_named(word: Word) -> Clause:
    surface = unspaced(word.surface)
    if len(surface) > 2:
        return {"prefix": {"name": {"value": surface}}}
    return {"term": {"name": surface}}


def _shown(search: dict[str, Any], request: Request, size: int) -> dict[str, Any]:
    """A search with what is needed to show its hits."""
    return {
        **search,
        "query": {"bool": {"must": [search["query"]], "filter": [told_apart(request)]}},
        "size": size,
        "_source": _SHOWN_OF_COLUMNS if request.is_columns else _SHOWN,
        "track_total_hits": False,
    }


def _totaling(matching: Clause, within: Clause, most: int) -> dict[str, Any]:
    return {"size": 0, "query": all_of([matching, within]), "track_total_hits": most}


def _faceting(request: Request, matching: Clause, within: Clause) -> list[dict[str, Any]]:
    """The total with all facets that no choice narrows, then each facet without its choice."""
    chosen = _chosen_fields(request)
    together = [field for field in request.facets if field not in chosen]
    apart = [field for field in request.facets if field in chosen]
    total = _totaling(matching, within, request.limit or True)
    return [
        {**total, **_aggregations(request, together)},
        *(
            {
                "size": 0,
                "query": all_of([matching, limits(request, without_choice=field)]),
                "track_total_hits": False,
                **_aggregations(request, [field]),
            }
            for field in apart
        ),
    ]


def _chosen_fields(request: Request) -> set[str]:
    """The fields that something was chosen in: each is counted by itself, as if it were not."""
    chosen = {choice.field for choice in request.choices if not choice.is_negated}
    return chosen | {DATE_FIELD} if request.dates else chosen


def _aggregations(request: Request, fields: Sequence[str]) -> dict[str, Any]:
    facets: dict[str, Any] = {}
    together = [field for field in fields if field in TOGETHER]
    if len(together) > 1 and not (request.is_columns or request.value_prefix):
        every = {"field": "facets.together", "size": _COMBINED, "shard_size": _COMBINED}
        facets["together"] = {"terms": every}
        fields = [field for field in fields if field not in TOGETHER]
    for field in fields:
        if field == DATE_FIELD:
            spans = {span: changed(Changed(start=since(span))) for span in SPANS}
            facets[field] = {"filters": {"filters": spans}}
            continue
        facet: dict[str, Any] = {
            "field": f"facets.{field}",
            "size": MAX_VALUES + 1,
            "shard_size": _IN_PARALLEL,
        }
        if request.value_prefix:
            values = terms.values_beginning(field, request.value_prefix)
            if not values:
                continue
            facet["include"] = values
        facets[field] = {"terms": facet}
    return {"aggs": facets} if facets else {}


def _are_all(rows: Sequence[Row], request: Request, total: int) -> bool:
    """Whether no other hit is left to be asked for: so what is found by its name, and what is not
    found at all, is known after one request."""
    return request.is_counted and request.after is None and len(rows) >= total


def _with_facets(
    found: Found, request: Request, faceted: Callable[[], Sequence[Mapping[str, Any]]]
) -> Found:
    answers = faceted()
    return _counted(found, request, answers[0]["hits"]["total"]["value"], answers)


def _counted(
    found: Found, request: Request, total: int, answers: Sequence[Mapping[str, Any]]
) -> Found:
    if request.limit:
        total = min(total, request.limit)
    counts: dict[str, Counter[str]] = {field: Counter() for field in request.facets}
    counted_together = counts.keys() - _chosen_fields(request)
    dated: tuple[ValueCount, ...] = ()
    for answer in answers:
        for field, facet in answer.get("aggregations", {}).items():
            if field == DATE_FIELD:
                dated = tuple(
                    ValueCount(span, "", bucket["doc_count"])
                    for span, bucket in facet["buckets"].items()
                )
                continue
            for bucket in facet["buckets"]:
                key = bucket["key"]
                if field != "together":
                    counts[field][key] += bucket["doc_count"]
                    continue
                for one, value in apart(key):
                    if one in counted_together:
                        counts[one][value] += bucket["doc_count"]
    labels = terms.labels_of([(field, value) for field, some in counts.items() for value in some])
    facets = {
        field: tuple(
            sorted(
                (
                    ValueCount(value, labels.get((field, value), value), count)
                    for value, count in some.items()
                ),
                key=lambda value: (-value.count, value.label, value.value),
            )[: MAX_VALUES + 1]
        )
        for field, some in counts.items()
    }
    if dated:
        facets[DATE_FIELD] = dated
    return replace(found, total=total, is_exact=total != request.limit, facets=facets)


def _ask(request: Request, searches: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return ask([(_part_of(request), search) for search in searches])


def _part_of(request: Request) -> str:
    return layout.COLUMNS if request.is_columns else layout.DOCUMENTS


def _row(hit: Mapping[str, Any], part: Part, request: Request, marked: int) -> Row:
    source, matched = hit["_source"], frozenset(hit.get("matched_queries", ()))
    held = [str(number) in matched for number in range(marked)]
    kind = COLUMN if request.is_columns else source["kind"]
    is_sentence = kind in sentence_kinds()
    band, words, has_exact_column = marks.read(held, request.query, is_sentence=is_sentence)
    return Row(
        kind=kind,
        id=object_id_of(int(hit["sort"][-1])),
        parent_id=source["parent_id"],
        band=band,
        words=words,
        has_exact_column=has_exact_column,
        display=source["display"],
        sort_key=key_of(part, request, hit["sort"]),
    )


def _with_datasets(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Columns with what is shown of their datasets; told once, not with every column."""
    parents = sorted({row.parent_id for row in rows if row.parent_id is not None})
    if not parents:
        return tuple(rows)
    with cluster.asking() as client:
        answer = client.mget(
            index=layout.live(layout.DOCUMENTS),
            ids=[id_of("dataset", pk) for pk in parents],
            source_includes=["object_id", "display"],
        )
    datasets = {
        one["_source"]["object_id"]: one["_source"]["display"]
        for one in answer["docs"]
        if one.get("found")
    }
    return tuple(
        replace(row, display=column_display(row.display, datasets.get(row.parent_id or 0, {})))
        for row in rows
    )
