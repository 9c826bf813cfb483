"""Exceptions from opt-outs in GraphQL."""
