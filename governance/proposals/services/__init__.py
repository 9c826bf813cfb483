"""The only writers of proposals."""
