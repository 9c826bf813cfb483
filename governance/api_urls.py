"""Everything of governance over REST, assembled from its rooms; below /api/v1/."""

from __future__ import annotations

from governance.agreements.api.urls import urlpatterns as agreements
from governance.audit.api.urls import urlpatterns as audit
from governance.brakes.api.urls import urlpatterns as brakes
from governance.conflicts.api.urls import urlpatterns as conflicts
from governance.council.api.urls import urlpatterns as council
from governance.culture.api.urls import urlpatterns as culture
from governance.mappings.api.urls import urlpatterns as mappings
from governance.notifications.api.urls import urlpatterns as notifications
from governance.permissions.api.urls import urlpatterns as permissions
from governance.permissions.trial.api.urls import urlpatterns as trials
from governance.proposals.api.urls import urlpatterns as proposals

urlpatterns = [
    *agreements,
    *proposals,
    *council,
    *culture,
    *mappings,
    *conflicts,
    *notifications,
    *permissions,
    *trials,
    *brakes,
    *audit,
]
