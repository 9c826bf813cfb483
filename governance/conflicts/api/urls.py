"""The addresses of the register of conflicts over REST."""

from __future__ import annotations

from django.urls import path

from governance.conflicts.api import views

urlpatterns = [
    path("conflicts/", views.ConflictsView.as_view(), name="conflicts"),
    path("conflicts/<int:conflict_id>/", views.ConflictView.as_view(), name="conflict"),
    path("conflicts/<int:conflict_id>/settle/", views.SettleView.as_view(), name="settle"),
    path("conflicts/<int:conflict_id>/assign/", views.AssignView.as_view(), name="assign"),
    path("conflicts/<int:conflict_id>/reopen/", views.ReopenView.as_view(), name="reopen"),
    path("conflicts/<int:conflict_id>/merge/", views.MergeView.as_view(), name="merge"),
]
