"""Readers of the register of conflicts."""
