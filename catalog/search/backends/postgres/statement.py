"""Conditions and expressions of a search in SQL: which rows match, in which band, in what order.

Rows are looked for tier by tier, each tier one index condition that leaves out the tiers before
it; what bands a tier holds all come after those of the tiers before. So a page of good names is
found without reading the thousands of rows that merely mention a word.
"""

# ruff: noqa: S608 - only our own table and column names are formatted in; values never

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.search.answers import Band
from catalog.search.backends.base import Choice, Request, WordMatch
from catalog.search.backends.postgres import conditions, lexemes
from catalog.search.backends.postgres.lexemes import quoted
from catalog.search.query import Filter, Order, ParsedQuery, Word
from catalog.search.registry import COLUMN, kinds
from catalog.search.tokens import fold, stems, tokens

IN_NAME, IN_NAME_PREFIX, IN_COLUMN, IN_PLACE, IN_DESCRIPTION = (1 << bit for bit in range(5))
FIELD_BITS = 5
ANY_FIELD = (1 << FIELD_BITS) - 1
IS_QUALIFIED, IS_NAME, IS_SPOKEN, IS_COLUMN = (1 << bit for bit in range(55, 59))
IS_EXACT = IS_QUALIFIED | IS_NAME | IS_SPOKEN | IS_COLUMN

_FIELD_OF_WORDS = {
    "name": lexemes.NAME,
    "column": lexemes.COLUMN,
    "description": lexemes.DESCRIPTION,
}
_IN_WHOLE_VECTOR = (
    IS_QUALIFIED
    | IS_NAME
    | IS_COLUMN
    | sum(
        (IN_COLUMN | IN_PLACE | IN_DESCRIPTION) << (FIELD_BITS * position) for position in range(10)
    )
)


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


@dataclass(frozen=True, slots=True)
class Tier:
    """Rows to rank together: index conditions that all hold, an SQL expression over `m` that is
    its first sort key, the bits that ranking needs, and how many needed words a row must hold
    where the index conditions alone do not say."""

    parts: tuple[str, ...]
    rank: str
    bits: tuple[tuple[int, str], ...] = ()
    words: int = 0
    is_whole: bool = False  # of whole names, outside the row of ever wider conditions

    @property
    def tsquery(self) -> str:
        """All parts as one condition."""
        return conditions.all_of(self.parts) if len(self.parts) > 1 else "".join(self.parts)


def tiers(request: Request) -> list[Tier]:
    """Best first: whole names, all words of a name and no other, words of names, a whole column
    name, columns and places, descriptions, all words but one, all but two ..."""
    query = request.query
    needed = query.needed
    in_name = tuple(
        (bit, tsquery)
        for bit, says, tsquery in _bits(query)
        if says in (IN_NAME, IN_NAME_PREFIX, IS_SPOKEN)
    )
    is_qualified = (IS_QUALIFIED, quoted(lexemes.QUALIFIED, query.exact))
    every_name = _all_in(IN_NAME, query.words)
    found = [
        Tier(
            (conditions.any_of([quoted(lexemes.WHOLE_NAME, query.exact), is_qualified[1]]),),
            f"CASE WHEN m.mask & {IS_QUALIFIED} <> 0 THEN 0 ELSE 1 END",
            (is_qualified,),
            is_whole=True,
        ),
        Tier((conditions.any_of(_spoken(query)),), "2", in_name, is_whole=True),
        Tier(
            tuple(conditions.in_names(word) for word in needed),
            f"CASE WHEN {every_name} THEN 3 ELSE 4 END",
            in_name,
        ),
    ]
    if not request.names_only:
        any_field = [conditions.in_any_field(word) for word in needed]
        found += [
            Tier((quoted(lexemes.WHOLE_COLUMN, query.exact),), "5", in_name, is_whole=True),
            Tier(tuple(conditions.in_synonyms(word) for word in needed), "6", in_name),
            Tier(tuple(any_field), "7", in_name),
        ]
        for missing in range(1, len(needed) - request.must_match + 1):
            condition, words = conditions.some_of(any_field, len(needed) - missing)
            found.append(Tier((condition,), str(7 + missing), in_name, words))
    # From all words in names to some words anywhere each condition holds what the one before it
    # holds, so that leaving out the last and the whole names leaves out everything before.
    whole: list[str] = []
    last = ""
    apart: list[Tier] = []
    for tier in found:
        if not tier.tsquery:
            continue
        first, *others = tier.parts
        before = [*whole, last] if last else whole
        apart.append(replace(tier, parts=(conditions.without(first, before), *others)))
        if tier.is_whole:
            whole.append(tier.tsquery)
        elif not tier.words:
            last = tier.tsquery
    return apart


