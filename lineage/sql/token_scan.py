"""The last resort: table names after FROM, JOIN and INTO, for text that has no tree."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, tokens

TOKEN_SCAN_CONFIDENCE = 0.2

_SOURCE_WORDS = frozenset({"FROM", "JOIN", "USING"})
_TARGET_WORDS = frozenset({"INTO", "OVERWRITE", "UPDATE"})
_SKIPPED = words("ONLY TABLE LATERAL IF NOT EXISTS LOCAL GLOBAL")
_NOT_NAMES = words(
    "SELECT VALUES UNNEST SET WHERE ON AND OR AS IS NULL GROUP ORDER LIMIT WITH NOWAIT "
    "SKIP DISTINCT ALL CURRENT_DATE CURRENT_TIMESTAMP"
)
_CREATED = frozenset({"TABLE", "VIEW"})
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
    sources: dict[tuple[str, ...], None] = {}
    targets: dict[tuple[str, ...], None] = {}
    ctes = _cte_names(found, rules)
    verb = found[0].word if found else ""
    functions: list[str] = []
    in_from: list[bool] = [False]
    for index, token in enumerate(found):
        word = token.word
        if token.text == "(":
            functions.append(found[index - 1].word if index else "")
            in_from.append(False)
        elif token.text == ")" and functions:
            functions.pop()
            in_from.pop()
        follows_comma = token.text == "," and in_from[-1]
        if word in _SOURCE_WORDS or follows_comma:
            if functions and functions[-1] in _VALUE_FUNCTIONS:
                continue
            name = _name_at(found, index + 1, rules)
            if name and name not in ctes:
                into = targets if verb == "DELETE" and not targets and word == "FROM" else sources
                into[name] = None
            in_from[-1] = word != "USING"
        elif word in _TARGET_WORDS or (word in _CREATED and verb == "CREATE" and not targets):
            if word == "UPDATE" and index > 0:
                continue
            name = _name_at(found, index + 1, rules)
            if name:
                targets[name] = None
        elif word in ("WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "SELECT", "SET"):
            in_from[-1] = False
    return Scanned(verb, tuple(sources), tuple(targets))


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


def _name_at(found: list[Token], index: int, rules: DialectRules) -> tuple[str, ...]:
    while index < len(found) and (found[index].word in _SKIPPED or found[index].text == "("):
        index += 1
    parts: list[str] = []
    while index < len(found):
        token = found[index]
        if token.kind not in (Kind.WORD, Kind.QUOTED) or token.word in _NOT_NAMES:
            return ()
        parts.append(rules.table(token.name, token.kind is Kind.QUOTED))
        index += 1
        if index < len(found) and found[index].text == ".":
            index += 1
            continue
        break
    if (
        index < len(found)
        and found[index].text == "("
        and found[index].start == found[index - 1].end
    ):
        return () if found[index - 1].word else tuple(parts)
    return tuple(part for part in parts if part)
