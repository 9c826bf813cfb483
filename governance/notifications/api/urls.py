"""The addresses of messages and webhooks over REST."""

from __future__ import annotations

from django.urls import path

from governance.notifications.api import views, webhooks

webhook = "webhooks/<int:webhook_id>"
urlpatterns = [
    path("messages/", views.MessagesView.as_view(), name="messages"),
    path("messages/read/", views.ReadView.as_view(), name="messages-read"),
    path("messages/kinds/", views.MessageKindsView.as_view(), name="message-kinds"),
    path("messages/preferences/", views.PreferencesView.as_view(), name="message-preferences"),
    path("watches/", views.WatchView.as_view(), name="watches"),
    path("webhooks/", webhooks.WebhooksView.as_view(), name="webhooks"),
    path(f"{webhook}/", webhooks.WebhookView.as_view(), name="webhook"),
    path(f"{webhook}/rotate/", webhooks.WebhookSecretView.as_view(), name="webhook-rotate"),
    path(
        f"{webhook}/pause/",
        webhooks.WebhookStateView.as_view(is_active=False),
        name="webhook-pause",
    ),
    path(
        f"{webhook}/resume/",
        webhooks.WebhookStateView.as_view(is_active=True),
        name="webhook-resume",
    ),
    path(f"{webhook}/test/", webhooks.WebhookTestView.as_view(), name="webhook-test"),
    path(f"{webhook}/replay/", webhooks.WebhookReplayView.as_view(), name="webhook-replay"),
    path(f"{webhook}/deliveries/", webhooks.DeliveriesView.as_view(), name="webhook-deliveries"),
]
