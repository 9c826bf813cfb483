"""The addresses of goals and reach; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.culture.web import first_steps, goals, reach, reports

urlpatterns = [
    path("council/goals/", goals.goals_page, name="goals"),
    path("council/goals/<int:goal_id>/", goals.goal_page, name="goal"),
    path("council/goals/<int:goal_id>/change/", goals.change, name="change_goal"),
    path("council/reach/", reach.reach_page, name="reach"),
    path("first-steps/", first_steps.steps, name="first_steps"),
    path("first-steps/domain/", first_steps.domain, name="first_domain"),
    path("first-steps/term/", first_steps.term, name="first_term"),
    path("missing-data/", reports.report, name="report_missing_data"),
    path("council/missing-data/", reports.missing_data, name="missing_data"),
    path("council/missing-data/answer/", reports.answer, name="answer_missing_data"),
]
