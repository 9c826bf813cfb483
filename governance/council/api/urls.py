"""The addresses of the council over REST."""

from __future__ import annotations

from django.urls import path

from governance.council.api import calendars, committees, decisions, meetings, registers, seats
from governance.council.offered import MEETING_STEPS

meeting = "council/meetings/<int:meeting_id>"
urlpatterns = [
    path("decisions/", decisions.DecisionsView.as_view(), name="decisions"),
    path("decisions/chain/", decisions.ChainView.as_view(), name="decision-chain"),
    path(
        "decisions/chain/export/", decisions.ChainExportView.as_view(), name="decision-chain-export"
    ),
    path("decisions/<str:key>/", decisions.DecisionView.as_view(), name="decision"),
    path("decisions/<str:key>/prov/", decisions.DecisionProvView.as_view(), name="decision-prov"),
    path("decisions/<str:key>/json/", decisions.DecisionJsonView.as_view(), name="decision-json"),
    path(
        "decisions/<str:key>/madr/", decisions.DecisionMarkdownView.as_view(), name="decision-madr"
    ),
    path("council/seats/", seats.SeatsView.as_view(), name="seats"),
    path("council/seats/<slug:slug>/", seats.SeatView.as_view(), name="seat"),
    path("council/seats/<slug:slug>/sitter/", seats.SitterView.as_view(), name="sitter"),
    path(
        "council/seats/<slug:slug>/memberships/",
        seats.SeatMembershipsView.as_view(),
        name="seat-memberships",
    ),
    path("council/committees/", committees.CommitteesView.as_view(), name="committees"),
    path("council/committees/<slug:slug>/", committees.CommitteeView.as_view(), name="committee"),
    path("council/delegations/", seats.DelegationsView.as_view(), name="delegations"),
    path(
        "council/delegations/<int:delegation_id>/",
        seats.DelegationView.as_view(),
        name="delegation",
    ),
    path("council/flows/", registers.FlowsView.as_view(), name="flows"),
    path("council/flows/<int:flow_id>/", registers.FlowView.as_view(), name="flow"),
    path("council/accountability/", registers.AccountabilityView.as_view(), name="accountability"),
    path("council/accountability/<int:duty_id>/", registers.DutyView.as_view(), name="duty"),
    path("council/report/", registers.QuarterlyReportView.as_view(), name="quarterly-report"),
    path(
        "council/calendar/changes/", calendars.ChangeCalendarView.as_view(), name="change-calendar"
    ),
    path(
        "council/calendar/address/",
        calendars.CalendarAddressView.as_view(),
        name="calendar-address",
    ),
    path("council/actions/", meetings.ActionsView.as_view(), name="actions"),
    path(
        "council/actions/<int:action_id>/finish/",
        meetings.FinishView.as_view(),
        name="action-finish",
    ),
    path("council/meetings/plan/", meetings.PlanView.as_view(), name="meetings-plan"),
    path("council/meetings/", meetings.MeetingsView.as_view(), name="meetings"),
    path(f"{meeting}/", meetings.MeetingView.as_view(), name="meeting"),
    path(f"{meeting}/items/", meetings.AgendaItemsView.as_view(), name="agenda-items"),
    *(
        path(
            f"{meeting}/{step}/",
            meetings.MeetingStepView.as_view(step=step),
            name=f"meeting-{step}",
        )
        for step in MEETING_STEPS
    ),
]
