"""Proposals in GraphQL."""
