"""Lineage in one sentence, for the place above a picture and for answers of tools."""

from __future__ import annotations

from catalog.types import Principal
from lineage.selectors.answers import Direction, Node, Traversal
from lineage.selectors.traversal import reached, traverse


def lineage_sentence(
    principal: Principal, dataset_id: int, direction: Direction = Direction.DOWN
) -> str:
    """Such as "12 datasets in 3 systems depend on this, 4 only through filters." """
    return sentence_of(traverse(principal, dataset_id, direction))


def sentence_of(traversal: Traversal) -> str:
    """The same for a traversal that is at hand."""
    direct = reached(
        traversal.start.id,
        (link for link in traversal.links if link.is_direct),
        traversal.direction,
    )
    through_filters = sum(node.id not in direct for node in traversal.nodes)
    return in_words(
        traversal.nodes,
        through_filters,
        direction=traversal.direction,
        truncated=traversal.truncated,
    )


def in_words(
    nodes: tuple[Node, ...],
    through_filters: int,
    *,
    direction: Direction,
    truncated: bool = False,
    subject: str = "this",
) -> str:
    """The sentence for a number of datasets, some of them reached through conditions alone."""
    if not nodes:
        if direction is Direction.DOWN:
            return f"Nothing that Concord knows depends on {subject}."
        return f"Concord knows of nothing that {subject} is made from."
    count = f"{len(nodes):,}"
    systems = len({node.system for node in nodes})
    datasets = f"{'More than ' if truncated else ''}{count} {_plural('dataset', len(nodes))}"
    where = f"{datasets} in {systems:,} {_plural('system', systems)}"
    if direction is Direction.DOWN:
        verb = "depends" if len(nodes) == 1 else "depend"
        told = f"{where} {verb} on {subject}"
    else:
        told = f"{where} {'feeds' if len(nodes) == 1 else 'feed'} {subject}"
    if not through_filters:
        return f"{told}."
    if through_filters == len(nodes):
        return f"{told}, only through filters."
    return f"{told}, {through_filters:,} only through filters."


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
