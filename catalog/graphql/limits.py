"""Limits of a GraphQL question, checked before anything runs: depth and cost.

The cost of a field is 1, times the page sizes above it; a list without a size counts as 50.
A question may cost at most MAX_COST and nest at most MAX_DEPTH levels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

MAX_DEPTH = 12
MAX_COST = 60_000
_LISTS = frozenset({"edges", "hits"})
_UNBOUNDED = 50
_PRICED = {
    "facts": 13, "promise": 13, "transcript": 100, "contract": 200,
    "datasetAsOf": 200, "diff": 20, "changes": 50, "dryRunProposal": 500,
    "decisionChain": 20_000, "decisionChainFile": 20_000, "decisionFile": 50,
    "glossary": 500, "quarterlyReport": 500, "changeCalendar": 500,
    "columnChange": 500, "classificationSuggestions": 500, "sqlLineage": 20_000,
    "lineage": 200, "columnLineage": 200, "lineagePaths": 500, "lineageImage": 1_000,
    "lineageEvidence": 50, "impact": 500,
}  # fmt: skip
_TOLD_WHOLE = frozenset({"sqlLineage"})
"""Whose answer is there at once: what is asked of it costs nothing more."""


def check_limits(document: DocumentNode, variables: Mapping[str, Any] | None) -> list[GraphQLError]:
    """Errors when the question is too deep or too dear; empty when it may run."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    errors: list[GraphQLError] = []
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            meter = _Meter(fragments, _given(node, variables or {}))
            cost = meter.cost(node.selection_set, depth=1, factor=1)
            if meter.too_deep:
                errors.append(
                    _error("too_deep", f"The question nests deeper than {MAX_DEPTH} levels.")
                )
            elif cost > MAX_COST:
                errors.append(
                    _error(
                        "too_costly",
                        f"The question costs {cost:,}; at most {MAX_COST:,} is allowed."
                        " Ask for smaller pages or fewer nested lists.",
                    )
                )
    return errors


class _Meter:
    def __init__(
        self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
    ) -> None:
        self._fragments = fragments
        self._variables = variables
        self._open: set[str] = set()
        self._known: dict[tuple[str, int, int], int] = {}
        self.too_deep = False

    def cost(self, selection: SelectionSetNode, *, depth: int, factor: int) -> int:
        if depth > MAX_DEPTH:
            self.too_deep = True
            return 0
        total = 0
        for node in selection.selections:
            if isinstance(node, FieldNode):
                total += self._field(node, depth, factor)
            elif isinstance(node, InlineFragmentNode):
                total += self.cost(node.selection_set, depth=depth, factor=factor)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment(node.name.value, depth, factor)
            if total > MAX_COST * 10:
                return total
        return total

    def _field(self, node: FieldNode, depth: int, factor: int) -> int:
        name = node.name.value
        own = factor * _PRICED.get(name, 1)
        if node.selection_set is None:
            return own
        if name in _TOLD_WHOLE:
            self.cost(node.selection_set, depth=depth + 1, factor=0)
            return own
        size = self._size(node)
        if size is None:
            size = 1 if name in _LISTS or not _looks_plural(name) else _UNBOUNDED
        return own + self.cost(node.selection_set, depth=depth + 1, factor=factor * size)

    def _fragment(self, name: str, depth: int, factor: int) -> int:
        fragment = self._fragments.get(name)
        if fragment is None or name in self._open:
            return 0  # the standard rules report unknown and cyclic fragments
        known = (name, depth, factor)
        if known not in self._known:  # counted once, however many fragments ask for it
            self._open.add(name)
            self._known[known] = self.cost(fragment.selection_set, depth=depth, factor=factor)
            self._open.discard(name)
        return self._known[known]

    def _size(self, node: FieldNode) -> int | None:
        for argument in node.arguments:
            if argument.name.value == "first":
                value: Any = None
                if isinstance(argument.value, IntValueNode):
                    value = int(argument.value.value)
                elif isinstance(argument.value, VariableNode):
                    value = self._variables.get(argument.value.name.value)
                return max(1, min(int(value), 1000)) if isinstance(value, int) else _UNBOUNDED
        return None


def _given(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """What variables are, with the whole numbers that the question says for those left out."""
    defaults = {
        one.variable.name.value: int(one.default_value.value)
        for one in operation.variable_definitions or ()
        if isinstance(one.default_value, IntValueNode)
    }
    return {**defaults, **variables}


def _looks_plural(name: str) -> bool:
    return name.endswith("s") and name not in {"facts", "latestBytes"}


def _error(code: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
