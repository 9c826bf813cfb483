"""The readers of goals, reports and reach."""
