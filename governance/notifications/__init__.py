"""Notifications: who hears what, when, and by which way."""
