"""REST: thin views over the catalog's services and selectors."""
