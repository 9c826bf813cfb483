"""The log of access decisions in GraphQL."""
