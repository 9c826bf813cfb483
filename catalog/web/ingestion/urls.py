"""The addresses of connections and imports; part of the catalog's."""

from __future__ import annotations

from django.urls import path

from catalog.web.ingestion import connections, runs

urlpatterns = [
    path("ingestion/", connections.connections, name="ingestion"),
    path("ingestion/connections.csv", connections.connections_csv, name="connections_csv"),
    path("ingestion/new/", connections.choose, name="choose_connector"),
    path("ingestion/new/<slug:connector>/", connections.new, name="new_connection"),
    path("ingestion/<int:connection_id>/", connections.connection, name="connection"),
    path("ingestion/<int:connection_id>/edit/", connections.edit, name="edit_connection"),
    path("ingestion/<int:connection_id>/switch/", connections.switch, name="switch_connection"),
    path("ingestion/<int:connection_id>/delete/", connections.delete, name="delete_connection"),
    path("ingestion/<int:connection_id>/start/", connections.start, name="start_run"),
    path("ingestion/runs/<int:run_id>/", runs.run, name="run"),
    path("ingestion/runs/<int:run_id>/progress/", runs.progress, name="run_progress"),
    path("ingestion/runs/<int:run_id>/changes/", runs.diff, name="run_diff"),
    path("ingestion/runs/<int:run_id>/changes.csv", runs.diff_csv, name="run_diff_csv"),
    path("ingestion/runs/<int:run_id>/problems.csv", runs.problems_csv, name="problems_csv"),
    path("ingestion/runs/<int:run_id>/apply/", runs.apply, name="apply_run"),
]
