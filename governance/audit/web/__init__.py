"""The log of access decisions as pages."""