def everything(request: Request) -> Tier:
    """All tiers at once: what is counted, and what is ranked by something else than relevance."""
    query = request.query
    fields = [
        conditions.in_names(w) if request.names_only else conditions.in_any_field(w)
        for w in query.needed
    ]
    exact = [
        quoted(code, query.exact)
        for code in (lexemes.WHOLE_NAME, lexemes.QUALIFIED, lexemes.WHOLE_COLUMN)
        if query.exact
    ]
    exact += _spoken(query)
    if fields and request.must_match >= len(fields):
        return Tier(tuple(conditions.any_of([*exact, field]) for field in fields), "0")
    condition, words = conditions.some_of(fields, request.must_match)
    return Tier((conditions.any_of([*exact, condition]),), "0", words=words)


def add_match(
    statement: Statement,
    request: Request,
    tier: Tier | None,
    table: str,
    *,
    is_filtered: bool = True,
) -> None:
    """The condition on `d` that it belongs to a tier (without one, that it exists), may be seen
    and, unless all choices are to be ignored, has what was chosen."""
    chosen, excluded = _chosen(request) if is_filtered else ([], [])
    parts = list(tier.parts) if tier else []
    if excluded:
        first, *others = parts or [_any_kind(request)]
        parts = [conditions.without(first, excluded), *others]
    # One comparison each: the index leaps from one to the next, while what stands in a single
    # comparison is all read to its end.
    wanted = [condition for condition in (*parts, *chosen) if condition]
    for number, condition in enumerate(wanted):
        statement.add(f"{' AND ' if number else ''}d.tokens @@ %s::tsquery", condition)
    if not wanted:
        statement.add("d.profile_id IS NOT NULL")
    if tier is not None and tier.words:
        _add_word_count(statement, request, tier.words)
    _add_constraints(statement, request, table)


def _chosen(request: Request) -> tuple[list[str], list[str]]:
    """What may be seen and was chosen, of which each must hold; and what was excluded, which an
    index finds only beside something that holds."""
    wanted, excluded = [], []
    if _sees_some(request):
        wanted.append(_any_kind(request))
    for choice in request.choices:
        values = [lexemes.facet(choice.field, value) for value in choice.values]
        if choice.is_negated:
            excluded += values
        else:
            # Nothing holds the empty lexeme of a field: who chose no value finds nothing.
            wanted.append(conditions.any_of(values or [quoted(lexemes.FACET, "")]))
    return wanted, excluded


def _any_kind(request: Request) -> str:
    return conditions.any_of(
        [lexemes.facet("kind", kind) for kind in sorted(request.visibility.kinds)]
    )


def add_mask(statement: Statement, bits: Sequence[tuple[int, str]]) -> None:
    """The sum of the bits that hold of `d`, as a bigint."""
    statement.add("(0::bigint")
    for bit, tsquery in bits:
        # The whole vector lies apart from its row and is slow to read; names are at hand.
        column = "tokens" if bit & _IN_WHOLE_VECTOR else "name_tokens"
        statement.add(f" + CASE WHEN d.{column} @@ %s::tsquery THEN {bit} ELSE 0 END", tsquery)
    statement.add(")")


def every_bit(request: Request) -> list[tuple[int, str]]:
    """Everything worth knowing of the rows that are shown."""
    return [(bit, tsquery) for bit, _, tsquery in _bits(request.query)]


def _sees_some(request: Request) -> bool:
    return request.visibility.kinds < {*kinds.names(), COLUMN}


def allowed(request: Request, *, without: str = "") -> Statement:
    """A condition on `p`, the profile: what may be seen and was chosen, but for one field."""
    statement = Statement("true")
    if _sees_some(request):
        statement.add(" AND ")
        _add_has_any(statement, [f"kind:{kind}" for kind in sorted(request.visibility.kinds)])
    for choice in request.choices:
        if choice.field == without and not choice.is_negated:
            continue
        statement.add(" AND NOT (" if choice.is_negated else " AND (")
        _add_has_any(statement, [f"{choice.field}:{value}" for value in choice.values])
        statement.add(")")
    return statement


def sort_expression(request: Request, tier: Tier | None) -> str:
    """What orders hits, smallest first, over `m`."""
    match request.order:
        case Order.NAME:
            return "m.sort_name"
        case Order.USED:
            return "-m.usage"
        case Order.CHANGED:
            return "-coalesce(extract(epoch FROM m.changed_at)::bigint, 0)"
    return relevance(request.query.words, tier.rank if tier else "0")


def relevance(words: Sequence[Word], rank: str) -> str:
    """One number: the tier's rank, then demotion, text, and the rest of what makes a row's
    standing, each capped to its own digits, so that nothing later ever outweighs anything
    earlier."""
    if not words:
        return "m.standing"
    return (
        f"({rank})::bigint * 1000000000"
        f" + (31 - ({_text_score(words)}))::bigint * 1000000 + m.standing"
    )


