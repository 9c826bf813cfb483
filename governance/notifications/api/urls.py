"""The addresses of messages over REST."""

from __future__ import annotations

from django.urls import path

from governance.notifications.api import views

urlpatterns = [
    path("messages/", views.MessagesView.as_view(), name="messages"),
    path("messages/read/", views.ReadView.as_view(), name="messages-read"),
    path("messages/preferences/", views.PreferencesView.as_view(), name="message-preferences"),
    path("watches/", views.WatchView.as_view(), name="watches"),
]
