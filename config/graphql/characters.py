"""Characters that no question may hold, found before it is run."""

from __future__ import annotations

from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLError,
    ObjectFieldNode,
    StringValueNode,
    Visitor,
    visit,
)

_NAMED = (ArgumentNode, ObjectFieldNode)


def holding_nul(document: DocumentNode, variables: dict[str, Any] | None) -> list[GraphQLError]:
    """That a text holds NUL, which nothing in the catalog does: by the argument or the variable."""
    looking = _Looking()
    visit(document, looking)
    named = [*looking.found, *(key for key, value in (variables or {}).items() if _has_nul(value))]
    return [
        GraphQLError(
            f"{name} holds a NUL character: remove it.",
            extensions={"code": "invalid_input", "field": name},
        )
        for name in named[:1]
    ]


class _Looking(Visitor):
    """The names of the arguments, and of fields of inputs, that hold NUL."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def enter_string_value(
        self, node: StringValueNode, key: Any, parent: Any, path: Any, ancestors: list[Any]
    ) -> None:
        """Named by what is nearest around it that has a name."""
        if "\x00" in node.value:
            around = [one for one in (*ancestors, parent) if isinstance(one, _NAMED)]
            self.found.append(around[-1].name.value if around else "query")


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(part) for key, part in value.items())
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\x00" in value
