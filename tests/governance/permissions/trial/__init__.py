"""Opt-outs tried before they bind."""