def band(words: Sequence[Word]) -> str:
    """The band of a row from its mask (see `Band`)."""
    by_name = IN_NAME | IN_NAME_PREFIX
    by_synonym = by_name | IN_COLUMN | IN_PLACE
    return (
        f"CASE WHEN m.mask = 0 THEN {Band.BROWSING:d}"
        f" WHEN m.mask & {IS_QUALIFIED} <> 0 THEN {Band.QUALIFIED_NAME:d}"
        f" WHEN m.mask & {IS_NAME} <> 0 THEN {Band.NAME:d}"
        f" WHEN m.mask & {IS_SPOKEN} <> 0 OR ({_all_in(IN_NAME, words)}) THEN {Band.NAME_WORDS:d}"
        f" WHEN {_all_in(by_name, words)} THEN {Band.NAME_PREFIX:d}"
        f" WHEN m.mask & {IS_COLUMN} <> 0 OR ({_all_in(by_synonym, words)}) THEN {Band.SYNONYM:d}"
        f" WHEN {_all_in(ANY_FIELD, words)} THEN {Band.DESCRIPTION:d}"
        f" ELSE {Band.SOME_WORDS:d} END"
    )


def decoded(mask: int, words: Sequence[Word]) -> tuple[WordMatch, ...]:
    """Where each word was found, from a row's mask."""
    return tuple(
        WordMatch(*(bool(mask >> (FIELD_BITS * position) & 1 << bit) for bit in range(FIELD_BITS)))
        for position in range(len(words))
    )


def _all_in(bits: int, words: Sequence[Word]) -> str:
    """Every needed word has one of these bits."""
    return (
        " AND ".join(
            f"m.mask & {bits << (FIELD_BITS * position)} <> 0"
            for position, word in enumerate(words)
            if not word.is_optional
        )
        or "false"
    )


def _text_score(words: Sequence[Word]) -> str:
    """0 to 31: how well the name fits, saturated: each word in it or at its beginning, the share
    of the name that was asked for, and whether these are all its words in this order."""
    if not words:
        return "0"
    weights, in_name = [], []
    for position in range(len(words)):
        shift = FIELD_BITS * position
        weights.append(
            f"CASE WHEN m.mask & {IN_NAME << shift} <> 0 THEN 15"
            f" WHEN m.mask & {IN_NAME_PREFIX << shift} <> 0 THEN 11 ELSE 0 END"
        )
        by_name = (IN_NAME | IN_NAME_PREFIX) << shift
        in_name.append(f"(m.mask & {by_name} <> 0)::int")
    fit = f"({' + '.join(weights)}) / {len(words)}"
    coverage = f"10 * ({' + '.join(in_name)}) / greatest(m.name_words, {len(words)}, 1)"
    whole = f"CASE WHEN m.mask & {IS_SPOKEN} <> 0 THEN 5 ELSE 0 END"
    return f"least(31, {fit} + {coverage} + {whole})"


def _bits(query: ParsedQuery) -> list[tuple[int, int, str]]:
    """(bit, what it says, tsquery) of everything that can be known of a row."""
    bits = [
        (says << (FIELD_BITS * position), says, tsquery)
        for position, word in enumerate(query.words)
        for says, tsquery in _scans(word)
    ]
    if query.exact:
        bits += [
            (IS_QUALIFIED, IS_QUALIFIED, quoted(lexemes.QUALIFIED, query.exact)),
            (IS_NAME, IS_NAME, quoted(lexemes.WHOLE_NAME, query.exact)),
            (IS_COLUMN, IS_COLUMN, quoted(lexemes.WHOLE_COLUMN, query.exact)),
        ]
    bits += [(IS_SPOKEN, IS_SPOKEN, tsquery) for tsquery in _spoken(query)]
    return bits


def _spoken(query: ParsedQuery) -> list[str]:
    words = fold(" ".join(token.surface for token in tokens(query.exact)))
    return [quoted(lexemes.SPOKEN, words)] if words else []


def _scans(word: Word) -> list[tuple[int, str]]:
    name = (IN_NAME, conditions.exactly(lexemes.NAME, word))
    if word.is_optional:
        return [name]
    return [
        name,
        (IN_NAME_PREFIX, conditions.in_names(word)),
        (IN_COLUMN, conditions.in_columns(word)),
        (IN_PLACE, conditions.exactly(lexemes.PLACE, word)),
        (IN_DESCRIPTION, quoted(lexemes.DESCRIPTION, word.stem)),
    ]


def _add_word_count(statement: Statement, request: Request, count: int) -> None:
    """Counts words row by row; a whole name is enough."""
    query = request.query
    statement.add(" AND (")
    for code in (lexemes.WHOLE_NAME, lexemes.QUALIFIED, lexemes.WHOLE_COLUMN):
        statement.add("d.tokens @@ %s::tsquery OR ", quoted(code, query.exact))
    for tsquery in _spoken(query):
        statement.add("d.tokens @@ %s::tsquery OR ", tsquery)
    for number, word in enumerate(query.needed):
        statement.add(" + " if number else "")
        statement.add("(d.tokens @@ %s::tsquery)::int", conditions.in_any_field(word))
    statement.add(f" >= {count})")


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
    words = " & ".join(quoted(code, form) for form in dict.fromkeys(stems(chosen.value)))
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
