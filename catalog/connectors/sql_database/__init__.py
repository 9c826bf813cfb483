"""Any database that SQLAlchemy reads, and DuckDB files by DuckDB's own catalog."""
