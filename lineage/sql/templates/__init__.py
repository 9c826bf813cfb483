"""Templated SQL, rendered without the project that it belongs to."""
