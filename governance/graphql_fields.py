"""Everything of governance in GraphQL, assembled from its rooms."""

from __future__ import annotations

import graphene

from governance.agreements.graphql.exchange import GlossaryMutation, GlossaryQuery
from governance.agreements.graphql.queries import AgreementQuery
from governance.audit.graphql.fields import AuditMutation, AuditQuery
from governance.brakes.graphql.fields import BrakeMutation, BrakeQuery
from governance.conflicts.graphql.fields import ConflictMutation, ConflictQuery
from governance.council.graphql.bodies import BodyMutation, BodyQuery
from governance.council.graphql.calendars import CalendarMutation, CalendarQuery
from governance.council.graphql.mutations import MeetingMutation, SeatMutation
from governance.council.graphql.queries import CouncilQuery
from governance.council.graphql.registers import RegisterMutation, RegisterQuery
from governance.culture.graphql.first_steps import FirstStepsMutation, FirstStepsQuery
from governance.culture.graphql.goals import GoalMutation, GoalQuery
from governance.culture.graphql.reach import ReachQuery
from governance.culture.graphql.reports import DataReportMutation, DataReportQuery
from governance.mappings.graphql.fields import MappingQuery
from governance.notifications.graphql.fields import MessageMutation, MessageQuery
from governance.notifications.graphql.preferences import PreferenceMutation, PreferenceQuery
from governance.notifications.graphql.webhooks import WebhookMutation, WebhookQuery
from governance.permissions.graphql.access import AccessMutation, AccessQuery
from governance.permissions.graphql.fields import OptOutMutation, OptOutQuery
from governance.permissions.graphql.statements import StatementMutation, StatementQuery
from governance.permissions.trial.graphql.fields import TrialMutation, TrialQuery
from governance.proposals.graphql.mutations import ProposalMutation
from governance.proposals.graphql.queries import ProposalQuery
from governance.proposals.graphql.steps import ProposalStepMutation


class GovernanceQuery(
    AgreementQuery,
    GlossaryQuery,
    ProposalQuery,
    CouncilQuery,
    BodyQuery,
    CalendarQuery,
    RegisterQuery,
    GoalQuery,
    DataReportQuery,
    ReachQuery,
    FirstStepsQuery,
    MappingQuery,
    ConflictQuery,
    AuditQuery,
    MessageQuery,
    PreferenceQuery,
    WebhookQuery,
    OptOutQuery,
    StatementQuery,
    AccessQuery,
    TrialQuery,
    BrakeQuery,
    graphene.ObjectType,
):
    """What there is to ask about what people agreed."""


class GovernanceMutation(
    ProposalMutation,
    ProposalStepMutation,
    GlossaryMutation,
    MeetingMutation,
    SeatMutation,
    BodyMutation,
    CalendarMutation,
    RegisterMutation,
    GoalMutation,
    DataReportMutation,
    FirstStepsMutation,
    ConflictMutation,
    StatementMutation,
    BrakeMutation,
    AuditMutation,
    MessageMutation,
    PreferenceMutation,
    WebhookMutation,
    OptOutMutation,
    AccessMutation,
    TrialMutation,
    graphene.ObjectType,
):
    """How people agree."""
