"""A statement as it has to read once a table or a column that it names has changed."""
