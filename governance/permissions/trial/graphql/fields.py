"""What a proposal's opt-outs would do, in GraphQL."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql.relations import principal_of
from governance.permissions.trial.selectors import tallies
from governance.permissions.trial.selectors import trial as tried
from governance.permissions.trial.selectors.analyzing import flaws_in_force
from governance.permissions.trial.selectors.trial import Narrowing
from governance.permissions.trial.services.replays import request_replay
from governance.permissions.trial.services.running import run_tests
from governance.permissions.trial.services.shadows import end_shadow, start_shadow
from governance.permissions.trial.services.suggesting import suggest_tests

MOST = 200
_TEXT = graphene.String(required=True)
_OPTIONAL = graphene.String(required=True, default_value="")
_TEXTS = graphene.List(graphene.NonNull(graphene.String), required=True)
_COUNT = graphene.Int(required=True)
_YES = graphene.Boolean(required=True)
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
    hidden = _PAIRS
    shown = _PAIRS
    losing = _COUNT
    gaining = _COUNT


class OptOutTestType(graphene.ObjectType):
    """One test of an opt-out; `got` is empty where it cannot be run, and `why` says so."""

    class Meta:
        name = "OptOutTest"

    opt_out = _TEXT
    who = _TEXT
    dataset = _TEXT
    columns = _TEXTS
    action = _TEXT
    purpose = _TEXT
    environment = _TEXT
    expected = _TEXT
    got = _TEXT
    passed = _YES
    why = _TEXT
    note = _TEXT


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
    tests = graphene.List(graphene.NonNull(OptOutTestType), required=True)
    regressions = graphene.List(
        graphene.NonNull(OptOutTestType), required=True,
        description="Tests of other opt-outs that hold today and would not any more.",
    )  # fmt: skip


class AccessPairType(graphene.ObjectType):
    """A person and a dataset that differ."""

    class Meta:
        name = "AccessPair"

    person = _TEXT
    department = _TEXT
    dataset = _TEXT
    domain = _TEXT
    change = graphene.String(
        required=True, description="lost, gained, narrowed, widened, altered, hidden or shown."
    )


class AccessDifferenceType(graphene.ObjectType):
    """A part of the pairs that differ, service accounts first, then by user name."""

    class Meta:
        name = "AccessDifference"

    count = _PAIRS
    pairs = graphene.List(graphene.NonNull(AccessPairType), required=True)


class TallyType(graphene.ObjectType):
    """How many answers would have been others for one person, dataset or purpose."""

    class Meta:
        name = "AnswerTally"

    name = _TEXT
    change = _TEXT
    count = _PAIRS


_TALLIES = graphene.List(graphene.NonNull(TallyType), required=True)


class LeftOutType(graphene.ObjectType):
    """Rows of the log that asked for data and could not be asked again, and why."""

    class Meta:
        name = "LeftOutOfReplay"

    why = _TEXT
    count = _PAIRS


class TalliesType(graphene.ObjectType):
    """Answers that would have been others; people are named to who may read the whole log."""

    class Meta:
        name = "AnswerTallies"

    asked = _PAIRS
    left_out = graphene.List(graphene.NonNull(LeftOutType), required=True)
    different = _PAIRS
    people = _COUNT
    datasets = _COUNT
    people_withheld = _YES
    by_person = _TALLIES
    by_dataset = _TALLIES
    by_purpose = _TALLIES


class ReplayType(graphene.ObjectType):
    """One replay of the access log; `daysDone` of `days` is its progress."""

    class Meta:
        name = "OptOutReplay"

    id = graphene.ID(required=True, resolver=lambda view, info: view.replay.pk)
    state = graphene.String(required=True, resolver=lambda view, info: view.replay.state)
    days = graphene.Int(required=True, resolver=lambda view, info: view.replay.days)
    days_done = graphene.Int(required=True, resolver=lambda view, info: view.replay.days_done)
    requested_at = graphene.DateTime(
        required=True, resolver=lambda view, info: view.replay.requested_at
    )
    finished_at = graphene.DateTime(resolver=lambda view, info: view.replay.finished_at)
    problem = graphene.String(required=True, resolver=lambda view, info: view.replay.problem)
    is_old = _YES
    tallies = graphene.Field(TalliesType)


class ShadowType(graphene.ObjectType):
    """One shadow beside live answers."""

    class Meta:
        name = "OptOutShadow"

    id = graphene.ID(required=True, resolver=lambda view, info: view.shadow.pk)
    started_at = graphene.DateTime(
        required=True, resolver=lambda view, info: view.shadow.started_at
    )
    ends_at = graphene.DateTime(required=True, resolver=lambda view, info: view.shadow.ends_at)
    ended_at = graphene.DateTime(resolver=lambda view, info: view.shadow.ended_at)
    dropped = graphene.Float(required=True, resolver=lambda view, info: view.shadow.dropped)
    is_running = _YES
    is_old = _YES
    tallies = graphene.Field(TalliesType, required=True)


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

    proposal_replays = graphene.List(
        graphene.NonNull(ReplayType), key=_TEXT, required=True,
        description="The access log, decided once more under a proposal; the newest first.",
    )  # fmt: skip
    proposal_shadows = graphene.List(
        graphene.NonNull(ShadowType), key=_TEXT, required=True,
        description="A proposal's opt-outs beside live answers; the newest first.",
    )  # fmt: skip

    @staticmethod
    def resolve_proposal_replays(root: Any, info: GraphQLResolveInfo, key: str) -> Any:
        """See `selectors.tallies.replays_of`."""
        return tallies.replays_of(principal_of(info), key)

    @staticmethod
    def resolve_proposal_shadows(root: Any, info: GraphQLResolveInfo, key: str) -> Any:
        """See `selectors.tallies.shadows_of`."""
        return tallies.shadows_of(principal_of(info), key)

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


class AccessTestInput(graphene.InputObjectType):
    """One test: who does what with which data, and what they are to get."""

    who = _TEXT
    dataset = _TEXT
    columns = graphene.List(graphene.NonNull(graphene.String), required=True, default_value=[])
    action = graphene.String(required=True, default_value="read")
    purpose = graphene.String(required=True, default_value="any")
    environment = graphene.String()
    expect = graphene.String(required=True, default_value="open")
    note = _OPTIONAL


class AccessTestRunType(graphene.ObjectType):
    """What came of each test, under which policy; `passed` where all came out as expected."""

    class Meta:
        name = "AccessTestRun"

    passed = _YES
    tests = graphene.List(graphene.NonNull(OptOutTestType), required=True)
    policy_epoch = _COUNT
    decision_id = _TEXT


class TrialMutation(graphene.ObjectType):
    """How drafts of opt-outs are tried."""

    run_access_tests = graphene.Field(
        AccessTestRunType, required=True,
        tests=graphene.List(graphene.NonNull(AccessTestInput), required=True),
        description="Run tests on what is in force, for oneself; a gateway runs them for others.",
    )  # fmt: skip

    suggest_tests = graphene.Field(
        ProposalTrialType, key=_TEXT, required=True,
        description="Write tests into a draft of one's own: what it does today.",
    )  # fmt: skip
    replay_decisions = graphene.List(
        graphene.NonNull(ReplayType), key=_TEXT,
        days=graphene.Int(required=True, default_value=30), required=True,
        description="Decide the log of the last days once more, in the background.",
    )  # fmt: skip
    start_shadow = graphene.List(
        graphene.NonNull(ShadowType), key=_TEXT,
        until=graphene.Date(required=True), required=True,
        description="Let a draft stand beside live answers until the end of a day.",
    )  # fmt: skip
    end_shadow = graphene.List(
        graphene.NonNull(ShadowType), key=_TEXT, required=True,
        description="End the shadow that runs; what it counted stays.",
    )  # fmt: skip

    @staticmethod
    def resolve_run_access_tests(
        root: Any, info: GraphQLResolveInfo, tests: list[dict[str, Any]]
    ) -> Any:
        """See `services.running.run_tests`."""
        return run_tests(acting=principal_of(info), tests=tests)

    @staticmethod
    def resolve_suggest_tests(root: Any, info: GraphQLResolveInfo, key: str) -> Any:
        """See `services.suggesting.suggest_tests`."""
        suggest_tests(acting=principal_of(info), key=key)
        return tried.trial_of(principal_of(info), key)

    @staticmethod
    def resolve_replay_decisions(root: Any, info: GraphQLResolveInfo, key: str, days: int) -> Any:
        """See `services.replays.request_replay`."""
        request_replay(acting=principal_of(info), key=key, days=days)
        return tallies.replays_of(principal_of(info), key)

    @staticmethod
    def resolve_start_shadow(root: Any, info: GraphQLResolveInfo, key: str, until: dt.date) -> Any:
        """See `services.shadows.start_shadow`."""
        start_shadow(acting=principal_of(info), key=key, until=until)
        return tallies.shadows_of(principal_of(info), key)

    @staticmethod
    def resolve_end_shadow(root: Any, info: GraphQLResolveInfo, key: str) -> Any:
        """See `services.shadows.end_shadow`."""
        end_shadow(acting=principal_of(info), key=key)
        return tallies.shadows_of(principal_of(info), key)
