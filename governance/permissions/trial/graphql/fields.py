"""What a proposal's opt-outs would do, in GraphQL."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql.relations import principal_of
from governance.permissions.trial.selectors import trial as tried
from governance.permissions.trial.selectors.analyzing import flaws_in_force
from governance.permissions.trial.selectors.trial import Narrowing

MOST = 200
_TEXT = graphene.String(required=True)
_OPTIONAL = graphene.String(required=True, default_value="")
_TEXTS = graphene.List(graphene.NonNull(graphene.String), required=True)
_COUNT = graphene.Int(required=True)
_PAIRS = graphene.Float(required=True, description="A whole number; it may pass 2**31.")


class OptOutFlawType(graphene.ObjectType):
    """What is wrong with one opt-out; `others` take part in it."""

    class Meta:
        name = "OptOutFlaw"

    flaw = _TEXT
    sentence = _TEXT
    opt_out = _TEXT
    others = _TEXTS


class AccessSummaryType(graphene.ObjectType):
    """Pairs of a person and a dataset that differ, reading for any purpose at `at`."""

    class Meta:
        name = "AccessSummary"

    at = graphene.DateTime(required=True)
    people = _COUNT
    datasets = _COUNT
    pairs = _PAIRS
    lost = _PAIRS
    gained = _PAIRS
    narrowed = _PAIRS
    widened = _PAIRS
    altered = _PAIRS
    losing = _COUNT
    gaining = _COUNT


class ProposalTrialType(graphene.ObjectType):
    """What a proposal would do."""

    class Meta:
        name = "ProposalTrial"

    proposal = graphene.String(required=True, resolver=lambda found, info: found.proposal.key)
    policy_version = graphene.Float(
        required=True, resolver=lambda found, info: found.draft.base.version
    )
    difference = graphene.Field(
        AccessSummaryType, required=True, resolver=lambda found, info: found.summary
    )
    flaws = graphene.List(graphene.NonNull(OptOutFlawType), required=True)


class AccessPairType(graphene.ObjectType):
    """A person and a dataset that differ."""

    class Meta:
        name = "AccessPair"

    person = _TEXT
    department = _TEXT
    dataset = _TEXT
    domain = _TEXT
    change = graphene.String(
        required=True, description="lost, gained, narrowed, widened or altered."
    )


class AccessDifferenceType(graphene.ObjectType):
    """A part of the pairs that differ, service accounts first, then by user name."""

    class Meta:
        name = "AccessDifference"

    count = _PAIRS
    pairs = graphene.List(graphene.NonNull(AccessPairType), required=True)


class TrialQuery(graphene.ObjectType):
    """What there is to ask about drafts of opt-outs."""

    proposal_trial = graphene.Field(
        ProposalTrialType, key=_TEXT, description="What a proposal's opt-outs would do."
    )
    access_difference = graphene.Field(
        AccessDifferenceType, key=_TEXT, department=_OPTIONAL, domain=_OPTIONAL, label=_OPTIONAL,
        dataset=_OPTIONAL, person=_OPTIONAL, change=_OPTIONAL,
        first=graphene.Int(required=True, default_value=50, description=f"1 to {MOST}."),
        skip=graphene.Int(required=True, default_value=0, description="Pairs to pass over."),
        description="Who would lose and who would gain what.",
    )  # fmt: skip
    opt_out_flaws = graphene.List(
        graphene.NonNull(OptOutFlawType), required=True,
        description="What is wrong with the opt-outs in force as a set.",
    )  # fmt: skip

    @staticmethod
    def resolve_proposal_trial(root: Any, info: GraphQLResolveInfo, key: str) -> Any:
        """See `selectors.trial.trial_of`."""
        return tried.trial_of(principal_of(info), key)

    @staticmethod
    def resolve_access_difference(
        root: Any, info: GraphQLResolveInfo, key: str, first: int, skip: int, **given: str
    ) -> dict[str, Any]:
        """See `selectors.trial.narrowed`."""
        if not (1 <= first <= MOST and skip >= 0):
            raise InvalidInput(f"first is 1 to {MOST}, skip 0 or more.", field="first")
        principal = principal_of(info)
        found = tried.trial_of(principal, key)
        narrowing: Narrowing = tried.narrowing_of(given)
        pairs = tried.pairs_of(found, tried.narrowed(principal, found, narrowing))
        return {
            "count": len(pairs),
            "pairs": [tried.pair_view(found, pair) for pair in pairs[skip : skip + first]],
        }

    @staticmethod
    def resolve_opt_out_flaws(root: Any, info: GraphQLResolveInfo) -> Any:
        """See `selectors.analyzing.flaws_in_force`."""
        return flaws_in_force(principal_of(info))
