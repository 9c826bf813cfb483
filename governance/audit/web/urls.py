"""The addresses of the log of access decisions; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.audit.web import pages

urlpatterns = [
    path("audit/", pages.log, name="audit"),
    path("audit/audit.csv", pages.as_csv, name="audit_csv"),
    path("audit/audit.jsonl", pages.as_json_lines, name="audit_json"),
    path("audit/readers/", pages.readers, name="audit_readers"),
    path("audit/holds/", pages.hold_list, name="audit_holds"),
    path("audit/holds/<int:hold_id>/lift/", pages.lift, name="audit_hold_lift"),
    path("audit/<uuid:record_id>/", pages.record, name="audit_record"),
]
