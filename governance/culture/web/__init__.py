"""Pages of goals, reports and reach."""
