"""Brakes and leases over REST."""
