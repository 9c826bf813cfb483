"""The addresses of agreements over REST."""

from __future__ import annotations

from django.urls import path

from governance.agreements.api import exchange, views

urlpatterns = [
    path("agreements/", views.AgreementsView.as_view(), name="agreements"),
    path("agreements/kinds/", views.KindsView.as_view(), name="agreement-kinds"),
    path(
        "agreements/kinds/<slug:kind>/schema/",
        views.KindSchemaView.as_view(),
        name="agreement-schema",
    ),
    path("agreements/epoch/", views.EpochView.as_view(), name="epoch"),
    path("agreements/<str:key>/", views.AgreementView.as_view(), name="agreement"),
    path("agreements/<str:key>/versions/", views.VersionsView.as_view(), name="agreement-versions"),
    path(
        "datasets/<int:dataset_id>/agreements/",
        views.DatasetAgreementsView.as_view(),
        name="dataset-agreements",
    ),
    path("agreements/<str:key>/uses/", views.UsesView.as_view(), name="agreement-uses"),
    path("glossary.ttl", exchange.GlossaryTurtleView.as_view(), name="glossary-turtle"),
    path("glossary.jsonld", exchange.GlossaryJsonLdView.as_view(), name="glossary-json-ld"),
    path("glossary/import/", exchange.GlossaryImportView.as_view(), name="glossary-import"),
]
