"""GraphQL types of proposals and of what was said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphene_django import DjangoObjectType

from catalog.graphql import loaders
from catalog.graphql.extension import extend
from catalog.graphql.paging import connection
from catalog.graphql.relations import RelationField, relation
from catalog.graphql.types import DatasetType, DomainType, PersonType, TeamType
from catalog.selectors import directory
from catalog.selectors import graph as catalog_graph
from catalog.types import Principal
from governance.council.selectors.appeals import visible_appeals
from governance.models import (
    Appeal,
    Comment,
    Concern,
    MigrationTask,
    Position,
    Proposal,
    Revision,
    Signer,
    Step,
)
from governance.proposals.selectors.touching import open_proposals_of_datasets


def person_at(key: str, description: str) -> RelationField:
    """The person that a column points to."""
    return relation(
        PersonType, loaders.one(directory.people, key), many=False, description=description
    )


class ProposalType(DjangoObjectType):
    """What people ask to agree on; `proposal(key:)` tells everything of one."""

    class Meta:
        model = Proposal
        name = "Proposal"
        convert_choices_to_enum = False
        fields = [
            "id", "key", "kind", "title", "ask", "state", "scope", "is_emergency", "is_escalated",
            "is_reversal", "created_at", "state_since", "discussion_until", "final_call_until",
            "reopen_until", "deferred_until", "effective_at", "lapses_at", "outcome_note",
        ]  # fmt: skip

    proposal_class = graphene.String(
        required=True,
        source="klass",
        description="How it is decided: E, L, S, C, P, X or M; empty while it is a draft.",
    )
    author = person_at("author_id", "Who wrote it.")
    champion = person_at("champion_id", "Who brings it through.")
    domain = relation(
        DomainType, loaders.one(directory.domains, "domain_id"), many=False,
        description="The domain it is made in.",
    )  # fmt: skip


class RevisionType(DjangoObjectType):
    """One exact text; what is said binds to its digest."""

    class Meta:
        model = Revision
        name = "Revision"
        fields = [
            "id", "number", "digest", "rationale", "no_evidence_reason", "wanted_effective_at",
            "created_at",
        ]  # fmt: skip

    evidence = GenericScalar(required=True, description="What it rests on, as a list.")
    author = person_at("author_id", "Who wrote this text.")


class SignerType(DjangoObjectType):
    """Who is asked, why, and by which way they are touched."""

    class Meta:
        model = Signer
        name = "Signer"
        convert_choices_to_enum = False
        fields = ["id", "label", "role", "reason", "explanation", "objects_count"]

    path = graphene.List(
        graphene.NonNull(graphene.String), required=True,
        description="From the changed object to the one that made them affected.",
    )  # fmt: skip
    person = person_at("person_id", "Who answers; null where nobody does.")
    team = relation(
        TeamType, loaders.one(directory.teams, "team_id"), many=False,
        description="The team that answers, where it is one.",
    )  # fmt: skip


class PositionType(DjangoObjectType):
    """What somebody said of one revision."""

    class Meta:
        model = Position
        name = "Position"
        convert_choices_to_enum = False
        fields = ["id", "label", "value", "block_kind", "reason", "revision_digest", "at"]

    person = person_at("person_id", "Who spoke.")
    on_behalf_of = person_at("on_behalf_of_id", "For whom, where not for themselves.")


class AppealType(DjangoObjectType):
    """A ruling of the chair before the meeting; the counts are of seats, once it is decided."""

    class Meta:
        model = Appeal
        name = "Appeal"
        convert_choices_to_enum = False
        fields = [
            "id", "reason", "ruling", "was_valid", "state", "sustain", "overturn", "abstain",
            "raised_at", "decided_at",
        ]  # fmt: skip

    raiser = person_at("raiser_id", "Who appealed.")


class ConcernType(DjangoObjectType):
    """A named doubt with its answer and ruling."""

    class Meta:
        model = Concern
        name = "Concern"
        convert_choices_to_enum = False
        fields = [
            "id", "kind", "is_blocking", "title", "text", "state", "answer", "ruling", "raised_at",
            "settled_at",
        ]  # fmt: skip

    evidence = GenericScalar(required=True, description="What it rests on, as a list.")
    raiser = person_at("raiser_id", "Who raised it.")
    answered_by = person_at("answered_by_id", "Who answered.")
    ruled_by = person_at("ruled_by_id", "Who ruled on it.")
    appeals = relation(
        AppealType, loaders.many(visible_appeals, "concern_id", order=["raised_at", "pk"]),
        description="Appeals against the ruling on it.",
    )  # fmt: skip


class CommentType(DjangoObjectType):
    """A remark."""

    class Meta:
        model = Comment
        name = "Comment"
        fields = ["id", "text", "at"]

    author = person_at("author_id", "Who wrote.")


class StepType(DjangoObjectType):
    """A change of state."""

    class Meta:
        model = Step
        name = "Step"
        convert_choices_to_enum = False
        fields = ["id", "before", "after", "reason", "at"]

    actor = person_at("actor_id", "Who did it; null where the clock did.")


class MigrationTaskType(DjangoObjectType):
    """What has to move because an agreement changed, and until when."""

    class Meta:
        model = MigrationTask
        name = "MigrationTask"
        fields = ["id", "instruction", "suggestion", "due_on", "done_at"]

    path = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="How it is reached."
    )
    owner = person_at("owner_id", "Who has to move it.")
    dataset = relation(
        DatasetType, loaders.one(catalog_graph.datasets, "dataset_id"), many=False,
        description="What has to move.",
    )  # fmt: skip


ProposalConnection = connection(ProposalType)


def _open_proposals(
    principal: Principal, parents: Sequence[Any], arguments: Mapping[str, Any]
) -> Mapping[Any, list[Any]]:
    found = open_proposals_of_datasets(principal, [parent.pk for parent in parents])
    most = arguments.get("first", 50)
    return {pk: list(proposals[:most]) for pk, proposals in found.items()}


extend(
    DatasetType,
    "open_proposals",
    relation(
        ProposalType, _open_proposals,
        description="Open proposals that change it, or what rests on it; newest first.",
    ),
)  # fmt: skip
