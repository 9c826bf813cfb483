"""Data dictionaries: tables and columns that somebody described in CSV files."""
