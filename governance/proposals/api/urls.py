"""The addresses of proposals over REST."""

from __future__ import annotations

from django.urls import path

from governance.proposals.api import views
from governance.proposals.offered import CONCERN_STEPS, STEPS

proposal = "proposals/<str:key>"
urlpatterns = [
    path("proposals/", views.ProposalsView.as_view(), name="proposals"),
    path("proposals/dry-run/", views.DryRunView.as_view(), name="proposal-dry-run"),
    path("proposals/waiting/", views.WaitingView.as_view(), name="proposals-waiting"),
    path("proposals/emergencies/", views.EmergenciesView.as_view(), name="emergencies"),
    path(
        "datasets/<int:dataset_id>/proposals/",
        views.DatasetProposalsView.as_view(),
        name="dataset-proposals",
    ),
    path(f"{proposal}/", views.ProposalView.as_view(), name="proposal"),
    path(f"{proposal}/positions/", views.PositionView.as_view(), name="proposal-positions"),
    path(f"{proposal}/concerns/", views.ConcernsView.as_view(), name="proposal-concerns"),
    path(f"{proposal}/comments/", views.CommentsView.as_view(), name="proposal-comments"),
    path(f"{proposal}/interests/", views.InterestsView.as_view(), name="proposal-interests"),
    path("appeals/<int:appeal_id>/vote/", views.AppealVoteView.as_view(), name="appeal-vote"),
    path(
        "appeals/<int:appeal_id>/decide/",
        views.AppealDecisionView.as_view(),
        name="appeal-decide",
    ),
    path(f"{proposal}/vote/", views.VoteView.as_view(), name="proposal-vote"),
    *(
        path(
            f"{proposal}/{name}/",
            views.StepView.as_view(act=act, takes_reason=takes_reason),
            name=f"proposal-{name}",
        )
        for name, (act, takes_reason) in STEPS.items()
    ),
    *(
        path(
            f"concerns/<int:concern_id>/{name}/",
            views.ConcernStepView.as_view(act=act, text=text),
            name=f"concern-{name}",
        )
        for name, (act, text) in CONCERN_STEPS.items()
    ),
]
