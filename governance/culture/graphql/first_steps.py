"""From an empty catalog to the first agreement, in GraphQL (R-028)."""

from __future__ import annotations

from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import number
from catalog.graphql.relations import principal_of
from governance.culture.selectors.first_steps import SuggestedTerm, first_steps, suggested_term
from governance.culture.services.first_steps import propose_first_term, start_domain

LATER = graphene.String(required=True, default_value="")
NAMES = graphene.List(graphene.NonNull(graphene.String), required=True)


class FirstStepsType(graphene.ObjectType):
    """What the company has on its way to a first agreement; `waiting` is the proposal of a first
    word, where one is open."""

    class Meta:
        name = "FirstSteps"

    has_dataset = graphene.Boolean(required=True)
    has_term = graphene.Boolean(required=True)
    has_data_state = graphene.Boolean(required=True)
    waiting = graphene.String(required=True)
    effective_at = graphene.DateTime()


class SuggestedTermType(graphene.ObjectType):
    """A word made of a column or dataset, whom it concerns, and who of the domain can agree (user
    names)."""

    class Meta:
        name = "SuggestedTerm"

    dataset = graphene.String(required=True)
    column = graphene.String(required=True)
    document = GenericScalar(required=True)
    is_local = graphene.Boolean(required=True)
    reopen_hours = graphene.Int(required=True)
    sentence = graphene.String(required=True)
    second_people = NAMES
    asked = NAMES

    @staticmethod
    def resolve_dataset(found: SuggestedTerm, info: GraphQLResolveInfo) -> str:
        """Its full name."""
        return found.dataset.qualified_name

    @staticmethod
    def resolve_second_people(found: SuggestedTerm, info: GraphQLResolveInfo) -> list[str]:
        """One of them is enough."""
        return [person.username for person in found.second_people]


class FirstStepsQuery(graphene.ObjectType):
    """What there is to ask about first steps."""

    first_steps = graphene.Field(
        FirstStepsType, required=True, description="What is done on the way to a first agreement."
    )
    suggested_term = graphene.Field(
        SuggestedTermType, dataset=graphene.ID(required=True), column=LATER, required=True,
        description="A word for a column or a dataset, and who agrees to it.",
    )  # fmt: skip

    @staticmethod
    def resolve_first_steps(root: Any, info: GraphQLResolveInfo) -> Any:
        """See `selectors.first_steps.first_steps`."""
        return first_steps(principal_of(info))

    @staticmethod
    def resolve_suggested_term(
        root: Any, info: GraphQLResolveInfo, dataset: str, column: str
    ) -> Any:
        """See `selectors.first_steps.suggested_term`."""
        return suggested_term(principal_of(info), number(dataset, "dataset"), column)


class FirstTermPayload(graphene.ObjectType):
    """The proposal by its key."""

    key = graphene.String(required=True)
    state = graphene.String(required=True)


class StartDomainPayload(graphene.ObjectType):
    """The domain by its short name."""

    domain = graphene.String(required=True)


class FirstStepsMutation(graphene.ObjectType):
    """The first steps themselves."""

    start_domain = graphene.Field(
        StartDomainPayload, dataset=graphene.ID(required=True),
        name=graphene.String(required=True), username=LATER, required=True,
        description="Choose the domain of a dataset, or make it with a team of two.",
    )  # fmt: skip
    propose_first_term = graphene.Field(
        FirstTermPayload, dataset=graphene.ID(required=True), column=LATER, label=LATER,
        definition=LATER, example=LATER, required=True,
        description="Propose and submit a word for a column or a dataset.",
    )  # fmt: skip

    @staticmethod
    def resolve_start_domain(
        root: Any, info: GraphQLResolveInfo, dataset: str, name: str, username: str
    ) -> Any:
        """See `services.first_steps.start_domain`."""
        made = start_domain(
            acting=principal_of(info),
            dataset_id=number(dataset, "dataset"),
            name=name,
            username=username,
        )
        return {"domain": made.slug}

    @staticmethod
    def resolve_propose_first_term(
        root: Any, info: GraphQLResolveInfo, dataset: str, **given: str
    ) -> Any:
        """See `services.first_steps.propose_first_term`."""
        made = propose_first_term(
            acting=principal_of(info), dataset_id=number(dataset, "dataset"), **given
        )
        return {"key": made.key, "state": made.state}
