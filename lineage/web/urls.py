"""The addresses of lineage pages."""

from django.urls import path

from lineage.web import views

app_name = "lineage"

urlpatterns = [
    path("datasets/<int:dataset_id>/lineage/", views.lineage, name="dataset"),
    path("datasets/<int:dataset_id>/lineage.svg", views.lineage_svg, name="svg"),
    path("datasets/<int:dataset_id>/lineage.json", views.lineage_json, name="json"),
    path("datasets/<int:dataset_id>/lineage.csv", views.lineage_csv, name="csv"),
    path("datasets/<int:dataset_id>/lineage/impact/", views.impact, name="impact"),
    path("datasets/<int:dataset_id>/lineage/impact.csv", views.impact_csv, name="impact_csv"),
]
