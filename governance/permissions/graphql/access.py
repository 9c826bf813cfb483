"""Opt-outs in force, what they mean for somebody, and openness in GraphQL."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from django.utils import timezone
from graphql import GraphQLResolveInfo

from catalog.graphql.relations import plan, principal_of
from governance.permissions.graphql.enforcement import EnforcementType
from governance.permissions.graphql.types import BreakGlassTemplateType, OptOutExceptionType
from governance.permissions.selectors import answers, openness
from governance.permissions.selectors.enforcement import enforcement
from governance.permissions.selectors.mine import access_of_mine
from governance.permissions.selectors.register import dataset_called, register_of
from governance.permissions.services.emergencies import EVERYBODY, close_in_emergency
from governance.permissions.types import DataAction
from governance.permissions.wording import answer_in_words
from governance.proposals.graphql.detail import ProposalPayload, payload

_TEXT = graphene.String(required=True)
_OPTIONAL = graphene.String(required=True, default_value="")
_TEXTS = graphene.List(graphene.NonNull(graphene.String), required=True)
_COUNT = graphene.Int(required=True)
_PAIRS = graphene.Float(required=True, description="A whole number; it may pass 2**31.")
_YES = graphene.Boolean(required=True)


class OptOutType(graphene.ObjectType):
    """One opt-out in force; `reason` is empty where it is withheld."""

    class Meta:
        name = "OptOut"

    key = _TEXT
    number = _TEXT
    title = _TEXT
    sentence = _TEXT
    effect = _TEXT
    effect_in_words = _TEXT
    whom = _TEXT
    what = _TEXT
    reason = _TEXT
    is_reason_withheld = _YES
    category = _TEXT
    owner = _TEXT
    ask = _TEXT
    since = graphene.Date(required=True)
    until = graphene.Date()
    review_by = graphene.Date(required=True)
    warning = _TEXT
    decision = _TEXT
    holds_now = _YES
    dataset_count = _COUNT


class ColumnAccessType(graphene.ObjectType):
    """What holds for one column."""

    class Meta:
        name = "ColumnAccess"

    path = _TEXT
    words = _TEXT
    is_denied = _YES
    numbers = _TEXTS


class BecauseType(graphene.ObjectType):
    """One opt-out that applies; no columns means all."""

    class Meta:
        name = "AccessReason"

    opt_out = graphene.Field(graphene.NonNull(OptOutType))
    columns = _TEXTS
    rows = _TEXT

    @staticmethod
    def resolve_opt_out(root: answers.Because, info: GraphQLResolveInfo) -> Any:
        """As the register has it."""
        return root.entry


class ClosedToType(graphene.ObjectType):
    """Somebody who may read it not at all, or not as it is."""

    class Meta:
        name = "ClosedTo"

    person = _TEXT
    is_denied = _YES
    numbers = _TEXTS

    @staticmethod
    def resolve_person(root: answers.ClosedTo, info: GraphQLResolveInfo) -> str:
        """The user name."""
        return root.person.username


class AudienceType(graphene.ObjectType):
    """Who may read a dataset, and the first of those who may not."""

    class Meta:
        name = "Audience"

    open = _COUNT
    narrowed = _COUNT
    denied = _COUNT
    people = graphene.List(graphene.NonNull(ClosedToType), required=True)


class EndedType(graphene.ObjectType):
    """A declassification: columns that no longer inherit labels, on what basis, who answers."""

    class Meta:
        name = "LabelsEnded"

    key = _TEXT
    title = _TEXT
    columns = _TEXTS
    labels = _TEXTS
    basis = _TEXT
    group_of = graphene.Int()
    reason = _TEXT
    owner = _TEXT
    review_by = graphene.Date(required=True)
    is_review_due = _YES


class CountedClassType(graphene.ObjectType):
    """A column whose suggested class counts until it is reviewed, and the protocol that says so."""

    class Meta:
        name = "CountedClass"

    path = _TEXT
    label = _TEXT
    confidence = graphene.Float(required=True)
    why = _TEXTS
    key = _TEXT
    title = _TEXT


class AccessType(graphene.ObjectType):
    """What somebody may do with a dataset, and why not more."""

    class Meta:
        name = "Access"

    dataset = _TEXT
    person = _TEXT
    action = _TEXT
    purpose = _TEXT
    allowed = _YES
    code = _TEXT
    words = _TEXT
    everywhere = _TEXT
    columns = graphene.List(graphene.NonNull(ColumnAccessType), required=True)
    because = graphene.List(graphene.NonNull(BecauseType), required=True)
    declassified = graphene.List(graphene.NonNull(EndedType), required=True)
    suggested = graphene.List(graphene.NonNull(CountedClassType), required=True)

    @staticmethod
    def resolve_dataset(root: answers.AccessAnswer, info: GraphQLResolveInfo) -> str:
        """Its whole name."""
        return root.dataset.qualified_name

    @staticmethod
    def resolve_person(root: answers.AccessAnswer, info: GraphQLResolveInfo) -> str:
        """The user name."""
        return root.username

    @staticmethod
    def resolve_allowed(root: answers.AccessAnswer, info: GraphQLResolveInfo) -> bool:
        """Whether anything of it may be had."""
        return root.decision.allowed

    @staticmethod
    def resolve_code(root: answers.AccessAnswer, info: GraphQLResolveInfo) -> str:
        """As the engine says it."""
        return root.decision.code

    @staticmethod
    def resolve_words(root: answers.AccessAnswer, info: GraphQLResolveInfo) -> str:
        """The answer in three or four words."""
        return answer_in_words(root.decision)

    @staticmethod
    def resolve_everywhere(root: answers.AccessAnswer, info: GraphQLResolveInfo) -> str:
        """What holds for every other column."""
        return root.whole


class ClosedForMeType(graphene.ObjectType):
    """One opt-out that concerns the reader, with the first datasets that it touches."""

    class Meta:
        name = "ClosedForMe"

    opt_out = graphene.Field(graphene.NonNull(OptOutType))
    dataset_count = _COUNT
    datasets = _TEXTS

    @staticmethod
    def resolve_opt_out(root: Any, info: GraphQLResolveInfo) -> Any:
        """As the register has it."""
        return root.entry

    @staticmethod
    def resolve_datasets(root: Any, info: GraphQLResolveInfo) -> list[str]:
        """By name."""
        return [dataset.qualified_name for dataset in root.datasets]


class MyAccessType(graphene.ObjectType):
    """What is closed or narrowed for the reader, their exceptions and requests."""

    class Meta:
        name = "MyAccess"

    closed = graphene.List(graphene.NonNull(ClosedForMeType), required=True)
    exceptions = graphene.List(graphene.NonNull(OptOutExceptionType), required=True)
    requests = graphene.List(graphene.NonNull(OptOutExceptionType), required=True)
    templates = graphene.List(graphene.NonNull(BreakGlassTemplateType), required=True)


class ClosedByType(graphene.ObjectType):
    """What one opt-out closes or narrows, in pairs of a person and a dataset."""

    class Meta:
        name = "ClosedBy"

    key = _TEXT
    number = _TEXT
    title = _TEXT
    category = _TEXT
    people = _COUNT
    datasets = _COUNT
    pairs = _PAIRS


class OpennessDayType(graphene.ObjectType):
    """How open data was on a day."""

    class Meta:
        name = "OpennessDay"

    day = graphene.Date(required=True)
    share = graphene.Float(required=True)
    pairs = _PAIRS
    open_pairs = _PAIRS
    denied_pairs = _PAIRS


class OpennessType(graphene.ObjectType):
    """How open data is now; shares are 0 to 1."""

    class Meta:
        name = "Openness"

    people = _COUNT
    datasets = _COUNT
    columns = _COUNT
    pairs = _PAIRS
    open_pairs = _PAIRS
    denied_pairs = _PAIRS
    column_pairs = _PAIRS
    open_column_pairs = _PAIRS
    share = graphene.Float(required=True)
    column_share = graphene.Float(required=True)
    reasons = graphene.List(graphene.NonNull(ClosedByType), required=True)


class ExposedColumnType(graphene.ObjectType):
    """A classified column that no opt-out covers."""

    class Meta:
        name = "ExposedColumn"

    dataset = _TEXT
    column = _TEXT
    classifications = _TEXTS
    is_suggested = graphene.Boolean(
        required=True, description="Whether its class is only suggested and not yet reviewed."
    )


class AccessQuery(graphene.ObjectType):
    """What there is to ask about access."""

    opt_outs = graphene.List(
        graphene.NonNull(OptOutType), category=_OPTIONAL, effect=_OPTIONAL, domain=_OPTIONAL,
        dataset=_OPTIONAL, person=_OPTIONAL, required=True,
        description="The opt-outs in force, the soonest end first.",
    )  # fmt: skip
    access = graphene.Field(
        AccessType, dataset=_TEXT, person=_OPTIONAL,
        action=graphene.String(required=True, default_value=DataAction.READ.value),
        purpose=_OPTIONAL, description="What somebody may do with a dataset, and why not more.",
    )  # fmt: skip
    audience = graphene.Field(
        AudienceType, dataset=_TEXT, description="Who may read a dataset, for who answers for it."
    )
    my_access = graphene.Field(
        MyAccessType, required=True, description="What is closed or narrowed for the reader."
    )
    openness = graphene.Field(OpennessType, required=True, description="How open data is.")
    openness_history = graphene.List(
        graphene.NonNull(OpennessDayType), required=True, description="The newest day first."
    )
    enforcement = graphene.Field(
        EnforcementType, required=True, description="Where opt-outs are in force."
    )
    exposed_columns = graphene.List(
        graphene.NonNull(ExposedColumnType), classification=_OPTIONAL, required=True,
        description="Sensitive columns without any opt-out.",
    )  # fmt: skip

    @staticmethod
    def resolve_opt_outs(root: Any, info: GraphQLResolveInfo, person: str, **given: str) -> Any:
        """See `selectors.register.register_of`."""
        return register_of(principal_of(info), username=person, **given)

    @staticmethod
    def resolve_access(
        root: Any, info: GraphQLResolveInfo, dataset: str, person: str, action: str, purpose: str
    ) -> Any:
        """See `selectors.answers.access_of`."""
        principal = principal_of(info)
        held = dataset_called(principal, dataset)
        return answers.access_of(
            principal, held.pk, username=person, action=action, purpose=purpose
        )

    @staticmethod
    def resolve_audience(root: Any, info: GraphQLResolveInfo, dataset: str) -> Any:
        """See `selectors.answers.audience_of`."""
        principal = principal_of(info)
        return answers.audience_of(principal, dataset_called(principal, dataset))

    @staticmethod
    def resolve_my_access(root: Any, info: GraphQLResolveInfo) -> Any:
        """See `selectors.mine.access_of_mine`."""
        found = access_of_mine(principal_of(info))
        plan(info, list(found.exceptions), "exceptions")
        plan(info, list(found.requests), "requests")
        plan(info, list(found.templates), "templates")
        return found

    @staticmethod
    def resolve_openness(root: Any, info: GraphQLResolveInfo) -> Any:
        """See `selectors.openness.openness_now`."""
        return openness.openness_now(principal_of(info))

    @staticmethod
    def resolve_openness_history(root: Any, info: GraphQLResolveInfo) -> Any:
        """Two years of weeks at most."""
        return list(openness.measures(principal_of(info))[: openness.MEASURES_SHOWN])

    @staticmethod
    def resolve_enforcement(root: Any, info: GraphQLResolveInfo) -> Any:
        """See `selectors.enforcement.enforcement`."""
        return enforcement(principal_of(info), timezone.now())

    @staticmethod
    def resolve_exposed_columns(
        root: Any, info: GraphQLResolveInfo, classification: str
    ) -> list[dict[str, Any]]:
        """Column by column."""
        found = openness.exposed_columns(principal_of(info), classification=classification)
        return [
            {
                "dataset": one.dataset.qualified_name,
                "column": path,
                "classifications": labels,
                "is_suggested": path in one.suggested,
            }
            for one in found
            for path, labels in one.columns
        ]


class AccessMutation(graphene.ObjectType):
    """What there is to change about access at once."""

    close_in_emergency = graphene.Field(
        ProposalPayload, dataset=_TEXT, column=_OPTIONAL,
        concerned=graphene.String(required=True, default_value=EVERYBODY),
        effect=graphene.String(required=True, default_value="deny"),
        reason=_TEXT, until=graphene.Date(required=True), required=True,
        description="Close a dataset, or a column with all downstream, at once.",
    )  # fmt: skip

    @staticmethod
    def resolve_close_in_emergency(
        root: Any, info: GraphQLResolveInfo, until: dt.date, **given: str
    ) -> Any:
        """See `services.emergencies.close_in_emergency`."""
        made = close_in_emergency(acting=principal_of(info), until=until, **given)
        return payload(info, made.key)
