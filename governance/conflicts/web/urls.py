"""The addresses of the register of conflicts; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.conflicts.web import register

urlpatterns = [
    path("conflicts/", register.register, name="conflicts"),
    path("conflicts/<int:conflict_id>/", register.conflict, name="conflict"),
    path("conflicts/<int:conflict_id>/change/", register.change, name="change_conflict"),
    path("conflicts/<int:conflict_id>/merge/", register.merge, name="merge_conflict"),
]
