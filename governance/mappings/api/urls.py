"""The addresses of field mappings over REST."""

from __future__ import annotations

from django.urls import path

from governance.mappings.api import views

urlpatterns = [
    path("mappings/", views.MappingsView.as_view(), name="mappings"),
    path("mappings/<int:left_id>/<int:right_id>/", views.MappingView.as_view(), name="mapping"),
    path("mappings/record/<int:dataset_id>/", views.RecordView.as_view(), name="composed-record"),
]
