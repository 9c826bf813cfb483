"""The embedded Python client: what it decides, what it refuses, what it tells."""
