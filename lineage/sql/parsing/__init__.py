"""From one statement to its tree: what sqlglot reads, and what it has to be told first."""
