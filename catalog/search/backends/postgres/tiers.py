"""Which rows are ranked together, and what orders them.

Rows are looked for tier by tier, each tier one index condition that leaves out the tiers before
it; what bands a tier holds all come after those of the tiers before. So a page of good names is
found without reading the thousands of rows that merely mention a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.search.backends.base import Request
from catalog.search.backends.postgres import conditions, lexemes, weighing
from catalog.search.backends.postgres.lexemes import quoted
from catalog.search.backends.postgres.marks import (
    BITS,
    IN_NAME,
    IN_NAME_PREFIX,
    IS_NAME,
    IS_QUALIFIED,
    IS_SPOKEN,
    MAX_MARKED,
    all_in,
    name_bits,
    spoken,
    whole_path,
)
from catalog.search.backends.postgres.statement import Statement
from catalog.search.backends.postgres.weighing import Weighing
from catalog.search.query import Order, Word
from catalog.search.registry import sentence_kinds

_NUMBERS = re.compile(r"[0-9]+")
_TIER, _DEMOTED, _TEXT = 10**12, 10**11, 10**7  # each has its own digits of the key
_MAX_TEXT = 9_999
_STEPS = 400  # of how well a text fits: what is nearly as good is a tie, and use breaks it
_NAMED = 31  # the most that a fitting name adds


@dataclass(frozen=True, slots=True)
class Tier:
    """Rows to rank together: index conditions that all hold, an SQL expression over `m` that is
    its first sort key and ends with the last rank, the bits that ranking needs, and whether texts
    are compared."""

    parts: tuple[str, ...]
    rank: str
    bits: tuple[tuple[int, str], ...] = ()
    is_text: bool = False
    is_whole: bool = False  # of whole names, outside the row of ever wider conditions

    @property
    def tsquery(self) -> str:
        """All parts as one condition."""
        parts = [part for part in self.parts if part]
        return conditions.all_of(parts) if len(parts) > 1 else "".join(parts)

    @property
    def beyond(self) -> int:
        """A key after those of all its rows that are ranked, and before the next tier."""
        return int(_NUMBERS.findall(self.rank)[-1]) * _TIER + _TIER // 2


def tiers(request: Request, weighed: Weighing | None) -> list[Tier]:
    """Best first: whole names, all words of a name and no other, words of names, a whole column
    name, words of names or others for them, columns and places, descriptions, all words but one,
    all but two ...; of a question, what has the words that tell most. `weighed` is needed for a
    question only."""
    found = [*_whole_names(request), *_by_words(request)]
    if not request.names_only:
        found += _some_words(request, weighed)
    # From all words in names to some words anywhere each condition holds what the one before it
    # holds, so that leaving out the last and the whole names leaves out everything before.
    whole: list[str] = []
    last = ""
    apart: list[Tier] = []
    for tier in found:
        if not any(tier.parts) and not request.conditions:
            continue
        before = [*whole, last] if last else whole
        apart.append(_without(tier, before))
        if tier.is_whole:
            whole.append(tier.tsquery)
        elif tier.parts:
            last = tier.tsquery
    return apart


def everything(request: Request, weighed: Weighing | None) -> tuple[str, ...]:
    """All tiers at once: what is counted, and what is ranked by something else than relevance."""
    query = request.query
    if query.is_browsing or (query.group is not None and not request.must_match):
        return ()
    exact = [
        quoted(code, query.exact)
        for code in (lexemes.WHOLE_NAME, lexemes.WHOLE_COLUMN)
        if query.exact
    ]
    exact += [whole_path(query), spoken(query)]
    if weighing.is_question(request) and not request.names_only:
        return (conditions.any_of([*exact, *_telling(weighed)]),)
    fields = [
        conditions.near_names(word) if request.names_only else conditions.in_any_field(word)
        for word in query.needed
    ]
    if fields and request.must_match >= len(fields):
        return tuple(conditions.any_of([*exact, field]) for field in fields)
    return (conditions.any_of([*exact, conditions.at_least(request.must_match, fields)]),)


def is_weighed(request: Request, tier: Tier) -> bool:
    """Whether words are counted for this tier: one word alone weighs what it weighs."""
    return tier.is_text and len(request.query.needed) > 1 and not request.is_columns


def sort_key(request: Request, tier: Tier | None, weighed: Weighing | None) -> Statement:
    """What orders hits, smallest first, over `m`."""
    match request.order:
        case Order.NAME:
            return Statement("m.sort_name")
        case Order.USED:
            return Statement("-m.usage")
        case Order.CHANGED:
            # Whole seconds, as a cluster keeps them; a cast alone would round half of them up.
            return Statement("-coalesce(floor(extract(epoch FROM m.changed_at))::bigint, 0)")
    if tier is None or not request.query.words:
        return Statement("m.standing")
    named = _name_score(request.query.words)
    if weighed is None:
        # Tier, demotion, name, and the rest of what makes a row's standing, each capped to its own
        # digits, so that nothing later ever outweighs anything earlier.
        return Statement(
            f"({tier.rank})::bigint * {_TIER} + (m.standing / 100000000) * {_DEMOTED}"
            f" + ({_MAX_TEXT} - ({named}))::bigint * {_TEXT} + mod(m.standing, 100000000)"
        )
    text = _text_score(weighed)
    if weighing.is_question(request):
        named = "0"
    return Statement(f"({tier.rank})::bigint * {_TIER} + ({_MAX_TEXT} - (").add(
        f"round({_STEPS} * {text.sql} / CASE WHEN m.standing < 100000000 THEN 1 ELSE 2 END)::int"
        f" + ({named})))::bigint * {_TEXT}"
        # What is current comes first of what fits as well; standing leaves room for that below.
        f" + (m.standing / 100000000) * {_TEXT // 2} + mod(m.standing, 100000000)",
        *text.parameters,
    )


def _whole_names(request: Request) -> list[Tier]:
    query = request.query
    if not query.exact:
        return []
    is_qualified = (IS_QUALIFIED, whole_path(query))
    is_name = (IS_NAME, quoted(lexemes.WHOLE_NAME, query.exact))
    whole = conditions.any_of([is_qualified[1], is_name[1], spoken(query)])
    return [
        Tier(
            (whole,),
            f"CASE WHEN m.mask & {IS_QUALIFIED} <> 0 THEN 0 WHEN m.mask & {IS_NAME} <> 0 THEN 1"
            " ELSE 2 END",
            (is_qualified, is_name, *name_bits(query)),
            is_whole=True,
        )
    ]


def _by_words(request: Request) -> list[Tier]:
    """All words in names, then others for them, then also in columns, then anywhere."""
    query = request.query
    needed = query.needed
    if not needed or len(query.words) > MAX_MARKED or weighing.is_question(request):
        return []
    in_name = tuple(name_bits(query))
    every_name = all_in(IN_NAME, query.words)
    # Words of a sentence are a text, unless names alone are looked through.
    named = () if request.names_only else (_no_sentence(),)
    found = [
        Tier(
            (*(conditions.in_names(word) for word in needed), *named),
            f"CASE WHEN {every_name} THEN 3 ELSE 4 END",
            in_name,
        ),
    ]
    others = []
    if any(word.others for word in needed):
        near = (*(conditions.near_names(word) for word in needed), *named)
        others.append(Tier(near, "6", in_name))
    if request.names_only:
        return [*found, *others]
    if query.exact:
        whole = quoted(lexemes.WHOLE_COLUMN, query.exact)
        found.append(Tier((whole,), "5", in_name, is_whole=True))
    return [
        *found,
        *others,
        Tier(
            (*(conditions.in_synonyms(word) for word in needed), *named),
            "7",
            in_name,
            is_text=True,
        ),
        Tier(tuple(conditions.in_any_field(word) for word in needed), "8", in_name, is_text=True),
    ]


def _no_sentence() -> str:
    """A condition that the name of a row is no sentence."""
    sentences = [lexemes.facet("kind", kind) for kind in sentence_kinds()]
    return f"!({conditions.any_of(sentences)})" if sentences else ""


def _some_words(request: Request, weighed: Weighing | None) -> list[Tier]:
    """What has not every word."""
    needed = request.query.needed
    in_name = tuple(name_bits(request.query)) if len(request.query.words) <= MAX_MARKED else ()
    if not request.must_match:
        return [Tier((), "9", in_name, is_text=True)] if request.query.group is not None else []
    if weighing.is_question(request):
        return [Tier((conditions.any_of(_telling(weighed)),), "9", in_name, is_text=True)]
    fields = [conditions.in_any_field(word) for word in needed]
    return [
        Tier(
            (conditions.at_least(len(needed) - missing, fields),),
            str(8 + missing),
            in_name,
            is_text=True,
        )
        for missing in range(1, len(needed) - request.must_match + 1)
    ]


def _telling(weighed: Weighing | None) -> list[str]:
    words = weighed.telling if weighed else ()
    # Nothing holds the empty root: a question whose words nobody wrote finds nothing.
    return [conditions.by_root(word) for word in words] or [quoted(lexemes.ROOT, "")]


def _without(tier: Tier, before: Sequence[str]) -> Tier:
    if not before:
        return tier
    if not tier.parts:
        return replace(tier, parts=(f"!({conditions.any_of(before)})",))
    first, *others = tier.parts
    return replace(tier, parts=(conditions.without(first, before), *others))


def _name_score(words: Sequence[Word]) -> str:
    """0 to 31: how well the name fits, saturated: each word in it or at its beginning, the share
    of the name that was asked for, and whether these are all its words in this order."""
    words = words[:MAX_MARKED]
    if not words:
        return "0"
    needed = sum(not word.is_optional for word in words)
    weights, in_name = [], []
    for position in range(len(words)):
        shift = BITS * position
        weights.append(
            f"CASE WHEN m.mask & {IN_NAME << shift} <> 0 THEN 15"
            f" WHEN m.mask & {IN_NAME_PREFIX << shift} <> 0 THEN 11 ELSE 0 END"
        )
        by_name = (IN_NAME | IN_NAME_PREFIX) << shift
        in_name.append(f"(m.mask & {by_name} <> 0)::int")
    fit = f"({' + '.join(weights)}) / {len(words)}"
    coverage = f"10 * ({' + '.join(in_name)}) / greatest(m.name_words, {needed}, 1)"
    whole = f"CASE WHEN m.mask & {IS_SPOKEN} <> 0 THEN 5 ELSE 0 END"
    return f"least({_NAMED}, {fit} + {coverage} + {whole})"


def _text_score(weighed: Weighing) -> Statement:
    """0 to 1: what the words weigh that the text of `m` has, as a share of all."""
    score = Statement("least(1, (0")
    for word, weight in weighed.weights:
        if weight > 0:
            score.add(
                " + %s * coalesce((m.roots -> %s)::float8, 0)"
                " / (coalesce((m.roots -> %s)::float8, 0) + m.norm)",
                weight,
                word.root,
                word.root,
            )
    return score.add(") / %s)", weighed.most)
