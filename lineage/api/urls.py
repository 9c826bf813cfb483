"""Addresses of lineage over REST, below /api/v1/."""

from django.urls import path

from lineage.api import changes, event_views, job_views, queries, stages, views

urlpatterns = [
    path("lineage", event_views.EventView.as_view(), name="events"),
    path("lineage/batch", event_views.EventBatchView.as_view(), name="events-batch"),
    path("lineage/stages/", stages.StagesView.as_view(), name="stages"),
    path("jobs/", job_views.JobsView.as_view(), name="jobs"),
    path("jobs/<int:job_id>/", job_views.JobView.as_view(), name="job"),
    path("jobs/<int:job_id>/runs/", job_views.JobRunsView.as_view(), name="job-runs"),
    path(
        "jobs/<int:job_id>/openlineage/", job_views.JobEventView.as_view(), name="job-openlineage"
    ),
    path("jobs/runs/<uuid:run_id>/", job_views.RunView.as_view(), name="run"),
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
    path(
        "datasets/<int:dataset_id>/lineage/drawn/",
        changes.DrawnEdgesView.as_view(),
        name="drawn-edges",
    ),
    path(
        "datasets/<int:dataset_id>/lineage/openlineage/",
        changes.OpenLineageView.as_view(),
        name="dataset-openlineage",
    ),
    path(
        "datasets/<int:dataset_id>/lineage/image/",
        changes.LineageImageView.as_view(),
        name="dataset-lineage-image",
    ),
    path("lineage/drawn/<int:edge_id>/", changes.DrawnEdgeView.as_view(), name="drawn-edge"),
    path(
        "columns/<int:column_id>/change/", changes.ColumnChangeView.as_view(), name="column-change"
    ),
    path(
        "lineage/classifications/",
        changes.ClassificationsView.as_view(),
        name="classification-suggestions",
    ),
    path(
        "lineage/classifications/surest/",
        changes.SurestView.as_view(),
        name="surest-classifications",
    ),
    path(
        "lineage/classifications/reviews/undo/",
        changes.UndoView.as_view(),
        name="undo-classification-reviews",
    ),
    path(
        "lineage/classifications/reviews/<int:review_id>/",
        changes.ReviewView.as_view(),
        name="classification-review",
    ),
    path(
        "datasets/<int:dataset_id>/queries/",
        queries.DatasetQueriesView.as_view(),
        name="dataset-queries",
    ),
    path(
        "datasets/<int:dataset_id>/query-use/",
        queries.DatasetQueryUseView.as_view(),
        name="dataset-query-use",
    ),
    path("queries/<int:query_id>/", queries.QueryView.as_view(), name="query"),
    path("lineage/paths/", views.PathsView.as_view(), name="lineage-paths"),
    path("lineage/evidence/", views.EvidenceView.as_view(), name="lineage-evidence"),
    path("sql/lineage/", views.SqlLineageView.as_view(), name="sql-lineage"),
    path("sql/lineage", views.SqlLineageView.as_view(schema=None), name="sql-lineage-plain"),
]
