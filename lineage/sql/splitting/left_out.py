"""What splitting leaves out of the statements of a text, and who runs the text as it is may run."""

from __future__ import annotations

from collections.abc import Iterable

from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, Token, tokens

_SEPARATING = {
    **dict.fromkeys(("tsql", "fabric", "redshift", ""), "GO"),
    **dict.fromkeys(("oracle", "exasol"), "/"),
}
"""What clients write on a line of its own between statements, by dialect. Whoever takes it for a
part of a statement cannot read what it stands between."""


def left_out(text: str, pieces: Iterable[str], rules: DialectRules) -> str:
    """The first part of a text that is in none of the pieces that it was split into; empty where
    all of it is. Commands for clients, a page's head before a query, rows of a dump and labels are
    such parts: they are no statements to a client, and to a server they may be."""
    kept = [one.text for piece in pieces for one in _read(piece, rules)]
    separating, at, before = _SEPARATING.get(rules.name, ""), 0, ""
    for one in _read(text, rules):
        if at < len(kept) and kept[at] == one.text:
            at += 1
        elif one.text.upper() != separating and not (before == "GO" and one.kind is Kind.NUMBER):
            return one.text  # a number behind GO is how often the batch is to run
        before = one.text.upper()
    return kept[at] if at < len(kept) else ""


def _read(text: str, rules: DialectRules) -> list[Token]:
    return [one for one in tokens(text, rules) if one.kind is not Kind.COMMENT and one.text != ";"]
