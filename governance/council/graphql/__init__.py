"""The council in GraphQL."""
