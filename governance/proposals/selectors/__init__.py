"""The only readers of proposals."""
