"""What a statement names: tables, views, what it makes itself, functions that reach further."""
