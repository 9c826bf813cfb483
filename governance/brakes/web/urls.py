"""The address of brakes; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.brakes.web.page import page

urlpatterns = [path("access/brakes/", page, name="brakes")]
