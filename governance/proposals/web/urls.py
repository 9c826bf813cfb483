"""The addresses of proposals; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.proposals.web import acting, board, drafting, page, story

urlpatterns = [
    path("story/clock/", story.move_clock, name="move_clock"),
    path("proposals/", board.board, name="proposals"),
    path("proposals/new/", drafting.new, name="new_proposal"),
    path("proposals/<str:key>/", page.proposal, name="proposal"),
    path("proposals/<str:key>/edit/", drafting.edit, name="edit_proposal"),
    path("proposals/<str:key>/act/", acting.act, name="act"),
]
