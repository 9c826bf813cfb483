"""The register of conflicts in GraphQL."""
