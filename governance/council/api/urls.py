"""The addresses of the council over REST."""

from __future__ import annotations

from django.urls import path

from governance.council.api import views

meeting = "council/meetings/<int:meeting_id>"
urlpatterns = [
    path("decisions/", views.DecisionsView.as_view(), name="decisions"),
    path("decisions/chain/", views.ChainView.as_view(), name="decision-chain"),
    path("decisions/chain/export/", views.ChainExportView.as_view(), name="decision-chain-export"),
    path("decisions/<str:key>/", views.DecisionView.as_view(), name="decision"),
    path("decisions/<str:key>/prov/", views.DecisionProvView.as_view(), name="decision-prov"),
    path("council/seats/", views.SeatsView.as_view(), name="seats"),
    path("council/delegations/", views.DelegationsView.as_view(), name="delegations"),
    path(
        "council/delegations/<int:delegation_id>/",
        views.DelegationView.as_view(),
        name="delegation",
    ),
    path("council/flows/", views.FlowsView.as_view(), name="flows"),
    path("council/flows/<int:flow_id>/", views.FlowView.as_view(), name="flow"),
    path("council/meetings/", views.MeetingsView.as_view(), name="meetings"),
    path(f"{meeting}/", views.MeetingView.as_view(), name="meeting"),
    path(f"{meeting}/items/", views.AgendaItemsView.as_view(), name="agenda-items"),
    *(
        path(f"{meeting}/{step}/", views.MeetingStepView.as_view(step=step), name=f"meeting-{step}")
        for step in views.MEETING_STEPS
    ),
]
