"""Trying a draft of opt-outs in the background."""
