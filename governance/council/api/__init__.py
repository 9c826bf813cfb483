"""The council over REST, below /api/v1/."""
