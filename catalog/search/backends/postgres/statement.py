"""The one SQL statement of a search: candidates by word and field, bands, filters, counts.

For each word and field one index scan yields rows with a bit; grouping a row's bits says which
words matched where, which is everything the ranking needs. No row's text is read for it.
"""

# ruff: noqa: S608 - only our own table and column names are formatted in; values never

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.search.answers import Band
from catalog.search.backends.base import Choice, Request, WordMatch
from catalog.search.backends.postgres import lexemes
from catalog.search.backends.postgres.lexemes import quoted
from catalog.search.query import Filter, Order, Word
from catalog.search.tokens import fold, stems, tokens

IN_NAME, IN_NAME_PREFIX, IN_COLUMN, IN_PLACE, IN_DESCRIPTION = (1 << bit for bit in range(5))
FIELD_BITS = 5
ANY_FIELD = (1 << FIELD_BITS) - 1
IS_QUALIFIED, IS_NAME, IS_SPOKEN, IS_COLUMN = (1 << bit for bit in range(55, 59))
IS_EXACT = IS_QUALIFIED | IS_NAME | IS_SPOKEN | IS_COLUMN

_MIN_PREFIX = 2  # characters typed before a name is found by its beginning
_MIN_COLUMN_PREFIX = 3  # columns are many: `id` must not mean `idle_time`
_FIELD_OF_WORDS = {
    "name": lexemes.NAME,
    "column": lexemes.COLUMN,
    "description": lexemes.DESCRIPTION,
}
_RANKED = "id, profile_id, is_demoted, importance, name_words, kind_rank"


@dataclass
class Statement:
    """SQL text with its parameters in order."""

    sql: str = ""
    parameters: list[Any] = field(default_factory=list)

    def add(self, sql: str, *parameters: Any) -> Statement:
        """Append text and what its placeholders take."""
        self.sql += sql
        self.parameters += parameters
        return self


def matching(request: Request, table: str, *, names_only: bool = False) -> Statement:
    """The common table expression `m`: (ranked columns, mask) of each row that matches,
    whatever the facet choices."""
    query = request.query
    branches = [] if query.is_browsing else _branches(request, names_only)
    needed = [
        f"(mask & {ANY_FIELD << (FIELD_BITS * position)} <> 0)::int"
        for position, word in enumerate(query.words)
        if not word.is_optional
    ]
    statement = Statement("WITH m AS MATERIALIZED (")
    if query.is_browsing:
        statement.add(f"SELECT {_RANKED}, 0::bigint AS mask FROM {table} d WHERE true")
    else:
        statement.add(f"SELECT {_RANKED}, mask FROM (SELECT {_RANKED}, bit_or(bit) AS mask FROM (")
        for number, (bit, tsquery) in enumerate(branches):
            statement.add(
                f"{' UNION ALL ' if number else ''}SELECT {_RANKED}, {bit}::bigint AS bit"
                f" FROM {table} WHERE tokens @@ %s::tsquery",
                tsquery,
            )
        enough = f"{' + '.join(needed)} >= {request.must_match}" if needed else "false"
        statement.add(f") found GROUP BY {_RANKED}) d WHERE (mask & {IS_EXACT} <> 0 OR {enough})")
    statement.add(" AND profile_id IS NOT NULL")
    _add_constraints(statement, request, table)
    return statement.add(")")


def allowed(request: Request, *, without: str = "") -> Statement:
    """A condition on `p`, the profile: what may be seen and was chosen, but for one field."""
    statement = Statement()
    _add_has_any(statement, [f"kind:{kind}" for kind in sorted(request.visibility.kinds)])
    for choice in request.choices:
        if choice.field == without and not choice.is_negated:
            continue
        statement.add(" AND NOT (" if choice.is_negated else " AND (")
        _add_has_any(statement, [f"{choice.field}:{value}" for value in choice.values])
        statement.add(")")
    return statement


def sort_expression(request: Request) -> str:
    """What orders hits, smallest first, over `m` joined with its row `d`."""
    match request.order:
        case Order.NAME:
            return "d.sort_name"
        case Order.USED:
            return "-d.usage"
        case Order.CHANGED:
            return "-coalesce(extract(epoch FROM d.changed_at)::bigint, 0)"
    return f"({relevance(request.query.words)})"


