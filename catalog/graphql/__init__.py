"""GraphQL: the catalog's types, queries and mutations over the same services and selectors."""
