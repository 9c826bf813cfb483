"""An optional argument that is null is one that was left out, for every GraphQL field."""

from __future__ import annotations

import pytest
from django.test import Client
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)

from config.graphql.schema import schema
from tests.factories import AdministratorFactory, ColumnFactory, OwnershipFactory, PersonFactory

GIVEN = {
    "ID": '"1"', "String": '"a"', "Int": "1", "BigInt": "1", "Boolean": "true", "Float": "1.0",
    "Date": '"2026-11-21"', "DateTime": '"2026-11-21T08:00:00Z"', "GenericScalar": "{a: 1}",
    "UUID": '"7d444840-9dc0-11d1-b245-5ffdce74fad2"',
}  # fmt: skip


def value(kind: GraphQLInputType, *, is_deep: bool) -> str:
    """Something for an argument that is required; null for all others, or objects of nulls."""
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if inner is kind and not (is_deep and isinstance(inner, GraphQLInputObjectType)):
        return "null"
    if isinstance(inner, GraphQLList):
        return f"[{value(inner.of_type, is_deep=is_deep)}]"
    if isinstance(inner, GraphQLEnumType):
        return next(iter(inner.values))
    if isinstance(inner, GraphQLInputObjectType):
        fields = [
            f"{name}: {value(field.type, is_deep=is_deep)}" for name, field in inner.fields.items()
        ]
        return "{" + ", ".join(fields) + "}"
    return GIVEN[get_named_type(inner).name]


def questions(kind: GraphQLObjectType | None, verb: str, *, is_deep: bool) -> list[str]:
    """One for each field that takes an argument which may be null."""
    found = []
    for name, field in (kind.fields if kind else {}).items():
        if all(isinstance(one.type, GraphQLNonNull) for one in field.args.values()):
            continue
        given = ", ".join(
            f"{arg}: {value(one.type, is_deep=is_deep)}" for arg, one in field.args.items()
        )
        chosen = (
            "{ __typename }" if isinstance(get_named_type(field.type), GraphQLObjectType) else ""
        )
        found.append(f"{verb} {{ {name}({given}) {chosen} }}")
    return found


KINDS = {"query": schema.graphql_schema.query_type, "mutation": schema.graphql_schema.mutation_type}
QUESTIONS = dict.fromkeys(
    question
    for verb, kind in KINDS.items()
    for is_deep in (False, True)
    for question in questions(kind, verb, is_deep=is_deep)
)


@pytest.mark.django_db
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("factory", [PersonFactory, AdministratorFactory])
def test_a_null_is_no_failure(question: str, factory: type[PersonFactory]) -> None:
    person = factory()
    ColumnFactory(dataset=OwnershipFactory().dataset, path="a", name="a")
    browser = Client()
    browser.force_login(person)

    answer = browser.post("/graphql/", {"query": question}, content_type="application/json")

    assert answer.status_code in (200, 400)
    codes = [one["extensions"]["code"] for one in answer.json().get("errors", [])]
    assert "internal_error" not in codes
