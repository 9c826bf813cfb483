"""Loops over what is not known: gone through once, where without them the text would be no SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

ONCE = "once"
"""The filter that gives a loop one item, or as many names as it takes of one."""

_QUERY = re.compile(r"\b(?:SELECT|FROM|JOIN)\s", re.IGNORECASE)
_AWAITS = re.compile(
    r"(?:\b(?:WHERE|AND|OR|ON|HAVING|WHEN|BY|IN\s*\(|AS\s*\()|COALESCE\s*\()\s*$", re.IGNORECASE
)


def enter_loops(template: nodes.Template) -> nodes.Template:
    """The template whose loops around queries, and those in the place of a condition or of a
    list, are gone through at least once."""
    for before, loop in _loops(template):
        if _QUERY.search(_text(loop)) or _AWAITS.search(before):
            taken = len(loop.target.items) if isinstance(loop.target, nodes.Tuple) else 1
            loop.iter = nodes.Filter(
                loop.iter, ONCE, [nodes.Const(taken)], [], None, None, lineno=loop.lineno
            )
    return template


def _loops(node: nodes.Node, before: str = "") -> Iterator[tuple[str, nodes.For]]:
    """Every loop with the text that stands right before it."""
    if isinstance(node, nodes.For):
        yield before, node
    for child in node.iter_child_nodes():
        yield from _loops(child, before)
        if isinstance(child, nodes.Output):
            before = _text(child) or before


def _text(node: nodes.Node) -> str:
    return "".join(data.data for data in node.find_all(nodes.TemplateData))
