"""One proposal in full in GraphQL: what `proposal(key:)` and every change of one answer with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphql import GraphQLResolveInfo

from catalog.graphql.relations import plan, principal_of
from catalog.graphql.types import PersonType
from governance.conflicts.graphql.types import ConflictType
from governance.council.graphql.types import DecisionType
from governance.council.selectors.interests import Interest
from governance.proposals.graphql import types
from governance.proposals.selectors.proposals import ProposalDetail, SignerView, proposal_detail


class FindingType(graphene.ObjectType):
    """What a check answered: error, warning, or unchecked where its engine is missing."""

    class Meta:
        name = "Finding"

    check = graphene.String(required=True)
    level = graphene.String(required=True)
    message = graphene.String(required=True)
    field = graphene.String(required=True)
    fix = graphene.String(required=True)


class DifferenceType(graphene.ObjectType):
    """One difference between two documents, at a path."""

    class Meta:
        name = "Difference"

    kind = graphene.String(required=True)
    path = graphene.String(required=True)
    title = graphene.String(required=True)
    before = GenericScalar()
    after = GenericScalar()


class ProposalChangeType(graphene.ObjectType):
    """One change beside what it builds on."""

    class Meta:
        name = "ProposalChange"

    op = graphene.String(required=True)
    kind = graphene.String(required=True)
    key = graphene.String(required=True)
    title = graphene.String(required=True)
    base_version = graphene.Int(required=True, description="0 where nothing was in force.")
    before = GenericScalar(required=True)
    after = GenericScalar(required=True)
    is_editorial = graphene.Boolean(required=True)
    differences = graphene.List(graphene.NonNull(DifferenceType), required=True)


class ProposalImpactType(graphene.ObjectType):
    """Whom and what it touches: exact counts, lists of at most 200 rows."""

    class Meta:
        name = "ProposalImpact"

    scope = graphene.String(required=True)
    scope_proof = GenericScalar(required=True)
    counts = GenericScalar(required=True)
    content = GenericScalar(required=True)
    digest = graphene.String(required=True)
    taken_at = graphene.DateTime(required=True)


class SignatureType(graphene.ObjectType):
    """One signature that is needed, and how far it is."""

    class Meta:
        name = "Signature"

    signer = graphene.Field(types.SignerType, required=True)
    state = graphene.String(required=True)
    has_conflict = graphene.Boolean(
        required=True, description="Whether it made the proposal: then a second person signs."
    )
    may_sign = graphene.List(
        graphene.NonNull(PersonType), required=True, description="Who can give it now."
    )
    position = graphene.Field(types.PositionType, description="The position that counts.")
    requested_at = graphene.DateTime(description="When they were asked.")

    @staticmethod
    def resolve_state(view: SignerView, info: GraphQLResolveInfo) -> str:
        """Consented, blocked, abstained, silent or vacant."""
        return view.signature.state.value

    @staticmethod
    def resolve_has_conflict(view: SignerView, info: GraphQLResolveInfo) -> bool:
        """See `rules.consent`."""
        return view.signature.has_conflict

    @staticmethod
    def resolve_requested_at(view: SignerView, info: GraphQLResolveInfo) -> Any:
        """The beginning of its clock."""
        return view.request.requested_at if view.request else None


class SaidType(graphene.ObjectType):
    """A position, and whether it still counts."""

    class Meta:
        name = "Said"

    position = graphene.Field(types.PositionType, required=True)
    is_stale = graphene.Boolean(required=True, description="It speaks of another text.")
    is_replaced = graphene.Boolean(required=True, description="The same voice spoke again.")


class ClockType(graphene.ObjectType):
    """A deadline: what happens then."""

    class Meta:
        name = "Clock"

    what = graphene.String(required=True)
    at = graphene.DateTime(required=True)
    is_past = graphene.Boolean(required=True)


class InterestType(graphene.ObjectType):
    """Somebody who perhaps has a conflict of interest; `isOpen` until they stand aside or the chair
    rules."""

    class Meta:
        name = "Interest"

    person = graphene.String(required=True, description="A user name.")
    why = graphene.String(required=True)
    sentence = graphene.String(required=True)
    is_open = graphene.Boolean(required=True)
    is_recused = graphene.Boolean(required=True)

    @staticmethod
    def resolve_person(interest: Interest, info: GraphQLResolveInfo) -> str:
        """Whom it is about."""
        return interest.person.username


class AbilityType(graphene.ObjectType):
    """What the reader may do now; `whyNot` is empty when they may."""

    class Meta:
        name = "Ability"

    act = graphene.String(required=True)
    is_possible = graphene.Boolean(required=True)
    why_not = graphene.String(required=True)


class ProposalDetailType(graphene.ObjectType):
    """One proposal in full, as the reader may see it."""

    class Meta:
        name = "ProposalDetail"

    proposal = graphene.Field(types.ProposalType, required=True)
    revision = graphene.Field(types.RevisionType, required=True)
    revisions = graphene.List(graphene.NonNull(types.RevisionType), required=True)
    changes = graphene.List(graphene.NonNull(ProposalChangeType), required=True)
    findings = graphene.List(graphene.NonNull(FindingType), required=True)
    impact = graphene.Field(ProposalImpactType)
    signatures = graphene.List(graphene.NonNull(SignatureType), required=True)
    others = graphene.List(
        graphene.NonNull(types.SignerType), required=True, description="Consulted and informed."
    )
    positions = graphene.List(graphene.NonNull(SaidType), required=True)
    concerns = graphene.List(graphene.NonNull(types.ConcernType), required=True)
    interests = graphene.List(
        graphene.NonNull(InterestType), required=True,
        description="Who perhaps has a conflict of interest.",
    )  # fmt: skip
    comments = graphene.List(graphene.NonNull(types.CommentType), required=True)
    conflicts = graphene.List(graphene.NonNull(ConflictType), required=True)
    steps = graphene.List(graphene.NonNull(types.StepType), required=True)
    decisions = graphene.List(graphene.NonNull(DecisionType), required=True)
    tasks = graphene.List(graphene.NonNull(types.MigrationTaskType), required=True)
    follow_ups = graphene.List(graphene.NonNull(types.ProposalType), required=True)
    clocks = graphene.List(graphene.NonNull(ClockType), required=True)
    can = graphene.List(graphene.NonNull(AbilityType), required=True)

    @staticmethod
    def resolve_changes(detail: ProposalDetail, info: GraphQLResolveInfo) -> Any:
        """Each with its differences to what it builds on."""
        return [
            {
                "op": view.change.op,
                "kind": view.change.kind,
                "key": view.change.agreement_key,
                "title": view.change.title,
                "base_version": view.change.base_version,
                "before": view.before,
                "after": view.after,
                "is_editorial": view.is_editorial,
                "differences": [difference.document() for difference in view.differences],
            }
            for view in detail.changes
        ]

    @staticmethod
    def resolve_impact(detail: ProposalDetail, info: GraphQLResolveInfo) -> Any:
        """The newest snapshot; null while it is a draft."""
        return detail.snapshot

    @staticmethod
    def resolve_signatures(detail: ProposalDetail, info: GraphQLResolveInfo) -> Any:
        """Those that are needed."""
        return detail.signers

    @staticmethod
    def resolve_can(detail: ProposalDetail, info: GraphQLResolveInfo) -> Any:
        """Every act with whether the reader may."""
        return list(detail.can.values())


class ProposalPayload(graphene.ObjectType):
    """The proposal after the change, or the one to go on with."""

    proposal = graphene.Field(ProposalDetailType, required=True)


def shown(info: GraphQLResolveInfo, key: str, *path: str) -> ProposalDetail:
    """A proposal with its selected relations loaded; `path` leads to it from the field."""
    found = proposal_detail(principal_of(info), key)
    places: dict[tuple[str, ...], Sequence[Any]] = {
        ("proposal",): [found.proposal],
        ("revision",): [found.revision],
        ("revisions",): found.revisions,
        ("signatures", "signer"): [view.signer for view in found.signers],
        ("signatures", "maySign"): [one for view in found.signers for one in view.may_sign],
        ("signatures", "position"): [view.position for view in found.signers if view.position],
        ("others",): found.others,
        ("positions", "position"): [view.position for view in found.positions],
        ("concerns",): found.concerns,
        ("comments",): found.comments,
        ("conflicts",): found.conflicts,
        ("steps",): found.steps,
        ("decisions",): found.decisions,
        ("tasks",): found.tasks,
        ("followUps",): found.follow_ups,
    }
    for place, objects in places.items():
        plan(info, objects, *path, *place)
    return found


def payload(info: GraphQLResolveInfo, key: str) -> dict[str, ProposalDetail]:
    """What a mutation answers with."""
    return {"proposal": shown(info, key, "proposal")}
