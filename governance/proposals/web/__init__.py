"""Pages of proposals: the board, one proposal, its editor."""
