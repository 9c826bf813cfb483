"""Pages about access."""
