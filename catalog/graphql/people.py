"""Invitations, stewardship and saved searches in GraphQL."""

from __future__ import annotations

from typing import Any

import graphene
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from catalog.graphql import loaders
from catalog.graphql.arguments import member, number
from catalog.graphql.paging import PAGE, connection, page
from catalog.graphql.relations import plan, principal_of, relation
from catalog.graphql.types import DomainType, PersonType
from catalog.models import Invitation, SavedSearch
from catalog.selectors import directory
from catalog.selectors.home import saved_searches
from catalog.selectors.invitations import invitations
from catalog.selectors.stewardship import chosen_domains
from catalog.services import people, personal
from catalog.types import JobRole


class InvitationType(DjangoObjectType):
    """A link that lets one person set up an account."""

    class Meta:
        model = Invitation
        name = "Invitation"
        fields = [
            "id", "email", "job_role", "is_administrator", "created_at", "expires_at",
            "accepted_at",
        ]  # fmt: skip

    invited_by = relation(
        PersonType, loaders.one(directory.people, "invited_by_id"), many=False,
        description="Who invited.",
    )  # fmt: skip


class SavedSearchType(DjangoObjectType):
    """A search that you keep."""

    class Meta:
        model = SavedSearch
        name = "SavedSearch"
        fields = ["id", "name", "query_string", "created_at"]


InvitationConnection = connection(InvitationType)
SavedSearchConnection = connection(SavedSearchType)


class PeopleQuery(graphene.ObjectType):
    """What there is to ask about people and what they keep."""

    invitations = graphene.Field(
        InvitationConnection, **PAGE, required=True,
        description="Invitations, newest first, for administrators.",
    )  # fmt: skip
    saved_searches = graphene.Field(
        SavedSearchConnection, **PAGE, required=True, description="The searches you keep."
    )

    @staticmethod
    def resolve_invitations(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """Nothing for who is no administrator."""
        rows = invitations(principal_of(info))
        return page(info, rows, first=first, after=after, newest_first=True)

    @staticmethod
    def resolve_saved_searches(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """One's own."""
        return page(info, saved_searches(principal_of(info)), first=first, after=after)


class InvitePayload(graphene.ObjectType):
    """The invitation, and the secret of its link, shown this once."""

    invitation = graphene.Field(InvitationType, required=True)
    secret = graphene.String(required=True)


class DomainPayload(graphene.ObjectType):
    """The domain after the change."""

    domain = graphene.Field(DomainType, required=True)


class SavedSearchPayload(graphene.ObjectType):
    """The saved search; null when it was forgotten."""

    saved_search = graphene.Field(SavedSearchType)


class PeopleMutation(graphene.ObjectType):
    """What there is to change about people and what they keep."""

    invite = graphene.Field(
        InvitePayload, email=graphene.String(required=True),
        job_role=graphene.String(required=True, default_value=JobRole.ANALYST.value),
        is_administrator=graphene.Boolean(required=True, default_value=False),
        steward_of=graphene.List(graphene.NonNull(graphene.ID), default_value=()), required=True,
        description="Invite somebody by e-mail address.",
    )  # fmt: skip
    set_stewardship = graphene.Field(
        DomainPayload, person=graphene.ID(required=True), domain=graphene.ID(required=True),
        is_steward=graphene.Boolean(required=True), required=True,
        description="Make a person a steward of a domain, or end it.",
    )  # fmt: skip
    save_search = graphene.Field(
        SavedSearchPayload, name=graphene.String(required=True),
        query_string=graphene.String(required=True), required=True,
        description="Keep a search under a name.",
    )  # fmt: skip
    forget_search = graphene.Field(
        SavedSearchPayload, saved_search=graphene.ID(required=True), required=True,
        description="Forget a search of your own.",
    )  # fmt: skip

    @staticmethod
    def resolve_invite(
        root: Any,
        info: GraphQLResolveInfo,
        email: str,
        job_role: str,
        is_administrator: bool,
        steward_of: list[str],
    ) -> Any:
        """See `services.people.invite`."""
        principal = principal_of(info)
        invitation, secret = people.invite(
            acting=principal,
            email=email,
            job_role=member(JobRole, job_role, "job_role"),
            is_administrator=is_administrator,
            steward_of=chosen_domains(principal, [number(pk, "steward_of") for pk in steward_of]),
        )
        plan(info, [invitation], "invitation")
        return {"invitation": invitation, "secret": secret}

    @staticmethod
    def resolve_set_stewardship(
        root: Any, info: GraphQLResolveInfo, person: str, domain: str, is_steward: bool
    ) -> Any:
        """See `services.people.set_stewardship`."""
        changed = people.set_stewardship(
            acting=principal_of(info),
            person_id=number(person, "person"),
            domain_id=number(domain, "domain"),
            is_steward=is_steward,
        )
        plan(info, [changed], "domain")
        return {"domain": changed}

    @staticmethod
    def resolve_save_search(
        root: Any, info: GraphQLResolveInfo, name: str, query_string: str
    ) -> Any:
        """See `services.personal.save_search`."""
        saved = personal.save_search(
            acting=principal_of(info), name=name, query_string=query_string
        )
        return {"saved_search": saved}

    @staticmethod
    def resolve_forget_search(root: Any, info: GraphQLResolveInfo, saved_search: str) -> Any:
        """See `services.personal.forget_search`."""
        personal.forget_search(
            acting=principal_of(info), saved_search_id=number(saved_search, "saved_search")
        )
        return {"saved_search": None}
