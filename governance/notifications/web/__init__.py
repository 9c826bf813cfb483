"""Pages of notifications: the inbox, how one wants to hear, webhooks."""