def relevance(words: Sequence[Word]) -> str:
    """One number: band, then demotion, text, importance, shortness and kind, each capped to its
    own digits, so that nothing later ever outweighs anything earlier."""
    return (
        f"({band(words)})::bigint * 1000000000"
        " + m.is_demoted::int * 100000000"
        f" + (31 - {_text_score(words)})::bigint * 1000000"
        " + (20 - least(m.importance, 100) / 5)::bigint * 10000"
        " + least(m.name_words, 99) * 100 + least(m.kind_rank, 99)"
    )


def band(words: Sequence[Word]) -> str:
    """The band of a row from its mask (see `Band`)."""
    count = [position for position, word in enumerate(words) if not word.is_optional]

    def all_in(bits: int) -> str:
        return (
            " AND ".join(f"m.mask & {bits << (FIELD_BITS * position)} <> 0" for position in count)
            or "false"
        )

    by_name = IN_NAME | IN_NAME_PREFIX
    by_synonym = by_name | IN_COLUMN | IN_PLACE
    return (
        f"CASE WHEN m.mask = 0 THEN {Band.BROWSING:d}"
        f" WHEN m.mask & {IS_QUALIFIED} <> 0 THEN {Band.QUALIFIED_NAME:d}"
        f" WHEN m.mask & {IS_NAME} <> 0 THEN {Band.NAME:d}"
        f" WHEN m.mask & {IS_SPOKEN} <> 0 OR ({all_in(IN_NAME)}) THEN {Band.NAME_WORDS:d}"
        f" WHEN {all_in(by_name)} THEN {Band.NAME_PREFIX:d}"
        f" WHEN m.mask & {IS_COLUMN} <> 0 OR ({all_in(by_synonym)}) THEN {Band.SYNONYM:d}"
        f" WHEN {all_in(ANY_FIELD)} THEN {Band.DESCRIPTION:d}"
        f" ELSE {Band.SOME_WORDS:d} END"
    )


def decoded(mask: int, words: Sequence[Word]) -> tuple[WordMatch, ...]:
    """Where each word was found, from a row's mask."""
    return tuple(
        WordMatch(*(bool(mask >> (FIELD_BITS * position) & 1 << bit) for bit in range(FIELD_BITS)))
        for position in range(len(words))
    )


def _text_score(words: Sequence[Word]) -> str:
    """0 to 30: how well the words fit, saturated: a weight for the best field of each word, the
    share of the name that was asked for, and whole names."""
    if not words:
        return "0"
    weights, in_name = [], []
    for position in range(len(words)):
        shift = FIELD_BITS * position
        weights.append(
            f"CASE WHEN m.mask & {IN_NAME << shift} <> 0 THEN 15"
            f" WHEN m.mask & {IN_NAME_PREFIX << shift} <> 0 THEN 11"
            f" WHEN m.mask & {IN_COLUMN << shift} <> 0 THEN 7"
            f" WHEN m.mask & {IN_PLACE << shift} <> 0 THEN 5"
            f" WHEN m.mask & {IN_DESCRIPTION << shift} <> 0 THEN 3 ELSE 0 END"
        )
        by_name = (IN_NAME | IN_NAME_PREFIX) << shift
        in_name.append(f"(m.mask & {by_name} <> 0)::int")
    fit = f"({' + '.join(weights)}) / {len(words)}"
    coverage = f"10 * ({' + '.join(in_name)}) / greatest(m.name_words, {len(words)}, 1)"
    whole = f"CASE WHEN m.mask & {IS_SPOKEN | IS_COLUMN} <> 0 THEN 5 ELSE 0 END"
    return f"({fit} + {coverage} + {whole})"


def _branches(request: Request, names_only: bool) -> list[tuple[int, str]]:
    """(bit, tsquery) of every index scan."""
    query = request.query
    branches: list[tuple[int, str]] = []
    every_word = ""
    needed = query.needed
    if needed and (names_only or request.must_match == len(needed)):
        fields = _in_names if names_only else _in_any_field
        every_word = " & ".join(fields(word) for word in needed)
    for position, word in enumerate(query.words):
        shift = FIELD_BITS * position
        for bit, tsquery in _scans(word, names_only):
            branches.append(
                (bit << shift, f"({tsquery}) & {every_word}" if every_word else tsquery)
            )
    if query.exact:
        spoken = fold(" ".join(token.surface for token in tokens(query.exact)))
        branches += [
            (IS_QUALIFIED, quoted(lexemes.QUALIFIED, query.exact)),
            (IS_NAME, quoted(lexemes.WHOLE_NAME, query.exact)),
        ]
        if spoken:
            branches.append((IS_SPOKEN, quoted(lexemes.SPOKEN, spoken)))
        if not names_only:
            branches.append((IS_COLUMN, quoted(lexemes.WHOLE_COLUMN, query.exact)))
    return branches


