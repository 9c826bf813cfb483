"""Agreements: one mechanism for everything that carries shared meaning."""
