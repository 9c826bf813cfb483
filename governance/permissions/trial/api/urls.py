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
    path("opt-outs/flaws/", views.FlawsView.as_view(), name="opt-out-flaws"),
]
