"""The addresses of pages about access; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.permissions.web.check_sql import check_sql

urlpatterns = [path("access/check/", check_sql, name="check_sql")]
