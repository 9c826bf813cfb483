"""The demo warehouse: data and SQL only. `demo.flights` fills a DuckDB file with it."""
