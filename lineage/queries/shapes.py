"""One fingerprint for all texts of one shape: literals, layout and comments do not count.

The shape is the tree that sqlglot makes of the masked text, written out in one way. A text that
has no tree is known by its tokens.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from lineage.queries.masking import TEXT, ZERO, mask
from lineage.sql.analysis import statements_of
from lineage.sql.dialects import DialectRules, dialect_of, rules_of
from lineage.sql.fingerprint import token_fingerprint
from lineage.sql.lexer import Kind, Token, tokens
from lineage.sql.parsing.parse import parse

MOST_STATEMENTS = 200
"""Statements of one text that are parsed; a longer script is known by its tokens."""
MOST_CHARACTERS = 100_000
"""Characters of a masked text that are kept."""
_REMEMBERED = 20_000
_LONG = 10_000
"""Characters of a text that is not remembered, so that memory stays bounded."""
_FOLDED = (exp.In, exp.Tuple, exp.Array)
_SIZED = (exp.DataTypeParam, exp.Group, exp.Ordered)


@dataclass(frozen=True, slots=True)
class Shape:
    """``fingerprint`` has 32 hexadecimal digits; ``text`` is the masked statement."""

    fingerprint: str
    text: str
    is_parsed: bool


_recent: OrderedDict[tuple[str, str], Shape] = OrderedDict()


def shape_of(sql: str, dialect: str) -> Shape:
    """The shape of a text in a platform's dialect.

    Texts that differ only in compared literals and layout are recognized by their tokens before
    anything is parsed, so that a statement that runs a million times is parsed once.
    """
    rules = rules_of(dialect_of(dialect))
    found = tokens(sql, rules)
    key = (dialect, token_fingerprint(found, rules))
    known = _recent.get(key)
    if known is not None:
        _recent.move_to_end(key)
        return known
    shape = _shape(sql, found, rules)
    if len(shape.text) <= _LONG:
        _recent[key] = shape
    if len(_recent) > _REMEMBERED:
        _recent.popitem(last=False)
    return shape


def _shape(sql: str, found: Sequence[Token], rules: DialectRules) -> Shape:
    for number in ("?", ZERO):
        text = mask(sql, rules, number=number, found=found)
        canonical = _canonical(text, rules) if len(text) <= MOST_CHARACTERS else None
        if canonical is not None:
            return Shape(_digest("tree", rules.name, canonical), text, True)
    return _without_tree(sql, rules)


def shape_without_tree(sql: str, dialect: str) -> Shape:
    """The shape by tokens alone."""
    return _without_tree(sql, rules_of(dialect_of(dialect)))


def _without_tree(sql: str, rules: DialectRules) -> Shape:
    text = mask(sql, rules, cautious=True)
    return Shape(_digest("words", rules.name, _words(text, rules)), text[:MOST_CHARACTERS], False)


def _digest(*said: str) -> str:
    whole = "\x00".join(said)
    return blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _words(text: str, rules: DialectRules) -> str:
    return "\x00".join(
        token.text.lower() if token.kind is Kind.WORD else token.text
        for token in tokens(text, rules)
    )


def _canonical(text: str, rules: DialectRules) -> str | None:
    """The statements written out in one way; None where one of them has no tree."""
    pieces = statements_of(text, rules)
    if not pieces or len(pieces) > MOST_STATEMENTS:
        return None
    written = []
    for piece in pieces:
        tree, _ = parse(piece, rules)
        if tree is None:
            return None
        nodes = list(tree.walk())
        if not _is_masked(nodes):
            return None
        _fold(nodes)
        try:
            written.append(
                tree.sql(
                    rules.name or None,
                    copy=False,
                    comments=False,
                    normalize=True,
                    unsupported_level=ErrorLevel.IGNORE,
                )
            )
        except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError):
            return None
    return "\x00".join(written)


def _is_masked(nodes: Sequence[exp.Expr]) -> bool:
    """Whether sqlglot sees the same strings as the lexer: none is left."""
    return all(
        literal.this == TEXT[1:-1] or literal.this == ""
        for literal in nodes
        if isinstance(literal, exp.Literal) and literal.is_string
    )


def _fold(nodes: Sequence[exp.Expr]) -> None:
    """Put one mark in the place of every literal and parameter, and one for a list of them."""
    for node in nodes:
        if isinstance(node, exp.Literal):
            if node.is_string or not isinstance(node.parent, _SIZED):
                node.replace(exp.Placeholder(jdbc=True))
        elif isinstance(node, exp.Placeholder) or _is_numbered(node):
            node.replace(exp.Placeholder(jdbc=True))
    for node in nodes:
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Placeholder):
            node.replace(exp.Placeholder(jdbc=True))
    for node in nodes:
        if not isinstance(node, _FOLDED):
            continue
        items = node.expressions
        if len(items) > 1 and all(isinstance(item, exp.Placeholder) for item in items):
            node.set("expressions", items[:1])


def _is_numbered(node: exp.Expr) -> bool:
    return isinstance(node, exp.Parameter) and node.name.isdigit()
