"""Pages of field mappings."""
