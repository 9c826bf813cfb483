"""The addresses of field mappings; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.mappings.web import mappings

urlpatterns = [
    path("mappings/", mappings.mappings, name="mappings"),
    path("mappings/<int:left_id>/<int:right_id>/", mappings.mapping, name="mapping"),
    path("mappings/<int:left_id>/<int:right_id>.csv", mappings.mapping_csv, name="mapping_csv"),
    path("mappings/record/<int:dataset_id>/", mappings.record, name="composed_record"),
]
