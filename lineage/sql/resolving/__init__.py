"""From a query's tree to its columns: scopes, references, and where each value comes from."""
