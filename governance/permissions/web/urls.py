"""The addresses of access; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.permissions.web import emergency, enforcement, exceptions, openness, register
from governance.permissions.web.check_sql import check_sql

urlpatterns = [
    path("access/check/", check_sql, name="check_sql"),
    path("access/", register.register, name="access"),
    path("access/mine/", register.mine, name="my_access"),
    path("access/who/", register.check, name="check_access"),
    path("access/openness/", openness.openness, name="openness"),
    path("access/enforcement/", enforcement.page, name="enforcement"),
    path("access/emergency/", emergency.emergency, name="emergency"),
    path("access/exceptions/", exceptions.queue, name="exceptions"),
    path("access/exceptions/new/", exceptions.ask, name="request_exception"),
    path(
        "access/exceptions/<int:exception_id>/change/", exceptions.change, name="change_exception"
    ),
    path("access/break-glass/", exceptions.templates, name="break_glass"),
    path(
        "access/break-glass/<int:template_id>/use/",
        exceptions.use_template,
        name="use_break_glass",
    ),
    path("access/break-glass/<int:template_id>/end/", exceptions.end, name="end_break_glass"),
]
