"""What of an index a request is about: what may be seen, what was chosen, what is left out.

Everything that a person may not see is left out of every search, count and suggestion by the same
clauses, which name fields that documents have anyway.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial

from catalog.search.backends.base import Request
from catalog.search.backends.elasticsearch.clauses import (
    EVERYTHING,
    NOTHING,
    Clause,
    all_of,
    any_of,
    at_least,
    by_root,
    exactly,
    in_any_field,
    in_columns,
    in_names,
    named,
    near_names,
    other_names,
    other_roots,
    phrase,
    spoken,
    stem_in,
    whole,
)
from catalog.search.backends.postgres.weighing import Weighing, is_question
from catalog.search.documents import AFTER_NAME, AFTER_QUALIFIED, MAX_VALUE, unspaced
from catalog.search.fields import DATE_FIELD
from catalog.search.query import (
    AllOf,
    AnyOf,
    Changed,
    Choice,
    FieldWords,
    Group,
    Not,
    Phrase,
    Word,
)
from catalog.search.registry import COLUMN, kinds
from catalog.search.tokens import fold, stems

_MOST_TERMS = 50_000  # in one clause; a cluster refuses more than 65,536
_MOST_SIGNS = 20  # of a name that may end its dataset's
_WORD_FIELDS = ("name", "column", "place", "description")
_WHOLE = {"column": "whole_columns"}


def limits(request: Request, *, without_choice: str = "") -> Clause:
    """What a hit has to be, whatever its words; `without_choice` leaves a field's choice aside."""
    query = request.query
    wanted: list[Clause] = []
    unwanted: list[Clause] = list(_unseen(request))
    if request.visibility.kinds < {*kinds.names(), COLUMN}:
        wanted.append({"terms": {"facets.kind": sorted(request.visibility.kinds)}})
    for choice in request.choices:
        if choice.is_negated:
            unwanted.append(_chosen(choice))
        elif choice.field != without_choice:
            wanted.append(_chosen(choice))
    wanted += [phrase(text) for text in query.phrases]
    unwanted += [phrase(text) for text in query.excluded_phrases]
    for forms in query.excluded_words:
        unwanted.append(all_of([_form_in_any_field(form) for form in forms]))
    for chosen in query.filters:
        if chosen.field in ("name", "column", "description"):
            clause = _words_of_field(chosen.field, chosen.value, request.is_columns)
            (unwanted if chosen.is_negated else wanted).append(clause)
    wanted += [_group(group, request.is_columns) for group in request.conditions]
    if request.only:
        wanted.append({"terms": {"object_id": request.only}})
        wanted.append({"term": {"kind": "dataset"}})
    if without_choice != DATE_FIELD:
        wanted += [_group(date, request.is_columns) for date in request.dates]
    if not (wanted or unwanted):
        return EVERYTHING
    return {"bool": {"filter": wanted or [EVERYTHING], "must_not": unwanted}}


def matches(request: Request, weighed: Weighing | None) -> Clause:
    """What its words have to be: enough of them, or a whole name; of a question, one of those that
    tell most, which `weighed` knows."""
    query = request.query
    if query.is_browsing or (query.group is not None and not request.must_match):
        return EVERYTHING
    names = [*whole_names(request), whole("whole_columns", query.exact)]
    if is_question(request) and not request.names_only:
        return any_of([*names, telling(weighed)])
    field = near_names if request.names_only else in_any_field
    return any_of([*names, at_least(request.must_match, [field(word) for word in query.needed])])


def telling(weighed: Weighing | None) -> Clause:
    """A word that a question is sought by."""
    return any_of([by_root(word) for word in (weighed.telling if weighed else ())])


def whole_names(request: Request) -> list[Clause]:
    """The query as a whole name of any sort."""
    name = named(request.query.exact, is_column=request.is_columns)
    return [name, whole_path(request), spoken(request.query)]


def whole_path(request: Request) -> Clause:
    """The query as a whole qualified name. That of a column is mostly not stored as one: then it
    is a name of its dataset, a sign, and a name of its own."""
    text = request.query.exact
    qualified = any_of([whole("qualified", path) for path in request.query.paths])
    if not request.is_columns:
        return qualified
    ends = [end for end, sign in enumerate(text[:-1], 1) if sign in (AFTER_QUALIFIED, AFTER_NAME)]
    apart = [
        all_of([whole("of", text[:end]), named(text[end:].strip(), is_column=True)])
        for end in ends[-_MOST_SIGNS:]
    ]
    return any_of([qualified, *apart])


