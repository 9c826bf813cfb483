"""Field mappings over REST, below /api/v1/."""
