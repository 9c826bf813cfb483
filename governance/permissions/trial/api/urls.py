"""The addresses of trials over REST."""

from __future__ import annotations

from django.urls import path

from governance.permissions.trial.api import views

urlpatterns = [
    path("proposals/<str:key>/trial/", views.TrialView.as_view(), name="proposal-trial"),
    path(
        "proposals/<str:key>/access-difference/",
        views.AccessDifferenceView.as_view(),
        name="access-difference",
    ),
    path(
        "proposals/<str:key>/suggest-tests/",
        views.SuggestTestsView.as_view(),
        name="proposal-suggest-tests",
    ),
    path("proposals/<str:key>/replays/", views.ReplaysView.as_view(), name="proposal-replays"),
    path("proposals/<str:key>/shadows/", views.ShadowsView.as_view(), name="proposal-shadows"),
    path("access/tests/", views.TestRunView.as_view(), name="access-tests"),
    path("opt-outs/flaws/", views.FlawsView.as_view(), name="opt-out-flaws"),
]
