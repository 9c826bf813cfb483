"""The addresses of trials; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.permissions.trial.web import acting, analysis, page

urlpatterns = [
    path("proposals/<str:key>/trial/", page.trial, name="proposal_trial"),
    path("proposals/<str:key>/trial/change/", acting.change, name="change_trial"),
    path("access/analysis/", analysis.analysis, name="opt_out_analysis"),
]
