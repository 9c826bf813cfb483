"""The last resort: table names after FROM, JOIN and INTO, for text that has no tree."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, tokens

TOKEN_SCAN_CONFIDENCE = 0.2

_TARGET_WORDS = frozenset({"INTO", "OVERWRITE"})
_HEADER_WORDS = 8
_CLAUSE_WORDS = words("WHERE GROUP ORDER HAVING LIMIT UNION SELECT SET VALUES")
_OTHER_VERBS = words("GRANT REVOKE DENY SHOW SET COMMENT USE DROP TRUNCATE VACUUM ANALYZE")
_SKIPPED = words("ONLY TABLE LATERAL IF NOT EXISTS LOCAL GLOBAL")
_NOT_NAMES = words(
    "SELECT VALUES UNNEST SET WHERE ON AND OR AS IS NULL GROUP ORDER LIMIT WITH NOWAIT SKIP "
    "DISTINCT ALL FROM JOIN INTO USING LEFT RIGHT INNER OUTER FULL CROSS NATURAL HAVING UNION "
    "CURRENT_DATE CURRENT_TIMESTAMP"
)
_CREATED = frozenset({"TABLE", "VIEW"})
_CHANGES = words("UPDATE DELETE")
_INTO_OPTIONAL = words("INSERT MERGE")
_BEFORE_INTO = 6
"""Words that may stand before INTO, such as ``WITH SCHEMA EVOLUTION``."""
_OPTIONS = words("ALL FIRST OR TOP WHEN IGNORE WITH")
_VALUE_FUNCTIONS = words("EXTRACT TRIM SUBSTRING OVERLAY POSITION")


@dataclass(frozen=True, slots=True)
class Scanned:
    """Names in order of appearance, folded, each as its parts. ``first_word`` is the verb."""

    first_word: str
    sources: tuple[tuple[str, ...], ...]
    targets: tuple[tuple[str, ...], ...]


def token_scan(sql: str, rules: DialectRules) -> Scanned:
    """Guesses the tables of a statement that could not be parsed. Never fails."""
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    verb = found[0].word if found else ""
    if verb in _OTHER_VERBS:
        return Scanned(verb, (), ())
    sources: dict[tuple[str, ...], None] = {}
    targets: dict[tuple[str, ...], None] = {}
    ctes = _cte_names(found, rules)
    brackets: list[_Bracket] = [_Bracket()]
    start = _after_with(found) if verb == "WITH" else 0
    verb = found[start].word if found else ""
    for index, token in enumerate(found):
        word = token.word
        if token.text == "(":
            brackets.append(_Bracket(found[index - 1].word if index else ""))
        elif token.text == ")" and len(brackets) > 1:
            brackets.pop()
        inside = brackets[-1]
        if _names_target(found, index - start, index, verb):
            name = _name_at(found, index + 1, rules, written=True)
            if name:
                targets[name] = None
        elif _names_source(found, index, verb, inside):
            name = _name_at(found, index + 1, rules)
            if name and name not in ctes:
                sources[name] = None
            inside.lists_sources = word != "USING"
        elif word in _CLAUSE_WORDS:
            inside.lists_sources = False
    return Scanned(found[0].word if found else "", tuple(sources), tuple(targets))


@dataclass(slots=True)
class _Bracket:
    """What an open bracket belongs to, and whether a comma in it separates tables."""

    function: str = ""
    lists_sources: bool = False


def _names_source(found: list[Token], index: int, verb: str, inside: _Bracket) -> bool:
    token = found[index]
    word = token.word
    if token.text == ",":
        return inside.lists_sources
    if word == "FROM":
        compares = index > 0 and found[index - 1].word == "DISTINCT"
        return not compares and inside.function not in _VALUE_FUNCTIONS
    if word == "USING":
        opens = index + 1 < len(found) and found[index + 1].text == "("
        return verb in ("MERGE", "DELETE") and not opens
    return word == "JOIN"


def _names_target(found: list[Token], place: int, index: int, verb: str) -> bool:
    """``place`` counts from the verb."""
    word = found[index].word
    if place == 0:
        return word == "UPDATE" or (word in _INTO_OPTIONAL and _omits_into(found, index))
    if word == "FROM":
        return verb == "DELETE" and place == 1
    if word in _CREATED:
        return verb == "CREATE" and place < _HEADER_WORDS
    return word in _TARGET_WORDS


def _omits_into(found: list[Token], index: int) -> bool:
    """``INSERT t`` and ``MERGE t``, which T-SQL and BigQuery write as well."""
    following = [token.word for token in found[index + 1 : index + 1 + _BEFORE_INTO]]
    return not _TARGET_WORDS & {*following} and following[:1] not in ([w] for w in _OPTIONS)


def _after_with(found: list[Token]) -> int:
    """The index of what follows the common table expressions."""
    depth = 0
    for index, token in enumerate(found):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.word in _CHANGES:
            return index
    return 0


def _cte_names(found: list[Token], rules: DialectRules) -> set[tuple[str, ...]]:
    """``name AS (``, which is how a WITH clause introduces its names."""
    names: set[tuple[str, ...]] = set()
    if not any(token.word == "WITH" for token in found):
        return names
    for index, token in enumerate(found[:-2]):
        opens = found[index + 1].word == "AS" and found[index + 2].text == "("
        if opens and token.kind in (Kind.WORD, Kind.QUOTED):
            names.add((rules.table(token.name, token.kind is Kind.QUOTED),))
    return names


def _name_at(
    found: list[Token], index: int, rules: DialectRules, written: bool = False
) -> tuple[str, ...]:
    while index < len(found) and (found[index].word in _SKIPPED or found[index].text == "("):
        index += 1
    parts: list[str] = []
    while index < len(found):
        token = found[index]
        if token.kind not in (Kind.WORD, Kind.QUOTED) or token.word in _NOT_NAMES:
            return ()
        parts += rules.path(token.name, token.kind is Kind.QUOTED)
        index += 1
        if index < len(found) and found[index].text == ".":
            index += 1
            continue
        break
    touches = index < len(found) and found[index].start == found[index - 1].end
    if touches and found[index].text == "(" and not written:
        return ()  # a function of rows, not a table
    if touches and found[index].text == "/" and parts[0].startswith("@"):
        parts[-1] += _path_at(found, index)
    return tuple(part for part in parts if part)


def _path_at(found: list[Token], index: int) -> str:
    """The path inside a stage, up to what does not touch it or ends a list."""
    path = ""
    while index < len(found) and found[index].start == found[index - 1].end:
        if found[index].text in ("(", ")", ",", ";"):
            break
        path += found[index].text
        index += 1
    return path
