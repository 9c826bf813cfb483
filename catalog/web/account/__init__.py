"""A person's own settings, tokens and way in."""
