"""The addresses of the registers and their records; part of the catalog's."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_GET

from catalog.web.directory import domains, labels, people, products, records, systems
from catalog.web.directory.registers import REGISTERS

urlpatterns = [
    *(path(f"{r.key}/", require_GET(r.page), name=r.key) for r in REGISTERS),
    *(path(f"{r.key}.csv", require_GET(r.csv), name=f"{r.key}_csv") for r in REGISTERS),
    path("systems/<int:system_id>/", systems.system, name="system"),
    path("containers/<int:container_id>/", systems.container, name="container"),
    path("domains/<slug:slug>/", domains.domain, name="domain"),
    path("domains/<slug:slug>/steward/", domains.change_steward, name="change_steward"),
    path("products/<slug:slug>/", products.product, name="product"),
    path("products/<slug:slug>/ports/", products.add_port, name="add_port"),
    path("products/<slug:slug>/ports/<int:port_id>/", products.remove_port, name="remove_port"),
    path("people/<path:username>/", people.person, name="person"),
    path("teams/<int:team_id>/", people.team, name="team"),
    path("teams/<int:team_id>/member/", people.change_member, name="change_member"),
    path("labels/<int:label_id>/", labels.label, name="label"),
    path("labels/<int:label_id>/columns.csv", labels.columns_csv, name="label_columns_csv"),
    path("records/<slug:kind>/new/", records.add, name="add_record"),
    path("records/<slug:kind>/<int:pk>/edit/", records.edit, name="edit_record"),
    path("records/<slug:kind>/<int:pk>/delete/", records.delete, name="delete_record"),
]
