"""Readers of notifications, preferences and webhooks."""
