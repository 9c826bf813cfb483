"""The log of access decisions over REST."""
