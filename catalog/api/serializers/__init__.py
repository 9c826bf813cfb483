"""Shapes of the REST API: what goes out, and what comes in."""
