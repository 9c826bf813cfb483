"""Every page of governance, assembled from its rooms."""

from __future__ import annotations

from governance.notifications.web.urls import urlpatterns as notifications

app_name = "governance"
urlpatterns = [*notifications]
