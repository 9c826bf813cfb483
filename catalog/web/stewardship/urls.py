"""The addresses of lists of datasets and of stewardship; part of the catalog's."""

from __future__ import annotations

from django.urls import path

from catalog.web.stewardship import bulk, datasets, queue, sheet

urlpatterns = [
    path("datasets/", datasets.datasets, name="datasets"),
    path("datasets.csv", datasets.datasets_csv, name="datasets_csv"),
    path("datasets.json", datasets.datasets_json, name="datasets_json"),
    path("datasets/change/", bulk.choose, name="bulk"),
    path("datasets/change/<slug:key>/", bulk.change, name="bulk_change"),
    path("stewardship/", queue.queue, name="stewardship"),
    path("stewardship/<int:dataset_id>/own/", queue.become_owner, name="queue_own"),
    path("stewardship/<int:dataset_id>/owner/", queue.name_owner, name="queue_owner"),
    path("stewardship/<int:dataset_id>/describe/", queue.describe, name="queue_describe"),
    path("stewardship/<int:dataset_id>/key/", queue.name_key, name="queue_key"),
    path("stewardship/sheet/", sheet.upload, name="sheet"),
    path("stewardship/sheet/<str:key>/", sheet.preview, name="sheet_preview"),
    path("stewardship/sheet/<str:key>/apply/", sheet.apply, name="sheet_apply"),
]
