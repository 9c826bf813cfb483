"""The addresses of agreements; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.agreements.web import exchange, page, picking, register

urlpatterns = [
    path("agreements/", register.register, name="agreements"),
    path("glossary/", register.glossary, name="glossary"),
    path("glossary/glossary.ttl", exchange.turtle, name="glossary_turtle"),
    path("glossary/glossary.jsonld", exchange.json_ld, name="glossary_json_ld"),
    path("glossary/import/", exchange.bring_in, name="glossary_import"),
    path("agreements/picks/<slug:picker>/", picking.picks, name="picks"),
    path("agreements/schemas/<slug:kind>.json", page.schema, name="agreement_schema"),
    path("agreements/<str:key>.yaml", page.as_yaml, name="agreement_yaml"),
    path("agreements/<str:key>.json", page.as_json, name="agreement_json"),
    path("agreements/<str:key>/", page.agreement, name="agreement"),
]
