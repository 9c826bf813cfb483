"""The register of conflicts over REST, below /api/v1/."""
