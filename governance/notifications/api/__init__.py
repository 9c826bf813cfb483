"""Messages over REST, below /api/v1/."""
