"""Relations between GraphQL types, planned from the selection and loaded once per level.

Every field that leads from one object to others is declared with `relation`, which names a
loader for *many* parents. Before a page is answered, `plan` walks the selected fields and calls
each loader once for all objects of a level, so that the number of queries depends on the shape
of the question and never on the number of rows. A resolver only hands out what was planned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import graphene
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import get_argument_values, get_directive_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

from catalog.errors import InvalidInput
from catalog.types import Principal

MAX_FIRST = 100
Loader = Callable[[Principal, Sequence[Any], Mapping[str, Any]], Mapping[Any, Any]]
_PLANNED = "_planned_relations"


class RelationField(graphene.Field):
    """A field whose values come from a loader: parent key -> one object or a list of them."""

    def __init__(
        self, output: Any, loader: Loader, *, many: bool, description: str, **arguments: Any
    ) -> None:
        declared = graphene.NonNull(graphene.List(graphene.NonNull(output))) if many else output
        super().__init__(declared, description=description, resolver=_planned, **arguments)
        self.loader = loader
        self.many = many


def relation(
    output: Any, loader: Loader, *, description: str, many: bool = True, **arguments: Any
) -> RelationField:
    """Declare a relation; a `many` relation takes `first` (at most 100) unless told otherwise."""
    if many and "first" not in arguments:
        arguments["first"] = graphene.Int(
            required=True, default_value=50, description="At most 100."
        )
    return RelationField(output, loader, many=many, description=description, **arguments)


def plan(info: GraphQLResolveInfo, objects: Iterable[Any], *path: str) -> None:
    """Load every selected relation of `objects`, level by level.

    `path` leads from the resolved field to where the objects stand, such as "edges", "node".
    """
    field_type: Any = get_named_type(info.return_type)
    selections = [node.selection_set for node in info.field_nodes if node.selection_set]
    for name in path:
        nodes = [
            node
            for selection in selections
            for node in _fields(info, selection)
            if node.name.value == name
        ]
        field_type = get_named_type(field_type.fields[name].type)
        selections = [node.selection_set for node in nodes if node.selection_set]
    _plan_level(info, field_type, selections, list(objects))


def _plan_level(
    info: GraphQLResolveInfo,
    parent_type: Any,
    selections: Sequence[SelectionSetNode],
    objects: list[Any],
) -> None:
    if not objects or not isinstance(parent_type, GraphQLObjectType):
        return
    asked: dict[tuple[str, str], _Asked] = {}
    for selection in selections:
        for node in _fields(info, selection):
            definition = parent_type.fields.get(node.name.value)
            declared = _declared(parent_type, node.name.value)
            if definition is None or declared is None:
                continue
            arguments = get_argument_values(definition, node, info.variable_values)
            check_first(arguments)
            name = node.alias.value if node.alias else node.name.value
            one = asked.setdefault(
                _key(name, arguments),
                _Asked(declared, arguments, get_named_type(definition.type), []),
            )
            if node.selection_set:
                one.below.append(node.selection_set)
    for key, one in asked.items():
        loaded = one.field.loader(principal_of(info), objects, one.arguments)
        children: list[Any] = []
        for item in objects:
            value = loaded.get(item.pk, [] if one.field.many else None)
            item.__dict__.setdefault(_PLANNED, {})[key] = value
            children.extend(value if one.field.many else [value] if value else [])
        _plan_level(info, one.type, one.below, children)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What all fragments ask of one relation: loaded once, since another loading would put objects
    that lack the relations of the first in their place."""

    field: RelationField
    arguments: Mapping[str, Any]
    type: Any
    below: list[SelectionSetNode]


def _key(name: str, arguments: Mapping[str, Any]) -> tuple[str, str]:
    """A relation by its name in the answer and what it was asked with: one object may stand in the
    answer twice, under two names, and be asked for different pages there."""
    return name, repr(sorted(arguments.items()))


def _planned(parent: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """What was planned; a page that forgot to plan fails loudly instead of costing queries."""
    return parent.__dict__[_PLANNED][_key(str(info.path.key), arguments)]


def _declared(parent_type: GraphQLObjectType, name: str) -> RelationField | None:
    graphene_type = getattr(parent_type, "graphene_type", None)
    if graphene_type is None:
        return None
    for python_name, field in graphene_type._meta.fields.items():
        if isinstance(field, RelationField) and _camel(python_name) == name:
            return field
    return None


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def _fields(info: GraphQLResolveInfo, selection: SelectionSetNode) -> Iterable[FieldNode]:
    """The fields of a selection with fragments opened and @skip/@include obeyed."""
    for node in selection.selections:
        if not _is_included(info, node):
            continue
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(info, node.selection_set)
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(info, info.fragments[node.name.value].selection_set)


def _is_included(info: GraphQLResolveInfo, node: Any) -> bool:
    skip = get_directive_values(GraphQLSkipDirective, node, info.variable_values)
    include = get_directive_values(GraphQLIncludeDirective, node, info.variable_values)
    return not (skip and skip["if"]) and not (include and not include["if"])


def check_first(arguments: Mapping[str, Any]) -> None:
    """Refuse a page size outside 1 to 100."""
    first = arguments.get("first")
    if first is not None and not 1 <= first <= MAX_FIRST:
        raise InvalidInput(f"first is a number from 1 to {MAX_FIRST}.", field="first")


def principal_of(info: GraphQLResolveInfo) -> Principal:
    """Who asks; the endpoint puts the request into the context."""
    return info.context.principal
