"""Parquet, CSV and JSON files and the folders they lie in, read by DuckDB."""
