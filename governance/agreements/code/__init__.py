"""Definitions as code: every agreement in force as a YAML file, and files as a proposal."""
