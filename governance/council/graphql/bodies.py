"""The bodies of the council in GraphQL: its committees, and seats made, changed and closed."""

from __future__ import annotations

from typing import Any

import graphene
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import number
from catalog.graphql.paging import PAGE, connection, page
from catalog.graphql.relations import principal_of
from governance.council.graphql.types import SeatType, seat_shown
from governance.council.incoming import seat_from
from governance.council.selectors.registers import committee, committees
from governance.council.selectors.seats import seat_detail
from governance.council.services.committees import change_committee, create_committee
from governance.council.services.seats import change_seat, close_seat, create_seat
from governance.models import Committee

NAMES = graphene.List(graphene.NonNull(graphene.String))
SLUG = graphene.String(required=True, default_value="", description="Made of the name if empty.")
SEAT = graphene.String(required=True, description="Its short name.")
# What a seat is; domains are short names, systems ids.
_SEAT: dict[str, Any] = {
    "duties": graphene.String(),
    "is_voting": graphene.Boolean(),
    "is_chair": graphene.Boolean(),
    "is_secretary": graphene.Boolean(),
    "veto_classes": NAMES,
    "domains": NAMES,
    "systems": graphene.List(graphene.NonNull(graphene.ID)),
}


class CommitteeType(DjangoObjectType):
    """A sub-council with the kinds of agreements that can be routed to it (R-098)."""

    class Meta:
        model = Committee
        name = "Committee"
        fields = ["id", "name", "slug", "purpose"]

    kinds = graphene.List(graphene.NonNull(graphene.String), required=True)
    seat_count = graphene.Int(required=True)


CommitteeConnection = connection(CommitteeType)


class BodyQuery(graphene.ObjectType):
    """What there is to ask about committees."""

    committees = graphene.Field(
        CommitteeConnection, **PAGE, required=True, description="Sub-councils."
    )
    committee = graphene.Field(
        CommitteeType, slug=graphene.String(required=True), description="One committee."
    )

    @staticmethod
    def resolve_committees(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """With how many open seats each has."""
        return page(info, committees(principal_of(info)), first=first, after=after)

    @staticmethod
    def resolve_committee(root: Any, info: GraphQLResolveInfo, slug: str) -> Any:
        """Raises NotFound."""
        return committee(principal_of(info), slug)


class CommitteePayload(graphene.ObjectType):
    """The committee after the change."""

    committee = graphene.Field(CommitteeType, required=True)


class SeatPayload(graphene.ObjectType):
    """The seat after the change."""

    seat = graphene.Field(SeatType, required=True)


class BodyMutation(graphene.ObjectType):
    """What there is to change about committees and seats."""

    create_committee = graphene.Field(
        CommitteePayload, name=graphene.String(required=True),
        purpose=graphene.String(required=True), kinds=NAMES, slug=SLUG, required=True,
        description="Make a committee; its seats are made for it.",
    )  # fmt: skip
    change_committee = graphene.Field(
        CommitteePayload, committee=graphene.String(required=True, description="Its short name."),
        name=graphene.String(), purpose=graphene.String(), kinds=NAMES, required=True,
        description="Change it; what is left out stays.",
    )  # fmt: skip
    create_seat = graphene.Field(
        SeatPayload, name=graphene.String(required=True), kind=graphene.String(required=True),
        slug=SLUG, committee=graphene.String(required=True, default_value=""), **_SEAT,
        required=True, description="Make a seat, which is vacant until somebody is seated.",
    )  # fmt: skip
    change_seat = graphene.Field(
        SeatPayload, seat=SEAT, name=graphene.String(), kind=graphene.String(), **_SEAT,
        required=True, description="Change it; what is left out stays.",
    )  # fmt: skip
    close_seat = graphene.Field(
        SeatPayload, seat=SEAT, reason=graphene.String(required=True), required=True,
        description="Close it: its sitter leaves, its history stays.",
    )  # fmt: skip

    @staticmethod
    def resolve_create_committee(
        root: Any, info: GraphQLResolveInfo, kinds: list[str] | None = None, **given: Any
    ) -> Any:
        """See `services.committees.create_committee`."""
        principal = principal_of(info)
        made = create_committee(acting=principal, kinds=kinds or (), **given)
        return {"committee": committee(principal, made.slug)}

    @staticmethod
    def resolve_change_committee(
        root: Any, info: GraphQLResolveInfo, committee: str, **given: Any
    ) -> Any:
        """See `services.committees.change_committee`."""
        principal = principal_of(info)
        found = _committee(principal, committee)
        change_committee(acting=principal, committee_id=found.pk, **given)
        return {"committee": _committee(principal, committee)}

    @staticmethod
    def resolve_create_seat(root: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        """See `services.seats.create_seat`."""
        principal = principal_of(info)
        made = create_seat(acting=principal, **seat_from(principal, _numbered(given)))
        return {"seat": seat_shown(seat_detail(principal, made.slug))}

    @staticmethod
    def resolve_change_seat(root: Any, info: GraphQLResolveInfo, seat: str, **given: Any) -> Any:
        """See `services.seats.change_seat`."""
        principal = principal_of(info)
        found = seat_detail(principal, seat).seat
        change_seat(acting=principal, seat_id=found.pk, **seat_from(principal, _numbered(given)))
        return {"seat": seat_shown(seat_detail(principal, seat))}

    @staticmethod
    def resolve_close_seat(root: Any, info: GraphQLResolveInfo, seat: str, reason: str) -> Any:
        """See `services.seats.close_seat`."""
        principal = principal_of(info)
        found = seat_detail(principal, seat).seat
        close_seat(acting=principal, seat_id=found.pk, reason=reason)
        return {"seat": seat_shown(seat_detail(principal, seat))}


_committee = committee  # the argument of a mutation has the same name


def _numbered(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("systems") is not None:
        given["systems"] = [number(pk, "systems") for pk in given["systems"]]
    return given
