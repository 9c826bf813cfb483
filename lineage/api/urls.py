"""Addresses of lineage over REST, below /api/v1/."""

from django.urls import path

from lineage.api import event_views, views

urlpatterns = [
    path("lineage", event_views.EventView.as_view(), name="events"),
    path("lineage/batch", event_views.EventBatchView.as_view(), name="events-batch"),
    path(
        "datasets/<int:dataset_id>/lineage/",
        views.DatasetLineageView.as_view(),
        name="dataset-lineage",
    ),
    path(
        "datasets/<int:dataset_id>/impact/",
        views.DatasetImpactView.as_view(),
        name="dataset-impact",
    ),
    path(
        "columns/<int:column_id>/lineage/",
        views.ColumnLineageView.as_view(),
        name="column-lineage",
    ),
    path("columns/<int:column_id>/impact/", views.ColumnImpactView.as_view(), name="column-impact"),
    path("lineage/paths/", views.PathsView.as_view(), name="lineage-paths"),
    path("lineage/evidence/", views.EvidenceView.as_view(), name="lineage-evidence"),
    path("sql/lineage/", views.SqlLineageView.as_view(), name="sql-lineage"),
]
