"""The search page, its suggestions, its preview and its downloads."""
