"""The GraphQL root: what the packages offer, put together, and its endpoint."""
