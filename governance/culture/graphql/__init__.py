"""Goals, reports and reach in GraphQL."""
