"""Law 8: no page, no act of a page and no act of the administration without REST and GraphQL."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from graphene.utils.str_converters import to_camel_case
from graphql import GraphQLObjectType

from catalog.admin.base import ServiceAdmin
from catalog.admin.site import site
from config.graphql.schema import schema
from governance.admin import PastStays
from governance.api_urls import urlpatterns as rest
from governance.graphql_fields import GovernanceMutation, GovernanceQuery
from governance.urls import urlpatterns as pages
from tests.parity.every_action import ACTIONS, PAGES_ONLY, Doors

METHODS = ("get", "post", "put", "patch", "delete")


def methods_of(view: Any) -> set[str]:
    """The methods that a page's decorators let through, but HEAD."""
    while True:
        closure = view.__closure__ or ()
        held = dict(zip(view.__code__.co_freevars, closure, strict=True))
        if "request_method_list" in held:
            return set(held["request_method_list"].cell_contents) - {"HEAD"}
        assert hasattr(view, "__wrapped__"), f"{view} says nothing of its methods."
        view = view.__wrapped__


def acts_of(view: Any) -> Mapping[str, Any] | None:
    """What a page does by name, where it does."""
    plain = inspect.unwrap(view)
    by_name = "_ACTS" in inspect.getsource(plain)
    return inspect.getmodule(plain)._ACTS if by_name else None  # type: ignore[union-attr]


def actions_of_pages() -> Iterator[str]:
    for pattern in pages:
        for method in methods_of(pattern.callback):
            acts = acts_of(pattern.callback) if method == "POST" else None
            if acts is None:
                yield f"{method} {pattern.name}"
            else:
                yield from (f"{method} {pattern.name}: {act}" for act in acts)


def actions_of_the_administration() -> Iterator[str]:
    for model in apps.get_app_config("governance").get_models():
        admin: Any = site._registry.get(model)
        if admin is None:
            continue
        name = model._meta.model_name
        if admin.may_add:
            yield f"admin {name}: add"
            if not isinstance(admin, PastStays):
                yield f"admin {name}: change"
        if admin.may_delete and type(admin).erase is not ServiceAdmin.erase:
            yield f"admin {name}: delete"
        yield from (f"admin {name}: {act}" for act in admin.actions or ())


def every_door() -> list[Doors]:
    return [door for doors in ACTIONS.values() for door in doors]


def test_every_action_is_in_the_table_with_its_two_doors() -> None:
    walked = {*actions_of_pages(), *actions_of_the_administration()}

    beside = {name for name in ACTIONS if name.startswith(("part ", "programs: "))}
    assert walked - set(PAGES_ONLY) == set(ACTIONS) - beside
    assert set(PAGES_ONLY) <= walked
    assert all(ACTIONS.values())


def test_every_route_of_the_table_answers_its_method_and_none_is_left_out() -> None:
    answered = {
        f"{method} {pattern.name}"
        for pattern in rest
        for method in METHODS
        if hasattr(pattern.callback.view_class, method)
    }

    assert {door.rest for door in every_door()} == answered


def test_every_field_of_the_table_is_in_the_schema_and_none_is_left_out() -> None:
    types = schema.graphql_schema.type_map
    named = {door.graphql for door in every_door()}

    for name in named:
        if "." in name:
            owner, field = name.split(".")
            graphql_type = types[owner]
            assert isinstance(graphql_type, GraphQLObjectType)
            assert field in graphql_type.fields, name
    own = set(GovernanceQuery._meta.fields) | set(GovernanceMutation._meta.fields)
    assert {name for name in named if "." not in name} == {to_camel_case(field) for field in own}


def test_what_is_read_is_asked_and_what_changes_is_a_mutation() -> None:
    asked = {to_camel_case(name) for name in GovernanceQuery._meta.fields}

    for door in every_door():
        reads = door.rest.startswith("get ") or door.graphql in ("dryRunProposal", "checkSql")
        assert reads == ("." in door.graphql or door.graphql in asked), door