def _scans(word: Word, names_only: bool) -> list[tuple[int, str]]:
    scans = [(IN_NAME, _exactly(lexemes.NAME, word))]
    if word.is_optional:
        return scans
    if len(word.surface) >= _MIN_PREFIX:
        scans.append((IN_NAME_PREFIX, quoted(lexemes.NAME, word.surface, is_prefix=True)))
    if names_only:
        return scans
    return [
        *scans,
        (IN_COLUMN, _in_columns(word)),
        (IN_PLACE, _exactly(lexemes.PLACE, word)),
        (IN_DESCRIPTION, quoted(lexemes.DESCRIPTION, word.stem)),
    ]


def _exactly(field_code: str, word: Word) -> str:
    return " | ".join(quoted(field_code, form) for form in dict.fromkeys((word.stem, word.surface)))


def _in_columns(word: Word) -> str:
    exactly = _exactly(lexemes.COLUMN, word)
    if len(word.surface) < _MIN_COLUMN_PREFIX:
        return exactly
    return f"{exactly} | {quoted(lexemes.COLUMN, word.surface, is_prefix=True)}"


def _in_names(word: Word) -> str:
    return "(" + " | ".join(tsquery for _, tsquery in _scans(word, names_only=True)) + ")"


def _in_any_field(word: Word) -> str:
    return "(" + " | ".join(tsquery for _, tsquery in _scans(word, names_only=False)) + ")"


def _add_constraints(statement: Statement, request: Request, table: str) -> None:
    """Phrases, exclusions, words of named fields, and what is visible only in part."""
    query = request.query
    for text in query.phrases:
        statement.add(
            f" AND EXISTS (SELECT 1 FROM {table} t WHERE t.id = d.id"
            " AND strpos(t.phrases, %s) > 0)",
            text,
        )
    for text in query.excluded_phrases:
        statement.add(
            f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = d.id"
            " AND strpos(t.phrases, %s) > 0)",
            text,
        )
    for forms in query.excluded_words:
        _add_membership(
            statement,
            table,
            " & ".join(
                "(" + " | ".join(quoted(code, form) for code in "ncqd") + ")" for form in forms
            ),
            is_negated=True,
        )
    for chosen in query.filters:
        if chosen.field in _FIELD_OF_WORDS:
            tsquery = _words_of_field(chosen, request.is_columns)
            _add_membership(statement, table, tsquery, is_negated=chosen.is_negated)
    _add_partial_visibility(statement, request, table)


def _words_of_field(chosen: Filter, is_columns: bool) -> str:
    code = _FIELD_OF_WORDS[chosen.field]
    if is_columns and chosen.field == "column":
        code = lexemes.NAME
    whole = {lexemes.NAME: lexemes.WHOLE_NAME, lexemes.COLUMN: lexemes.WHOLE_COLUMN}
    words = " & ".join(quoted(code, form) for form in stems(chosen.value))
    exact = quoted(whole.get(code, code), fold(chosen.value))
    return f"({words}) | {exact}" if words else exact


def _add_membership(statement: Statement, table: str, tsquery: str, *, is_negated: bool) -> None:
    statement.add(
        f" AND d.id {'NOT ' if is_negated else ''}IN"
        f" (SELECT id FROM {table} WHERE tokens @@ %s::tsquery)",
        tsquery,
    )


def _add_partial_visibility(statement: Statement, request: Request, table: str) -> None:
    for kind, restriction in sorted(request.visibility.partial.items()):
        inner, parameters = restriction.keys.query.sql_with_params()
        statement.add(
            f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = d.id AND t.kind = %s"
            f" AND t.{restriction.key} NOT IN ({inner}))",
            kind,
            *parameters,
        )


def _add_has_any(statement: Statement, pairs: Sequence[str]) -> None:
    """The profile holds one of the (field:value) pairs."""
    fields = [pair.partition(":")[0] for pair in pairs]
    values = [pair.partition(":")[2] for pair in pairs]
    statement.add(
        "p.terms && ARRAY(SELECT t.id::int FROM catalog_searchterm t"
        " JOIN unnest(%s::text[], %s::text[]) AS wanted(field, value)"
        " ON t.field = wanted.field AND t.value = wanted.value)",
        fields,
        values,
    )


def wanted_profiles(choices: Sequence[Choice]) -> frozenset[str]:
    """The fields in which something was chosen (and not excluded)."""
    return frozenset(choice.field for choice in choices if not choice.is_negated)
