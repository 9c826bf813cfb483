"""The addresses of the council; part of governance's."""

from __future__ import annotations

from django.urls import path, re_path

from governance.council.web import (
    accountability,
    calendars,
    decisions,
    flows,
    home,
    meetings,
    report,
    seats,
)

urlpatterns = [
    path("council/", home.council, name="council"),
    path("council/change/", home.change, name="change_council"),
    path("council/seats/", seats.seats, name="seats"),
    path("council/seats/<slug:slug>/", seats.seat, name="seat"),
    path("council/seats/<slug:slug>/change/", seats.change_seat, name="change_seat"),
    path("council/delegate/", seats.give_vote, name="delegate"),
    path("council/delegations/<int:delegation_id>/end/", seats.take_back, name="end_delegation"),
    path("council/flows/", flows.flows, name="flows"),
    path("council/accountability/", accountability.accountability, name="accountability"),
    path(
        "council/accountability/change/",
        accountability.change,
        name="change_accountability",
    ),
    path("council/meetings/", meetings.meetings, name="meetings"),
    path("council/meetings/<int:meeting_id>/", meetings.meeting, name="meeting"),
    path("council/meetings/<int:meeting_id>/act/", meetings.act, name="act_in_meeting"),
    path("council/report/", report.report, name="quarterly_report"),
    path("council/calendar/", calendars.calendar, name="calendar"),
    re_path(
        r"^council/calendar/(?P<secret>[\w-]{20,64})/(?P<what>meetings|changes)\.ics$",
        calendars.feed,
        name="calendar_feed",
    ),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/chain.json", decisions.chain, name="decision_chain"),
    path("decisions/<str:key>.prov.json", decisions.as_prov, name="decision_prov"),
    path("decisions/<str:key>.json", decisions.as_json, name="decision_json"),
    path("decisions/<str:key>.md", decisions.as_markdown, name="decision_markdown"),
    path("decisions/<str:key>/", decisions.decision, name="decision"),
]
