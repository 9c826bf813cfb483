"""Lineage in GraphQL: edges on datasets and columns, traversals, impact."""
