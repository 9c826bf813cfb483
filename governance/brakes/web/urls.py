"""The address of brakes; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.brakes.web.page import page, stop_query

urlpatterns = [
    path("access/brakes/", page, name="brakes"),
    path("access/brakes/queries/<uuid:lease>/stop/", stop_query, name="stop_query"),
]
