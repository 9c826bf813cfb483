"""Every page of governance, assembled from its rooms."""

from __future__ import annotations

from governance.agreements.web.urls import urlpatterns as agreements
from governance.audit.web.urls import urlpatterns as audit
from governance.brakes.web.urls import urlpatterns as brakes
from governance.conflicts.web.urls import urlpatterns as conflicts
from governance.council.web.urls import urlpatterns as council
from governance.culture.web.urls import urlpatterns as culture
from governance.mappings.web.urls import urlpatterns as mappings
from governance.notifications.web.urls import urlpatterns as notifications
from governance.permissions.trial.web.urls import urlpatterns as trials
from governance.permissions.web.urls import urlpatterns as permissions
from governance.proposals.web.urls import urlpatterns as proposals

app_name = "governance"
urlpatterns = [
    *agreements,
    *proposals,
    *council,
    *culture,
    *mappings,
    *conflicts,
    *notifications,
    *audit,
    *permissions,
    *trials,
    *brakes,
]
