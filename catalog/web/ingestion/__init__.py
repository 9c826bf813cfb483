"""Connections to sources and their imports: connect or upload, look first, apply, watch."""
