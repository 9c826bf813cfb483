"""The addresses of goals and reach over REST."""

from __future__ import annotations

from django.urls import path

from governance.culture.api import first_steps, goals, reach, reports

urlpatterns = [
    path("goals/", goals.GoalsView.as_view(), name="goals"),
    path("goals/<int:goal_id>/", goals.GoalView.as_view(), name="goal"),
    path("teams/<int:team_id>/scorecard/", goals.ScorecardView.as_view(), name="team-scorecard"),
    path(
        "goals/<int:goal_id>/measurements/",
        goals.GoalMeasurementsView.as_view(),
        name="goal-measurements",
    ),
    path("reach/", reach.ReachView.as_view(), name="reach"),
    path("reach/consumers/", reach.ConsumersView.as_view(), name="reach-consumers"),
    path("reach/self-service/", reach.SelfServiceView.as_view(), name="self-service"),
    path("reach/departments/", reach.DepartmentsView.as_view(), name="reach-departments"),
    path("first-steps/", first_steps.FirstStepsView.as_view(), name="first-steps"),
    path("first-steps/domain/", first_steps.FirstDomainView.as_view(), name="first-domain"),
    path("first-steps/term/", first_steps.FirstTermView.as_view(), name="first-term"),
    path("data-reports/", reports.DataReportsView.as_view(), name="data-reports"),
    path("data-reports/counts/", reports.CountsView.as_view(), name="data-report-counts"),
    path("data-reports/answers/", reports.AnswersView.as_view(), name="data-report-answers"),
]
