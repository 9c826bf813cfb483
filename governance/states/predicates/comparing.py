"""What changed between two predicates: by their trees, not by their letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from governance.states.predicates.parsing import parse_expression


@dataclass(frozen=True, slots=True)
class PredicateDiff:
    """The conditions that came, went and were changed, each as SQL.

    `same_tree` says that only spelling, case or brackets differ. Where a text cannot be parsed all
    are empty and `unread` says why.
    """

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    updated: tuple[tuple[str, str], ...] = ()
    same_tree: bool = False
    unread: str = ""

    @property
    def sentence(self) -> str:
        """The change in one line."""
        if self.unread:
            return self.unread
        if self.same_tree:
            return "Only the spelling differs; the condition is the same."
        parts = [f"{old} became {new}" for old, new in self.updated]
        parts += [f"{condition} went" for condition in self.removed]
        parts += [f"{condition} came" for condition in self.added]
        return "; ".join(parts) + "." if parts else "The conditions are combined differently."

    def document(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "sentence": self.sentence,
            "same_tree": self.same_tree,
            "removed": list(self.removed),
            "added": list(self.added),
            "updated": [list(pair) for pair in self.updated],
        }


def predicate_diff(before: str, after: str, dialect: str | None) -> PredicateDiff:
    """Compare two predicates of one dialect; never raises for what the texts say."""
    old, reason = parse_expression(before, dialect)
    new, other_reason = parse_expression(after, dialect)
    if old is None or new is None:
        return PredicateDiff(unread=reason or other_reason)
    old, new = bare(old), bare(new)
    if old == new:
        return PredicateDiff(same_tree=True)
    went, came = _conditions_by_text(old, dialect), _conditions_by_text(new, dialect)
    removed = [text for text in went if text not in came]
    added = [text for text in came if text not in went]
    updated = []
    for text in list(removed):
        other = next((one for one in added if went[text] and went[text] == came[one]), None)
        if other is not None:
            removed.remove(text)
            added.remove(other)
            updated.append((text, other))
    return PredicateDiff(tuple(removed), tuple(added), tuple(updated))


def bare(tree: exp.Expr) -> exp.Expr:
    """The tree without brackets and comments, with unquoted names in lower case."""
    holder = exp.Paren(this=tree.copy())
    for node in list(holder.walk()):
        node.comments = None
        if isinstance(node, exp.Paren) and node.parent is not None:
            node.replace(node.this)
        elif isinstance(node, exp.Identifier) and not node.args.get("quoted"):
            node.set("this", node.name.lower())
    found = holder.this
    found.pop()
    return found


def conditions(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The parts that AND and OR combine."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, exp.Paren):
            stack.append(node.this)
        elif isinstance(node, exp.And | exp.Or):
            stack += (node.expression, node.this)
        else:
            yield node


def _conditions_by_text(tree: exp.Expr, dialect: str | None) -> dict[str, frozenset[str]]:
    """Each condition as SQL, with the columns it reads."""
    return {
        node.sql(dialect=dialect): frozenset(column.sql() for column in node.find_all(exp.Column))
        for node in conditions(tree)
    }
