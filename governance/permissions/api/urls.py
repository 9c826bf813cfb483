"""The addresses of opt-outs, access and exceptions over REST."""

from __future__ import annotations

from django.urls import path, re_path

from governance.permissions.api import access, views
from governance.permissions.api.statements import GatewayCheckView

urlpatterns = [
    path("opt-outs/", access.OptOutsView.as_view(), name="opt-outs"),
    path("access/", access.AccessView.as_view(), name="access"),
    path("access/mine/", access.MyAccessView.as_view(), name="my-access"),
    path("access/audience/", access.AudienceView.as_view(), name="access-audience"),
    path("openness/", access.OpennessView.as_view(), name="openness"),
    path("openness/history/", access.OpennessHistoryView.as_view(), name="openness-history"),
    path("enforcement/", access.EnforcementView.as_view(), name="enforcement"),
    path("exposed-columns/", access.ExposedView.as_view(), name="exposed-columns"),
    path("opt-outs/emergencies/", access.EmergencyOptOutView.as_view(), name="emergency-opt-outs"),
    # Gateways write the address without its last slash, and are not redirected.
    re_path(r"^gateway/check/?$", GatewayCheckView.as_view(), name="gateway-check"),
    path("opt-out-exceptions/", views.ExceptionsView.as_view(), name="opt-out-exceptions"),
    path(
        "opt-out-exceptions/<int:exception_id>/",
        views.ExceptionView.as_view(),
        name="opt-out-exception",
    ),
    path(
        "opt-out-exceptions/<int:exception_id>/decide/",
        views.DecideView.as_view(),
        name="opt-out-exception-decide",
    ),
    path(
        "opt-out-exceptions/<int:exception_id>/end/",
        views.EndView.as_view(),
        name="opt-out-exception-end",
    ),
    path(
        "opt-out-exceptions/<int:exception_id>/review/",
        views.ReviewView.as_view(),
        name="opt-out-exception-review",
    ),
    path("break-glass/", views.TemplatesView.as_view(), name="break-glass"),
    path(
        "break-glass/<int:template_id>/use/", views.BreakGlassView.as_view(), name="break-glass-use"
    ),
    path(
        "break-glass/<int:template_id>/end/",
        views.EndTemplateView.as_view(),
        name="break-glass-end",
    ),
]
