"""Brakes in GraphQL."""
