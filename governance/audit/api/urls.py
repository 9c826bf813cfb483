"""The addresses of the log of access decisions over REST."""

from __future__ import annotations

from django.urls import path

from governance.audit.api import views

urlpatterns = [
    path("audit/records/", views.AuditRecordsView.as_view(), name="audit-records"),
    path("audit/records/<uuid:record_id>/", views.AuditRecordView.as_view(), name="audit-record"),
    path("audit/export/", views.AuditExportView.as_view(), name="audit-export"),
    path("audit/readers/", views.AuditReadersView.as_view(), name="audit-readers"),
    path("audit/holds/", views.AuditHoldsView.as_view(), name="audit-holds"),
    path(
        "audit/holds/<int:hold_id>/lift/", views.AuditHoldLiftView.as_view(), name="audit-hold-lift"
    ),
]
