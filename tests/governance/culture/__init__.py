"""Goals, reports of missing data, and reach."""
