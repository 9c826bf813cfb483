"""How the fields of two systems map for one entity, and where they do not fit (R-096, R-042)."""
