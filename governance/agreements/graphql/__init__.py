"""Agreements in GraphQL."""
