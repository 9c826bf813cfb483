"""The addresses of brakes and leases over REST."""

from __future__ import annotations

from django.urls import path, re_path

from governance.brakes.api import views

urlpatterns = [
    path("brakes/", views.BrakesView.as_view(), name="brakes"),
    # Gateways write addresses without their last slash, and are not redirected.
    re_path(
        r"^gateway/leases/(?P<lease_id>[^/]{1,100})/heartbeat/?$",
        views.HeartbeatView.as_view(),
        name="lease-heartbeat",
    ),
    re_path(
        r"^gateway/leases/(?P<lease_id>[^/]{1,100})/stop/?$",
        views.StopView.as_view(),
        name="lease-stop",
    ),
    re_path(
        r"^gateway/leases/(?P<lease_id>[^/]{1,100})/?$", views.LeaseView.as_view(), name="lease"
    ),
]