def told_apart(request: Request) -> Clause:
    """Holds always; its clauses are named by their numbers in `marks.marks`, so that the cluster
    tells of each hit which of them it holds."""
    query = request.query
    marks: list[Clause | None] = [
        whole_path(request),
        named(query.exact, is_column=request.is_columns),
        spoken(query),
        whole("whole_columns", query.exact),
    ]
    for word in query.words:
        marks.append(exactly("name", word))
        if word.is_optional:
            marks += [None] * 7
            continue
        marks += [
            in_names(word),
            in_columns(word),
            exactly("place", word),
            stem_in("description", word),
            by_root(word),
            other_names(word),
            other_roots(word),
        ]
    numbered = [
        {"bool": {"filter": [clause], "_name": str(number)}}
        for number, clause in enumerate(marks)
        if clause is not None and clause is not NOTHING
    ]
    return {"bool": {"filter": [EVERYTHING], "should": numbered}}


def changed(when: Changed) -> Clause:
    """Changed last within these limits; what nobody knows the change of, within none."""
    bounds = {"gt": 0}
    bounds |= {} if when.start is None else {"gte": math.ceil(when.start.timestamp())}
    bounds |= {} if when.end is None else {"lt": math.ceil(when.end.timestamp())}
    return {"range": {"changed": bounds}}


def _unseen(request: Request) -> Iterable[Clause]:
    for unseen in request.visibility.unseen:
        if request.is_columns and COLUMN not in unseen.kinds:
            continue
        clauses: list[Clause] = [{"range": {unseen.key: {"gt": unseen.newest}}}]
        for start in range(0, len(unseen.ids), _MOST_TERMS):
            clauses.append({"terms": {unseen.key: unseen.ids[start : start + _MOST_TERMS]}})
        if request.is_columns:
            yield any_of(clauses)
        else:
            yield all_of([{"terms": {"kind": unseen.kinds}}, any_of(clauses)])


def _chosen(choice: Choice) -> Clause:
    values = [value[:MAX_VALUE] for value in choice.values]
    return {"terms": {f"facets.{choice.field}": values}} if values else NOTHING


def _form_in_any_field(form: str) -> Clause:
    return any_of([{"term": {field: unspaced(form)}} for field in _WORD_FIELDS])


def _words_of_field(field: str, value: str, is_columns: bool) -> Clause:
    field = "name" if is_columns and field == "column" else field
    forms = list(dict.fromkeys(stems(value)))
    text = fold(value).strip()
    is_name = field == "name"
    exact = named(text, is_column=is_columns) if is_name else whole(_WHOLE.get(field, field), text)
    if not forms:
        return exact
    return any_of([all_of([{"term": {field: unspaced(form)}} for form in forms]), exact])


def _group(group: Group, is_columns: bool, *, is_excluded: bool = False) -> Clause:
    """A group as a clause. What is excluded is the word itself, and not what begins with it or
    means the same."""
    inner = partial(_group, is_columns=is_columns, is_excluded=is_excluded)
    match group:
        case AllOf(parts):
            return all_of([inner(part) for part in parts]) if parts else EVERYTHING
        case AnyOf(parts):
            return any_of([inner(part) for part in parts])
        case Not(Not(part)):
            return inner(part)
        case Not(AllOf(parts)) if parts:
            return any_of([inner(Not(part)) for part in parts])
        case Not(part):
            # One clause inside another as seldom as can be: a cluster bears thirty.
            parts = part.parts if isinstance(part, AnyOf) else (part,)
            unwanted = [inner(one, is_excluded=not is_excluded) for one in parts]
            return {"bool": {"must_not": unwanted}}
        case Word():
            return _form_in_any_field(group.stem) if is_excluded else in_any_field(group)
        case Phrase(text):
            return phrase(text)
        case Choice():
            return _chosen(group)
        case FieldWords(field, value):
            return _words_of_field(field, value, is_columns)
        case Changed():
            return changed(group)
    raise TypeError(group)
