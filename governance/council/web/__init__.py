"""Pages of the council: this week, its seats, its meetings, its decisions, its flows."""
