"""Field mappings in GraphQL."""
