"""The addresses of notifications; part of governance's."""

from __future__ import annotations

from django.urls import path

from governance.notifications.web import inbox, preferences, webhooks

urlpatterns = [
    path("notifications/", inbox.inbox, name="notifications"),
    path("notifications/read/", inbox.read, name="read_notification"),
    path("notifications/preferences/", preferences.preferences, name="notification_preferences"),
    path("notifications/watch/", preferences.change_watch, name="watch"),
    path("notifications/unsubscribe/<str:token>/", preferences.stop, name="unsubscribe"),
    path("administration/webhooks/", webhooks.webhooks, name="webhooks"),
    path("administration/webhooks/<int:webhook_id>/", webhooks.webhook, name="webhook"),
    path(
        "administration/webhooks/<int:webhook_id>/change/", webhooks.change, name="change_webhook"
    ),
]
