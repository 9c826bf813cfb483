"""Writers of notifications, preferences and webhooks."""
