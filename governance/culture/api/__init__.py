"""Goals, reports and reach over REST, below /api/v1/."""
