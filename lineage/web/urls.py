"""The addresses of lineage pages."""

from django.urls import path

from lineage.web import changes, classifications, drawn, jobs, journeys, queries, stages, views

app_name = "lineage"

urlpatterns = [
    path("lineage/stages/", stages.board, name="stages"),
    path("lineage/jobs/", jobs.jobs, name="jobs"),
    path("lineage/jobs/<int:job_id>/", jobs.job, name="job"),
    path("lineage/runs/<uuid:run_id>/", jobs.run, name="run"),
    path("datasets/<int:dataset_id>/lineage/", views.lineage, name="dataset"),
    path("datasets/<int:dataset_id>/lineage.svg", views.lineage_svg, name="svg"),
    path("datasets/<int:dataset_id>/lineage.json", views.lineage_json, name="json"),
    path("datasets/<int:dataset_id>/lineage.csv", views.lineage_csv, name="csv"),
    path(
        "datasets/<int:dataset_id>/openlineage.json", views.lineage_openlineage, name="openlineage"
    ),
    path("datasets/<int:dataset_id>/lineage/impact/", changes.impact, name="impact"),
    path("datasets/<int:dataset_id>/lineage/impact.csv", changes.impact_csv, name="impact_csv"),
    path("datasets/<int:dataset_id>/lineage/paths/", journeys.paths, name="paths"),
    path("datasets/<int:dataset_id>/lineage/column/", journeys.column, name="column"),
    path("datasets/<int:dataset_id>/lineage/column.csv", journeys.column_csv, name="column_csv"),
    path("datasets/<int:dataset_id>/lineage/drawn/", drawn.drawn, name="drawn"),
    path(
        "datasets/<int:dataset_id>/lineage/drawn/<int:edge_id>/remove/",
        drawn.remove_drawn,
        name="remove_drawn",
    ),
    path("datasets/<int:dataset_id>/queries/", queries.queries, name="queries"),
    path("queries/<int:query_id>/", queries.query, name="query"),
    path("lineage/classifications/", classifications.classifications, name="classifications"),
    path("lineage/classifications/undo/", classifications.undo, name="undo_reviews"),
    path("lineage/classifications/<int:review_id>/forget/", classifications.forget, name="forget"),
]
